# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constraints: what a caller asks of each property, checked on the way in."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Union

from imagecapture_ros.mediacapture.capabilities import shown
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Point2D, Property
from imagecapture_ros.texts import excerpt

MAX_UNSIGNED_LONG = 2**32 - 1

ConstraintValue = Union[float, bool, tuple[str, ...], tuple[Point2D, ...]]


@dataclass(frozen=True)
class Constraint:
    """What is asked of one property; ``None`` (or an empty tuple) is not asked.

    ``exact``, ``min`` and ``max`` are required and inclusive, ``ideal`` is a wish. Strings are tuples of
    alternatives, points of interest tuples of :class:`Point2D`. For pan, tilt and zoom ``exact`` and ``ideal`` may be
    true or false: not a position, but that the device should have the property or not.
    """

    exact: ConstraintValue | None = None
    ideal: ConstraintValue | None = None
    min: float | None = None
    max: float | None = None

    def __post_init__(self) -> None:
        # An empty list counts as not specified (WebIDL conversion, CONSTRAINTS of Media Capture and Streams).
        if self.exact == ():
            object.__setattr__(self, 'exact', None)
        if self.ideal == ():
            object.__setattr__(self, 'ideal', None)

    @property
    def empty(self) -> bool:
        """Whether nothing is asked."""
        return self.ideal is None and not self.required

    @property
    def required(self) -> bool:
        """Whether settings without this cannot be accepted."""
        return self.exact is not None or self.min is not None or self.max is not None

    @property
    def contradictory(self) -> bool:
        """Whether no number at all meets what is required."""
        exact = self.exact if isinstance(self.exact, (int, float)) else None
        lows = [bound for bound in (self.min, exact) if bound is not None]
        highs = [bound for bound in (self.max, exact) if bound is not None]
        return bool(lows and highs) and max(lows) > min(highs)

    @property
    def only_false(self) -> bool:
        """Whether ``false`` is all that is asked."""
        members = [value for value in (self.exact, self.ideal, self.min, self.max) if value is not None]
        return len(members) == 1 and members[0] is False

    def without_ideal(self) -> Constraint:
        """Return only the required part."""
        return replace(self, ideal=None)

    def __str__(self) -> str:
        members = (('exact', self.exact), ('min', self.min), ('max', self.max), ('ideal', self.ideal))
        return ', '.join(f'{member} {_shown(value)}' for member, value in members if value is not None)


ConstraintSet = Mapping[str, Constraint]
"""Constraints by snake_case property name."""


@dataclass(frozen=True)
class Constraints:
    """A basic set and any number of advanced sets, in order of preference (MediaTrackConstraints)."""

    basic: ConstraintSet = field(default_factory=dict)
    advanced: tuple[ConstraintSet, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.basic) or bool(self.advanced)

    @property
    def move_the_view(self) -> bool:
        """Whether any set has pan, tilt or zoom as anything but false (Image Capture, pan)."""
        return any(
            VOCABULARY[name].movement and not constraint.only_false
            for constraints in (self.basic, *self.advanced) for name, constraint in constraints.items()
        )

    @property
    def stated(self) -> Constraints:
        """The same without the constraints that ask nothing."""
        basic, *advanced = (
            {name: constraint for name, constraint in constraints.items() if not constraint.empty}
            for constraints in (self.basic, *self.advanced)
        )
        return Constraints(basic, tuple(advanced))


def checked_constraints(constraints: Constraints) -> Constraints:
    """Return ``constraints`` with every value converted to its property's kind.

    :raises ConstraintTypeError: naming the member and the value that does not fit.
    """
    basic, *advanced = (
        {name: checked_constraint(name, constraint) for name, constraint in one.items()}
        for one in (constraints.basic, *constraints.advanced)
    )
    return Constraints(basic, tuple(advanced))


def checked_constraint(name: str, constraint: Constraint) -> Constraint:
    """Return ``constraint`` with its values converted to the property's kind.

    :raises ConstraintTypeError: naming the member and the value that does not fit.
    """
    row = VOCABULARY[name]
    converted = {
        member: None if value is None else checked_value(row, value, f'{name}.{member}')
        for member, value in (('exact', constraint.exact), ('ideal', constraint.ideal))
    }
    for member, value in (('min', constraint.min), ('max', constraint.max)):
        if value is not None and not row.numeric:
            raise ConstraintTypeError(f'{name}.{member}: {name} is a {row.kind.value}, which has no {member}')
        converted[member] = None if value is None else checked_number(row, value, f'{name}.{member}')
    return Constraint(**converted)  # type: ignore[arg-type]


def plain(value: Any) -> Any:
    """Return a scalar of NumPy as one of Python: what programs compute of pictures are such."""
    numpy = sys.modules.get('numpy')  # where it has not been imported, which takes its time, there are none
    return value.item() if numpy is not None and isinstance(value, numpy.generic) else value


def checked_value(row: Property, value: object, member: str) -> ConstraintValue:
    """Return ``value`` as a constraint on ``row`` holds it.

    :raises ConstraintTypeError: naming ``member`` and the value that does not fit.
    """
    value = plain(value)
    if row.movement and isinstance(value, bool):
        return value
    if row.numeric:
        return checked_number(row, value, member)
    if row.kind is Kind.BOOLEAN:
        if not isinstance(value, bool):
            raise ConstraintTypeError(f'{member}: {excerpt(value)} is not a boolean; give true or false')
        return value
    if row.kind is Kind.POINTS:
        return _checked_points(value, member)
    return _checked_strings(value, member)


def checked_number(row: Property, value: object, member: str) -> float:
    """Return ``value`` as a constraint on the numeric ``row`` holds it.

    :raises ConstraintTypeError: naming ``member`` and the value that does not fit.
    """
    number = finite_number(value, member)
    return clamped_to_unsigned_long(number) if row.kind is Kind.INTEGER else number


def clamped_to_unsigned_long(number: float) -> float:
    """Return ``number`` as WebIDL's ``[Clamp] unsigned long``: halves go to the even neighbour, NaN to 0."""
    return 0.0 if math.isnan(number) else float(round(min(max(number, 0), MAX_UNSIGNED_LONG)))


def finite_number(value: object, member: str) -> float:
    """Return ``value`` as a float.

    :raises ConstraintTypeError: naming ``member`` when it is not a finite number.
    """
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConstraintTypeError(f'{member}: {excerpt(value)} is not a number')
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ConstraintTypeError(f'{member}: {excerpt(value)} is not a finite number')
    return number


def _checked_strings(value: object, member: str) -> tuple[str, ...]:
    strings = (value,) if isinstance(value, str) else value
    if not isinstance(strings, (tuple, list)) or not all(isinstance(item, str) for item in strings):
        raise ConstraintTypeError(f'{member}: {excerpt(value)} is not a string or a list of strings; YAML reads '
                                  f'off, on, yes '
                                  f"and no as booleans, so quote them: 'off'")
    return tuple(strings)


def _checked_points(value: object, member: str) -> tuple[Point2D, ...]:
    if not isinstance(value, (tuple, list)):
        raise ConstraintTypeError(f'{member}: {excerpt(value)} is not a list of points')
    points = []
    for point in value:
        if not isinstance(point, Point2D):
            raise ConstraintTypeError(f'{member}: {excerpt(point)} is not a point of two numbers')
        x, y = (finite_number(axis, f'{member}, {excerpt(point)}') for axis in point)
        points.append(Point2D(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)))
    return tuple(points)


def _shown(value: ConstraintValue) -> str:
    if isinstance(value, tuple):
        return ' or '.join(value) if isinstance(value[0], str) else str([tuple(point) for point in value])
    return str(value).lower() if isinstance(value, bool) else shown(value)
