"""What the simulated camera can be set to: controls, sizes and rates, photos."""

from __future__ import annotations

import math

from imagecapture_ros.cameras.simulated.development import NEUTRAL
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
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

NATIVE_MODES = (
    NativeMode(640, 480, 30.0),
    NativeMode(320, 240, 30.0),
    NativeMode(1280, 720, 30.0),
    NativeMode(1920, 1080, 30.0),
)
"""The default mode first. None is faster than the longest exposure time allows."""

CAPABILITIES: Capabilities = {
    'exposure_mode': ('continuous', 'manual'),
    'exposure_time': MediaSettingsRange(1.0, 333.0, 1.0),
    'brightness': MediaSettingsRange(0.0, 255.0, 1.0),
    'contrast': MediaSettingsRange(0.0, 255.0, 1.0),
    'saturation': MediaSettingsRange(0.0, 255.0, 1.0),
    'pan': MediaSettingsRange(-36000.0, 36000.0, 3600.0),
    'tilt': MediaSettingsRange(-36000.0, 36000.0, 3600.0),
    'zoom': MediaSettingsRange(1.0, 4.0, 0.1),
}

DEFAULTS: Settings = {
    'exposure_mode': 'continuous',
    'exposure_time': 100.0,
    'brightness': NEUTRAL,
    'contrast': NEUTRAL,
    'saturation': NEUTRAL,
    'pan': 0.0,
    'tilt': 0.0,
    'zoom': 1.0,
}

PHOTO_SIZES = ((640, 480), (1280, 720), (1280, 960), (1920, 1080), (2048, 1536), (3840, 2160), (4000, 3000))

PHOTO_CAPABILITIES = PhotoCapabilities(
    red_eye_reduction='never',
    image_width=MediaSettingsRange(640.0, 4000.0),
    image_height=MediaSettingsRange(480.0, 3000.0),
    fill_light_mode=('off', 'flash'),
    sizes=PHOTO_SIZES,
)

PHOTO_DEFAULTS = PhotoSettings(fill_light_mode='off', image_width=4000.0, image_height=3000.0)
"""Red-eye reduction stays absent: the device cannot do it, so there is nothing to say about it."""


def checked(name: str, value: SettingValue) -> SettingValue:
    """Return ``value`` as the device holds it.

    :raises OperationError: the device has no such control, or cannot be set to this value.
    """
    if name not in CAPABILITIES:
        raise OperationError(f'{name}: the simulated camera has no such control; it has {", ".join(CAPABILITIES)}')
    capability = CAPABILITIES[name]
    if isinstance(capability, MediaSettingsRange):
        if (isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
                and capability.attains(value)):
            return capability.nearest(float(value))
        allowed = f'{capability} {VOCABULARY[name].unit}'
    else:
        if value in capability:
            return value
        allowed = ', '.join(map(str, capability))
    raise OperationError(f'{name}: the simulated camera cannot be set to {value!r}; it allows {allowed}')


def photo_size(wishes: PhotoSettings) -> tuple[int, int]:
    """Return the (width, height) nearest to what was asked for; a side that was not given does not count.

    With nothing given, and among equally near sizes, it is the largest.
    """
    def distance(size: tuple[int, int]) -> tuple[float, int]:
        asked = ((wishes.image_width, size[0]), (wishes.image_height, size[1]))
        return sum(abs(wish - side) for wish, side in asked if wish is not None), -size[0] * size[1]

    return min(PHOTO_SIZES, key=distance)
