# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pace of recordings: where pictures lie in them, and when they are due."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest

from imagecapture_ros.cameras.backends.files.pace import LONGEST_PAUSE, EvenTimes, Schedule

SECOND = 1_000_000_000
MILLISECOND = 1_000_000


def placed(rate: float, stated: list[float | None]) -> list[float]:
    times = EvenTimes(rate)
    return [times.place(None if time is None else time * MILLISECOND) for time in stated]


class TestEvenTimes:
    @pytest.mark.parametrize('rate', [
        Fraction(30), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60), Fraction(7)])
    @pytest.mark.parametrize('ticks', [1000, 90_000])
    @pytest.mark.parametrize('begin', [Fraction(0), Fraction(1, 15), Fraction(10, 7)])
    def test_constant_rates_are_even_however_coarse_the_file(self, rate: Fraction, ticks: int, begin: Fraction) -> None:
        count = 5000
        stated = [round((begin + number / rate) * ticks) / ticks * 1000 for number in range(count)]
        found = placed(float(rate), list(stated))
        assert max(abs(time - number * SECOND / rate) for number, time in enumerate(found)) < 1.0

    def test_pictures_that_the_file_leaves_out_leave_gaps(self) -> None:
        numbers = [0, 1, 2, 5, 6, 66, 67]
        stated = [round(number * 1001 / 30) for number in numbers]
        found = placed(30000 / 1001, list(stated))
        assert found == pytest.approx([number * 1001 / 30 * MILLISECOND for number in numbers], abs=1.0)

    def test_other_times_are_those_of_the_file(self) -> None:
        stated = [500.0, 620.0, 653.25, 2753.5, 2853.125]
        assert placed(30.0, list(stated)) == pytest.approx([(time - 500.0) * MILLISECOND for time in stated], abs=1.0)

    def test_a_rate_that_is_not_quite_that_of_the_file_does_not_run_away(self) -> None:
        stated = [number * 1000.0 / 30.0 for number in range(9000)]
        found = placed(29.9, list(stated))
        assert max(abs(one - time * MILLISECOND) for one, time in zip(found, stated, strict=True)) < 1.2 * MILLISECOND

    @pytest.mark.parametrize('stated', [
        [None] * 5, [0.0] * 5, [0.0, -100.0, -200.0, -300.0, -400.0], [-3.68934881474191e20] * 5, [float('nan')] * 5,
        [float('inf')] * 5,
    ])
    def test_what_says_nothing_is_at_the_usual_rate(self, stated: list[float | None]) -> None:
        assert placed(10.0, stated) == [number * SECOND / 10 for number in range(5)]

    def test_time_stamps_that_begin_anew_go_on(self) -> None:
        stated: list[float | None] = [0.0, 100.0, 200.0, 50.0, 150.0, 250.0, 90_000_000.0, 90_000_100.0]
        assert placed(10.0, stated) == [number * SECOND / 10 for number in range(8)]

    def test_what_has_no_time_at_the_end_follows_as_those_before(self) -> None:
        stated: list[float | None] = [0.0, 100.0, 200.0, 2300.0, 2400.0, 0.0, 0.0]
        assert placed(3.0, stated)[-3:] == pytest.approx([2400 * MILLISECOND, 2500 * MILLISECOND, 2600 * MILLISECOND])

    def test_a_long_pause_is_one_and_a_longer_one_is_left_out(self) -> None:
        times = EvenTimes(10.0)
        times.place(0.0)
        assert times.place(LONGEST_PAUSE * SECOND) == LONGEST_PAUSE * SECOND
        assert times.left_out == 0.0
        assert times.place((2 * LONGEST_PAUSE + 1) * SECOND) == pytest.approx((LONGEST_PAUSE + 0.1) * SECOND)
        assert times.left_out == LONGEST_PAUSE + 1

    def test_what_cannot_be_decoded_keeps_its_place(self) -> None:
        for stated in (None, 1e8, 3e8):
            times = EvenTimes(10.0)
            assert times.place(None if stated is None else 0.0, skipped=2) == 2e8
            assert times.place(stated, skipped=0 if stated == 1e8 else 2) == (3e8 if stated == 1e8 else 5e8)

    def test_the_end_is_a_period_behind_the_last_picture(self) -> None:
        times = EvenTimes(8.0)
        for stated in (0.0, 125e6, 1125e6):
            times.place(stated)
        assert times.end == 1250e6

    def test_pictures_never_go_back(self) -> None:
        chance = random.Random(7)
        for _ in range(200):
            times = EvenTimes(chance.uniform(1.0, 500.0))
            found = [times.place(chance.choice((None, chance.uniform(-1e9, 1e11), chance.randrange(1000) * 1e6)))
                     for _ in range(50)]
            assert all(earlier < later for earlier, later in pairwise(found))


class TestSchedule:
    @pytest.mark.parametrize('rate', [30.0, 29.97, 24000 / 1001, 7.0])
    def test_does_not_drift(self, rate: float) -> None:
        schedule = Schedule(rate, 5)
        assert schedule.due(0.0) == 5
        assert abs(schedule.due(1_000_000 * SECOND / rate) - 5 - 1_000_000 * SECOND / rate) <= 1

    def test_begins_with_whatever_comes_first(self) -> None:
        schedule = Schedule(10.0, 100)
        assert [schedule.due(7.0 * SECOND + number) for number in (0, 5)] == [100, 105]

    def test_a_little_late_keeps_the_plan(self) -> None:
        schedule = Schedule(10.0, 0)
        moments = [schedule.take(number * 1e8, now) for number, now in enumerate(
            (0, 199_999_999, 200_000_001, 390_000_000))]
        assert moments == [0, 100_000_000, 200_000_000, 300_000_000]

    def test_a_slow_reader_makes_it_slide(self) -> None:
        schedule = Schedule(10.0, 0)
        moments = [schedule.take(number * 1e8, now) for number, now in enumerate(range(0, 10 * SECOND, 250_000_000))]
        assert all(later - earlier == 250_000_000 for earlier, later in pairwise(moments[1:]))
        assert 10 * SECOND - 250_000_000 - moments[-1] == 100_000_000
        assert schedule.due(len(moments) * 1e8) == moments[-1] + 100_000_000

    def test_a_pause_lets_a_late_reader_catch_up(self) -> None:
        schedule = Schedule(10.0, 0)
        assert schedule.take(0.0, 0) == 0
        assert schedule.take(1e8, 190_000_000) == 100_000_000
        assert schedule.take(21e8, 2_100_000_000) == 2_100_000_000

    def test_never_runs_ahead_nor_back(self) -> None:
        schedule = Schedule(100.0, 0)
        now, before = 0, -1
        for number, pause in enumerate((0, 1, 5, 40, 3, 3, 200, 0, 0, 0, 0, 90, 1)):
            now = max(schedule.due(number * 1e7), now + pause * 1_000_000)
            moment = schedule.take(number * 1e7, now)
            assert before < moment <= now
            before = moment
