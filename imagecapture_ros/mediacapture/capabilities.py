# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a device can do and what it does: ranges, capabilities, settings, native modes and the photo side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Union

from imagecapture_ros.mediacapture.vocabulary import Point2D

RATIO_DIGITS = 10
"""Decimals of an aspect ratio (Media Capture and Streams, aspectRatio)."""

GRID_TOLERANCE = 1e-6
"""How far, in steps, a value may lie beside a grid value and still be that value."""


def shown(number: float) -> str:
    """Return ``number`` as messages show it, with so many digits that whoever copies it asks for the same number."""
    return f'{number:.15g}'


@dataclass(frozen=True)
class MediaSettingsRange:
    """An inclusive range of numbers (Image Capture, MediaSettingsRange); ``step`` 0 is continuous.

    Attainable values are ``min + k * step`` within ``max``, and ``max`` itself.
    """

    min: float
    max: float
    step: float = 0.0

    def __post_init__(self) -> None:
        if not self.min <= self.max:
            raise ValueError(f'range with min {self.min} above max {self.max}')
        if not (math.isfinite(self.step) and self.step >= 0.0):
            raise ValueError(f'range with step {self.step}, which is not a finite number of at least 0')

    def nearest(self, value: float) -> float:
        """Return the attainable value nearest to ``value``."""
        if value <= self.min:
            return self.min
        if value >= self.max:
            return self.max
        if self.step == 0.0:
            return value
        below = self.at_or_below(value)
        above = self.at_or_above(value)
        return below if value - below <= above - value else above

    def at_or_below(self, value: float) -> float:
        """Return the largest attainable value not above ``value``, which must be at least ``min``."""
        if self.step == 0.0 or value >= self.max:
            return min(value, self.max)
        steps = math.floor((value - self.min) / self.step + GRID_TOLERANCE)
        return min(self.min + steps * self.step, self.max)

    def at_or_above(self, value: float) -> float:
        """Return the smallest attainable value not below ``value``, which must be at most ``max``."""
        if self.step == 0.0 or value <= self.min:
            return max(value, self.min)
        steps = math.ceil((value - self.min) / self.step - GRID_TOLERANCE)
        return min(self.min + steps * self.step, self.max)

    def attains(self, value: float) -> bool:
        """Return whether the device can be set to ``value``."""
        tolerance = GRID_TOLERANCE * (self.step or 1e-3)
        return abs(self.nearest(value) - value) <= tolerance

    def __str__(self) -> str:
        step = f' in steps of {shown(self.step)}' if self.step else ''
        return f'{shown(self.min)} to {shown(self.max)}{step}'


Capability = Union[MediaSettingsRange, tuple[str, ...], tuple[bool, ...]]
"""A range for a number, the possible values of a string or boolean property, empty for points of interest."""

SettingValue = Union[float, bool, str, tuple[Point2D, ...]]

Capabilities = Mapping[str, Capability]
"""By snake_case property name; a property that the device lacks is absent."""

Settings = Mapping[str, SettingValue]
"""One value per property that the device has; integers of the stream are held as ``int``."""


class NativeMode(NamedTuple):
    """A size and rate that the camera itself offers; ``frame_rate`` in Hz."""

    width: int
    height: int
    frame_rate: float

    def __str__(self) -> str:
        return f'{self.width}x{self.height}@{shown(self.frame_rate)}'


class DeviceState(Protocol):
    """What SelectSettings needs to know of a device; a consistent snapshot."""

    @property
    def capabilities(self) -> Capabilities:
        """What the device can do."""

    @property
    def settings(self) -> Settings:
        """What it does now; one value for each capability."""

    @property
    def defaults(self) -> Settings:
        """What it does when nobody asks anything."""

    @property
    def native_modes(self) -> Sequence[NativeMode]:
        """The sizes and rates it offers, the one it prefers first."""


@dataclass(frozen=True)
class PhotoCapabilities:
    """What takePhoto can be asked for (Image Capture, PhotoCapabilities); ``None`` is absent, sizes in pixels."""

    red_eye_reduction: str = 'never'
    image_width: MediaSettingsRange | None = None
    image_height: MediaSettingsRange | None = None
    fill_light_mode: tuple[str, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()
    """The discrete (width, height) pairs the device shoots; empty where any size in the ranges is possible."""


@dataclass(frozen=True)
class PhotoSettings:
    """Wishes for one photo, or the state they led to (Image Capture, PhotoSettings); ``None`` is not given."""

    fill_light_mode: str | None = None
    image_width: float | None = None
    image_height: float | None = None
    red_eye_reduction: bool | None = None


def aspect_ratio(width: int, height: int) -> float:
    """Return width divided by height, rounded to ten decimals as the specification asks."""
    return round(width / height, RATIO_DIGITS)
