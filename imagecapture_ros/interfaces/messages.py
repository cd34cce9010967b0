# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The model as messages and back; every field is found by its name in the vocabulary."""

from __future__ import annotations

from typing import Any

from builtin_interfaces.msg import Time
from std_msgs.msg import Header

from imagecapture_ros import msg
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    Capability,
    MediaSettingsRange,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
    SettingValue,
)
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints, ConstraintSet, finite_number
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import IDENTIFIERS, VOCABULARY, Kind, Point2D

NANOSECONDS = 1_000_000_000

MAX_ADVANCED = 100
"""Advanced sets of one request; they are tried on the device's thread, whose time is the stream's."""


MAX_STRINGS, LONGEST_STRING = 100, 4096
"""Of a list in a constraint, and the characters of each: constraints are kept, and told to whoever asks."""


def time_message(nanoseconds: int) -> Time:
    """Return a time in nanoseconds as a message."""
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    return Time(sec=seconds, nanosec=rest)


def range_message(value: MediaSettingsRange) -> msg.MediaSettingsRange:
    """Return a range as a message."""
    return msg.MediaSettingsRange(min=float(value.min), max=float(value.max), step=float(value.step))


def capabilities_message(capabilities: Capabilities) -> msg.MediaTrackCapabilities:
    """Return capabilities as a message."""
    message = msg.MediaTrackCapabilities(supported_constraints=list(VOCABULARY))
    for name, capability in capabilities.items():
        row = VOCABULARY[name]
        if isinstance(capability, MediaSettingsRange):
            setattr(message, name, [range_message(capability)])
        elif name in IDENTIFIERS:
            setattr(message, name, capability[0])
        elif row.kind is not Kind.POINTS:
            setattr(message, name, list(capability))
    return message


def settings_message(settings: Settings, header: Header) -> msg.MediaTrackSettings:
    """Return settings as a message."""
    message = msg.MediaTrackSettings(header=header)
    for name, value in settings.items():
        row = VOCABULARY[name]
        if row.numeric:
            setattr(message, name, [float(value)])  # type: ignore[arg-type]
        elif row.kind is Kind.BOOLEAN:
            setattr(message, name, [value])
        elif row.kind is Kind.POINTS:
            message.points_of_interest = _points_message(value)
        else:
            setattr(message, name, value)
    return message


def capabilities_from(message: msg.MediaTrackCapabilities) -> Capabilities:
    """Return the capabilities of a message; a message has none for points of interest."""
    capabilities: dict[str, Capability] = {}
    for name, row in VOCABULARY.items():
        if row.kind is Kind.POINTS or not (field := getattr(message, name)):
            continue
        if row.numeric:
            capabilities[name] = range_from(field[0])
        else:
            capabilities[name] = (field,) if name in IDENTIFIERS else tuple(field)
    return capabilities


def range_from(message: msg.MediaSettingsRange) -> MediaSettingsRange:
    """Return the range of a message."""
    return MediaSettingsRange(message.min, message.max, message.step)


def settings_from(message: msg.MediaTrackSettings) -> Settings:
    """Return the settings of a message; in a message, no points of interest are the same as not having them."""
    settings: dict[str, SettingValue] = {}
    for name, row in VOCABULARY.items():
        if not (field := getattr(message, name)):
            continue
        if row.kind is Kind.POINTS:
            settings[name] = tuple(Point2D(point.x, point.y) for point in field)
        elif row.kind is Kind.STRING:
            settings[name] = field
        else:
            settings[name] = int(field[0]) if row.kind is Kind.INTEGER else field[0]
    return settings


def constraints_from(request: Any) -> Constraints:
    """Return the constraints of an ApplyConstraints request or a GetConstraints response.

    :raises ConstraintTypeError: there are too many advanced sets, strings or characters, or a list is a word that came
        as its letters.
    """
    if len(request.advanced) > MAX_ADVANCED:
        raise ConstraintTypeError(f'advanced: {len(request.advanced)} sets; at most {MAX_ADVANCED} are allowed')
    return Constraints(
        _constraint_set_from(request.constraints), tuple(_constraint_set_from(one) for one in request.advanced),
    )


def constraint_set_message(constraints: ConstraintSet) -> msg.MediaTrackConstraintSet:
    """Return one constraint set as a message."""
    message = msg.MediaTrackConstraintSet()
    for name, constraint in constraints.items():
        row, field = VOCABULARY[name], getattr(message, name)
        for member in ('exact', 'ideal', 'min', 'max') if row.numeric else ('exact', 'ideal'):
            value = getattr(constraint, member)
            # That a device should have pan, tilt or zoom at all cannot be said in a message.
            if value is None or (row.movement and isinstance(value, bool)):
                continue
            if row.kind is Kind.POINTS:
                setattr(field, member, _points_message(value))
            else:
                setattr(field, member, list(value) if row.kind is Kind.STRING else [value])
    return message


def _constraint_set_from(message: msg.MediaTrackConstraintSet) -> ConstraintSet:
    constraints: dict[str, Constraint] = {}
    for name, row in VOCABULARY.items():
        field = getattr(message, name)
        members: dict[str, Any] = {}
        for member in ('exact', 'ideal', 'min', 'max') if row.numeric else ('exact', 'ideal'):
            value = getattr(field, member)
            if not value:
                continue
            if row.kind is Kind.STRING:
                members[member] = _strings(value, f'{name}.{member}')
            elif row.kind is Kind.POINTS:
                members[member] = tuple(Point2D(point.x, point.y) for point in value)
            else:
                members[member] = value[0]
        if members:
            constraints[name] = Constraint(**members)
    return constraints


def _strings(value: Any, member: str) -> tuple[str, ...]:
    strings = tuple(value)
    if len(strings) > MAX_STRINGS:
        raise ConstraintTypeError(f'{member}: {len(strings)} strings; at most {MAX_STRINGS} are allowed')
    if longer := max((len(item) for item in strings if len(item) > LONGEST_STRING), default=0):
        raise ConstraintTypeError(f'{member}: a string has {longer} characters; at most {LONGEST_STRING} are allowed')
    if len(strings) > 1 and all(len(item) == 1 for item in strings):
        # A bare word given on the command line for a string[] arrives as its letters.
        raise ConstraintTypeError(
            f'{member}: got the letters {list(strings)}; a list needs brackets: [{"".join(strings)}]')
    return strings


def photo_capabilities_message(capabilities: PhotoCapabilities) -> msg.PhotoCapabilities:
    """Return photo capabilities as a message."""
    return msg.PhotoCapabilities(
        red_eye_reduction=capabilities.red_eye_reduction,
        image_height=[range_message(capabilities.image_height)] if capabilities.image_height else [],
        image_width=[range_message(capabilities.image_width)] if capabilities.image_width else [],
        fill_light_mode=list(capabilities.fill_light_mode),
    )


def photo_capabilities_from(message: msg.PhotoCapabilities) -> PhotoCapabilities:
    """Return the photo capabilities of a message; it does not carry single sizes."""
    return PhotoCapabilities(
        red_eye_reduction=message.red_eye_reduction,
        image_width=range_from(message.image_width[0]) if message.image_width else None,
        image_height=range_from(message.image_height[0]) if message.image_height else None,
        fill_light_mode=tuple(message.fill_light_mode),
    )


def photo_settings_message(settings: PhotoSettings) -> msg.PhotoSettings:
    """Return photo settings as a message."""
    return msg.PhotoSettings(
        fill_light_mode=settings.fill_light_mode or '',
        image_height=[] if settings.image_height is None else [float(settings.image_height)],
        image_width=[] if settings.image_width is None else [float(settings.image_width)],
        red_eye_reduction=[] if settings.red_eye_reduction is None else [settings.red_eye_reduction],
    )


def photo_settings_from(message: msg.PhotoSettings) -> PhotoSettings:
    """Return the photo settings of a message."""
    return PhotoSettings(
        fill_light_mode=message.fill_light_mode or None,
        image_height=message.image_height[0] if message.image_height else None,
        image_width=message.image_width[0] if message.image_width else None,
        red_eye_reduction=message.red_eye_reduction[0] if message.red_eye_reduction else None,
    )


def _points_message(points: Any) -> list[msg.Point2D]:
    return [msg.Point2D(x=float(point.x), y=float(point.y)) for point in points]


def points_from_parameter(values: Any) -> tuple[Point2D, ...]:
    """Return the points of a flat list ``[x1, y1, x2, y2, ...]``.

    :raises ConstraintTypeError: the list has an odd length, or something in it is no number.
    """
    numbers = [finite_number(value, 'points_of_interest') for value in values]
    if len(numbers) % 2:
        raise ConstraintTypeError(f'points_of_interest: {numbers} has an odd length; give [x1, y1, x2, y2, ...]')
    return tuple(Point2D(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
