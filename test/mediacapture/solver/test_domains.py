# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The values one property may still take, and how constraints narrow them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, SettingValue
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintValue
from imagecapture_ros.mediacapture.solver.domains import (
    ChoiceDomain,
    NumberDomain,
    PointsDomain,
    distance,
    satisfies,
    whole_domain,
)
from imagecapture_ros.mediacapture.vocabulary import Point2D

HALVES = MediaSettingsRange(1, 8, 0.5)


def narrowed(grid: MediaSettingsRange, *constraints: Constraint) -> tuple[float, float] | None:
    domain: NumberDomain | None = NumberDomain(grid, grid.min, grid.max, plain=False)
    for constraint in constraints:
        domain = None if domain is None else domain.restricted(constraint)
    return None if domain is None else (domain.low, domain.high)


@pytest.mark.parametrize('members, interval', [
    ({'exact': 2.0}, (2.0, 2.0)),
    ({'exact': 2.25}, None),
    ({'min': 2.1}, (2.5, 8.0)),
    ({'max': 2.4}, (1.0, 2.0)),
    ({'min': 2.1, 'max': 3.9}, (2.5, 3.5)),
    ({'min': 2.1, 'max': 2.4}, None),
    ({'min': 8.0}, (8.0, 8.0)),
    ({'min': 8.1}, None),
    ({'max': 0.5}, None),
    ({'exact': 3.0, 'max': 2.5}, None),
    ({'exact': 3.0, 'min': 3.0, 'max': 3.0}, (3.0, 3.0)),
    ({'ideal': 5.0}, (1.0, 8.0)),
])
def test_a_range_is_narrowed_to_its_grid(members: dict[str, float], interval: tuple[float, float] | None) -> None:
    assert narrowed(HALVES, Constraint(**members)) == interval


@pytest.mark.parametrize('members, interval', [
    ({'min': 10.0}, (30.0, 100.0)),
    ({'min': 91.0}, (100.0, 100.0)),
    ({'max': 99.0}, (0.0, 90.0)),
    ({'exact': 100.0}, (100.0, 100.0)),
])
def test_an_off_grid_maximum_survives_narrowing(members: dict[str, float], interval: tuple[float, float]) -> None:
    assert narrowed(MediaSettingsRange(0, 100, 30), Constraint(**members)) == interval


def test_a_range_without_step_is_cut_at_the_limits() -> None:
    assert narrowed(MediaSettingsRange(0.0, 1.0), Constraint(min=0.25, max=0.5)) == (0.25, 0.5)


def test_narrowing_twice_is_narrowing_by_both_on_the_grid_of_the_device() -> None:
    assert narrowed(HALVES, Constraint(min=2.1), Constraint(max=3.9), Constraint(exact=3.0)) == (3.0, 3.0)
    assert narrowed(HALVES, Constraint(exact=3.0), Constraint(exact=2.5)) is None
    assert narrowed(MediaSettingsRange(0, 100, 30), Constraint(min=1.0), Constraint(max=95.0)) == (30.0, 90.0)


@pytest.mark.parametrize('constraints, interval', [
    ([Constraint(exact=0.333333)], (1 / 3, 1 / 3)),
    ([Constraint(min=0.333333, max=0.333333)], (1 / 3, 1 / 3)),
    ([Constraint(exact=0.333333, max=0.333333)], (1 / 3, 1 / 3)),
    ([Constraint(min=0.333333333), Constraint(max=0.333333333)], (1 / 3, 1 / 3)),
])
def test_limits_a_hair_beside_a_step_mean_the_step(
    constraints: list[Constraint], interval: tuple[float, float],
) -> None:
    assert narrowed(MediaSettingsRange(0.0, 3.0, 1 / 3), *constraints) == pytest.approx(interval)


def test_true_asks_for_the_property_and_false_for_its_absence() -> None:
    assert narrowed(HALVES, Constraint(exact=True)) == (1.0, 8.0)
    assert narrowed(HALVES, Constraint(exact=False)) is None


@pytest.mark.parametrize('wishes, default, nearest', [
    ((), 3.2, (3.0, 0.0)),
    ((), None, (1.0, 0.0)),
    ((4.0,), 1.0, (4.0, 0.0)),
    ((99.0,), 1.0, (8.0, pytest.approx(91 / 99))),
    ((0.0,), 2.5, (2.5, 1.0)),
    ((2.0, 4.0), 2.0, (2.0, 0.5)),
    ((2.0, 4.0), 4.0, (4.0, 0.5)),
    ((True,), 5.0, (5.0, 0.0)),
    ((-0.2,), 5.0, (1.0, 1.2)),
])
def test_the_nearest_number_has_the_least_sum_of_distances(
    wishes: Sequence[ConstraintValue], default: float | None, nearest: tuple[float, float],
) -> None:
    assert NumberDomain(HALVES, 1.0, 8.0, plain=False).nearest(wishes, default) == nearest


@pytest.mark.parametrize('values, wishes, default, nearest', [
    (('manual', 'continuous'), (('continuous',),), 'manual', ('continuous', 0.0)),
    (('manual', 'continuous'), (('none',),), 'continuous', ('continuous', 1.0)),
    (('manual', 'continuous'), (), None, ('manual', 0.0)),
    ((False, True), (True,), False, (True, 0.0)),
    ((False,), (True,), True, (False, 1.0)),
])
def test_a_choice_goes_to_the_wish_and_else_to_the_default(
    values: tuple[SettingValue, ...], wishes: Sequence[ConstraintValue], default: SettingValue,
    nearest: tuple[SettingValue, float],
) -> None:
    assert ChoiceDomain(values).nearest(wishes, default) == nearest


def test_points_of_interest_are_any_or_those_required() -> None:
    here, there = (Point2D(0.1, 0.2),), (Point2D(0.3, 0.4),)
    points = PointsDomain()
    assert points.nearest((here,), ()) == (here, 0.0)
    assert points.nearest((), there) == (there, 0.0)
    assert points.nearest((), None) == ((), 0.0)
    required = points.restricted(Constraint(exact=here))
    assert required == PointsDomain(here)
    assert required.nearest((there,), ()) == (here, 1.0)
    assert required.restricted(Constraint(exact=there)) is None
    assert required.restricted(Constraint(ideal=there)) == required


def test_what_can_be_negative_has_plain_distances() -> None:
    signed = MediaSettingsRange(-1, 1)
    device = ScriptedState({'zoom': HALVES, 'brightness': signed, 'pan': HALVES, 'points_of_interest': (),
                            'torch': (False,)})
    assert whole_domain('zoom', device) == NumberDomain(HALVES, 1, 8, plain=False)
    assert whole_domain('brightness', device) == NumberDomain(signed, -1, 1, plain=True)
    assert whole_domain('pan', device) == NumberDomain(HALVES, 1, 8, plain=True)
    assert whole_domain('points_of_interest', device) == PointsDomain()
    assert whole_domain('torch', device) == ChoiceDomain((False,))


def test_what_a_device_holds_beside_its_steps_can_be_asked_for_but_not_what_an_automatic_found() -> None:
    device = ScriptedState({'zoom': HALVES}, {'zoom': 2.2}, {'zoom': 3.3})
    domain = whole_domain('zoom', device)
    assert isinstance(domain, NumberDomain)
    assert sorted(domain.beside) == [2.2, 3.3]
    assert domain.nearest((), 3.3) == (3.3, 0.0)
    assert domain.nearest((2.2,), 3.3) == (2.2, 0.0)
    assert domain.nearest((True,), 2.2) == (2.2, 0.0)
    assert domain.nearest((2.7,), 3.3)[0] == 2.5
    assert domain.restricted(Constraint(exact=2.2)) == NumberDomain(HALVES, math.inf, -math.inf, False, (2.2,))
    assert domain.restricted(Constraint(exact=2.3)) is None
    narrow = domain.restricted(Constraint(min=3.1, max=3.4))
    assert narrow is not None
    assert narrow.nearest((1.0,), 1.0)[0] == 3.3
    automatic = whole_domain('zoom', device, by_choice=False)
    assert isinstance(automatic, NumberDomain)
    assert automatic.beside == (3.3,)


@pytest.mark.parametrize('value, constraint, met', [
    (2.0, Constraint(), True),
    (2.0, Constraint(exact=2.0 + 5e-11), True),
    (2.0, Constraint(exact=2.001), False),
    (2.0, Constraint(min=2.0, max=2.0), True),
    (2.0, Constraint(min=2.1), False),
    (2.0, Constraint(max=1.9), False),
    (2.0, Constraint(exact=True), True),
    (0.0, Constraint(exact=False), False),
    (1.3333333333, Constraint(exact=4 / 3), True),
    ('manual', Constraint(exact=('none', 'manual')), True),
    ('manual', Constraint(exact=('Manual',)), False),
    ('manual', Constraint(ideal=('none',)), True),
    (True, Constraint(exact=True), True),
    (True, Constraint(exact=False), False),
    (False, Constraint(), True),
    ((Point2D(0.1, 0.2),), Constraint(exact=(Point2D(0.1, 0.2),)), True),
    ((Point2D(0.1, 0.2),), Constraint(exact=(Point2D(0.2, 0.1),)), False),
])
def test_a_value_meets_what_is_required(value: SettingValue, constraint: Constraint, met: bool) -> None:
    assert satisfies(value, constraint) is met


@pytest.mark.parametrize('value, ideal, plain, away', [
    (5.0, 5.0, False, 0.0),
    (5.0, 10.0, False, 0.5),
    (10.0, 5.0, False, 0.5),
    (10.0, 5.0, True, 5.0),
    (1.0, -1.0, False, 2.0),
    (0.0, -0.5, False, 0.5),
    (-0.25, -0.5, False, 0.25),
    (5.0, 0.0, False, 1.0),
    (0.0, 0.0, False, 0.0),
    (4 / 3, 1.3333333333, False, 0.0),
    (5.0, True, False, 0.0),
    (5.0, False, False, 1.0),
    ('manual', ('none', 'manual'), False, 0.0),
    ('manual', ('none',), False, 1.0),
    (True, True, False, 0.0),
    (True, False, False, 1.0),
])
def test_the_fitness_distance(value: SettingValue, ideal: object, plain: bool, away: float) -> None:
    assert distance(value, ideal, plain=plain) == pytest.approx(away)
