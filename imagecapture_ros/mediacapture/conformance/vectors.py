# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Test vectors: reading them, and comparing what came with what they allow."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.w3c_json import constraints_from_json
from imagecapture_ros.regular_files import read_text

EQUAL = 1e-9
"""Numbers in outcomes compare with this tolerance."""

_LARGEST = 1 << 26

ABSENT = object()
"""Stands for a member that did not come."""

Vector = Mapping[str, Any]
Outcome = Mapping[str, Any]


class VectorError(Exception):
    """A file holds no vectors; the message says which file and why."""


@dataclass(frozen=True)
class Verdict:
    """What a vector allows, what came, and whether that is allowed."""

    name: str
    outcomes: Sequence[Outcome]
    """The expected outcome first."""
    actual: Outcome
    met: Outcome | None
    """The first of ``outcomes`` that came."""
    why: str
    """How what came differs from the expected outcome; empty if it does not."""

    @property
    def passed(self) -> bool:
        """Whether one of the outcomes came."""
        return self.met is not None

    @property
    def expected(self) -> bool:
        """Whether the expected outcome came."""
        return self.met is self.outcomes[0]


def load_vectors(path: str) -> list[Vector]:
    """Return the vectors of a JSON file, with ``{"$number": "NaN"}`` and the infinities as numbers.

    :raises VectorError: it is no such file.
    """
    try:
        vectors = json.loads(read_text(path, _LARGEST), object_hook=_number)
    except (OSError, ValueError, RecursionError) as error:
        raise VectorError(f'{path}: {error}') from error
    if not isinstance(vectors, list):
        raise VectorError(f'{path}: not a list of vectors')
    for index, vector in enumerate(vectors):
        missing = {'name', 'op', 'expected'} - (vector.keys() if isinstance(vector, dict) else set())
        if missing:
            raise VectorError(f'{path}: vector {index} lacks {", ".join(sorted(missing))}')
        outcomes = [vector['expected'], *(one if isinstance(one := vector.get('allowed', []), list) else [one])]
        if not all(isinstance(outcome, dict) for outcome in outcomes):
            raise VectorError(f'{path}: vector {index}: expected and each of the list allowed must be an object')
    return vectors


def judge(vector: Vector, actual: Outcome) -> Verdict:
    """Compare what came with what the vector allows."""
    outcomes = [vector['expected'], *vector.get('allowed', ())]
    met = next((outcome for outcome in outcomes if not difference(outcome, actual)), None)
    return Verdict(vector['name'], outcomes, actual, met, difference(outcomes[0], actual))


def difference(outcome: Outcome, actual: Outcome) -> str:
    """Return how ``actual`` differs from ``outcome``, or an empty string."""
    if 'error' not in outcome and not outcome.get('pending') and not actual.get('resolves'):
        return f'failed with {actual.get("error", "nothing")}'
    for member, wanted in outcome.items():
        came = actual.get(member, ABSENT)
        if member == 'constraints_after':
            same = came is not ABSENT and _same_constraints(wanted, came)
        else:
            same = matches(wanted, came, subset=member != 'value')
        if not same:
            return f'{member}: wanted {wanted!r}, got {"nothing" if came is ABSENT else repr(came)}'
    return ''


def matches(wanted: Any, came: Any, *, subset: bool = True) -> bool:
    """Return whether ``came`` is what is ``wanted``, which may hold matchers; more members are fine in a ``subset``."""
    if isinstance(wanted, Mapping):
        if '$absent' in wanted:
            return (came is ABSENT) is bool(wanted['$absent'])
        if '$in' in wanted:
            return any(matches(one, came, subset=subset) for one in wanted['$in'])
        if '$min' in wanted or '$max' in wanted:
            return (_is_number(came) and came >= wanted.get('$min', -math.inf) - EQUAL
                    and came <= wanted.get('$max', math.inf) + EQUAL)
        return isinstance(came, Mapping) and (subset or came.keys() == wanted.keys()) and all(
            matches(value, came.get(name, ABSENT), subset=subset) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(came, list) and len(came) == len(wanted) and all(
            matches(one, other, subset=subset) for one, other in zip(wanted, came, strict=True))
    if _is_number(wanted):
        return _is_number(came) and abs(wanted - came) <= EQUAL
    return type(wanted) is type(came) and bool(wanted == came)


def _same_constraints(wanted: Any, came: Any) -> bool:
    """Return whether both say the same: an equivalent dictionary is allowed (getConstraints)."""
    try:
        return constraints_from_json(wanted).stated == constraints_from_json(came).stated
    except ConstraintTypeError:
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(members: dict[str, Any]) -> Any:
    return float(members['$number']) if members.keys() == {'$number'} else members
