"""When the frames of a stream are due: an absolute schedule that neither drifts nor waits for a slow reader."""

from __future__ import annotations

from typing import NamedTuple

_SECOND = 1_000_000_000


class Due(NamedTuple):
    """A frame and the moment of its exposure."""

    sequence: int
    at: int
    """Nanoseconds of CLOCK_MONOTONIC."""


class FrameClock:
    """Numbers the frames of a stream and says when each is exposed; all times are nanoseconds of CLOCK_MONOTONIC."""

    def __init__(self, frame_rate: float, start: int, first_sequence: int = 0) -> None:
        """Expose ``first_sequence`` at ``start``, then ``frame_rate`` frames per second."""
        self._frame_rate = frame_rate
        self._start = start
        self._first = first_sequence
        self._next = first_sequence

    @property
    def upcoming(self) -> int:
        """The sequence number after the last that was taken."""
        return self._next

    def next(self, now: int) -> Due:
        """Return the frame for a reader who comes at ``now``.

        It is the one after the last that was taken, unless a newer one is due already: then it is the newest of those,
        and the ones between are lost.
        """
        return self._due(max(self._next, self._newest(now)))

    def following(self, now: int) -> Due:
        """Return the first frame whose exposure begins after ``now``, which is no earlier than the start."""
        return self._due(self._newest(now) + 1)

    def take(self, sequence: int) -> None:
        """Note that the frame ``sequence`` was delivered."""
        self._next = sequence + 1

    def _due(self, sequence: int) -> Due:
        return Due(sequence, self._start + round((sequence - self._first) * _SECOND / self._frame_rate))

    def _newest(self, now: int) -> int:
        """Return the sequence number of the last frame due at ``now``."""
        # The half nanosecond undoes the rounding of the due times.
        return self._first + int((now - self._start + 0.5) * self._frame_rate / _SECOND)
