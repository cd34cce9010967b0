# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which frames of a live source are new when they are read, and which have waited for the reader somewhere."""

from __future__ import annotations

import math
import statistics
from collections import deque
from enum import Enum
from itertools import pairwise

LATE = 0.15
"""Seconds by which a frame comes too late when others may wait behind it: the network, or this program, stood still."""

HOLD = 0.1
"""Seconds in which the next frame follows one that was late because of that. It then has waited; alone it is new."""

LONGEST = 3.0
"""Seconds for which frames are taken to be old at most: a source may be faster than it says."""

UNDER_WAY = 0.05
"""Seconds that a frame may have waited and still is new."""

OFTEN, OFTEN_WITHIN = 3, 20.0
"""So many late frames, within so many seconds, are the source's own way: it sends frames in bursts."""

_KEPT = 256
_PACE = 0.15
"""Seconds in which frames keep the pace of the source before they are new."""

_SHORTEST = 0.01
"""Seconds between frames of a source whose rate nobody knows; what comes faster has waited."""

_EVEN_FOR = 0.25
"""Seconds for which its frames come evenly before their rate is told."""

_FIRST_LOOK = 0.9
"""Seconds after which it is slow, or uneven, and is told all the same."""


class Age(Enum):
    """How old a frame is."""

    NEW = 1
    DOUBTFUL = 2
    """New if none follows it within :data:`HOLD`."""
    OLD = 3


class Backlog:
    """Tells frames that were made while nobody read from those that are new, by how fast they come.

    Servers and FFmpeg hand out seconds of frames within milliseconds when a connection is made, and so does the kernel
    when this process, or the network, stood still for a while. Nothing says when those were made.
    """

    def __init__(self) -> None:
        self._moments: deque[int] = deque(maxlen=_KEPT)
        self._waited = math.inf
        """Seconds that the last frame may have waited; infinite after a connect, where nobody knows."""
        self._first = self._until = 0
        self._late: deque[int] = deque(maxlen=OFTEN)

    @property
    def pace(self) -> list[int]:
        """The moments of the last frames without those of a burst before them, the newest last."""
        moments = list(self._moments)
        intervals = [later - earlier for earlier, later in pairwise(moments)]
        waited = next((number for number, interval in enumerate(intervals) if 4 * interval >= max(intervals)), 0)
        # What was waited for after a burst is a part of an interval.
        return moments[waited + 1:] if 0 < waited < len(intervals) - 1 else moments[waited:]

    def has_an_interval(self) -> bool:
        """Return whether a rate can be told at all, if nothing more comes."""
        return any(later - earlier >= _SHORTEST * 1e9 for earlier, later in pairwise(self._moments))

    def age(self, moment: int, period: float | None) -> Age:
        """Return how old the frame is that came at ``moment`` (nanoseconds) where ``period`` seconds lie between two.

        ``None`` is for a period that is not known yet.
        """
        last = self._moments[-1] if self._moments else None
        self._moments.append(moment)
        if last is None:
            self._first = moment
            self._until = moment + round(LONGEST * 1e9)
            return Age.OLD
        interval = (moment - last) / 1e9
        late = period is not None and interval > period + LATE
        if late:
            self._late.append(moment)
        if len(self._late) == OFTEN and moment - self._late[0] <= OFTEN_WITHIN * 1e9:
            # All of its frames but the first of each burst would be left out as old, and often none would be left.
            self._waited = 0.0
            return Age.NEW
        if late and self._waited < math.inf:
            self._moments = deque([moment], maxlen=_KEPT)
            self._waited += interval - (period or 0.0)
            self._until = moment + round(LONGEST * 1e9)
            return Age.DOUBTFUL
        if self._waited == 0.0:
            return Age.NEW
        if period is not None:
            self._waited = max(0.0, self._waited + interval - period)
        keeps_pace = self._keeps_pace(period) if period is not None else self._is_steady(interval)
        if self._waited <= UNDER_WAY or keeps_pace or moment >= self._until:
            self._waited = 0.0
            return Age.NEW
        return Age.OLD

    def _intervals(self, count: int) -> list[float]:
        moments = list(self._moments)[-count - 1:]
        return [(later - earlier) / 1e9 for earlier, later in pairwise(moments)]

    def _keeps_pace(self, period: float) -> bool:
        """Return whether the last frames came no faster than the source makes them."""
        needed = max(1, math.ceil(_PACE / period))
        intervals = self._intervals(min(needed, _KEPT - 1))
        # One long interval does not make up for many short ones.
        return len(intervals) >= min(needed, _KEPT - 1) and (
            sum(min(interval, 1.5 * period) for interval in intervals) >= 0.8 * period * len(intervals))

    def _is_steady(self, interval: float) -> bool:
        """Return whether the rate of a source that has just been connected can be told by its last frames."""
        last, pace = self._intervals(4), self.pace
        even = len(last) == 4 and statistics.median(last) >= _SHORTEST and max(last) <= 3.0 * min(last)
        if even and pace[-1] - pace[0] >= _EVEN_FOR * 1e9:
            return True
        seconds = (self._moments[-1] - self._first) / 1e9
        return seconds >= _FIRST_LOOK and (interval >= _SHORTEST or seconds >= 1.5 * _FIRST_LOOK)
