# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera node tells by itself: settings, track status, diagnostics, and the rate of its frames."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo

from imagecapture_ros import msg
from imagecapture_ros.cli.topics import topics_of
from imagecapture_ros.interfaces.messages import NANOSECONDS, settings_from
from imagecapture_ros.mediacapture.capabilities import Settings

if TYPE_CHECKING:
    from imagecapture_ros.client import CameraClient

_LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_LIGHT = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
LEVELS = {DiagnosticStatus.OK: 'OK', DiagnosticStatus.WARN: 'WARN', DiagnosticStatus.ERROR: 'ERROR',
          DiagnosticStatus.STALE: 'STALE'}
WINDOW = 2.0
"""Seconds of frames that a rate is measured over."""


class LiveView:
    """Listens to a camera node; ``wait`` brings what came up to date."""

    def __init__(self, client: CameraClient, camera: str) -> None:
        self._client = client
        self._camera = camera = f'/{camera.strip("/")}'
        self._stream_found = False
        self.settings: Settings | None = None
        self.track: msg.TrackStatus | None = None
        self.diagnostics: DiagnosticStatus | None = None
        self._diagnosed = f'{camera.lstrip("/")}: camera'
        self._frames: deque[tuple[float, int]] = deque()
        """When a frame's calibration came, on our clock, and when it was exposed, in nanoseconds."""
        self._track_topic = f'{camera}/track_status'
        node = client.node
        node.create_subscription(msg.MediaTrackSettings, f'{camera}/settings', self._on_settings, _LATCHED)
        node.create_subscription(msg.TrackStatus, self._track_topic, self._on_track, _LATCHED)
        node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)

    def wait(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Listen for so many seconds, or until a condition holds."""
        end = time.monotonic() + seconds
        while not until() and (left := end - time.monotonic()) > 0.0:
            self._find_stream()
            self._client.spin_once(min(left, 0.1))

    @property
    def there(self) -> bool:
        """Whether the node is in the ROS graph."""
        return self._client.node.count_publishers(self._track_topic) > 0

    @property
    def rate(self) -> float | None:
        """Frames a second over the last seconds by their times of exposure; ``None`` where none are known yet."""
        now = time.monotonic()
        while self._frames and self._frames[0][0] < now - WINDOW:
            self._frames.popleft()
        if len(self._frames) < 2:
            return None
        span = self._frames[-1][1] - self._frames[0][1]
        return (len(self._frames) - 1) * NANOSECONDS / span if span > 0 else None

    @property
    def frames(self) -> int:
        """How many frames the rate is of."""
        return len(self._frames)

    def _find_stream(self) -> None:
        """Subscribe to the calibration as soon as it is discovered: it comes with every frame and weighs nothing."""
        if not self._stream_found and (topic := topics_of(self._client.node, self._camera).info):
            self._client.node.create_subscription(CameraInfo, topic, self._on_frame, _LIGHT)
            self._stream_found = True

    def _on_settings(self, message: msg.MediaTrackSettings) -> None:
        self.settings = settings_from(message)

    def _on_track(self, message: msg.TrackStatus) -> None:
        self.track = message

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == self._diagnosed:
                self.diagnostics = status

    def _on_frame(self, info: CameraInfo) -> None:
        self._frames.append((time.monotonic(), info.header.stamp.sec * NANOSECONDS + info.header.stamp.nanosec))
