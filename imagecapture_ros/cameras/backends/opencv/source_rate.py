# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rate of a live source: what it states, unless that is not what comes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from imagecapture_ros.cameras.frame_times import FrameTimes, nominal_rate

logger = logging.getLogger(__name__)

FAR_FROM_STATED = 0.3
"""Part of a stated rate by which the first intervals must differ from it to be believed instead."""

STATED_HOLDS, MEASURED_HOLDS = 0.1, 0.06
"""Part of the rate in force by which the measured one may differ for good; a stated one is more than a measurement."""

LOOK_BACK = 4.0
"""Seconds over which the rate is measured while frames come."""

LASTS = 3.0
"""Seconds for which another rate must be measured, over and over, before it is in force."""

_LOOK_EVERY = 200_000_000
_ENOUGH = 2.0
_FEW = 3


class SourceRate:
    """Measures the rate of a source all the time; changed by its reader's thread only, any thread may look."""

    def __init__(self, name: str, stated: float | None) -> None:
        """Begin with the rate in Hz that the source called ``name`` states, ``None`` where it states none."""
        self._name = name
        self._stated = stated
        self._times = FrameTimes(LOOK_BACK, most=2048)
        self._recent = FrameTimes(1.0, most=64)
        self._longest: float | None = None
        self._another: tuple[float, int] | None = None
        self._next_look = 0
        self._is_polled = False
        self.is_measured = False
        """Whether the rate in force is what was measured, and not what the source states."""
        self.rate = 0.0
        """In Hz; 0 until the first frames have come."""

    @property
    def origin(self) -> str:
        """Where the rate in force comes from, for people."""
        if self._is_polled:
            return 'asked for at this rate'
        if not self.is_measured:
            return 'stated by the source'
        return 'measured; the source states ' + ('none' if self._stated is None else f'{self._stated:g} Hz')

    @property
    def period(self) -> float | None:
        """Seconds between two frames as they come just now, for the reader; ``None`` as long as nobody knows."""
        if self._recent.intervals >= _FEW or (self._recent.intervals and self._stated is None):
            return self._recent.period
        return 1.0 / self._stated if self._stated is not None else None

    def patience(self, longest: float) -> float:
        """Return how many seconds without a frame are no stall, ``longest`` where too little is known to say."""
        if self._longest is None:
            return longest if self.is_measured else 0.0
        return min(longest, 3.0 * self._longest)

    def begin(self, moments: Sequence[int], number: int) -> None:
        """Take the rate from the first frames that came at the pace of the source, the last of which is ``number``."""
        for back, moment in enumerate(moments):
            self._take(moment, number - len(moments) + 1 + back)
        measured = 1.0 / self._recent.period if self._recent.period else 0.0
        stated = self._stated
        if stated is not None and (not measured or abs(measured - stated) <= FAR_FROM_STATED * stated):
            self.rate = stated
            return
        self.is_measured = True
        self.rate = nominal_rate(measured) if measured else 1.0

    def poll(self, rate: float) -> None:
        """Take the rate in Hz at which this side asks for frames; nothing is measured then."""
        self._is_polled = True
        self.rate = rate

    def add(self, moment: int, number: int) -> None:
        """Take a frame in that came at the pace of the source; the rate changes if another one has come to stay."""
        self._take(moment, number)
        if moment < self._next_look or self._times.seconds < _ENOUGH or self._times.intervals < _FEW:
            return
        self._next_look = moment + _LOOK_EVERY
        period = self._times.period
        assert period is not None
        measured = 1.0 / period
        if abs(measured - self.rate) <= (MEASURED_HOLDS if self.is_measured else STATED_HOLDS) * self.rate:
            self._another = None
            return
        if self._another is None or abs(measured - self._another[0]) > MEASURED_HOLDS * measured:
            self._another = measured, moment
        elif moment - self._another[1] >= LASTS * 1e9:
            self._change(nominal_rate(measured))

    def _take(self, moment: int, number: int) -> None:
        self._times.add(moment, number)
        self._recent.add(moment, number)
        self._longest = self._recent.longest(_FEW) if self._recent.intervals >= _FEW else None

    def _change(self, rate: float) -> None:
        self._another = None
        if rate == self.rate:
            return
        logger.warning('%s sends %g frames a second, and not %g', self._name, rate, self.rate)
        self.is_measured = True
        self.rate = rate
