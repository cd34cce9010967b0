# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rate of a source: stated, measured, and followed without haste."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

import pytest

from imagecapture_ros.cameras.backends.opencv.source_rate import SourceRate


class Feed:
    """Frames that come at the pace of the source."""

    def __init__(self, stated: float | None, first: list[float]) -> None:
        self.rate = SourceRate('a camera', stated)
        moments = [100.0]
        for interval in first:
            moments.append(moments[-1] + interval)
        self.now, self.number = moments[-1], len(moments)
        self.rate.begin([round(moment * 1e9) for moment in moments], self.number)

    def come(self, seconds: float, interval: Callable[[], float]) -> set[float]:
        """Let frames come for a while; return the rates that were in force."""
        rates, end = set(), self.now + seconds
        while self.now < end:
            self.now += interval()
            self.number += 1
            self.rate.add(round(self.now * 1e9), self.number)
            rates.add(self.rate.rate)
        return rates


def test_without_a_stated_rate_the_first_frames_tell() -> None:
    rate = Feed(None, [0.101, 0.097, 0.102, 0.14]).rate
    assert (rate.rate, rate.is_measured, rate.origin) == (10.0, True, 'measured; the source states none')


def test_a_stated_rate_that_is_nearly_right_holds() -> None:
    feed = Feed(25.0, [0.045, 0.031, 0.052, 0.04])
    assert (feed.rate.rate, feed.rate.origin) == (25.0, 'stated by the source')
    assert feed.come(30.0, lambda: 1 / 24.0) == {25.0}


def test_a_stated_rate_that_is_far_off_does_not() -> None:
    rate = Feed(25.0, [0.2, 0.2, 0.2, 0.2]).rate
    assert (rate.rate, rate.origin) == (5.0, 'measured; the source states 25 Hz')


def test_a_change_that_lasts_is_followed_once(caplog: pytest.LogCaptureFixture) -> None:
    feed = Feed(None, [1 / 30] * 4)
    with caplog.at_level(logging.WARNING):
        assert feed.come(10.0, lambda: 1 / 30) == {30.0}
        assert feed.come(10.0, lambda: 0.1) == {30.0, 10.0}
        assert feed.come(20.0, lambda: 0.1) == {10.0}
    assert [record.getMessage() for record in caplog.records] == [
        'a camera sends 10 frames a second, and not 30']


def test_a_change_that_does_not_last_changes_nothing() -> None:
    feed = Feed(None, [1 / 30] * 4)
    for _ in range(5):
        assert feed.come(8.0, lambda: 1 / 30) == {30.0}
        assert feed.come(1.0, lambda: 0.1) == {30.0}


def test_uneven_frames_change_nothing() -> None:
    rng = random.Random(5)
    feed = Feed(None, [0.1] * 4)
    planned = feed.now

    def interval() -> float:
        nonlocal planned
        planned += 0.1
        return planned + rng.uniform(-0.04, 0.04) - feed.now

    assert feed.come(120.0, interval) == {10.0}


def test_a_slow_source_is_followed_too() -> None:
    feed = Feed(None, [0.1] * 4)
    assert feed.come(40.0, lambda: 2.5) == {10.0, 0.4}
    assert feed.come(10.0, lambda: 0.1) == {0.4, 10.0}


def test_patience_is_with_what_was_seen_last() -> None:
    feed = Feed(None, [1.5])
    assert feed.rate.patience(30.0) == 30.0  # it may have been a part of an interval
    feed.come(60.0, lambda: 2.5)
    assert feed.rate.patience(30.0) == pytest.approx(7.5)
    feed.come(10.0, lambda: 0.1)
    assert feed.rate.patience(30.0) == pytest.approx(0.3)
