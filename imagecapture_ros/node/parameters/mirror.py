# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one place where what the device does becomes parameters of the node."""

from __future__ import annotations

import time

from rclpy.clock import Clock
from rclpy.lifecycle import LifecycleNode

from imagecapture_ros.engine.session import CameraSession
from imagecapture_ros.node.parameters.driver_controls import DriverControlParameters
from imagecapture_ros.node.parameters.properties import PropertyParameters

PERIOD = 0.1
"""Seconds between two times that changes of the device reach the parameters by themselves, at least."""


class ParameterMirror:
    """Keeps parameters in step with the session that is open; of any other it knows nothing.

    Use on the executor's thread only, except for ``soon``.
    """

    def __init__(
        self, node: LifecycleNode, properties: PropertyParameters, driver_controls: DriverControlParameters,
        clock: Clock,
    ) -> None:
        self._properties = properties
        self._driver_controls = driver_controls
        self._session: CameraSession | None = None
        self._soon = node.create_guard_condition(self._in_turn)
        self._later = node.create_timer(PERIOD, self._mirror, clock=clock)
        self._later.cancel()
        self._pending = False
        self._mirrored_at = 0.0

    def open(self, session: CameraSession) -> None:
        """Declare what the device has as parameters, with what it is set to, and follow it from now on."""
        snapshot = session.thread.snapshot
        self._session = session
        self._properties.declare(snapshot)
        self._driver_controls.mirror(snapshot)

    def close(self) -> None:
        """Take the device's parameters away and follow it no more; harmless when nothing is followed."""
        self._session = None
        self._properties.undeclare()
        self._driver_controls.undeclare()

    def soon(self) -> None:
        """Bring the parameters to what the device does, now or when it is time again; may be called on any thread."""
        if not self._pending:
            self._pending = True
            self._soon.trigger()

    def now(self, session: CameraSession) -> None:
        """Bring the parameters to what the device does, before somebody is told that ``session`` did it."""
        if session is self._session and not session.ended:
            self._mirror()

    def _in_turn(self) -> None:
        if time.monotonic() - self._mirrored_at < PERIOD:
            self._later.reset()
        else:
            self._mirror()

    def _mirror(self) -> None:
        self._later.cancel()
        self._pending = False
        self._mirrored_at = time.monotonic()
        if self._session is not None:
            snapshot = self._session.thread.snapshot
            self._properties.mirror(snapshot)
            self._driver_controls.mirror(snapshot)
