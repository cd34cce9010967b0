# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that plays a recording at its own pace."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from imagecapture_ros.cameras.api import DeviceGone, EndOfStream, ReadTimeout, photo_at_once
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
    skipped: int = 0
    """Pictures before this one that could not be decoded."""


class Recording(Protocol):
    """Pictures of one size in a fixed order."""

    def open(self) -> float:
        """Go to the first picture and return the frame rate in Hz.

        :raises NotFoundError: there is no such recording.
        :raises NotReadableError: it cannot be read.
        :raises NotAllowedError: the operating system refuses access.
        """

    def close(self) -> None:
        """Let go of it; harmless when it is not open."""

    def next(self) -> RecordedPicture | None:
        """Return the next picture, or ``None`` at the end."""

    def rewind(self) -> None:
        """Go to the first picture again; errors as :meth:`open`."""


class Schedule:
    """Moments at a constant rate, in nanoseconds; each is computed from the beginning, so that no rounding adds up."""

    def __init__(self, rate: float, beginning: int) -> None:
        self._period = 1e9 / rate
        self._beginning = beginning
        self._count = 0

    @property
    def due(self) -> int:
        """The moment of the next frame."""
        return self._beginning + round(self._count * self._period)

    def take(self, now: int) -> int:
        """Return the moment of the frame that is taken ``now``, and go on to the next one.

        A reader that comes late by less than a period gets the moments as they were planned, and can catch up. One that
        is slower makes the whole schedule slide: its frames are never more than a period old, and none is left out.
        """
        late = now - self.due
        if late > self._period:
            self._beginning += late - round(self._period)
        moment = self.due
        self._count += 1
        return moment

    def skip(self, frames: int) -> None:
        """Let ``frames`` moments pass without a frame."""
        self._count += frames


class PacedCamera(SingleModeCamera):
    """Delivers every picture of a recording once and in order, each at the time at which it is due.

    The time of exposure is the time at which a frame was due. A reader that is too slow makes the recording play
    slower. A stopped stream goes on where it was.

    A photo is the picture that the stream shows next, exposed at the moment of the call. It is not taken away from the
    stream, so that neither photos nor their number change what is streamed.
    """

    has_capture_timestamps = True

    def __init__(self, info: DeviceInfo, recording: Recording, *, loop: bool) -> None:
        super().__init__(info)
        self._recording = recording
        self._loop = loop
        self._upcoming: RecordedPicture | None = None
        self._schedule: Schedule | None = None
        self._sequence = 0

    def open(self) -> None:
        """Open the recording and look at its first picture; errors as :meth:`Recording.open`."""
        rate = self._recording.open()
        first = self._recording.next()
        if first is None:
            self._recording.close()
            raise NotReadableError(f'{self.info.label}: not one frame can be decoded; the file is damaged or holds no '
                                   f'picture')
        height, width = first.pixels.shape[:2]
        self._open_in(NativeMode(width, height, rate))
        self._upcoming = first

    def close(self) -> None:
        """Let go of the recording."""
        self.stop()
        self._upcoming = None
        self._mode = None
        self._recording.close()

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
        wait = (self._schedule.due - time.monotonic_ns()) / 1e9
        time.sleep(max(0.0, min(wait, timeout)))
        if wait > timeout:
            raise ReadTimeout(f'{self.info.label}: the next frame is due in {wait - timeout:.3g} s')
        frame = self._frame(picture, self._schedule.take(time.monotonic_ns()))
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
            self._upcoming = self._recording.next() or self._first_again()
            self._sequence += self._upcoming.skipped
            if self._schedule is not None:
                self._schedule.skip(self._upcoming.skipped)
        return self._upcoming

    def _first_again(self) -> RecordedPicture:
        if not self._loop:
            raise EndOfStream(f'{self.info.label} has come to its end; set loop to true to play it again and again')
        try:
            self._recording.rewind()
        except (NotFoundError, NotReadableError, NotAllowedError) as error:
            raise DeviceGone(f'{self.info.label} cannot be played again: {error}') from error
        first = self._recording.next()
        if first is None or first.pixels.shape[:2] != (self.mode.height, self.mode.width):
            raise DeviceGone(f'{self.info.label} cannot be played again: the file has been changed')
        return first

    def _frame(self, picture: RecordedPicture, exposed_at: int) -> Frame:
        mode = self.mode
        return Frame(picture.pixels, picture.encoding, mode.width, mode.height, exposed_at, self._sequence)
