"""From the host's monotonic clock, in which cameras tell exposures, to ROS time."""

from __future__ import annotations

import time

from rclpy.clock import Clock


class RosStamps:
    """Translates times of exposure to ROS time; the result never runs backwards."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def now(self) -> int:
        """Return the present ROS time in nanoseconds."""
        return self._clock.now().nanoseconds

    def of(self, exposed_at: int) -> int:
        """Return the ROS time, in nanoseconds, of a moment of CLOCK_MONOTONIC."""
        return max(0, self.now() - (time.monotonic_ns() - exposed_at))

    def of_frame(self, exposed_at: int) -> int:
        """Return the stamp of the next frame of the stream, later than that of the frame before it.

        A jump of the ROS clock to the past (a simulation that starts again) starts a new series.
        """
        stamp = self.of(exposed_at)
        if self._last - _LARGEST_CORRECTION < stamp <= self._last:
            stamp = self._last + 1
        self._last = stamp
        return stamp


_LARGEST_CORRECTION = 1_000_000_000
