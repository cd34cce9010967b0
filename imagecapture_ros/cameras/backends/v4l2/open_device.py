# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a device while it is open: its modes and controls, and since when they are set as they are."""

from __future__ import annotations

import logging
import time
from collections import deque

from imagecapture_ros.cameras.backends.v4l2.controls import Controls, watch
from imagecapture_ros.cameras.backends.v4l2.device import Device
from imagecapture_ros.cameras.backends.v4l2.driver_controls import DriverControls
from imagecapture_ros.cameras.backends.v4l2.modes import Modes
from imagecapture_ros.cameras.backends.v4l2.properties import DeviceProperties
from imagecapture_ros.cameras.capture.timeline import KEPT
from imagecapture_ros.mediacapture.capabilities import Settings
from imagecapture_ros.mediacapture.errors import OperationError

logger = logging.getLogger(__name__)

GOVERNED_PERIOD = 0.1
"""Seconds between looks at the controls that the device changes without an event."""


class InForce:
    """The settings of an open device over time; all times are nanoseconds of CLOCK_MONOTONIC."""

    def __init__(self, settings: Settings, since: int) -> None:
        self._changes: deque[tuple[int, Settings]] = deque([(since, settings)], KEPT)

    @property
    def since(self) -> int:
        """From when on the present settings are in force."""
        return self._changes[-1][0]

    def note(self, settings: Settings, since: int) -> None:
        """Take ``settings`` as in force from ``since`` on; what is known later cannot have been there sooner."""
        self._changes.append((max(since, self.since), settings))

    def at(self, moment: int) -> Settings:
        """Return the settings in force at ``moment``; before everything that is remembered, the oldest ones."""
        return next((settings for since, settings in reversed(self._changes) if since <= moment), self._changes[0][1])


class OpenDevice:
    """An open device, with what was asked of it last."""

    def __init__(self, device: Device, modes: Modes) -> None:
        self._device = device
        self._governed_at = 0.0
        self.modes = modes
        self.wanted = modes.default
        """The mode of the stream, whatever a photo needs for a moment."""
        self.controls = Controls(device)
        self.properties = DeviceProperties(self.controls)
        self.driver_controls = DriverControls(self.controls, self.properties.identifiers)
        self.in_force = InForce(self.properties.settings, time.monotonic_ns())

    def note_change(self, moment: int | None = None) -> None:
        """Take what was last read as in force from ``moment`` on (nanoseconds of CLOCK_MONOTONIC), or from now on."""
        self.in_force.note(self.properties.settings, time.monotonic_ns() if moment is None else moment)

    def follow(self, *, at_once: bool = False) -> None:
        """Take in what others changed, as far as the driver tells, and now and then, or ``at_once``, all else, too.

        :raises DeviceGone: the device is not there any more.
        """
        revision = self.controls.revision
        watch(self._device, self.controls)
        if self.controls.revision != revision:
            self.note_change(self.controls.changed_at)
        now = time.monotonic()
        if at_once or now - self._governed_at >= GOVERNED_PERIOD:
            self._governed_at = now
            revision = self.controls.revision
            self.controls.read_governed()
            if self.controls.revision != revision:
                self.note_change(self.controls.changed_at)

    def bring_to(self, settings: Settings) -> None:
        """Bring the controls to ``settings`` in another mode, with which a few drivers forget them or allow less.

        What then is not as it was counts as a change that somebody else made.
        """
        before = self.properties.settings, self.driver_controls.settings
        self.controls.refresh()
        try:
            self.properties.apply(settings)
        except OperationError as error:
            logger.warning('%s: not all is in this mode as it was in the other: %s', self._device.path, error)
        finally:
            self.note_change()
            if (self.properties.settings, self.driver_controls.settings) != before:
                self.controls.count_change(self.in_force.since)
