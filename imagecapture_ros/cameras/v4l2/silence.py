# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A stream from which nothing is heard, and when it is time to start it again."""

from __future__ import annotations

import time

RESTART_AFTER = 5.0
"""Seconds without a frame after which the stream is started again; or ten periods. Each time twice as long follows."""

LONGEST_RESTART = 60.0
"""Seconds between attempts to wake a camera that is silent, at most; or ten periods."""


class Silence:
    """How long a stream has been silent."""

    def __init__(self) -> None:
        self._heard_at = 0.0
        self._restarted_at = 0.0
        self._restart_after = RESTART_AFTER
        self._faulty_before = 0

    @property
    def seconds(self) -> float:
        """For how long no frame came."""
        return time.monotonic() - self._heard_at

    def heard(self, frame_rate: float, faulty: int) -> None:
        """Note a frame, or a stream that has begun; ``faulty`` frames were thrown away so far."""
        self._heard_at = time.monotonic()
        self._faulty_before = faulty
        self._restart_after = max(RESTART_AFTER, 10.0 / frame_rate)

    def faulty(self, faulty: int) -> int:
        """Return how many of the ``faulty`` frames came since the last good one."""
        return faulty - self._faulty_before

    def restart_is_due(self, frame_rate: float) -> bool:
        """Return whether to start the stream again now; the next time is farther away each time."""
        now = time.monotonic()
        if now - max(self._heard_at, self._restarted_at) <= self._restart_after:
            return False
        self._restarted_at = now
        self._restart_after = min(2.0 * self._restart_after, max(LONGEST_RESTART, 10.0 / frame_rate))
        return True
