# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a constraint may hold."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagecapture_ros.mediacapture.constraints import (
    Constraint,
    Constraints,
    checked_constraint,
    checked_value,
    finite_number,
)
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Point2D


def checked(name: str, value: Any) -> Any:
    return checked_value(VOCABULARY[name], value, name)


@pytest.mark.parametrize('constraint, required, empty', [
    (Constraint(), False, True),
    (Constraint(ideal=2.0), False, False),
    (Constraint(exact=0.0), True, False),
    (Constraint(exact=False), True, False),
    (Constraint(min=0.0), True, False),
    (Constraint(max=0.0, ideal=1.0), True, False),
    (Constraint(exact=(), ideal=()), False, True),
])
def test_exact_min_and_max_are_required_and_an_empty_list_asks_nothing(
    constraint: Constraint, required: bool, empty: bool,
) -> None:
    assert (constraint.required, constraint.empty) == (required, empty)


def test_without_its_ideal_a_constraint_keeps_what_is_required() -> None:
    assert Constraint(exact=1.0, ideal=2.0, min=0.0, max=3.0).without_ideal() == Constraint(exact=1.0, min=0.0, max=3.0)


@pytest.mark.parametrize('constraint, text', [
    (Constraint(exact=9.0), 'exact 9'),
    (Constraint(min=1.0, max=2.5, ideal=2.0), 'min 1, max 2.5, ideal 2'),
    (Constraint(exact=('manual', 'none')), 'exact manual or none'),
    (Constraint(exact=False), 'exact false'),
    (Constraint(exact=(Point2D(0.5, 0.25),)), 'exact [(0.5, 0.25)]'),
    (Constraint(exact=1234567.5), 'exact 1234567.5'),
])
def test_a_constraint_says_what_it_asks(constraint: Constraint, text: str) -> None:
    assert str(constraint) == text


def test_constraints_are_true_when_any_set_asks_something() -> None:
    zoom = {'zoom': Constraint(ideal=2.0)}
    assert not Constraints()
    assert Constraints(zoom)
    assert Constraints(advanced=(zoom,))


@pytest.mark.parametrize('constraints, moves', [
    (Constraints({'iso': Constraint(exact=100.0)}), False),
    (Constraints({'pan': Constraint(ideal=0.0)}), True),
    (Constraints({'tilt': Constraint()}), True),
    (Constraints({'zoom': Constraint(ideal=True)}), True),
    (Constraints({'zoom': Constraint(ideal=False)}), False),
    (Constraints({'zoom': Constraint(ideal=False, min=1.0)}), True),
    (Constraints({'iso': Constraint()}, ({'torch': Constraint(exact=True)}, {'zoom': Constraint(exact=2.0)})), True),
    (Constraints({}, ({'zoom': Constraint(exact=False)},)), False),
])
def test_whoever_mentions_pan_tilt_or_zoom_in_any_set_moves_the_view(constraints: Constraints, moves: bool) -> None:
    assert constraints.move_the_view is moves


def test_constraints_that_ask_nothing_are_not_stated_and_their_sets_stay() -> None:
    iso = {'iso': Constraint(min=100.0)}
    constraints = Constraints({'zoom': Constraint(), **iso}, ({'torch': Constraint(exact=())}, iso))
    assert constraints.stated == Constraints(iso, ({}, iso))


@pytest.mark.parametrize('name', ['pan', 'tilt', 'zoom'])
def test_pan_tilt_and_zoom_can_be_asked_for_without_a_position(name: str) -> None:
    assert checked_constraint(name, Constraint(ideal=True)) == Constraint(ideal=True)
    assert checked_constraint(name, Constraint(exact=False)) == Constraint(exact=False)
    with pytest.raises(ConstraintTypeError, match=f'{name}.min: True is not a number'):
        checked_constraint(name, Constraint(min=True))


@pytest.mark.parametrize('value, pixels', [
    (640, 640.0), (640.5, 640.0), (641.5, 642.0), (640.4, 640.0), (-5, 0.0), (1e12, 4294967295.0),
])
def test_pixels_are_clamped_and_rounded_with_halves_to_even(value: float, pixels: float) -> None:
    assert checked('width', value) == pixels


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf, 10**400, -(10**400)])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ConstraintTypeError, match=r'zoom: .* is not a finite number'):
        checked('zoom', value)


@pytest.mark.parametrize('value', ['2', True, None, [2.0], {'exact': 2}])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ConstraintTypeError, match=r'iso: .* is not a number'):
        checked('iso', value)


def test_an_integer_is_a_number() -> None:
    number = finite_number(2, 'zoom')
    assert number == 2.0
    assert isinstance(number, float)


@pytest.mark.parametrize('value', ['true', 1, 0, None])
def test_what_is_no_boolean_is_refused(value: object) -> None:
    with pytest.raises(ConstraintTypeError, match=r'torch: .* is not a boolean; give true or false'):
        checked('torch', value)


@pytest.mark.parametrize('value, alternatives', [
    ('manual', ('manual',)), (['manual', 'none'], ('manual', 'none')), (('manual',), ('manual',)), ([], ()),
    (['x'], ('x',)), ('', ('',)),
])
def test_strings_are_lists_of_alternatives(value: Any, alternatives: tuple[str, ...]) -> None:
    assert checked('exposure_mode', value) == alternatives


@pytest.mark.parametrize('value', [False, 5, None, ['manual', 5], {'exact': 'manual'}])
def test_what_is_no_string_is_refused_and_yaml_quotes_are_shown(value: object) -> None:
    with pytest.raises(ConstraintTypeError, match=r"exposure_mode: .* is not a string .* quote them: 'off'"):
        checked('exposure_mode', value)


def test_letters_are_strings() -> None:
    assert checked('device_id', ['b', 'c']) == ('b', 'c')


@pytest.mark.parametrize('constraint, contradictory', [
    (Constraint(min=2.0, max=1.0), True), (Constraint(exact=2.0, min=3.0), True),
    (Constraint(exact=2.0, max=1.0), True),
    (Constraint(min=1.0, max=1.0), False), (Constraint(exact=2.0), False), (Constraint(ideal=5.0, max=1.0), False),
    (Constraint(exact=('a',)), False),
])
def test_a_constraint_can_contradict_itself(constraint: Constraint, contradictory: bool) -> None:
    assert constraint.contradictory is contradictory


def test_points_are_clamped_to_the_image() -> None:
    points = [Point2D(-1.0, 0.5), Point2D(0.25, 7.0)]
    assert checked('points_of_interest', points) == (Point2D(0.0, 0.5), Point2D(0.25, 1.0))


def test_a_point_lies_at_the_origin_unless_told_otherwise() -> None:
    assert Point2D() == (0.0, 0.0)


@pytest.mark.parametrize('value', [
    Point2D(0.1, 0.2), 0.5, 'centre', [(0.1, 0.2)], [Point2D(math.nan, 0.0)],
    [Point2D('a', 0.0)],  # type: ignore[arg-type]
])
def test_what_is_no_list_of_points_is_refused(value: object) -> None:
    with pytest.raises(ConstraintTypeError, match='points_of_interest'):
        checked('points_of_interest', value)


@pytest.mark.parametrize('name', ['exposure_mode', 'torch', 'points_of_interest'])
@pytest.mark.parametrize('member', ['min', 'max'])
def test_only_numbers_have_min_and_max(name: str, member: str) -> None:
    with pytest.raises(ConstraintTypeError, match=f'{name}.{member}: {name} is a .*, which has no {member}'):
        checked_constraint(name, Constraint(**{member: 1.0}))


@pytest.mark.parametrize('member', ['exact', 'ideal', 'min', 'max'])
def test_the_error_names_the_member_that_does_not_fit(member: str) -> None:
    with pytest.raises(ConstraintTypeError, match=rf"zoom\.{member}: 'far' is not a number"):
        checked_constraint('zoom', Constraint(**{member: 'far'}))  # type: ignore[arg-type]


def test_a_wrong_type_is_also_a_type_error_of_python() -> None:
    with pytest.raises(TypeError):
        checked('zoom', 'far')


def test_every_member_is_converted() -> None:
    constraint = checked_constraint('width', Constraint(exact=1.5, ideal=2.5, min=-3.0, max=9.4))
    assert constraint == Constraint(exact=2.0, ideal=2.0, min=0.0, max=9.0)


def test_an_empty_list_inside_a_constraint_asks_nothing() -> None:
    listed: Any = []
    assert checked_constraint('exposure_mode', Constraint(exact=listed, ideal=listed)).empty


@given(st.sampled_from(list(VOCABULARY)), st.one_of(
    st.floats(), st.integers(), st.booleans(), st.text(max_size=8), st.none(),
    st.lists(st.text(max_size=8), max_size=3), st.lists(st.builds(Point2D, st.floats(), st.floats()), max_size=3),
))
def test_a_value_is_converted_once_and_for_all_or_refused_with_its_name(name: str, value: Any) -> None:
    try:
        once = checked(name, value)
    except ConstraintTypeError as error:
        assert name in str(error)
    else:
        assert checked(name, once) == once
