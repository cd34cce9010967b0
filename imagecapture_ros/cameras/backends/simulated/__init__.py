# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated camera before a scene with known geometry and light; what its controls do is seen in the pixels."""

from imagecapture_ros.cameras.backends.simulated.camera import SimulatedCamera
from imagecapture_ros.cameras.backends.simulated.device import SimulatedDevice, parse_device
from imagecapture_ros.cameras.backends.simulated.testing.faults import FaultError, FaultInjector, parse_faults
from imagecapture_ros.cameras.backends.simulated.testing.frame_counter import (
    FrameMark,
    read_frame_counter,
    read_frame_mark,
)

__all__ = [
    'FaultError', 'FaultInjector', 'FrameMark', 'SimulatedCamera', 'SimulatedDevice', 'parse_device', 'parse_faults',
    'read_frame_counter', 'read_frame_mark',
]
