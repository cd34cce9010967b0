# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Stamps: times of exposure in ROS time, never running backwards, as even as the device's own clock."""

from __future__ import annotations

import time
from itertools import pairwise
from types import SimpleNamespace

import pytest
from rclpy.clock import ROSClock

from imagecapture_ros.node.stamps import JUMP, RosStamps

SECOND = 1_000_000_000


class ScriptedClock:
    """A ROS clock that is ahead of the monotonic one by what a test says."""

    def __init__(self) -> None:
        self.ahead = 1000 * SECOND

    def now(self) -> SimpleNamespace:
        return SimpleNamespace(nanoseconds=time.monotonic_ns() + self.ahead)


def test_an_exposure_in_the_past_gets_a_stamp_in_the_past() -> None:
    stamps = RosStamps(ROSClock())
    assert stamps.of(time.monotonic_ns() - 500_000_000) == pytest.approx(time.time_ns() - 500_000_000, abs=200_000_000)


def test_stamps_of_frames_only_grow() -> None:
    stamps, now = RosStamps(ROSClock()), time.monotonic_ns()
    first = stamps.of_frame(now)
    assert stamps.of_frame(now - 1_000_000) == first + 1
    assert stamps.of_frame(now + 1_000_000_000) > first + 1


def test_stamps_are_as_even_as_exposures_though_the_clocks_are_read_at_odd_moments() -> None:
    clock = ScriptedClock()
    stamps, began = RosStamps(clock), time.monotonic_ns()  # type: ignore[arg-type]
    given = []
    for number in range(100):
        clock.ahead = 1000 * SECOND + (4_000_000 if number % 2 else -4_000_000)
        given.append(stamps.of_frame(began + number * SECOND))
    assert max(abs(after - before - SECOND) for before, after in pairwise(given)) < 1_000_000


def test_a_clock_that_drifts_is_followed() -> None:
    clock = ScriptedClock()
    stamps = RosStamps(clock)  # type: ignore[arg-type]
    for _ in range(200):
        clock.ahead += 100_000
        stamps.of(0)
    assert stamps.of(0) == pytest.approx(clock.ahead, abs=3_000_000)


@pytest.mark.parametrize('jump', [2 * JUMP, 3600 * SECOND, -3600 * SECOND])
def test_a_clock_that_was_set_is_followed_at_once(jump: int) -> None:
    clock = ScriptedClock()
    stamps, now = RosStamps(clock), time.monotonic_ns()  # type: ignore[arg-type]
    before = stamps.of_frame(now)
    clock.ahead += jump
    assert stamps.of_frame(now + 1) - before == pytest.approx(jump, abs=10_000_000)


def test_stamps_of_changes_never_go_back_also_where_many_are_of_one_moment() -> None:
    clock = ScriptedClock()
    stamps, moment = RosStamps(clock), time.monotonic_ns()  # type: ignore[arg-type]
    given = []
    for number in range(100):
        clock.ahead = 1000 * SECOND + (1000 if number % 2 else -1000)
        given.append(stamps.of_change(moment))
    assert all(after >= before for before, after in pairwise(given))
    assert stamps.of_change(moment + SECOND) > given[-1]
    clock.ahead -= 3600 * SECOND
    assert stamps.of_change(moment) < given[0]
