# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pace of recordings."""

from __future__ import annotations

from itertools import pairwise

import pytest

from imagecapture_ros.cameras.backends.files.paced_camera import Schedule

SECOND = 1_000_000_000


@pytest.mark.parametrize('rate', [30.0, 29.97, 24000 / 1001, 7.0])
def test_does_not_drift(rate: float) -> None:
    schedule = Schedule(rate, 5)
    schedule.skip(1_000_000)
    assert abs(schedule.due - 5 - 1_000_000 * SECOND / rate) <= 1


def test_a_little_late_keeps_the_plan() -> None:
    schedule = Schedule(10.0, 0)
    assert [schedule.take(now) for now in (0, 199_999_999, 200_000_001, 390_000_000)] == [
        0, 100_000_000, 200_000_000, 300_000_000]


def test_a_slow_reader_makes_it_slide() -> None:
    schedule = Schedule(10.0, 0)
    moments = [schedule.take(now) for now in range(0, 10 * SECOND, 250_000_000)]
    assert all(later - earlier == 250_000_000 for earlier, later in pairwise(moments[1:]))
    assert 10 * SECOND - 250_000_000 - moments[-1] == 100_000_000
    assert schedule.due == moments[-1] + 100_000_000


def test_never_runs_ahead_nor_back() -> None:
    schedule = Schedule(100.0, 0)
    now, before = 0, -1
    for pause in (0, 1, 5, 40, 3, 3, 200, 0, 0, 0, 0, 90, 1):
        now = max(schedule.due, now + pause * 1_000_000)
        moment = schedule.take(now)
        assert before < moment <= now
        before = moment
