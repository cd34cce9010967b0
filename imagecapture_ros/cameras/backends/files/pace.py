# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When the pictures of a recording are due: in the recording, and on the clock of this machine."""

from __future__ import annotations

import math

LONGEST_PAUSE = 60.0
"""Seconds; a longer one between two pictures is taken for time stamps that begin anew, as in joined videos."""

_MILLISECOND = 1e6
_COARSE = 1.1 * _MILLISECOND
"""By how much time stamps in whole milliseconds, as in Matroska, may differ from those that were rounded; there are two
of them, the first one and this one."""

_FINE = 25e3
"""The same for other time stamps, whose ticks are those of MPEG (90 kHz) or shorter."""


_SHORTER = 0.9
"""Part of the usual period below which the interval before is taken where a time stamp says nothing."""


class EvenTimes:
    """The times of pictures as a file states them, freed of their rounding.

    Where a picture lies within the rounding of a constant rate, it is placed exactly on it: pictures at 29.97 Hz have
    even intervals, although a Matroska file states 0, 33, 67, 100 ms. All others are placed where the file says.
    Nanoseconds from the first picture.
    """

    def __init__(self, rate: float) -> None:
        """Expect pictures with ``rate`` Hz."""
        self._period = 1e9 / rate
        self._anchor = 0.0
        self._steps = -1
        self._last = -self._period
        self._interval = self._period
        self._shift: float | None = None
        self.left_out = 0.0
        """Seconds of the last pause that was too long."""

    @property
    def end(self) -> float:
        """When the picture that was placed last has been shown."""
        return self._last + self._period

    def place(self, stated: float | None, skipped: int = 0) -> float:
        """Return the time of the next picture.

        ``stated`` is what the file states, on any clock of its own; ``None`` where it states nothing. ``skipped``
        pictures before this one could not be decoded.
        """
        expected = self._anchor + (self._steps + 1 + skipped) * self._period
        if stated is None or not math.isfinite(stated):
            return self._keep(self._steps + 1 + skipped)
        if self._shift is None:
            self._shift = expected - stated
        time = stated + self._shift
        if time <= self._last:
            # Time stamps that go back, or stand still, say nothing: OpenCV 4.6 has none for the last frames of a video.
            if not skipped and 0.0 < self._interval < _SHORTER * self._period:
                expected = self._last + self._interval
                self._shift = expected - stated
                return self._begin_anew(expected)
            self._shift = expected - stated
            return self._keep(self._steps + 1 + skipped)
        if time - self._last > max(LONGEST_PAUSE * 1e9, (2 + skipped) * self._period):
            self.left_out = (time - self._last) / 1e9
            self._shift = expected - stated
            return self._keep(self._steps + 1 + skipped)
        steps = round((time - self._anchor) / self._period)
        if steps > self._steps and abs(self._anchor + steps * self._period - time) <= _rounding(stated):
            return self._keep(steps)
        return self._begin_anew(time)

    def _begin_anew(self, time: float) -> float:
        self._anchor, self._steps = time, 0
        return self._placed(time)

    def _keep(self, steps: int) -> float:
        self._steps = steps
        return self._placed(self._anchor + steps * self._period)

    def _placed(self, time: float) -> float:
        self._interval, self._last = time - self._last, time
        return time


class Schedule:
    """When pictures are due, in nanoseconds of CLOCK_MONOTONIC."""

    def __init__(self, rate: float, beginning: int) -> None:
        """Let the first picture that is asked for be due at ``beginning``; ``rate`` is the usual one, in Hz."""
        self._period = round(1e9 / rate)
        self._beginning = beginning
        self._first: float | None = None

    def due(self, time: float) -> int:
        """Return when the picture is due that has ``time`` in the recording."""
        if self._first is None:
            self._first = time
        return self._beginning + round(time - self._first)

    def take(self, time: float, now: int) -> int:
        """Return the moment of the picture that has ``time`` in the recording and is taken ``now``.

        A reader that comes late by less than a period gets the moments as they were planned, and can catch up. One that
        is slower makes the whole schedule slide: its frames are never more than a period old, and none is left out.
        """
        late = now - self.due(time)
        if late > self._period:
            self._beginning += late - self._period
        return self.due(time)


def _rounding(stated: float) -> float:
    """Return by how much a time stamp may be rounded, in nanoseconds."""
    milliseconds = stated / _MILLISECOND
    return _COARSE if abs(milliseconds - round(milliseconds)) < 1e-6 else _FINE
