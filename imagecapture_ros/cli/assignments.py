# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constraints as words of a command line: ``zoom=2``, ``zoom==2``, ``width=1280..1920``.

None of the characters means anything to a shell; ``>=`` would be a redirection.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.vocabulary import IDENTIFIERS, VOCABULARY, Kind, Point2D, Property
from imagecapture_ros.suggestions import hint

HOW = 'write zoom=2 (a wish), zoom==2 (exactly), zoom=1..3 (at least and at most), zoom=2.. or zoom=..3'

_WORD = re.compile(r'([^=]*?)(==?)(.*)', re.DOTALL)
_BOOLEANS = {'true': True, 'on': True, 'false': False, 'off': False}


class AssignmentError(ValueError):
    """A word that is no constraint; ``name`` is its property, if that is known."""

    def __init__(self, message: str, name: str = '') -> None:
        super().__init__(message)
        self.name = name


def constraints_of(words: Iterable[str]) -> ConstraintSet:
    """Return the constraints that ``words`` are; several words may speak of one property.

    :raises AssignmentError: a word cannot be understood, or says again what another has said.
    """
    constraints: dict[str, Constraint] = {}
    for word in words:
        name, members = _read(word)
        held = constraints.get(name, Constraint())
        for member in members:
            if getattr(held, member) is not None:
                raise AssignmentError(f'{word}: {name} has {member} already', name)
        constraints[name] = replace(held, **members)
    return constraints


def _read(word: str) -> tuple[str, dict[str, Any]]:
    parts = _WORD.fullmatch(word)
    if parts is None:
        raise AssignmentError(f'{word!r} is no constraint; {HOW}')
    name, operator, text = parts.groups()
    row = VOCABULARY.get(name)
    if row is None:
        plain = name.rstrip('<>!: ')
        if plain in VOCABULARY:
            raise AssignmentError(f'{word!r} is not understood; {HOW.replace("zoom", plain)}', plain)
        raise AssignmentError(f'{plain or word!r} is no property; {hint(plain, VOCABULARY)}')
    if row.numeric and '..' in text:
        if operator == '==':
            raise AssignmentError(f'{word}: the ends of a range are required anyway; write {name}={text}', name)
        low, _, high = text.partition('..')
        bounds = {'min': low, 'max': high}
        members: dict[str, Any] = {member: _number(row, bound) for member, bound in bounds.items() if bound}
        if not members:
            raise AssignmentError(f'{word}: a range needs at least one end; write {name}=1..3, {name}=1.. or '
                                  f'{name}=..3', name)
        return name, members
    return name, {'exact' if operator == '==' else 'ideal': _value(row, text)}


def _value(row: Property, text: str) -> Any:
    if row.numeric:
        return _number(row, text)
    if row.kind is Kind.BOOLEAN:
        if text.lower() not in _BOOLEANS:
            raise AssignmentError(f'{row.name}: {text!r} is not true or false', row.name)
        return _BOOLEANS[text.lower()]
    if row.kind is Kind.POINTS:
        numbers = [_number(row, part) for part in text.split(',')]
        if len(numbers) % 2:
            raise AssignmentError(f'{row.name}: {text!r} has an odd number of numbers; give x1,y1,x2,y2,...', row.name)
        return tuple(Point2D(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
    words = (text,) if row.name in IDENTIFIERS else tuple(text.split(','))
    for word in words:
        if not word:
            raise AssignmentError(f'{row.name}: a value is missing after "="', row.name)
        if row.values and word not in row.values:
            raise AssignmentError(f'{row.name}: {word!r} is not known; {hint(word, row.values)}', row.name)
    return words


def _number(row: Property, text: str) -> float:
    numerator, _, denominator = text.partition('/')  # as in aspect_ratio=16/9
    try:
        number = float(numerator) / (float(denominator) if denominator else 1.0)
    except (ValueError, ZeroDivisionError):
        number = math.nan
    if not math.isfinite(number):
        raise AssignmentError(f'{row.name}: {text!r} is not a number', row.name)
    return number


def complete_assignment(prefix: str, **_more: Any) -> list[str]:
    """Return the words that may begin with ``prefix``: properties, then their values."""
    name, equals, _rest = prefix.partition('=')
    row = VOCABULARY.get(name)
    if not equals or row is None:
        return [f'{one}=' for one in VOCABULARY if one.startswith(prefix)]
    operator = '==' if prefix.startswith(f'{name}==') else '='
    values = ('true', 'false') if row.kind is Kind.BOOLEAN else row.values
    return [word for value in values if (word := f'{name}{operator}{value}').startswith(prefix)]
