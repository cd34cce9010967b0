# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of one photo, checked and brought to what the device can do (Image Capture, PhotoSettings)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.constraints import finite_number
from imagecapture_ros.mediacapture.errors import ConstraintTypeError, NotSupportedError
from imagecapture_ros.texts import excerpt

FILL_LIGHT_MODES = ('auto', 'off', 'flash')


def check_photo_settings(wishes: PhotoSettings) -> None:
    """Refuse values that no device could understand.

    :raises ConstraintTypeError: a size is not a finite number, or the fill light mode none of the specification.
    """
    for name, size in (('image_width', wishes.image_width), ('image_height', wishes.image_height)):
        if size is not None:
            finite_number(size, f'photo_settings.{name}')
    mode = wishes.fill_light_mode
    if mode is not None and mode not in FILL_LIGHT_MODES:
        raise ConstraintTypeError(f'photo_settings.fill_light_mode: {excerpt(mode)} is none of '
                                  f'{", ".join(FILL_LIGHT_MODES)}; '
                                  f"YAML reads off as a boolean, so quote it: 'off'")


def attainable_photo_settings(wishes: PhotoSettings, capabilities: PhotoCapabilities) -> PhotoSettings:
    """Return ``wishes`` with the size nearest to what was asked for among those that the device shoots.

    Of a device with discrete sizes both sides of the nearest one are returned, the largest of equally near ones; a
    side that was not asked for does not count. Without any wish for the size it stays the device's choice.

    The specification defines no check of these settings; web-platform-tests want NotSupportedError for what a device
    does not offer. A device without a light does offer not to use one: ``off``, and no red eye reduction, are what its
    photos are like. ``auto`` and ``flash`` need a light.

    :raises NotSupportedError: a value lies outside the photo capabilities.
    """
    _check_supported(wishes, capabilities)
    width, height = wishes.image_width, wishes.image_height
    if width is None and height is None:
        return wishes
    if capabilities.sizes:
        width, height = nearest_size(wishes, capabilities.sizes)
    else:
        width = None if width is None else _nearest(width, capabilities.image_width)
        height = None if height is None else _nearest(height, capabilities.image_height)
    return replace(wishes, image_width=width, image_height=height)


def nearest_size(wishes: PhotoSettings, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the (width, height) among ``sizes`` nearest to what was asked for; a side that was not does not count.

    With nothing asked for, and among equally near sizes, it is the largest.
    """
    def difference(size: tuple[int, int]) -> tuple[float, int]:
        asked = ((wishes.image_width, size[0]), (wishes.image_height, size[1]))
        return sum(abs(wish - side) for wish, side in asked if wish is not None), -size[0] * size[1]

    return min(sizes, key=difference)


def _check_supported(wishes: PhotoSettings, capabilities: PhotoCapabilities) -> None:
    for name, size, allowed in (
        ('image_width', wishes.image_width, capabilities.image_width),
        ('image_height', wishes.image_height, capabilities.image_height),
    ):
        if size is not None:
            _check_size(name, size, allowed)
    mode = wishes.fill_light_mode
    # The list of a device without a light is empty; one with a light that cannot be off does not list off.
    possible_modes = capabilities.fill_light_mode or ('off',)
    if mode is not None and mode not in possible_modes:
        reason = '' if capabilities.fill_light_mode else ', it has no flash'
        raise NotSupportedError(f'fill_light_mode {excerpt(mode)} is not supported by this device; it allows '
                                f'{", ".join(possible_modes)}{reason}')
    reduction = capabilities.red_eye_reduction
    if wishes.red_eye_reduction is not None and reduction != 'controllable' and (
            wishes.red_eye_reduction or reduction != 'never'):
        raise NotSupportedError(f'red_eye_reduction cannot be chosen on this device: it is {reduction}; leave it out')


def _check_size(name: str, size: float, allowed: MediaSettingsRange | None) -> None:
    if allowed is None:
        raise NotSupportedError(f'{name} cannot be chosen on this device; leave it out')
    if not allowed.min <= size <= allowed.max:
        raise NotSupportedError(f'{name} {size:g} is out of range; this device allows {allowed} pixels')


def _nearest(size: float, allowed: MediaSettingsRange | None) -> float:
    assert allowed is not None  # a size that cannot be chosen has been refused
    return allowed.nearest(size)
