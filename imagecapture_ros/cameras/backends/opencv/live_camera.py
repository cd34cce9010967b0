# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that sends frames at its own pace, whether somebody looks or not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import InvalidStateError as AnsweredAlready

from imagecapture_ros.cameras.api import DeviceThread, ReadTimeout, Unchanged
from imagecapture_ros.cameras.backends.opencv.backlog import LONGEST
from imagecapture_ros.cameras.backends.opencv.frame_reader import Arrival, Capture, FrameReader
from imagecapture_ros.cameras.backends.opencv.frame_size import Size, say_changed
from imagecapture_ros.cameras.backends.opencv.single_mode import SingleModeCamera
from imagecapture_ros.cameras.frame_times import RateFollowingCamera
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotReadableError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.redaction import redacted_text


class LiveCamera(SingleModeCamera, RateFollowingCamera):
    """Delivers the newest frame; those that nobody read in time are gaps in ``sequence``.

    The source gives no time of exposure; it is the moment at which the frame had come. Frames that have waited for the
    reader are left out, because nobody knows how long: after a connect, and when something stood still. The connection
    stays in use while the stream is stopped, so that the first frame of the next stream is a new one.

    The rate of its mode is the one at which frames come, also where the source states another one or none.

    A photo is the next frame that comes. The stream gets it, too.

    Where the source changes the size of its frames, ``mode`` is another one from the first such frame on.
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
        self._size: Size | None = None

    def open(self) -> None:
        """Connect and wait for the first frame, and until the rate is known; errors as :meth:`Camera.open`."""
        self.close()
        reader = self._reader = FrameReader(
            self.info.label, self._connect, self._read_timeout, advice=self._advice, may_hang=self._may_hang,
            redact=self._redact)
        try:
            # Twice, because after a failure the server is asked for the reason, and a rate takes two frames.
            first = reader.first(2 * (self._open_timeout + self._read_timeout) + LONGEST)
        except BaseException:
            self.close()
            raise
        if first is None:
            self.close()
            raise NotReadableError(f'{self.info.label} sends no frame; {self._advice}')
        reader.want(False)
        height, width = first.pixels.shape[:2]
        if self._size not in (None, (width, height)):
            say_changed(self.info.label, self._size, (width, height))
        self._size = width, height
        self._open_in(NativeMode(width, height, reader.source_rate.rate))

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
        if self._delivered is None:
            reader.want(True)
        self._delivered = reader.count
        self._first = reader.count + 1
        self._follow(reader)

    def stop(self) -> None:
        """Cease to deliver; the connection stays."""
        if self._delivered is not None and self._reader is not None:
            self._reader.want(False)
        self._delivered = None

    def read(self, timeout: float) -> Frame:
        """Return the newest frame, waiting for one that was not returned yet; errors as :meth:`Camera.read`."""
        if self._delivered is None:
            raise InvalidStateError(f'{self.info.label}: the stream has not been started')
        reader = self._opened()
        arrival = reader.newer_than(self._delivered, timeout)
        self._follow(reader, arrival)
        if arrival is None:
            if reader.unchanged:
                raise Unchanged(f'the picture of {self.info.label} is still the same')
            raise ReadTimeout(f'{self.info.label} sent no frame within {timeout:g} s')
        self._delivered = arrival.number
        return self._frame(arrival)

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return False: a photo is taken beside the stream."""
        return False

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Let the next frame that comes be the photo, streaming or not.

        :raises DeviceGone: the connection is lost.
        """
        reader = self._opened()
        after = reader.count
        reader.newer_than(after, 0.0)
        photo: Future[RawPhoto] = Future()

        def wait() -> None:
            # Whoever asked may have withdrawn it.
            with contextlib.suppress(AnsweredAlready):
                try:
                    frame = self._frame(self._next(reader, after))
                    photo.set_result(RawPhoto(
                        frame, PhotoSettings(image_width=frame.width, image_height=frame.height), self.settings))
                except BaseException as error:  # whatever it is belongs to the one who waits
                    photo.set_exception(error)

        # A slow camera takes its time for the next frame, in which others are served.
        DeviceThread(target=wait, name=f'photo of {self.info.label}', daemon=True).start()
        return photo

    @property
    def rate_origin(self) -> str:
        """Whether the rate was measured, and what the source states."""
        return self._opened().source_rate.origin

    @property
    def patience(self) -> float:
        """As long as the last frames had to be waited for, and longer; errors of a source that is lost come before."""
        return self._opened().source_rate.patience(self._read_timeout)

    def _next(self, reader: FrameReader, after: int) -> Arrival:
        with reader.wanted():
            arrival = reader.newer_than(after, 2 * self._read_timeout)
        if arrival is None:
            raise UnknownError(f'{self.info.label} sent no frame for a photo within {2 * self._read_timeout:g} s, '
                               f'twice the read_timeout')
        return arrival

    def _follow(self, reader: FrameReader, arrival: Arrival | None = None) -> None:
        """Let the mode have the rate at which frames come now, and the size of the one that has come."""
        mode = self.mode._replace(frame_rate=reader.source_rate.rate)
        if arrival is not None:
            height, width = arrival.pixels.shape[:2]
            self._size = width, height
            mode = mode._replace(width=width, height=height)
        if mode != self.mode:
            self._open_in(mode)
            if arrival is not None:  # it is the first one so
                self._opened_at = arrival.arrived_at

    def _opened(self) -> FrameReader:
        if self._reader is None:
            raise InvalidStateError(f'{self.info.label} is not open')
        return self._reader

    def _frame(self, arrival: Arrival) -> Frame:
        height, width = arrival.pixels.shape[:2]
        return Frame(arrival.pixels, arrival.encoding, width, height, arrival.arrived_at,
                     arrival.number - self._first)
