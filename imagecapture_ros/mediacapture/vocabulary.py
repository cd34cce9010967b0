# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one table of constrainable properties; messages, parameters, camera mappings and documentation derive from it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Kind(enum.Enum):
    """What a property's values are; decides the shapes of its capability, constraint and setting."""

    STRING = 'string'
    NUMBER = 'number'
    INTEGER = 'integer'
    BOOLEAN = 'boolean'
    POINTS = 'points'


class Point2D(NamedTuple):
    """A point of interest; both axes run from 0 to 1, origin at the top left (Image Capture, Point2D)."""

    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class Coupling:
    """A value that the device uses in some of its automatic or manual modes only."""

    mode: str
    """The mode property, for instance ``exposure_mode``."""
    effective_in: frozenset[str]
    """The mode's values in which the dependent value counts; in all others the device chooses it."""


@dataclass(frozen=True)
class Property:
    """One row of the vocabulary."""

    name: str
    """snake_case, as in messages and parameters."""
    kind: Kind
    unit: str
    meaning: str
    coupling: Coupling | None = None
    signed: bool = False
    """Whether zero is a position like any other; then the fitness distance is the plain difference."""
    identifies: bool = False
    """Whether the value belongs to the device and never changes (device and group id, facing)."""
    values: tuple[str, ...] = ()
    """What the specification lets a string be; empty where it may be anything."""
    movement: bool = False
    """Whether it moves the view, which needs a permission of its own; then true and false may be asked too, for a
    device that has it or one that does not (Image Capture, pan, tilt and zoom)."""

    @property
    def w3c_name(self) -> str:
        """The camelCase name of the specification."""
        head, *tail = self.name.split('_')
        return head + ''.join(word.capitalize() for word in tail)

    @property
    def numeric(self) -> bool:
        """Whether the capability is a range and the constraint has ``min`` and ``max``."""
        return self.kind in (Kind.NUMBER, Kind.INTEGER)

    def counts(self, modes: Mapping[str, object]) -> bool:
        """Return whether the device uses a value of this property in ``modes``, or chooses the value itself.

        ``modes`` has, by property name, the state of a mode or a tuple of states that it may have. A mode that is not
        there governs nothing.
        """
        mode = None if self.coupling is None else modes.get(self.coupling.mode)
        if self.coupling is None or mode is None:
            return True
        return not self.coupling.effective_in.isdisjoint(mode if isinstance(mode, tuple) else (mode,))


EXPOSURE_TIME_UNIT = 1e-4
"""Seconds in one unit of ``exposure_time`` (Image Capture, exposureTime)."""

_MANUAL = frozenset({'manual'})
_METERED = frozenset({'single-shot', 'continuous'})
METERING_MODES = ('none', 'manual', 'single-shot', 'continuous')
"""Image Capture, MeteringMode."""

FACING_MODES = ('user', 'environment', 'left', 'right')
"""Media Capture and Streams, VideoFacingModeEnum."""

RESIZE_MODES = ('none', 'crop-and-scale')
"""Media Capture and Streams, VideoResizeModeEnum."""

_TABLE = (
    Property('white_balance_mode', Kind.STRING, '', 'how the camera finds its white balance',
             values=METERING_MODES),
    Property('exposure_mode', Kind.STRING, '', 'how the camera finds its exposure', values=METERING_MODES),
    Property('focus_mode', Kind.STRING, '', 'how the camera finds its focus', values=METERING_MODES),
    Property('points_of_interest', Kind.POINTS, 'image fraction',
             'where focus, exposure and white balance are metered'),
    Property('exposure_compensation', Kind.NUMBER, 'EV', 'brighter or darker than metered',
             Coupling('exposure_mode', _METERED), signed=True),
    Property('exposure_time', Kind.NUMBER, '100 us', 'duration of one exposure', Coupling('exposure_mode', _MANUAL)),
    Property('color_temperature', Kind.NUMBER, 'K', 'colour temperature of the scene light',
             Coupling('white_balance_mode', _MANUAL)),
    Property('iso', Kind.NUMBER, 'ISO 12232', 'sensitivity of the sensor'),
    Property('brightness', Kind.NUMBER, 'device units', 'offset of the picture, more is brighter'),
    Property('contrast', Kind.NUMBER, 'device units', 'gain around mid grey'),
    Property('saturation', Kind.NUMBER, 'device units', 'strength of the colours'),
    Property('sharpness', Kind.NUMBER, 'device units', 'strength of edge enhancement, the minimum is none'),
    Property('focus_distance', Kind.NUMBER, 'm', 'distance of the plane in focus', Coupling('focus_mode', _MANUAL)),
    Property('pan', Kind.NUMBER, 'arc seconds', 'turn to the side, positive is clockwise seen from above', signed=True,
             movement=True),
    Property('tilt', Kind.NUMBER, 'arc seconds', 'turn up or down, positive is up', signed=True, movement=True),
    Property('zoom', Kind.NUMBER, 'ratio', 'magnification, 1 is the widest view', movement=True),
    Property('torch', Kind.BOOLEAN, '', 'a light that stays on while the stream runs'),
    Property('background_blur', Kind.BOOLEAN, '', 'built-in blur of the background'),
    Property('width', Kind.INTEGER, 'pixels', 'width of the stream'),
    Property('height', Kind.INTEGER, 'pixels', 'height of the stream'),
    Property('aspect_ratio', Kind.NUMBER, 'ratio', 'width divided by height'),
    Property('frame_rate', Kind.NUMBER, 'Hz', 'configured frames per second'),
    Property('facing_mode', Kind.STRING, '', 'which way the camera faces', identifies=True,
             values=FACING_MODES),
    Property('resize_mode', Kind.STRING, '', 'whether the stream is a native mode or derived from one',
             values=RESIZE_MODES),
    Property('device_id', Kind.STRING, '', 'identifier of the device', identifies=True),
    Property('group_id', Kind.STRING, '', 'identifier of the physical unit the device belongs to', identifies=True),
)

VOCABULARY: dict[str, Property] = {row.name: row for row in _TABLE}
"""All constrainable properties by snake_case name, in the order used everywhere."""

BY_W3C_NAME: dict[str, Property] = {row.w3c_name: row for row in _TABLE}

STREAM_PROPERTIES = ('width', 'height', 'aspect_ratio', 'frame_rate', 'resize_mode')
"""The properties that a native mode and its cropping, scaling and decimation decide together."""

IDENTIFIERS = ('device_id', 'group_id')
"""The properties whose capability is a string and not a list, for historical reasons."""

SELECTING = frozenset(STREAM_PROPERTIES) | {row.name for row in _TABLE if row.identifies}
"""What may be required when a device is chosen (Media Capture, allowed required constraints for device selection)."""


DEPENDENTS: dict[str, tuple[Property, ...]] = {
    mode: tuple(row for row in _TABLE if row.coupling is not None and row.coupling.mode == mode)
    for mode in VOCABULARY if any(row.coupling is not None and row.coupling.mode == mode for row in _TABLE)
}
"""The properties whose values count only in some states of a mode, by that mode."""
