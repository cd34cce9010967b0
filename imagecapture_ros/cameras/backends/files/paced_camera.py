# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that plays a recording at its own pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from imagecapture_ros.cameras.api import DeviceGone, EndOfStream, ReadTimeout, photo_at_once
from imagecapture_ros.cameras.backends.files.pace import Schedule
from imagecapture_ros.cameras.backends.opencv.single_mode import SingleModeCamera
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import (
    InvalidStateError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    UnknownError,
)
from imagecapture_ros.mediacapture.frames import Frame, Pixels, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo


@dataclass(frozen=True)
class RecordedPicture:
    """One picture of a recording."""

    pixels: Pixels
    encoding: str
    time: float
    """Nanoseconds from the first picture of the recording to this one."""
    skipped: int = 0
    """Pictures before this one that could not be decoded."""


class Recording(Protocol):
    """Pictures of one size in a fixed order."""

    def open(self) -> float:
        """Go to the first picture and return the usual frame rate in Hz.

        :raises NotFoundError: there is no such recording.
        :raises NotReadableError: it cannot be read.
        :raises NotAllowedError: the operating system refuses access.
        """

    def close(self) -> None:
        """Let go of it; harmless when it is not open."""

    def next(self) -> RecordedPicture | None:
        """Return the next picture, or ``None`` at the end."""

    @property
    def length(self) -> float:
        """Nanoseconds from the first picture to the end of the last one; known when :meth:`next` has found the end."""

    def rewind(self) -> None:
        """Go to the first picture again; errors as :meth:`open`."""


class PacedCamera(SingleModeCamera):
    """Delivers every picture of a recording once and in order, each at the time that it has in the recording.

    The time of exposure is the time at which a frame was due. A reader that is too slow makes the recording play
    slower. A stopped stream goes on where it was.

    A photo is the picture that the stream shows next, exposed at the moment of the call. It is not taken away from the
    stream, so that neither photos nor their number change what is streamed.
    """

    has_capture_timestamps = True

    def __init__(self, info: DeviceInfo, choose: Callable[[], Recording], *, loop: bool) -> None:
        """Play what ``choose`` returns.

        :param choose: asked each time the camera is opened; errors as :meth:`Recording.open`.
        :param loop: whether to begin again at the end.
        """
        super().__init__(info)
        self._choose = choose
        self._recording: Recording | None = None
        self._loop = loop
        self._round_began = 0.0
        self._upcoming: RecordedPicture | None = None
        self._schedule: Schedule | None = None
        self._sequence = 0

    def open(self) -> None:
        """Open the recording and look at its first picture; errors as :meth:`Recording.open`."""
        recording = self._choose()
        try:
            rate = recording.open()
            first = recording.next()
        except BaseException:
            recording.close()
            raise
        if first is None:
            recording.close()
            raise NotReadableError(f'{self.info.label}: not one frame can be decoded; the file is damaged or holds no '
                                   f'picture')
        height, width = first.pixels.shape[:2]
        self._open_in(NativeMode(width, height, rate))
        self._recording = recording
        self._round_began = 0.0
        self._upcoming = first

    def close(self) -> None:
        """Let go of the recording."""
        self.stop()
        self._upcoming = None
        self._mode = None
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def start(self) -> None:
        """Begin to deliver, with the next picture now."""
        self._schedule = Schedule(self.mode.frame_rate, time.monotonic_ns())
        self._sequence = 0

    def stop(self) -> None:
        """Stand still at the next picture."""
        self._schedule = None

    def read(self, timeout: float) -> Frame:
        """Return the next frame when it is due.

        :raises ReadTimeout: it is due later than in ``timeout`` seconds.
        :raises EndOfStream: the recording has ended and is not to start again.
        :raises DeviceGone: the recording cannot be read any more.
        """
        if self._schedule is None:
            raise InvalidStateError(f'{self.info.label}: the stream has not been started')
        picture = self._look_ahead()
        place = self._round_began + picture.time
        wait = (self._schedule.due(place) - time.monotonic_ns()) / 1e9
        time.sleep(max(0.0, min(wait, timeout)))
        if wait > timeout:
            raise ReadTimeout(f'{self.info.label}: the next frame is due in {wait - timeout:.3g} s')
        frame = self._frame(picture, self._schedule.take(place, time.monotonic_ns()))
        self._upcoming = None
        self._sequence += 1
        return frame

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return False: a photo is taken beside the stream."""
        return False

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Return the picture that the stream shows next, streaming or not.

        :raises UnknownError: the recording has ended and is not to start again.
        :raises DeviceGone: the recording cannot be read any more.
        """
        try:
            picture = self._look_ahead()
        except EndOfStream as error:
            raise UnknownError(f'there is no picture for a photo: {error}') from error
        return photo_at_once(RawPhoto(self._frame(picture, time.monotonic_ns()), self.photo_settings, self.settings))

    def _look_ahead(self) -> RecordedPicture:
        if self._upcoming is None:
            recording = self._opened()
            self._upcoming = recording.next() or self._first_again(recording)
            self._sequence += self._upcoming.skipped
        return self._upcoming

    def _opened(self) -> Recording:
        if self._recording is None:
            raise InvalidStateError(f'{self.info.label} is not open')
        return self._recording

    def _first_again(self, recording: Recording) -> RecordedPicture:
        if not self._loop:
            raise EndOfStream(f'{self.info.label} has come to its end; set loop to true to play it again and again')
        length = recording.length
        try:
            recording.rewind()
        except (NotFoundError, NotReadableError, NotAllowedError) as error:
            raise DeviceGone(f'{self.info.label} cannot be played again: {error}') from error
        first = recording.next()
        if first is None or first.pixels.shape[:2] != (self.mode.height, self.mode.width):
            raise DeviceGone(f'{self.info.label} cannot be played again: the file has been changed')
        self._round_began += length
        return first

    def _frame(self, picture: RecordedPicture, exposed_at: int) -> Frame:
        mode = self.mode
        return Frame(picture.pixels, picture.encoding, mode.width, mode.height, exposed_at, self._sequence)
