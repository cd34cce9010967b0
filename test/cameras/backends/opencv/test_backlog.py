# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which frames are new, by how fast they come."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import accumulate

import pytest

from imagecapture_ros.cameras.backends.opencv.backlog import HOLD, LONGEST, Age, Backlog

NEW, DOUBTFUL, OLD = Age.NEW, Age.DOUBTFUL, Age.OLD


FIRST, THEN = 50.0, 1000.0


def ages(backlog: Backlog, intervals: list[float], period: float | None, begin: float = FIRST) -> list[Age]:
    """Return the ages of frames that come in these intervals after ``begin``, where the first one came."""
    moments = [round(moment * 1e9) for moment in accumulate(intervals, initial=begin)]
    if begin == FIRST:
        backlog.age(moments[0], period)
    return [backlog.age(moment, period) for moment in moments[1:]]


def caught_up(period: float) -> Backlog:
    """Return one that has seen even frames for a while, the last of them at ``THEN``."""
    backlog = Backlog()
    backlog.age(round((THEN - 12 * period) * 1e9), period)
    assert ages(backlog, [period] * 12, period, begin=THEN - 12 * period)[-1] is NEW
    return backlog


def test_after_a_connect_frames_are_old_until_they_keep_the_pace() -> None:
    told = ages(Backlog(), [*[0.003] * 80, *[1 / 30] * 20], 1 / 30)
    assert set(told[:80]) == {OLD}
    assert set(told[90:]) == {NEW}


def test_a_hiccup_in_a_burst_is_no_pace() -> None:
    told = ages(Backlog(), [*[0.003] * 20, 0.08, *[0.003] * 40, *[1 / 30] * 20], 1 / 30)
    assert set(told[:61]) == {OLD}
    assert set(told[70:]) == {NEW}


def test_a_source_that_is_faster_than_it_says_is_not_left_out_for_ever() -> None:
    told = ages(Backlog(), [0.02] * 250, 1 / 25)
    assert told.index(NEW) == pytest.approx(LONGEST / 0.02, abs=2)
    assert set(told[200:]) == {NEW}


def told_of(backlog: Backlog, intervals: Iterable[float]) -> tuple[float, float]:
    """Let frames come until one is new; return the seconds until then, and the rate that they tell."""
    backlog.age(0, None)
    for moment in accumulate(intervals):
        if backlog.age(round(moment * 1e9), None) is NEW:
            pace = backlog.pace
            return moment, 1e9 * (len(pace) - 1) / (pace[-1] - pace[0])
    raise AssertionError('none is new')


@pytest.mark.parametrize('rate', [240.0, 90.0, 30.0, 10.0, 2.0, 1.0, 0.4, 0.05])
def test_without_a_rate_the_first_frames_tell(rate: float) -> None:
    seconds, told = told_of(Backlog(), [1 / rate] * 500)
    assert told == pytest.approx(rate)
    assert seconds <= max(1.5, 1.01 / rate)


@pytest.mark.parametrize('burst', [[0.002] * 30, [*[0.002] * 30, 0.015, *[0.002] * 30]])
@pytest.mark.parametrize('rate', [15.0, 10.0, 2.0])
def test_a_burst_at_the_beginning_does_not_count(burst: list[float], rate: float) -> None:
    assert told_of(Backlog(), [*burst, 0.4 / rate, *[1 / rate] * 30])[1] == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize('group, rate', [([0.03, 0.17], 10.0), ([0.001, 0.001, 0.098], 30.0)])
def test_uneven_frames_are_counted_for_a_second(group: list[float], rate: float) -> None:
    assert told_of(Backlog(), group * 20)[1] == pytest.approx(rate, rel=0.2)


@pytest.mark.parametrize('rate', [30.0, 10.0, 0.4])
def test_without_a_rate_a_burst_is_old(rate: float) -> None:
    backlog = Backlog()
    intervals = [*[0.002] * 30, 0.4 / rate, *[1 / rate] * 8]
    told = ages(backlog, intervals, None)
    assert set(told[:30]) == {OLD}
    assert NEW in told[30:39]


def test_frames_that_follow_a_late_one_have_waited_as_it_has() -> None:
    told = ages(caught_up(1 / 30), [2.0, *[0.003] * 58, *[1 / 30] * 10], 1 / 30, THEN)
    assert told[0] is DOUBTFUL
    assert set(told[1:56]) == {OLD}
    assert set(told[-5:]) == {NEW}


def test_where_the_server_has_dropped_some_of_them_the_pace_tells() -> None:
    told = ages(caught_up(1 / 30), [2.0, *[0.003] * 10, *[1 / 30] * 20], 1 / 30, THEN)
    assert told[0] is DOUBTFUL
    assert set(told[1:11]) == {OLD}
    assert set(told[20:]) == {NEW}


def test_a_pause_of_the_camera_costs_few_frames() -> None:
    told = ages(caught_up(1 / 30), [2.0, *[1 / 30] * 10], 1 / 30, THEN)
    assert told[0] is DOUBTFUL
    assert set(told[6:]) == {NEW}


def test_a_slow_camera_may_be_uneven() -> None:
    rng = random.Random(3)
    told = ages(caught_up(2.5), [2.5 + rng.uniform(-0.4, 0.4) for _ in range(50)], 2.5, THEN)
    assert OLD not in told
    assert HOLD < 2.1


def test_an_uneven_camera_loses_nothing() -> None:
    rng = random.Random(4)
    told = ages(caught_up(0.1), [0.1 + rng.uniform(-0.09, 0.09) for _ in range(200)], 0.1, THEN)
    assert set(told) <= {NEW, DOUBTFUL}


@pytest.mark.parametrize(('burst', 'rate'), [(5, 10.0), (10, 25.0), (25, 25.0), (100, 30.0)])
def test_a_source_that_sends_in_bursts_is_shown(burst: int, rate: float) -> None:
    pattern = [*[0.003] * (burst - 1), burst / rate - 0.003 * (burst - 1)]
    told = ages(Backlog(), pattern * 8, 1.0 / rate)
    assert set(told[5 * burst:]) == {NEW}


def test_two_stalls_are_no_habit() -> None:
    told = ages(caught_up(0.04), [3.0, *[0.003] * 70, *[0.04] * 50, 3.0, *[0.003] * 70], 0.04, begin=THEN)
    assert told[0] is DOUBTFUL
    assert set(told[1:60]) == set(told[-60:]) == {OLD}
