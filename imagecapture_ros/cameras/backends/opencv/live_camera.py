# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that sends frames at its own pace, whether somebody looks or not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from imagecapture_ros.cameras.api import ReadTimeout, photo_at_once
from imagecapture_ros.cameras.backends.opencv.frame_reader import Arrival, Capture, FrameReader
from imagecapture_ros.cameras.backends.opencv.single_mode import SingleModeCamera
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotReadableError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.redaction import redacted_text


class LiveCamera(SingleModeCamera):
    """Delivers the newest frame; those that nobody read in time are gaps in ``sequence``.

    The source gives no time of exposure; it is the moment at which the frame had come. The connection stays in use
    while the stream is stopped, so that the first frame of the next stream is a new one.

    A photo is the next frame that comes. The stream gets it, too.
    """

    has_capture_timestamps = False

    def __init__(
        self, info: DeviceInfo, connect: Callable[[], Capture], open_timeout: float, read_timeout: float, *,
        advice: str, may_hang: bool = False, redact: Callable[[str], str] = redacted_text,
    ) -> None:
        """Make a camera that is not open yet.

        :param connect: opens the source, or raises what ``open`` is to raise; called on a thread.
        :param open_timeout: seconds in which ``connect`` returns.
        :param read_timeout: seconds without a frame after which the source is lost.
        :param advice: what to check when no frames come, for messages.
        :param may_hang: whether the source may block for ever, because it has no time-outs of its own.
        :param redact: takes the passwords of the source out of a text.
        """
        super().__init__(info)
        self._connect = connect
        self._open_timeout = open_timeout
        self._read_timeout = read_timeout
        self._advice = advice
        self._may_hang = may_hang
        self._redact = redact
        self._reader: FrameReader | None = None
        self._delivered: int | None = None
        self._first = 0

    def open(self) -> None:
        """Connect and wait for the first frame; errors as :meth:`Camera.open`."""
        self.close()
        reader = self._reader = FrameReader(
            self.info.label, self._connect, self._read_timeout, advice=self._advice, may_hang=self._may_hang,
            redact=self._redact)
        reader.wanted.set()
        try:
            # Twice, because after a failure the server is asked for the reason.
            first = reader.newer_than(0, 2 * self._open_timeout + self._read_timeout)
        except BaseException:
            self.close()
            raise
        if first is None:
            self.close()
            raise NotReadableError(f'{self.info.label} sends no frame; {self._advice}')
        reader.wanted.clear()
        height, width = first.pixels.shape[:2]
        self._open_in(NativeMode(width, height, reader.rate))

    def close(self) -> None:
        """Hang up; waits a second at most."""
        self.stop()
        self._mode = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def start(self) -> None:
        """Begin to deliver, with the next frame that comes."""
        reader = self._opened()
        reader.wanted.set()
        self._delivered = reader.count
        self._first = reader.count + 1

    def stop(self) -> None:
        """Cease to deliver; the connection stays."""
        self._delivered = None
        if self._reader is not None:
            self._reader.wanted.clear()

    def read(self, timeout: float) -> Frame:
        """Return the newest frame, waiting for one that was not returned yet; errors as :meth:`Camera.read`."""
        if self._delivered is None:
            raise InvalidStateError(f'{self.info.label}: the stream has not been started')
        arrival = self._opened().newer_than(self._delivered, timeout)
        if arrival is None:
            raise ReadTimeout(f'{self.info.label} sent no frame within {timeout:g} s')
        self._delivered = arrival.number
        return self._frame(arrival)

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return False: a photo is taken beside the stream."""
        return False

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Return the next frame that comes, streaming or not.

        :raises UnknownError: none came in time.
        :raises DeviceGone: the connection is lost.
        """
        reader = self._opened()
        streaming = reader.wanted.is_set()
        reader.wanted.set()
        try:
            arrival = reader.newer_than(reader.count, self._read_timeout)
        finally:
            if not streaming:
                reader.wanted.clear()
        if arrival is None:
            raise UnknownError(f'{self.info.label} sent no frame for a photo within {self._read_timeout:g} s')
        return photo_at_once(RawPhoto(self._frame(arrival), self.photo_settings, self.settings))

    def _opened(self) -> FrameReader:
        if self._reader is None:
            raise InvalidStateError(f'{self.info.label} is not open')
        return self._reader

    def _frame(self, arrival: Arrival) -> Frame:
        mode = self.mode
        return Frame(arrival.pixels, arrival.encoding, mode.width, mode.height, arrival.arrived_at,
                     arrival.number - self._first)
