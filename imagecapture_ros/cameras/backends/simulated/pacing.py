# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When the frames of a stream are due: an absolute schedule that neither drifts nor waits long for a slow reader."""

from __future__ import annotations

from typing import NamedTuple

_SECOND = 1_000_000_000

BUFFERED_SECONDS = 0.05
"""Seconds for which frames wait for a reader who is late, as in a driver's buffers; the newest waits in any case."""


class Due(NamedTuple):
    """A frame and the moment of its exposure."""

    sequence: int
    at: int
    """Nanoseconds of CLOCK_MONOTONIC."""


class FrameClock:
    """Numbers the frames of a stream and says when each is exposed; all times are nanoseconds of CLOCK_MONOTONIC."""

    def __init__(self, frame_rate: float, start: int, first_sequence: int = 0, scene_time: float = 0.0) -> None:
        """Expose ``first_sequence`` at ``start``, ``scene_time`` s into the scene, then ``frame_rate`` a second."""
        self._frame_rate = frame_rate
        self._start = start
        self._first = first_sequence
        self._next = first_sequence
        self._scene_time = scene_time
        self._spare = max(0, int(BUFFERED_SECONDS * frame_rate) - 1)

    @property
    def upcoming(self) -> int:
        """The sequence number after the last that was taken."""
        return self._next

    def next(self, now: int) -> Due:
        """Return the frame for a reader who comes at ``now``.

        It is the one after the last that was taken, unless newer ones are due already and it is not buffered any more:
        then it is the oldest of those that are, and the ones before it are lost.
        """
        sequence = max(self._next, self._newest(now) - self._spare)
        return Due(sequence, self.due(sequence))

    def due(self, sequence: int) -> int:
        """Return the moment at which the frame ``sequence`` is exposed."""
        return self._start + round((sequence - self._first) * _SECOND / self._frame_rate)

    def scene_time(self, sequence: int) -> float:
        """Return the time in the scene, in seconds, at which the frame ``sequence`` is exposed."""
        return self._scene_time + (sequence - self._first) / self._frame_rate

    def at_rate(self, frame_rate: float, now: int) -> FrameClock:
        """Return the clock that goes on from here, with the next frame at ``now`` and at another rate."""
        return FrameClock(frame_rate, now, self._next, self.scene_time(self._next))

    def take(self, sequence: int) -> None:
        """Note that the frame ``sequence`` was delivered."""
        self._next = sequence + 1

    def _newest(self, now: int) -> int:
        """Return the sequence number of the last frame due at ``now``."""
        # The half nanosecond undoes the rounding of the due times.
        return self._first + int((now - self._start + 0.5) * self._frame_rate / _SECOND)
