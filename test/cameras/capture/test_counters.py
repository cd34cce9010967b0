# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that came, were lost, or came broken."""

from __future__ import annotations

from imagecapture_ros.cameras.capture.counters import Counters


def test_a_gap_in_the_numbers_is_lost_frames() -> None:
    counters = Counters()
    for sequence in (3, 4, 8):
        counters.count(sequence, 0)
    assert (counters.frames, counters.lost, counters.faulty) == (3, 3, 0)


def test_broken_frames_are_no_lost_ones() -> None:
    counters = Counters()
    counters.count(0, 0)
    counters.count(4, 2)
    counters.count(5, 2)
    assert (counters.frames, counters.lost, counters.faulty) == (3, 1, 2)


def test_the_first_frame_of_a_stream_follows_no_other() -> None:
    counters = Counters()
    counters.count(0, 0)
    counters.begin()
    counters.count(100, 0)
    assert counters.lost == 0
