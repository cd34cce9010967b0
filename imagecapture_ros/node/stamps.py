# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the host's monotonic clock, in which cameras tell exposures, to ROS time."""

from __future__ import annotations

import time

from rclpy.clock import Clock

LARGEST_CORRECTION = 1_000_000_000
"""Nanoseconds. A jump of the ROS clock to the past by more (a simulation that starts again) starts a new series."""

JUMP = 50_000_000
"""Nanoseconds by which the offset of the clocks changes at once: somebody set the clock, or it is a simulation's."""

WEIGHT = 16
"""The measured offset counts for one part in so many: a single late measurement moves no stamp by more than that."""

ATTEMPTS = 3
"""How often, at most, both clocks are read for one measurement; the reading with the shortest time between counts."""

UNDISTURBED = 20_000
"""Nanoseconds between two looks at a clock within which nothing else happened: no further attempt can do better."""


class RosStamps:
    """Translates times of exposure to ROS time; the result never runs backwards.

    The offset between the clocks is measured with each stamp and followed slowly, so that the distances between stamps
    are those that the device measured, and not the moods of the scheduler.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset: int | None = None
        self._last = 0
        self._last_change = 0

    def now(self) -> int:
        """Return the present ROS time in nanoseconds."""
        return self._clock.now().nanoseconds

    def of(self, exposed_at: int) -> int:
        """Return the ROS time, in nanoseconds, of a moment of CLOCK_MONOTONIC."""
        return max(0, exposed_at + self._tracked_offset())

    def of_frame(self, exposed_at: int) -> int:
        """Return the stamp of the next frame of the stream, later than that of the frame before it.

        A jump of the ROS clock to the past (a simulation that starts again) starts a new series.
        """
        stamp = self.of(exposed_at)
        if self._last - LARGEST_CORRECTION < stamp <= self._last:
            stamp = self._last + 1
        self._last = stamp
        return stamp

    def of_change(self, moment: int) -> int:
        """Return the stamp of the next change of the settings, not earlier than that of the change before it.

        Changes of one moment come one after the other, and the offset of the clocks is measured anew for each. A jump
        of the ROS clock is as for :meth:`of_frame`.
        """
        stamp = self.of(moment)
        if self._last_change - LARGEST_CORRECTION < stamp < self._last_change:
            stamp = self._last_change
        self._last_change = stamp
        return stamp

    def _tracked_offset(self) -> int:
        measured, tracked = self._measured_offset(), self._offset
        if tracked is None or abs(measured - tracked) > JUMP:
            tracked = measured
        else:
            tracked += (measured - tracked) // WEIGHT
        self._offset = tracked
        return tracked

    def _measured_offset(self) -> int:
        """Return by how much ROS time is ahead of the monotonic clock."""
        best, shortest = 0, -1
        for _ in range(ATTEMPTS):
            before = time.monotonic_ns()
            now = self.now()
            between = time.monotonic_ns() - before
            if shortest < 0 or between < shortest:
                best, shortest = now - before - between // 2, between
            if between < UNDISTURBED:
                break
        return best
