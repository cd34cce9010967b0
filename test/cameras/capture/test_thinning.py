# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which frames a lower rate takes of those that come."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest

from imagecapture_ros.cameras.capture.thinning import Thinning
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame

PIXELS = np.zeros((2, 2), np.uint8)


def framing(native: float, rate: float) -> Framing:
    return Framing(NativeMode(2, 2, native), 2, 2, rate, 'crop-and-scale' if rate < native else 'none')


def delivered(moments: Iterable[float], wanted: Framing, thinning: Thinning | None = None) -> list[float]:
    """Return the moments of the frames that are delivered of those that are taken at ``moments``."""
    thinning = thinning or Thinning()
    taken = []
    for number, moment in enumerate(moments):
        if thinning.is_due(Frame(PIXELS, 'mono8', 2, 2, round(1e9 * (100.0 + moment)), number), wanted):
            thinning.deliver()
            taken.append(moment)
    return taken


def evenly(rate: float, seconds: float) -> list[float]:
    return [number / rate for number in range(round(rate * seconds))]


def rate_of(taken: list[float], since: float, until: float) -> float:
    return sum(since <= moment < until for moment in taken) / (until - since)


@pytest.mark.parametrize('wanted', [10.0, 5.0, 3.0, 1.0])
def test_of_a_camera_of_ten_hertz(wanted: float) -> None:
    taken = delivered(evenly(10.0, 40.0), framing(10.0, wanted))
    assert rate_of(taken, 0.0, 40.0) == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize('comes, wanted, gets', [
    (15.0, 10.0, 10.0), (15.0, 15.0, 15.0), (15.0, 20.0, 15.0), (20.0, 10.0, 10.0), (60.0, 10.0, 10.0),
    (14.2, 10.0, 10.0), (7.0, 10.0, 7.0), (2.0, 1.0, 1.0),
])
def test_of_a_camera_that_does_not_come_as_its_mode_says(comes: float, wanted: float, gets: float) -> None:
    taken = delivered(evenly(comes, 60.0), framing(30.0, wanted))
    assert rate_of(taken, 10.0, 60.0) == pytest.approx(gets, rel=0.02)


def test_a_camera_that_becomes_slower_in_the_dark_is_followed_within_a_second() -> None:
    bright = evenly(30.0, 10.0)
    dark = [10.0 + moment for moment in evenly(15.0, 10.0)]
    again = [20.0 + moment for moment in evenly(30.0, 10.0)]
    taken = delivered([*bright, *dark, *again], framing(30.0, 10.0))
    for since, until in ((0.0, 10.0), (11.0, 20.0), (21.0, 30.0)):
        assert rate_of(taken, since, until) == pytest.approx(10.0, abs=0.15)


@pytest.mark.parametrize('off', [0.999, 1.001, 29.97 / 30.0, 1.02])
@pytest.mark.parametrize('every', [2, 3, 6])
def test_a_clock_that_is_a_little_off_leaves_no_odd_interval(off: float, every: int) -> None:
    rng = random.Random(6)
    comes = 30.0 * off
    moments = [number / comes + rng.uniform(-0.01, 0.01) for number in range(6000)]
    taken = delivered(moments, framing(30.0, 30.0 / every))
    numbers = [moments.index(moment) for moment in taken]
    assert {later - earlier for earlier, later in pairwise(numbers)} == {every}


def test_frames_that_come_in_bursts_are_worth_as_much() -> None:
    bursts = [0.1 * burst + 0.002 * number for burst in range(300) for number in range(3)]
    assert rate_of(delivered(bursts, framing(30.0, 10.0)), 2.0, 30.0) == pytest.approx(10.0, rel=0.1)
    assert rate_of(delivered(bursts, framing(30.0, 20.0)), 2.0, 30.0) == pytest.approx(20.0, rel=0.15)


def test_of_the_native_rate_all_are_delivered_however_many_come() -> None:
    moments = evenly(60.0, 5.0)
    assert delivered(moments, framing(30.0, 30.0)) == moments


def test_another_mode_is_counted_anew() -> None:
    thinning = Thinning()
    delivered(evenly(30.0, 5.0), framing(30.0, 10.0), thinning)
    thinning.begin()
    assert len(delivered(evenly(60.0, 5.0), framing(60.0, 10.0), thinning)) == 50


def test_the_period_of_a_slow_camera_is_known_after_a_few_frames() -> None:
    thinning = Thinning()
    delivered([0.0, 4.0, 8.0], framing(30.0, 30.0), thinning)
    assert thinning.slow_period == 0.0
    thinning.begin()
    delivered([0.0, 4.0, 8.0, 12.0], framing(30.0, 30.0), thinning)
    assert thinning.slow_period == pytest.approx(4.0)
    thinning.begin()
    delivered(evenly(30.0, 1.0), framing(30.0, 30.0), thinning)
    assert thinning.slow_period == 0.0
