# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""At which rate frames really come, told from when they came."""

from __future__ import annotations

import abc
import statistics
from collections import deque
from itertools import islice, pairwise

COMMON_RATES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0, 12.0, 12.5, 15.0, 20.0, 24.0, 25.0, 30.0, 40.0, 50.0,
                60.0, 75.0, 90.0, 100.0, 120.0, 150.0, 180.0, 200.0, 240.0)
"""Hz, as cameras have them. 29.97 is not among them: from 30 it differs by less than a few seconds can tell."""

NOMINAL = 0.03
"""Part of a rate by which a measured one may differ from it and still be taken for it."""

FEWEST = 5
"""Intervals that are kept however long they take."""


class FrameTimes:
    """The moments of the last frames, and the time from one frame to the next that they show."""

    def __init__(self, seconds: float, most: int = 256) -> None:
        """Look back ``seconds``, and over ``most`` frames at most."""
        self._seconds = seconds
        self._times: deque[tuple[int, int]] = deque(maxlen=most)
        self._period: float | None = None

    def clear(self) -> None:
        """Forget all: what comes next has to do with nothing before."""
        self._times.clear()
        self._period = None

    def add(self, moment: int, number: int) -> None:
        """Take a frame in, with its moment in nanoseconds and its number, which counts lost frames, too."""
        times = self._times
        if times and (moment <= times[-1][0] or number <= times[-1][1]):
            times.clear()  # another count, or a clock that stands still
        times.append((moment, number))
        while len(times) > FEWEST + 1 and moment - times[1][0] >= self._seconds * 1e9:
            times.popleft()
        self._period = None

    @property
    def intervals(self) -> int:
        """How many intervals between frames are known."""
        return max(0, len(self._times) - 1)

    @property
    def seconds(self) -> float:
        """The time that they span."""
        return (self._times[-1][0] - self._times[0][0]) / 1e9 if self._times else 0.0

    @property
    def period(self) -> float | None:
        """Seconds from one frame to the next, or ``None`` where there are no two.

        It is the mean of the middle half of what several frames in a row took, or the median where there are few: so
        frames that come in small groups count by how many there are, and a pause does not count.
        """
        if self._period is None and self.intervals:
            apart = max(1, self.intervals // 4)
            took = sorted(
                (later[0] - earlier[0]) / (later[1] - earlier[1]) / 1e9
                for earlier, later in zip(self._times, islice(self._times, apart, None), strict=False))
            aside = len(took) // 4
            self._period = statistics.median(took) if len(took) < 8 else statistics.fmean(took[aside:-aside])
        return self._period

    def longest(self, count: int) -> float:
        """Return the longest of the last ``count`` intervals, in seconds; 0 if there is none."""
        last = list(islice(reversed(self._times), count + 1))
        return max(((later[0] - earlier[0]) / 1e9 for later, earlier in pairwise(last)), default=0.0)


def nominal_rate(rate: float) -> float:
    """Return the rate that a camera of the measured ``rate`` is likely to be set to, or two or three digits of it.

    Both are in Hz.
    """
    nearest = min(COMMON_RATES, key=lambda common: abs(common - rate))
    for common in (nearest, float(round(rate))):
        if abs(common - rate) <= NOMINAL * rate:
            return common
    short = float(f'{rate:.2g}')
    return short if abs(short - rate) <= 0.01 * rate else float(f'{rate:.3g}')


class RateFollowingCamera(abc.ABC):
    """Base of cameras that cannot be set to a rate: their ``mode`` has the one at which frames come, and follows it.

    As with ``Camera``, all is called by the one thread that owns it.
    """

    @property
    @abc.abstractmethod
    def rate_origin(self) -> str:
        """Where the rate of ``mode`` comes from, for people."""

    @property
    @abc.abstractmethod
    def patience(self) -> float:
        """Seconds without a frame that are no stall, as far as is known by now; 0 where the rate of ``mode`` tells."""
