# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ranges and their grids."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, aspect_ratio

OFF_GRID_MAXIMUM = MediaSettingsRange(0, 100, 30)
CONTINUOUS = MediaSettingsRange(0.5, 2.0)
TENTHS = MediaSettingsRange(0.0, 0.3, 0.1)


def ranges() -> st.SearchStrategy[MediaSettingsRange]:
    small = st.floats(-1000, 1000).map(lambda number: round(number, 3))
    return st.builds(
        lambda low, length, step: MediaSettingsRange(low, low + length, step),
        small, small.map(abs), st.sampled_from([0.0, 0.001, 0.1, 0.25, 1.0, 3.0, 7.0, 33.3]),
    )


@pytest.mark.parametrize('value, nearest', [
    (-5, 0), (0, 0), (14, 0), (15, 0), (16, 30), (90, 90), (94, 90), (96, 100), (100, 100), (1e9, 100),
])
def test_the_nearest_value_lies_on_the_grid_or_is_the_maximum(value: float, nearest: float) -> None:
    assert OFF_GRID_MAXIMUM.nearest(value) == nearest


def test_a_range_without_step_has_every_value() -> None:
    assert CONTINUOUS.nearest(math.pi / 3) == math.pi / 3
    assert CONTINUOUS.at_or_below(1.234) == CONTINUOUS.at_or_above(1.234) == 1.234


@pytest.mark.parametrize('value, below, above', [(0, 0, 0), (1, 0, 30), (30, 30, 30), (91, 90, 100), (100, 100, 100)])
def test_neighbours_of_a_value(value: float, below: float, above: float) -> None:
    assert OFF_GRID_MAXIMUM.at_or_below(value) == below
    assert OFF_GRID_MAXIMUM.at_or_above(value) == above


@pytest.mark.parametrize('value, attained', [
    (0, True), (60, True), (60.00001, True), (60.1, False), (100, True), (-1, False), (101, False),
    (math.inf, False), (-math.inf, False),
])
def test_only_grid_values_and_the_maximum_are_attained(value: float, attained: bool) -> None:
    assert OFF_GRID_MAXIMUM.attains(value) is attained


def test_rounding_does_not_lead_out_of_the_range() -> None:
    slightly_more = 3 * 0.1
    assert slightly_more > TENTHS.max
    assert TENTHS.at_or_below(0.29999999999999993) == 0.3
    assert TENTHS.attains(slightly_more)
    assert TENTHS.nearest(slightly_more) == 0.3


@pytest.mark.parametrize('low, high, step', [
    (2.0, 1.0, 0.0), (0.0, 1.0, -1.0), (0.0, 1.0, math.nan), (0.0, 1.0, math.inf), (math.nan, 1.0, 0.0),
    (0.0, math.nan, 0.0),
])
def test_impossible_ranges_are_refused(low: float, high: float, step: float) -> None:
    with pytest.raises(ValueError, match='range with'):
        MediaSettingsRange(low, high, step)


def test_a_range_of_one_value_is_a_range() -> None:
    fixed = MediaSettingsRange(100, 100, 1)
    assert (fixed.nearest(5), fixed.nearest(500), fixed.attains(100)) == (100, 100, True)


@given(ranges(), st.floats(-3000, 3000))
def test_the_nearest_value_is_attained_inside_the_range_and_nearest(scale: MediaSettingsRange, value: float) -> None:
    nearest = scale.nearest(value)
    assert scale.min <= nearest <= scale.max
    assert scale.attains(nearest)
    assert scale.nearest(nearest) == pytest.approx(nearest, abs=1e-9)
    clamped = min(max(value, scale.min), scale.max)
    assert abs(nearest - clamped) <= scale.step / 2 + 1e-6


@given(ranges(), st.floats(0, 1))
def test_neighbours_enclose_a_value_and_leave_no_grid_value_between(scale: MediaSettingsRange, share: float) -> None:
    value = min(scale.min + share * (scale.max - scale.min), scale.max)
    below, above = scale.at_or_below(value), scale.at_or_above(value)
    tolerance = 1e-6 * (scale.step or 1.0)
    assert scale.min <= below <= value + tolerance
    assert value - tolerance <= above <= scale.max
    assert above - below <= scale.step + 2 * tolerance


@pytest.mark.parametrize('scale, text', [
    (MediaSettingsRange(1, 8, 0.5), '1 to 8 in steps of 0.5'),
    (MediaSettingsRange(0.0, 1234567.0), '0 to 1234567'),
    (MediaSettingsRange(-2, 2, 1 / 3), '-2 to 2 in steps of 0.333333333333333'),
])
def test_a_range_says_what_it_allows(scale: MediaSettingsRange, text: str) -> None:
    assert str(scale) == text


@pytest.mark.parametrize('rate, text', [
    (30.0, '30'), (30000 / 1001, '29.97002997003'), (120000 / 1001, '119.88011988012'), (7.5, '7.5'),
])
def test_the_rate_of_a_native_mode_can_be_copied_from_its_text(rate: float, text: str) -> None:
    assert str(NativeMode(1920, 1080, rate)) == f'1920x1080@{text}'
    assert abs(float(text) - rate) < 1e-10


def test_aspect_ratios_have_ten_decimals() -> None:
    assert aspect_ratio(4, 3) == 1.3333333333
