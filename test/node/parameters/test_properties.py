# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What parameter values ask of the device."""

from __future__ import annotations

import array

import pytest

from imagecapture_ros.mediacapture.constraints import Constraint
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import Point2D
from imagecapture_ros.node.parameters.properties import constraints_for, opening_constraints


def test_values_are_exact() -> None:
    assert constraints_for({'zoom': 2.2}) == {'zoom': Constraint(exact=2.2)}


def test_a_value_that_its_mode_leaves_to_the_device_is_a_wish() -> None:
    asked = constraints_for({'exposure_mode': 'continuous', 'exposure_time': 30.0})
    assert asked == {'exposure_mode': Constraint(exact=('continuous',)), 'exposure_time': Constraint(ideal=30.0)}
    asked = constraints_for({'exposure_mode': 'manual', 'exposure_time': 30.0})
    assert asked['exposure_time'] == Constraint(exact=30.0)


def test_points_are_a_flat_list() -> None:
    points = array.array('d', [0.25, 0.5])
    assert constraints_for({'points_of_interest': points}) == {
        'points_of_interest': Constraint(exact=(Point2D(0.25, 0.5),))}


@pytest.mark.parametrize(('name', 'value'), [
    ('zoom', 'wide'), ('zoom', None), ('zoom', True), ('width', 320.5), ('exposure_mode', 1), ('torch', 1),
    ('points_of_interest', 'middle'), ('points_of_interest', [0.5]),
])
def test_values_of_the_wrong_type_name_the_parameter(name: str, value: object) -> None:
    with pytest.raises(ConstraintTypeError, match=name):
        constraints_for({name: value})


def test_values_given_at_start_are_wishes() -> None:
    assert opening_constraints({'zoom': 2}) == {'zoom': Constraint(ideal=2.0)}
