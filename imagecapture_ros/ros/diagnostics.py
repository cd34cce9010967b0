# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the node reports about itself once a second on /diagnostics."""

from __future__ import annotations

import time
from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.lifecycle import LifecycleNode

from imagecapture_ros.cameras.counters import Counters
from imagecapture_ros.interfaces import diagnostic_names as names


class RateMeter:
    """Measures how many events a second happen between two looks at a counter."""

    def __init__(self) -> None:
        self._count = 0
        self._at = time.monotonic()

    def rate(self, count: int) -> float:
        """Return events per second since the last call, given the counter's present value."""
        now = time.monotonic()
        events, seconds = max(0, count - self._count), now - self._at
        self._count, self._at = count, now
        return events / seconds if seconds > 0 else 0.0


class Diagnostics:
    """Publishes one status for the camera."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 1)

    def publish(self, level: bytes, summary: str, hardware_id: str, values: Mapping[str, object]) -> None:
        """Publish ``values`` under ``summary``; ``level`` is one of DiagnosticStatus."""
        status = DiagnosticStatus(
            level=level, name=f'{self._node.get_fully_qualified_name().lstrip("/")}: camera', message=summary,
            hardware_id=hardware_id, values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        stamp = self._node.get_clock().now().to_msg()
        message = DiagnosticArray(status=[status])
        message.header.stamp = stamp
        self._publisher.publish(message)


def counter_values(counters: Counters) -> dict[str, object]:
    """Return the counters of the capture thread as diagnostics show them."""
    return {
        'frames captured': counters.frames, names.LOST: counters.lost,
        'frames faulty': counters.faulty, names.LEFT_OUT: counters.decimated, 'stalls': counters.stalls,
        'device reopened': counters.reopened, 'photos': counters.photos, 'photos failed': counters.photos_failed,
        'last stream gap of a photo (s)': f'{counters.photo_gap:.3f}',
    }
