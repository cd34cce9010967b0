# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What faults do to a device: to its settings, its frames and its capabilities."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imagecapture_ros.cameras.backends.simulated import controls
from imagecapture_ros.cameras.backends.simulated.testing.faults import Fault
from imagecapture_ros.mediacapture.capabilities import Capabilities, MediaSettingsRange, Settings
from imagecapture_ros.mediacapture.errors import OperationError
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.texts import excerpt

CHANGED_CAPABILITIES: Capabilities = {
    name: MediaSettingsRange(1.0, 2.0, 0.1) if name == 'zoom' else capability
    for name, capability in controls.CAPABILITIES.items() if name != 'torch'
}
"""What the device can do after the fault ``change``."""

CHANGED_MODES = tuple(mode for mode in controls.NATIVE_MODES if mode.width <= 1280)


def clamped(fault: Fault, capabilities: Capabilities, settings: Settings) -> Settings:
    """Return ``settings`` with every number that ``fault`` concerns half way back to its default."""
    values = dict(settings)
    for name, value in settings.items():
        capability = capabilities.get(name)
        if fault.affects(name) and isinstance(capability, MediaSettingsRange):
            default = controls.DEFAULTS[name]
            assert isinstance(value, (int, float)) and isinstance(default, (int, float))
            values[name] = capability.nearest(default + 0.5 * (value - default))
    return values


def refuse_changes(fault: Fault, before: Settings, settings: Settings) -> None:
    """Refuse a change of what ``fault`` concerns.

    :raises OperationError: there is one.
    """
    for name, value in settings.items():
        if fault.affects(name) and before.get(name) != value:
            raise OperationError(f'{name}: the simulated camera refuses {excerpt(value)} because of the fault {fault}')


def corrupted(frame: Frame) -> Frame:
    """Return a frame with damage in its middle that depends on its number only."""
    random = np.random.default_rng(frame.sequence)
    if isinstance(frame.data, bytes):
        data = np.frombuffer(frame.data, np.uint8).copy()
        middle = data[len(data) // 2:len(data) // 2 + max(1, len(data) // 50)]
    else:
        data = frame.data.copy()
        middle = data[len(data) // 3:len(data) // 2]
    middle[:] = random.integers(0, 256, middle.shape, np.uint8)
    return replace(frame, data=data.tobytes() if isinstance(frame.data, bytes) else data)


def truncated(frame: Frame) -> Frame:
    """Return a JPEG frame without its second half."""
    assert isinstance(frame.data, bytes)
    return replace(frame, data=frame.data[:len(frame.data) // 2])
