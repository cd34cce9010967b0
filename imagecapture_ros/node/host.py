# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node as those see it who serve its camera: where the camera is, what the node was started with, who is waiting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.framing import rate_shortfall
from imagecapture_ros.engine.session import CameraSession
from imagecapture_ros.imaging.depth import ValueRange
from imagecapture_ros.interfaces.startup_parameters import value_range
from imagecapture_ros.mediacapture.constraints import ConstraintSet
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.node.simulated_time import CLOCK_TOPIC, guarded
from imagecapture_ros.node.transitions import WaitingLifecycleNode

NOT_CONFIGURED = ('the node is not configured, no camera is open; configure it, for instance with "ros2 lifecycle set '
                  'NODE configure", or start it again if it was shut down')
BEING_OPENED = 'the camera is still being opened; ask again when the node is inactive or active'


class CameraHost(WaitingLifecycleNode):
    """A managed node that has a camera while it is configured."""

    def __init__(self, node_name: str, **arguments: Any) -> None:
        self.session: CameraSession | None = None
        """The open camera, if there is one."""
        self.unavailable_reason = NOT_CONFIGURED
        """Why there is none, for people."""
        self._startup: Mapping[str, Any] = {}
        super().__init__(node_name, **arguments)

    def create_subscription(self, msg_type: Any, topic: str, callback: Any, *arguments: Any, **named: Any) -> Any:
        """Subscribe; what rclpy's time source subscribes to, ``/clock``, is looked at first."""
        if topic == CLOCK_TOPIC:
            callback = guarded(self, callback)
        return super().create_subscription(msg_type, topic, callback, *arguments, **named)

    def startup(self, name: str) -> Any:
        """Return a start-up parameter as it was when the node was configured."""
        return self._startup[name]

    @property
    def camera_name(self) -> str:
        """The name that calibrations are stored under, and that the optical frame has."""
        return str(self._startup['camera_name'] or self.get_name())

    @property
    def value_range(self) -> ValueRange | None:
        """What becomes black to white where a file has fewer bits than the pixels; ``None`` for what is in them."""
        given = value_range('jpeg_range', self._startup['jpeg_range'])
        return None if given is None else ValueRange(*given)

    def need_session(self) -> CameraSession:
        """Return the open camera.

        :raises InvalidStateError: there is none.
        """
        if self.session is None:
            raise InvalidStateError(self.unavailable_reason)
        return self.session

    def explain_rate(self, state: Snapshot, constraints: ConstraintSet) -> None:
        """Log why a rate that was wished is not reached in ``state``, if it is not, and which mode would reach it."""
        wish = constraints['frame_rate'].ideal if 'frame_rate' in constraints else None
        if isinstance(wish, (int, float)):
            reason = rate_shortfall(float(wish), state.framing, state.native_modes, state.settings)
            if reason:
                self.get_logger().warning(f'frame_rate: {reason}')
