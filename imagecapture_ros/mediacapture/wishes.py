# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constraints as keyword arguments, with the specification's meaning of a bare value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Union

from imagecapture_ros.mediacapture.constraints import Constraint, Constraints, ConstraintSet
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind
from imagecapture_ros.mediacapture.w3c_json import constraint_from_json
from imagecapture_ros.suggestions import hint
from imagecapture_ros.texts import excerpt

Wish = Union[float, bool, str, Iterable[object], Mapping[str, object], Constraint]
"""A bare value, which is an ideal; a mapping of ``exact``, ``ideal``, ``min`` and ``max``; or a Constraint."""


def constraint_set(wishes: Mapping[str, Wish]) -> ConstraintSet:
    """Return ``wishes`` by snake_case property name as constraints.

    Points of interest are a list of ``(x, y)``.

    :raises ConstraintTypeError: a property is not known, or a value does not fit.
    """
    for name in wishes:
        if name not in VOCABULARY:
            raise ConstraintTypeError(f'{name} is no property of the vocabulary; {hint(name, VOCABULARY)}')
    return {name: _constraint(name, wish) for name, wish in wishes.items()}


def with_wishes(constraints: Constraints, wishes: Mapping[str, Wish]) -> Constraints:
    """Return ``constraints`` with ``wishes`` in the basic set, where they take the place of what is there.

    Errors as :func:`constraint_set`.
    """
    return Constraints({**constraints.basic, **constraint_set(wishes)}, constraints.advanced)


def _constraint(name: str, wish: Wish) -> Constraint:
    row = VOCABULARY[name]
    if isinstance(wish, Constraint):
        return wish
    if isinstance(wish, Mapping):
        unknown = wish.keys() - {'exact', 'ideal', 'min', 'max'}
        if unknown:
            raise ConstraintTypeError(f'{name}: {sorted(map(str, unknown))} is not known in a constraint; use exact, '
                                      f'ideal, min or max')
        wish = {member: _in_json(row.kind, value) for member, value in wish.items()}
    return constraint_from_json(row, _in_json(row.kind, wish), name)


def _in_json(kind: Kind, value: object) -> object:
    """Return ``value`` as JSON would hold it: points as objects, other iterables as lists."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        return value
    values = list(value)
    if kind is not Kind.POINTS:
        return values
    try:
        return [point if isinstance(point, Mapping) else dict(zip('xy', point, strict=True)) for point in values]
    except (TypeError, ValueError) as error:
        raise ConstraintTypeError(f'points_of_interest: {excerpt(values)} is not a list of (x, y)') from error
