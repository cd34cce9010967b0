# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""At which rate frames come, told from when they came."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

import pytest

from imagecapture_ros.cameras.frame_times import FEWEST, FrameTimes, nominal_rate


def times_of(intervals: Iterable[float], seconds: float = 1.0) -> FrameTimes:
    times = FrameTimes(seconds)
    for number, moment in enumerate(accumulate(intervals, initial=100.0)):
        times.add(round(moment * 1e9), number)
    return times


@pytest.mark.parametrize('rate, nominal', [
    (10.04, 10.0), (9.8, 10.0), (29.4, 30.0), (29.97, 30.0), (30.8, 30.0), (24.2, 24.0), (24.7, 25.0), (7.45, 7.5),
    (12.6, 12.5), (17.2, 17.0), (0.4003, 0.4), (0.15, 0.15), (0.0499, 0.05), (3.45, 3.45), (1.237, 1.24), (61.0, 60.0),
])
def test_a_measured_rate_is_brought_to_what_cameras_have(rate: float, nominal: float) -> None:
    assert nominal_rate(rate) == nominal


def test_without_two_frames_nothing_is_known() -> None:
    assert FrameTimes(1.0).period is None
    assert times_of([]).period is None
    assert times_of([]).intervals == 0


def test_an_even_rate() -> None:
    assert times_of([0.1] * 20).period == pytest.approx(0.1)


def test_a_pause_does_not_count() -> None:
    assert times_of([*[0.1] * 6, 2.0, *[0.1] * 6]).period == pytest.approx(0.1)


def test_frames_that_come_in_groups_count_by_how_many_they_are() -> None:
    assert times_of([0.001, 0.001, 0.098] * 14).period == pytest.approx(1 / 30, rel=0.15)


def test_frames_that_were_lost_count() -> None:
    times = FrameTimes(1.0)
    for number in (0, 1, 3, 4, 7, 8, 9):
        times.add(round((1.0 + 0.1 * number) * 1e9), number)
    assert times.period == pytest.approx(0.1)


def test_a_change_is_seen_within_the_time_that_is_looked_back() -> None:
    assert times_of([*[0.033] * 60, *[0.066] * 15]).period == pytest.approx(0.066)
    assert times_of([*[0.1] * 60, *[2.5] * FEWEST]).period == pytest.approx(2.5)


def test_a_clock_that_stands_still_tells_nothing() -> None:
    times = times_of([0.1] * 9)
    times.add(1, 10)
    assert times.period is None


def test_the_longest_of_the_last_intervals() -> None:
    times = times_of([0.1, 3.0, 0.1, 0.2, 0.1])
    assert times.longest(3) == pytest.approx(0.2)
    assert times.longest(9) == pytest.approx(3.0)
    assert FrameTimes(1.0).longest(3) == 0.0
