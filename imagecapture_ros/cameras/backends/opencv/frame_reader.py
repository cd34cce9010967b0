# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that reads a live source, so that whoever asks gets the newest frame and never waits for a dead one."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2

from imagecapture_ros.cameras.api import DeviceGone, DeviceThread
from imagecapture_ros.cameras.backends.opencv.backlog import HOLD, Age, Backlog
from imagecapture_ros.cameras.backends.opencv.capture import MAX_DAMAGED_FRAMES, possible_rate, with_encoding
from imagecapture_ros.cameras.backends.opencv.frame_size import FrameSize
from imagecapture_ros.cameras.backends.opencv.source_rate import SourceRate
from imagecapture_ros.imaging.codecs import BrokenImageError
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotReadableError, UnknownError
from imagecapture_ros.mediacapture.frames import Pixels

logger = logging.getLogger(__name__)

STUCK_AFTER = 1.0
"""Seconds beyond its read time-out after which a source is taken to have none, and to be stuck."""

CEASED_AFTER = 1.0
"""Seconds without a frame after which the rate of a source that was just connected is told by those that came."""

CLOSE_TIMEOUT = 1.0
"""Seconds in which a reader that is not stuck in its source has ended."""

_NEVER = 1 << 62


@dataclass(frozen=True)
class Arrival:
    """A frame of a live source."""

    pixels: Pixels
    encoding: str
    number: int
    """Counts the frames of the connection from 1."""
    arrived_at: int
    """In nanoseconds of CLOCK_MONOTONIC."""
    shown_from: int
    """From when on it may be shown, likewise: it may turn out to be old before."""


class NothingNew(Exception):
    """A source that is polled is well, and has no frame yet."""

    def __init__(self, *, unchanged: bool) -> None:
        super().__init__()
        self.unchanged = unchanged
        """Whether it has said that its last picture is still the one."""


class Capture(Protocol):
    """What a live source is read from; ``cv2.VideoCapture`` is one.

    One whose ``is_polled`` is true asks for each frame, and its rate is that at which it does so.
    """

    def grab(self) -> bool:
        """Wait for the next frame; return whether it is a whole one.

        :raises NothingNew: there is none yet, and nothing is wrong.
        """

    def retrieve(self) -> tuple[bool, Any]:
        """Return whether the frame that was grabbed could be decoded, and its pixels."""

    def get(self, property_id: int, /) -> float:
        """Return one of OpenCV's properties."""

    def release(self) -> None:
        """Let go of the source."""


class FrameReader:
    """Opens a source on a thread, reads it until it fails or is closed, and keeps the newest frame only.

    Everything that may block happens on that thread, and the capture belongs to it alone: a reader can be given up
    while it is stuck, and releases its capture when the source's own time-out frees it.
    """

    def __init__(
        self, name: str, connect: Callable[[], Capture], read_timeout: float, *, advice: str, may_hang: bool,
        redact: Callable[[str], str],
    ) -> None:
        """Begin at once; see :class:`LiveCamera` for the parameters."""
        self._name = name
        self._redact = redact
        self._advice = advice
        self._connect = connect
        self._read_timeout = read_timeout
        self._changed = threading.Condition()
        self._close = threading.Event()
        self._newest: Arrival | None = None
        self._size = FrameSize(name)
        self._failure: MediaCaptureError | None = None
        # Whoever opens a source wants its first frame, which may be the only one for a long time.
        self._wanted_by = 1
        self.count = 0
        """Frames that have come so far."""
        self.source_rate = SourceRate(name, None)
        """At which rate frames come; valid once one can be had."""
        self._backlog = Backlog()
        self._is_polled = False
        self.unchanged = False
        """Whether a source that is polled has said that its last picture is still the one."""
        self._last_sign = time.monotonic()
        # The interpreter must not go away while OpenCV is at work for us (see _closing), unless that may never end.
        self._thread = DeviceThread(target=self._run, name=f'reader of {name}', daemon=may_hang)
        self._thread.start()

    def first(self, timeout: float) -> Arrival | None:
        """Return a frame, old or new, once the rate is known, waiting up to ``timeout`` seconds for both, or ``None``.

        Where frames have ceased to come, the rate is told by those that came.

        :raises DeviceGone: the source has failed or fallen silent before that.
        :raises MediaCaptureError: it could not be opened.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._newest is None or not self.source_rate.rate:
                now = time.monotonic()
                ceased = self._failure is not None or now >= self._last_sign + CEASED_AFTER
                if ceased and self._newest is not None and self._backlog.has_an_interval():
                    self.source_rate.begin(self._backlog.pace, self.count)
                elif self._failure is not None:
                    raise self._failure
                elif now >= deadline:
                    return None
                else:
                    self._changed.wait(min(deadline - now, max(0.05, self._last_sign + CEASED_AFTER - now)))
            return self._newest

    def newer_than(self, number: int, timeout: float) -> Arrival | None:
        """Return the newest frame if it came after ``number``, waiting up to ``timeout`` seconds for it, or ``None``.

        :raises DeviceGone: the source has failed or fallen silent, and no such frame is left.
        :raises MediaCaptureError: it could not be opened.
        """
        deadline = time.monotonic_ns() + round(timeout * 1e9)
        with self._changed:
            while (newest := self._newest_after(number)) is None:
                if self._failure is not None:
                    raise self._failure
                if (now := time.monotonic_ns()) >= deadline:
                    break
                coming = self._newest
                until = deadline if coming is None or coming.shown_from <= now else min(deadline, coming.shown_from)
                self._changed.wait((until - now) / 1e9)
        silence = time.monotonic() - self._last_sign
        if newest is None and self.count and silence > self._read_timeout + STUCK_AFTER:
            raise self._silent()
        return newest

    @contextlib.contextmanager
    def wanted(self) -> Iterator[None]:
        """Want frames for the block; those that nobody wants are only counted, which saves their conversion to bgr8."""
        self.want(True)
        try:
            yield
        finally:
            self.want(False)

    def want(self, wanted: bool) -> None:
        """Want frames from now on, or no more; several may want them."""
        with self._changed:
            self._wanted_by += 1 if wanted else -1

    def close(self) -> None:
        """End the thread; when it is stuck in its source, do not wait until that lets it go."""
        self._close.set()
        self._thread.muffled = True
        if self._failure is None:
            self._fail(UnknownError(f'{self._name} was closed'))
        self._thread.join(CLOSE_TIMEOUT)

    @property
    def _closing(self) -> bool:
        # The main thread has ended when the interpreter, on its way out, waits for us.
        return self._close.is_set() or not threading.main_thread().is_alive()

    def _newest_after(self, number: int) -> Arrival | None:
        newest = self._newest
        if newest is None or newest.number <= number or newest.shown_from > time.monotonic_ns():
            return None
        return newest

    def _run(self) -> None:
        try:
            capture = self._connect()
            try:
                self.source_rate = SourceRate(self._name, possible_rate(capture))
                self._is_polled = getattr(capture, 'is_polled', False)
                self._read(capture)
            finally:
                capture.release()
        except MediaCaptureError as error:
            self._fail(error)
        except cv2.error:  # its text may hold the address, password and all
            self._fail(NotReadableError(f'{self._name} makes OpenCV fail; {self._advice}'))
        except BaseException as error:  # whatever it is, somebody waits for the first frame
            told = self._redact(''.join(traceback.format_exception_only(type(error), error)).strip())
            logger.error('%s cannot be read:\n%s', self._name, self._redact(traceback.format_exc()))
            self._fail(NotReadableError(f'{self._name} cannot be read because of an unexpected error, {told}'))

    def _fail(self, error: MediaCaptureError) -> None:
        with self._changed:
            # What it fails of after it was closed is of no interest.
            self._failure = self._failure or error
            self._changed.notify_all()

    def _read(self, capture: Capture) -> None:
        damaged = 0
        while not self._closing:
            began = time.monotonic_ns()
            try:
                grabbed = capture.grab()
            except NothingNew as answer:
                self.unchanged, self._last_sign = answer.unchanged, time.monotonic()
                continue
            self.unchanged = False
            arrived_at = time.monotonic_ns()
            # After a time-out, OpenCV may still hand out what the decoder held back.
            if arrived_at - began >= self._read_timeout * 1e9:
                raise self._silent()
            self._last_sign = time.monotonic()
            damaged = 0 if grabbed else damaged + 1
            if damaged > MAX_DAMAGED_FRAMES:
                raise DeviceGone(f'{self._name} ended the stream after {self.count} frames, or the connection broke; '
                                 f'{self._advice}')
            if grabbed:
                self._take(capture, arrived_at)

    def _take(self, capture: Capture, arrived_at: int) -> None:
        """Keep the frame that was grabbed, if it is new and somebody wants it, and follow the rate."""
        with self._changed:
            self.count += 1
            rate, newest = self.source_rate, self._newest
            # What is asked for is made then.
            age = Age.NEW if self._is_polled else self._backlog.age(arrived_at, rate.period)
            if age is Age.OLD and newest is not None and newest.shown_from > time.monotonic_ns():
                self._newest = replace(newest, shown_from=_NEVER)
            elif self._is_polled:
                rate.poll(capture.get(cv2.CAP_PROP_FPS))
            elif age is not Age.OLD and rate.rate:
                rate.add(arrived_at, self.count)
            elif age is not Age.OLD:
                rate.begin(self._backlog.pace, self.count)
            self._changed.notify_all()
        # The very first one tells the size.
        if self._wanted_by and (age is not Age.OLD or newest is None):
            self._keep(capture, arrived_at, {
                Age.NEW: arrived_at, Age.DOUBTFUL: arrived_at + round(HOLD * 1e9), Age.OLD: _NEVER}[age])

    def _silent(self) -> DeviceGone:
        return DeviceGone(f'{self._name} has sent nothing for {self._read_timeout:g} s (read_timeout); '
                          f'{self._advice}')

    def _keep(self, capture: Capture, arrived_at: int, shown_from: int) -> None:
        try:
            retrieved, pixels = capture.retrieve()
        except BrokenImageError:  # counted, and not shown
            return
        encoded = with_encoding(pixels) if retrieved else None
        before = self._newest
        # OpenCV gives planar formats as grey images that are higher than the frame.
        if encoded is None or (before is None and len(pixels) != round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))):
            raise NotReadableError(f'{self._name} delivers frames in a format that has no encoding here; let it send '
                                   f'BGR or GRAY8')
        if not self._size.takes((pixels.shape[1], pixels.shape[0]), arrived_at / 1e9):
            return
        with self._changed:
            self._newest = Arrival(*encoded, self.count, arrived_at, shown_from)
            self._changed.notify_all()
