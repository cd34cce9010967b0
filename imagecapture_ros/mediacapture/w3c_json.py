# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The dictionaries of the specification as JSON, with its camelCase names, and back (WebIDL conversion).

Scalars convert as WebIDL says: a numeric string is a number, a number is a string where one is needed. What WebIDL
would turn silently into something that nobody meant is a TypeError here: null or true for a number, a list for a
number, one point for a list of points. Unknown members are dropped, as WebIDL does. Scalars of NumPy count as those of
Python.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    Capability,
    MediaSettingsRange,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.constraints import (
    Constraint,
    Constraints,
    ConstraintSet,
    ConstraintValue,
    checked_value,
    clamped_to_unsigned_long,
    plain,
)
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import (
    BY_W3C_NAME,
    IDENTIFIERS,
    STREAM_PROPERTIES,
    VOCABULARY,
    Kind,
    Point2D,
    Property,
)
from imagecapture_ros.texts import excerpt

_DECIMAL = re.compile(r'\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*')


def constraints_from_json(value: object) -> Constraints:
    """Return the MediaTrackConstraints that ``value`` is; ``None`` is no constraints.

    A bare value is an ideal in the basic set and exact in an advanced one.

    :raises ConstraintTypeError: naming the member and the value that does not fit.
    """
    if value is None:
        return Constraints()
    members = _dictionary(value, 'constraints')
    advanced = members.get('advanced', [])
    if not isinstance(advanced, (list, tuple)):
        raise ConstraintTypeError(f'advanced: {excerpt(advanced)} is not a list of constraint sets')
    return Constraints(
        _set_from(members, '', bare='ideal'),
        tuple(_set_from({} if one is None else _dictionary(one, f'advanced[{index}]'), f'advanced[{index}].',
                        bare='exact')
              for index, one in enumerate(advanced)),
    )


def constraint_from_json(row: Property, value: Any, member: str, *, bare: str = 'ideal') -> Constraint:
    """Return the constraint on one property that ``value`` is; a bare value is the member ``bare``.

    :raises ConstraintTypeError: naming ``member`` and the value that does not fit.
    """
    if value is None:
        return Constraint()
    value = plain(value)
    if not isinstance(value, Mapping):
        # Only a bare true or false can ask for a device with or without pan, tilt or zoom.
        presence = row.movement and isinstance(value, bool)
        return Constraint(**{bare: value if presence else _value(row, value, member)})
    if row.kind is Kind.POINTS and {'x', 'y'} & value.keys():
        raise ConstraintTypeError(f'{member}: {excerpt(dict(value))} is one point; give a list of points: '
                                  f'[{excerpt(dict(value))}]')
    names = ('exact', 'ideal', 'min', 'max') if row.numeric else ('exact', 'ideal')
    return Constraint(**{
        name: _value(row, value[name], f'{member}.{name}') for name in names if name in value
    })


def video_constraints_from_json(value: object) -> Constraints:
    """Return what MediaStreamConstraints (``{"video": true}`` or ``{"video": {...}}``) ask of a camera.

    ``{"video": null}`` is ``{"video": {}}``, as WebIDL has it: video without constraints.

    :raises ConstraintTypeError: no video is asked for, or a value does not fit.
    """
    video = _dictionary({} if value is None else value, 'constraints').get('video', False)
    if video is False:
        raise ConstraintTypeError('constraints: no video is asked for, and there is nothing else here; give '
                                  '{"video": true} or {"video": {...}}')
    return Constraints() if video is True else constraints_from_json(video)


def constraints_to_json(constraints: Constraints) -> dict[str, Any]:
    """Return ``constraints`` as MediaTrackConstraints."""
    members = _set_to_json(constraints.basic)
    if constraints.advanced:
        members['advanced'] = [_set_to_json(one) for one in constraints.advanced]
    return members


def capabilities_to_json(capabilities: Capabilities) -> dict[str, Any]:
    """Return ``capabilities`` as MediaTrackCapabilities; points of interest have none."""
    return {
        VOCABULARY[name].w3c_name: _capability_to_json(VOCABULARY[name], capability)
        for name, capability in capabilities.items() if VOCABULARY[name].kind is not Kind.POINTS
    }


def settings_to_json(settings: Settings) -> dict[str, Any]:
    """Return ``settings`` as MediaTrackSettings."""
    return {VOCABULARY[name].w3c_name: _points_to_json(value) if isinstance(value, tuple) else value
            for name, value in settings.items()}


def photo_settings_from_json(value: object) -> PhotoSettings:
    """Return the PhotoSettings that ``value`` is; ``None`` is none.

    Whether the fill light mode exists is checked by takePhoto, like the numbers.

    :raises ConstraintTypeError: naming the member and the value that does not fit.
    """
    if value is None:
        return PhotoSettings()
    members = _dictionary(value, 'photoSettings')
    width, height = (
        _number(members[name], name) if name in members else None for name in ('imageWidth', 'imageHeight'))
    reduction = plain(members.get('redEyeReduction'))
    if 'redEyeReduction' in members and not isinstance(reduction, bool):
        raise ConstraintTypeError(f'redEyeReduction: {excerpt(reduction)} is not a boolean; give true or false')
    mode = members.get('fillLightMode')
    if 'fillLightMode' in members and not isinstance(mode, str):
        raise ConstraintTypeError(f'fillLightMode: {excerpt(mode)} is not a string')
    return PhotoSettings(fill_light_mode=mode, image_width=width, image_height=height, red_eye_reduction=reduction)


def photo_settings_to_json(settings: PhotoSettings) -> dict[str, Any]:
    """Return ``settings`` as PhotoSettings."""
    members = {
        'fillLightMode': settings.fill_light_mode, 'imageHeight': settings.image_height,
        'imageWidth': settings.image_width, 'redEyeReduction': settings.red_eye_reduction,
    }
    return {name: value for name, value in members.items() if value is not None}


def photo_capabilities_to_json(capabilities: PhotoCapabilities) -> dict[str, Any]:
    """Return ``capabilities`` as PhotoCapabilities."""
    members: dict[str, Any] = {'redEyeReduction': capabilities.red_eye_reduction}
    for name, allowed in (('imageHeight', capabilities.image_height), ('imageWidth', capabilities.image_width)):
        if allowed is not None:
            members[name] = {'max': allowed.max, 'min': allowed.min, 'step': allowed.step}
    if capabilities.fill_light_mode:
        members['fillLightMode'] = list(capabilities.fill_light_mode)
    return members


def _dictionary(value: object, member: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConstraintTypeError(f'{member}: {excerpt(value)} is not an object with members')
    return value


def _set_from(members: Mapping[str, Any], path: str, *, bare: str) -> ConstraintSet:
    constraints = {
        row.name: constraint_from_json(row, value, f'{path}{name}', bare=bare)
        for name, value in members.items() if (row := BY_W3C_NAME.get(name)) is not None
    }
    return {name: constraints[name] for name in VOCABULARY if name in constraints}


def _value(row: Property, value: Any, member: str) -> Any:
    value = plain(value)
    if row.kind is Kind.INTEGER:
        return clamped_to_unsigned_long(_number(value, member))
    if row.kind is Kind.NUMBER:
        return _finite(_number(value, member), member)
    if row.kind is Kind.POINTS:
        return _points(value, member)
    if row.kind is Kind.STRING:
        values = value if isinstance(value, (list, tuple)) else [value]
        return tuple(_string(one, member) for one in values)
    return checked_value(row, value, member)


def _number(value: Any, member: str) -> float:
    value = plain(value)
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConstraintTypeError(f'{member}: {_shown(value)} is not a number')
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _finite(number: float, member: str) -> float:
    if not math.isfinite(number):
        raise ConstraintTypeError(f'{member}: {excerpt(number)} is not a finite number')
    return number


def _string(value: Any, member: str) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value) if isinstance(value, int) or not value.is_integer() else str(int(value))
    if not isinstance(value, str):
        raise ConstraintTypeError(f'{member}: {_shown(value)} is not a string or a list of strings')
    return value


def _points(value: Any, member: str) -> tuple[Point2D, ...]:
    if not isinstance(value, (list, tuple)):
        raise ConstraintTypeError(f'{member}: {_shown(value)} is not a list of points')
    points = []
    for index, point in enumerate(value):
        axes = _dictionary({} if point is None else point, f'{member}[{index}]')
        x, y = (_finite(_number(axes.get(axis, 0.0), f'{member}[{index}].{axis}'), f'{member}[{index}].{axis}')
                for axis in ('x', 'y'))
        points.append(Point2D(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))
    return tuple(points)


def _shown(value: object) -> str:
    return 'null' if value is None else repr(value)


def _set_to_json(constraints: ConstraintSet) -> dict[str, Any]:
    return {VOCABULARY[name].w3c_name: _constraint_to_json(VOCABULARY[name], constraint)
            for name, constraint in constraints.items()}


def _constraint_to_json(row: Property, constraint: Constraint) -> Any:
    for presence in (constraint.exact, constraint.ideal):
        if isinstance(presence, bool) and row.movement:
            return presence
    members = {name: value for name in ('exact', 'ideal', 'min', 'max')
               if (value := getattr(constraint, name)) is not None}
    return {name: _value_to_json(value) for name, value in members.items()}


def _value_to_json(value: ConstraintValue) -> Any:
    if isinstance(value, tuple):
        return list(value) if isinstance(value[0], str) else _points_to_json(value)
    return value


def _points_to_json(points: Any) -> list[dict[str, float]]:
    return [{'x': point.x, 'y': point.y} for point in points]


def _capability_to_json(row: Property, capability: Capability) -> Any:
    if isinstance(capability, MediaSettingsRange):
        bounds = {'max': capability.max, 'min': capability.min}
        # Only the ranges of Image Capture have a step; those of the stream have none.
        return bounds if row.name in STREAM_PROPERTIES else {**bounds, 'step': capability.step}
    return capability[0] if row.name in IDENTIFIERS else list(capability)
