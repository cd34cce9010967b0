# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The frame schedule."""

import pytest

from imagecapture_ros.cameras.backends.simulated.pacing import Due, FrameClock

START = 123_456_789_012


def test_a_punctual_reader_gets_every_frame_without_drift() -> None:
    clock = FrameClock(30.0, START)
    now = START
    for sequence in range(3000):
        due = clock.next(now)
        assert due == Due(sequence, START + round(sequence * 1e9 / 30.0))
        clock.take(due.sequence)
        now = due.at + 1_000_000


def test_the_same_frame_is_offered_until_it_is_taken() -> None:
    clock = FrameClock(30.0, START)
    clock.take(0)
    assert clock.next(START) == clock.next(START + 1000) == Due(1, START + 33_333_333)


def test_a_reader_late_by_less_than_a_frame_loses_nothing() -> None:
    clock = FrameClock(10.0, START)
    clock.take(0)
    assert clock.next(START + 199_999_999).sequence == 1


def test_a_reader_late_by_more_than_a_frame_gets_the_newest() -> None:
    clock = FrameClock(10.0, START)
    clock.take(0)
    assert clock.next(START + 200_000_000) == Due(2, START + 200_000_000)
    assert clock.next(START + 571_000_000) == Due(5, START + 500_000_000)


def test_a_fast_stream_waits_a_twentieth_of_a_second() -> None:
    clock = FrameClock(100.0, START)
    clock.take(0)
    for sequence in (1, 2, 3, 4, 5):
        assert clock.next(START + 55_000_000) == Due(sequence, START + sequence * 10_000_000)
        clock.take(sequence)
    assert clock.next(START + 1_000_000_000).sequence == 96


@pytest.mark.parametrize('rate', [30.0, 29.97, 7.0])
def test_at_the_moment_it_is_due_a_frame_is_the_newest(rate: float) -> None:
    clock = FrameClock(rate, START)
    for sequence in (1, 2, 3, 1000, 100_003):
        at = START + round(sequence * 1e9 / rate)
        assert clock.next(at) == Due(sequence, at)
        assert clock.next(at - 1).sequence == sequence - 1


def test_at_another_rate_numbers_and_the_time_in_the_scene_go_on() -> None:
    clock = FrameClock(10.0, START)
    for sequence in range(5):
        clock.take(sequence)
    later = clock.at_rate(50.0, START + 999)
    assert later.next(START + 999) == Due(5, START + 999)
    assert [later.scene_time(sequence) for sequence in (5, 6, 55)] == pytest.approx([0.5, 0.52, 1.5])
    later.take(5)
    assert later.next(START + 20_001_000).at == START + 20_000_999


def test_numbers_go_on_in_a_new_rate() -> None:
    clock = FrameClock(10.0, START, first_sequence=41)
    assert clock.next(START) == Due(41, START)
    clock.take(41)
    assert clock.upcoming == 42
    assert clock.next(START).at == START + 100_000_000
