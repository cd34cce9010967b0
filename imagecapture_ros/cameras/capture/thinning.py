# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which frames are delivered at a rate that is lower than the one at which they come."""

from __future__ import annotations

from fractions import Fraction

from imagecapture_ros.cameras.frame_times import FEWEST, FrameTimes
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame

AS_STATED = 0.05
"""Part of a period by which frames may come earlier or later than their mode says, and still are counted only.

So what is left out is left out evenly, whatever the clocks of the camera and of this machine make of its rate.
"""

ENOUGH = 0.5
"""Seconds of frames, and at least :data:`FEWEST` intervals, that tell whether they come as their mode says."""

LOOK_BACK = 1.0
"""Seconds over which that is measured: a camera that becomes slower in the dark is followed that soon."""

SLOW = 0.3
"""Seconds; shorter periods change no limit."""

_FEW = 3
_FASTEST = 1.0 / 500.0
"""Seconds; what seems to come faster comes from a clock that stands still, or in one go."""


class Thinning:
    """Leaves frames out, evenly, by the times at which they were taken. For the device's thread only.

    Frames are counted in periods of their mode. Where they come at the rate of the mode that is their number, with
    those that were lost; where they come at another one each counts for as many periods as it takes.
    """

    def __init__(self) -> None:
        self._times = FrameTimes(LOOK_BACK, most=64)
        self._mode: NativeMode | None = None
        self._sequence = 0
        self._position = Fraction(0)
        self._delivered: Fraction | None = None
        self.slow_period = 0.0
        """Seconds from one frame to the next where that is more than :data:`SLOW`, else 0; any thread may look."""

    def begin(self) -> None:
        """Begin a new stream, whose first frame is delivered."""
        self._mode = self._delivered = None
        self._times.clear()
        self.slow_period = 0.0

    def is_due(self, frame: Frame, framing: Framing) -> bool:
        """Count a ``frame`` in; return whether it is the first of its period that came, be it the period's first."""
        if self._mode is None:
            self._position = Fraction(frame.sequence)
        else:
            if self._mode != framing.mode:
                self._times.clear()
            lower = framing.frame_rate < framing.mode.frame_rate
            self._position += (frame.sequence - self._sequence) * (self._step(framing.mode) if lower else 1)
        self._sequence, self._mode = frame.sequence, framing.mode
        self._times.add(frame.exposed_at, frame.sequence)
        times = self._times
        slow = times.intervals >= _FEW and times.seconds > SLOW * times.intervals
        self.slow_period = times.period or 0.0 if slow else 0.0
        if self._delivered is None or framing.frame_rate >= framing.mode.frame_rate:
            return True
        return framing.period_of(self._position) != framing.period_of(self._delivered)

    def deliver(self) -> None:
        """Note that the frame that was counted in last is delivered."""
        self._delivered = self._position

    def _step(self, mode: NativeMode) -> Fraction:
        """Return for how many periods of ``mode`` a frame counts."""
        enough = self._times.intervals >= FEWEST and self._times.seconds >= ENOUGH
        period = self._times.period if enough else None
        if period is None or period < _FASTEST:
            return Fraction(1)
        periods = period * mode.frame_rate
        return Fraction(1) if abs(periods - 1.0) <= AS_STATED else Fraction(max(1, round(1000 * periods)), 1000)
