# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The dictionaries of the standard as types, and keyword arguments in snake_case, so that a type checker knows both."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TypedDict, Union

from imagecapture_ros.suggestions import nearest


class Point2D(TypedDict, total=False):
    """A point; both axes run from 0 to 1, origin at the top left."""

    x: float
    y: float


class ConstrainDoubleRange(TypedDict, total=False):
    """What is asked of a number."""

    exact: float
    ideal: float
    min: float
    max: float


class ConstrainULongRange(TypedDict, total=False):
    """What is asked of a whole number."""

    exact: int
    ideal: int
    min: int
    max: int


class ConstrainStringParameters(TypedDict, total=False):
    """What is asked of a string: one or one of several."""

    exact: Union[str, Sequence[str]]
    ideal: Union[str, Sequence[str]]


class ConstrainBooleanParameters(TypedDict, total=False):
    """What is asked of a switch."""

    exact: bool
    ideal: bool


class ConstrainPoint2DParameters(TypedDict, total=False):
    """What is asked of points of interest."""

    exact: Sequence[Point2D]
    ideal: Sequence[Point2D]


ConstrainDouble = Union[float, ConstrainDoubleRange]
ConstrainULong = Union[int, ConstrainULongRange]
ConstrainDOMString = Union[str, Sequence[str], ConstrainStringParameters]
ConstrainBoolean = Union[bool, ConstrainBooleanParameters]
ConstrainPoint2D = Union[Sequence[Point2D], ConstrainPoint2DParameters]
ConstrainMovement = Union[bool, float, ConstrainDoubleRange]
"""A position, or true or false for a camera that can move its view or not."""


class MediaTrackConstraintSet(TypedDict, total=False):
    """What is asked of each property."""

    whiteBalanceMode: ConstrainDOMString
    exposureMode: ConstrainDOMString
    focusMode: ConstrainDOMString
    pointsOfInterest: ConstrainPoint2D
    exposureCompensation: ConstrainDouble
    exposureTime: ConstrainDouble
    colorTemperature: ConstrainDouble
    iso: ConstrainDouble
    brightness: ConstrainDouble
    contrast: ConstrainDouble
    saturation: ConstrainDouble
    sharpness: ConstrainDouble
    focusDistance: ConstrainDouble
    pan: ConstrainMovement
    tilt: ConstrainMovement
    zoom: ConstrainMovement
    torch: ConstrainBoolean
    backgroundBlur: ConstrainBoolean
    width: ConstrainULong
    height: ConstrainULong
    aspectRatio: ConstrainDouble
    frameRate: ConstrainDouble
    facingMode: ConstrainDOMString
    resizeMode: ConstrainDOMString
    deviceId: ConstrainDOMString
    groupId: ConstrainDOMString

class MediaTrackConstraints(MediaTrackConstraintSet, total=False):
    """What is asked of a camera."""

    advanced: Sequence[MediaTrackConstraintSet]


class MediaStreamConstraints(TypedDict, total=False):
    """What ``get_user_media`` is asked for."""

    video: Union[bool, MediaTrackConstraints]
    audio: bool

class Wishes(TypedDict, total=False):
    """Constraints as keyword arguments."""

    white_balance_mode: ConstrainDOMString
    exposure_mode: ConstrainDOMString
    focus_mode: ConstrainDOMString
    points_of_interest: ConstrainPoint2D
    exposure_compensation: ConstrainDouble
    exposure_time: ConstrainDouble
    color_temperature: ConstrainDouble
    iso: ConstrainDouble
    brightness: ConstrainDouble
    contrast: ConstrainDouble
    saturation: ConstrainDouble
    sharpness: ConstrainDouble
    focus_distance: ConstrainDouble
    pan: ConstrainMovement
    tilt: ConstrainMovement
    zoom: ConstrainMovement
    torch: ConstrainBoolean
    background_blur: ConstrainBoolean
    width: ConstrainULong
    height: ConstrainULong
    aspect_ratio: ConstrainDouble
    frame_rate: ConstrainDouble
    facing_mode: ConstrainDOMString
    resize_mode: ConstrainDOMString
    device_id: ConstrainDOMString
    group_id: ConstrainDOMString

class MediaSettingsRange(TypedDict):
    """An inclusive range of numbers; a step of 0 is continuous."""

    min: float
    max: float
    step: float


class DoubleRange(TypedDict):
    """An inclusive range of numbers."""

    min: float
    max: float


class ULongRange(TypedDict):
    """An inclusive range of whole numbers."""

    min: int
    max: int

class MediaTrackCapabilities(TypedDict, total=False):
    """What a camera can do; what it lacks is absent."""

    whiteBalanceMode: list[str]
    exposureMode: list[str]
    focusMode: list[str]
    exposureCompensation: MediaSettingsRange
    exposureTime: MediaSettingsRange
    colorTemperature: MediaSettingsRange
    iso: MediaSettingsRange
    brightness: MediaSettingsRange
    contrast: MediaSettingsRange
    saturation: MediaSettingsRange
    sharpness: MediaSettingsRange
    focusDistance: MediaSettingsRange
    pan: MediaSettingsRange
    tilt: MediaSettingsRange
    zoom: MediaSettingsRange
    torch: list[bool]
    backgroundBlur: list[bool]
    width: ULongRange
    height: ULongRange
    aspectRatio: DoubleRange
    frameRate: DoubleRange
    facingMode: list[str]
    resizeMode: list[str]
    deviceId: str
    groupId: str

class MediaTrackSettings(TypedDict, total=False):
    """What a camera is set to; what it lacks is absent."""

    whiteBalanceMode: str
    exposureMode: str
    focusMode: str
    pointsOfInterest: list[Point2D]
    exposureCompensation: float
    exposureTime: float
    colorTemperature: float
    iso: float
    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    focusDistance: float
    pan: float
    tilt: float
    zoom: float
    torch: bool
    backgroundBlur: bool
    width: int
    height: int
    aspectRatio: float
    frameRate: float
    facingMode: str
    resizeMode: str
    deviceId: str
    groupId: str

class PhotoSettings(TypedDict, total=False):
    """Wishes for one photo, or what they led to; sizes in pixels."""

    fillLightMode: str
    imageHeight: float
    imageWidth: float
    redEyeReduction: bool


class PhotoWishes(TypedDict, total=False):
    """Wishes for one photo as keyword arguments."""

    fill_light_mode: str
    image_height: float
    image_width: float
    red_eye_reduction: bool


class PhotoCapabilities(TypedDict, total=False):
    """What a photo can be asked for."""

    redEyeReduction: str
    imageHeight: MediaSettingsRange
    imageWidth: MediaSettingsRange
    fillLightMode: list[str]


def warn_of_unknown_constraints(constraints: object, *, stacklevel: int) -> None:
    """Warn of members that are no constraints: the standard has them ignored, and who misspelt one would not know.

    ``stacklevel`` is that of :func:`warnings.warn`, counted from here.
    """
    if isinstance(constraints, Mapping):
        advanced = constraints.get('advanced')
        for one in (constraints, *(advanced if isinstance(advanced, (list, tuple)) else ())):
            _warn_of_unknown(one, MediaTrackConstraints, 'constraint', stacklevel + 1)


def warn_of_unknown_photo_settings(settings: object, *, stacklevel: int) -> None:
    """Warn of members that are no photo settings, as :func:`warn_of_unknown_constraints`."""
    _warn_of_unknown(settings, PhotoSettings, 'setting of a photo', stacklevel + 1)


def _warn_of_unknown(given: object, dictionary: type, what: str, stacklevel: int) -> None:
    if isinstance(given, Mapping):
        known = {name.lower(): name for name in dictionary.__annotations__}
        for name in given:
            if name not in known.values():
                meant = nearest(str(name).replace('_', ''), known)
                suggestion = f'; did you mean {known[meant]}?' if meant else ''
                warnings.warn(f'{name} is no {what} of the standard and is ignored{suggestion}', stacklevel=stacklevel)
