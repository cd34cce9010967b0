# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the simulated camera can be set to: controls, sizes and rates, photos."""

from __future__ import annotations

import math
from collections.abc import Sequence

from imagecapture_ros.cameras.backends.simulated.sensor.development import NEUTRAL
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    MediaSettingsRange,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
    SettingValue,
)
from imagecapture_ros.mediacapture.errors import OperationError
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT, VOCABULARY, Kind, Point2D
from imagecapture_ros.texts import excerpt

NATIVE_MODES = (
    NativeMode(640, 480, 30.0),
    *(NativeMode(640, 480, rate) for rate in (5.0, 15.0, 60.0, 120.0)),
    *(NativeMode(320, 240, rate) for rate in (30.0, 60.0, 120.0)),
    NativeMode(800, 600, 30.0),
    *(NativeMode(1280, 720, rate) for rate in (30.0, 5.0, 15.0, 60.0)),
    *(NativeMode(1920, 1080, rate) for rate in (30.0, 5.0, 15.0, 60.0)),
)
"""The default mode first; a device string may choose another."""

LONGEST_EXPOSURE = 2000.0
"""Units of 100 us: the length of the slowest mode's frames."""

AUTOMATIC_MODES = ('continuous', 'single-shot', 'manual')

CAPABILITIES: Capabilities = {
    'white_balance_mode': AUTOMATIC_MODES,
    'exposure_mode': AUTOMATIC_MODES,
    'focus_mode': AUTOMATIC_MODES,
    'points_of_interest': (),
    'exposure_compensation': MediaSettingsRange(-3.0, 3.0, 0.5),
    'exposure_time': MediaSettingsRange(1.0, LONGEST_EXPOSURE, 1.0),
    'color_temperature': MediaSettingsRange(2500.0, 10000.0, 10.0),
    'iso': MediaSettingsRange(100.0, 3200.0, 100.0),
    'brightness': MediaSettingsRange(0.0, 255.0, 1.0),
    'contrast': MediaSettingsRange(0.0, 255.0, 1.0),
    'saturation': MediaSettingsRange(0.0, 255.0, 1.0),
    'sharpness': MediaSettingsRange(0.0, 100.0, 1.0),
    'focus_distance': MediaSettingsRange(0.1, 10.0, 0.01),
    'pan': MediaSettingsRange(-36000.0, 36000.0, 3600.0),
    'tilt': MediaSettingsRange(-36000.0, 36000.0, 3600.0),
    'zoom': MediaSettingsRange(1.0, 4.0, 0.1),
    'torch': (False, True),
}

DEFAULTS: Settings = {
    'white_balance_mode': 'continuous',
    'exposure_mode': 'continuous',
    'focus_mode': 'continuous',
    'points_of_interest': (),
    'exposure_compensation': 0.0,
    'exposure_time': 71.0,
    'color_temperature': 5000.0,
    'iso': 100.0,
    'brightness': NEUTRAL,
    'contrast': NEUTRAL,
    'saturation': NEUTRAL,
    'sharpness': 0.0,
    'focus_distance': 1.0,
    'pan': 0.0,
    'tilt': 0.0,
    'zoom': 1.0,
    'torch': False,
}
"""What the automatics find in front of the chart is among them, so that its stream begins settled."""

PHOTO_SIZES = ((640, 480), (1280, 720), (1280, 960), (1920, 1080), (2048, 1536), (3840, 2160), (4000, 3000))

PHOTO_CAPABILITIES = PhotoCapabilities(
    red_eye_reduction='controllable',
    image_width=MediaSettingsRange(640.0, 4000.0),
    image_height=MediaSettingsRange(480.0, 3000.0),
    fill_light_mode=('auto', 'off', 'flash'),
    sizes=PHOTO_SIZES,
)

PHOTO_DEFAULTS = PhotoSettings(
    fill_light_mode='off', image_width=4000.0, image_height=3000.0, red_eye_reduction=False)


def checked(capabilities: Capabilities, name: str, value: SettingValue) -> SettingValue:
    """Return ``value`` as the device holds it; points of interest outside the picture are moved to its edge.

    :raises OperationError: the device has no such control, or cannot be set to this value.
    """
    if name not in capabilities:
        raise OperationError(f'{name}: the simulated camera has no such control; it has {", ".join(capabilities)}')
    capability = capabilities[name]
    if VOCABULARY[name].kind is Kind.POINTS:
        return _checked_points(name, value)
    if isinstance(capability, MediaSettingsRange):
        if (isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
                and capability.attains(value)):
            return capability.nearest(float(value))
        allowed = f'{capability} {VOCABULARY[name].unit}'
    else:
        if value in capability:
            return value
        allowed = ', '.join(map(str, capability))
    raise OperationError(f'{name}: the simulated camera cannot be set to {excerpt(value)}; it allows {allowed}')


def _checked_points(name: str, value: SettingValue) -> tuple[Point2D, ...]:
    if not isinstance(value, tuple) or not all(math.isfinite(axis) for point in value for axis in point):
        raise OperationError(f'{name}: the simulated camera cannot be set to {excerpt(value)}; it allows points '
                             f'with x and y from 0 to 1')
    return tuple(Point2D(*(min(max(float(axis), 0.0), 1.0) for axis in point)) for point in value)


def nearest(name: str, value: float) -> float:
    """Return the value nearest to ``value`` that a control can have."""
    capability = CAPABILITIES[name]
    assert isinstance(capability, MediaSettingsRange)
    return capability.nearest(value)


def longest_exposure(mode: NativeMode) -> float:
    """Return the exposure time (units of 100 us) that a frame of ``mode`` can have: no longer than it lasts."""
    return min(math.floor(1.0 / (mode.frame_rate * EXPOSURE_TIME_UNIT)), LONGEST_EXPOSURE)


def with_default(modes: Sequence[NativeMode], default: NativeMode | None) -> tuple[NativeMode, ...]:
    """Return ``modes`` with ``default`` first."""
    if default is None:
        return tuple(modes)
    return (default, *(mode for mode in modes if mode != default))
