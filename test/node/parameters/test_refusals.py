# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which values of a request are refused, and which could be applied without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    InvalidStateError,
    MediaCaptureError,
    OverconstrainedError,
)
from imagecapture_ros.node.parameters.refusals import refusals


class Rules:
    """Refuses values that are 'bad', text, and what may not come together."""

    def __init__(self, *apart: set[str], named: bool = True) -> None:
        self.apart = apart
        self.named = named
        self.asked = 0

    def __call__(self, values: Mapping[str, Any]) -> None:
        self.asked += 1
        for name, value in values.items():
            if value == 'text':
                raise ConstraintTypeError(f'{name} is text')
        for name, value in values.items():
            if value == 'bad':
                raise OverconstrainedError(name if self.named else '', f'{name} is bad')
        for names in self.apart:
            if names <= values.keys():
                raise OverconstrainedError('', f'not together: {sorted(names)}')


def told(errors: Mapping[str, MediaCaptureError]) -> dict[str, str]:
    return {name: error.message for name, error in errors.items()}


def test_nothing_is_refused_of_what_is_possible() -> None:
    assert refusals({'zoom': 1, 'pan': 2}, Rules()) == {}


@pytest.mark.parametrize('named', [True, False])
def test_each_that_is_impossible_has_its_own_error(named: bool) -> None:
    values = {'zoom': 'bad', 'pan': 'text', 'tilt': 1, 'iso': 'bad', 'contrast': 2}
    assert told(refusals(values, Rules(named=named))) == {
        'zoom': 'zoom is bad', 'pan': 'pan is text', 'iso': 'iso is bad'}


def test_a_conflict_names_only_those_that_are_in_it() -> None:
    errors = told(refusals(dict.fromkeys(('a', 'b', 'c', 'd', 'e'), 1), Rules({'b', 'd'}, {'a', 'c', 'd'})))
    assert set(errors.values()) in ({"not together: ['b', 'd']"}, {"not together: ['a', 'c', 'd']"})
    assert errors.keys() in ({'b', 'd'}, {'a', 'c', 'd'})


def test_a_value_that_its_mode_leaves_to_the_device_is_not_to_blame() -> None:
    def check(values: Mapping[str, Any]) -> None:
        if 'exposure_time' in values and values.get('exposure_mode') != 'continuous':
            raise OverconstrainedError('', 'too long')
        if 'zoom' in values:
            raise OverconstrainedError('', 'zoom')

    values = {'exposure_mode': 'continuous', 'zoom': 9, 'exposure_time': 1e9}
    assert told(refusals(values, check)) == {'zoom': 'zoom'}


def test_where_nothing_is_possible_all_have_the_reason() -> None:
    def check(values: Mapping[str, Any]) -> None:
        raise InvalidStateError('the track has ended')

    assert told(refusals({'zoom': 1, 'pan': 2}, check)) == dict.fromkeys(('zoom', 'pan'), 'the track has ended')


def test_many_that_are_impossible_are_found_with_a_question_each() -> None:
    rules = Rules()
    values = {f'property{number}': 'bad' for number in range(50)}
    assert refusals(values, rules).keys() == values.keys()
    assert rules.asked <= 52
