# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Why a rate is not reached."""

from __future__ import annotations

from imagecapture_ros.cameras.framing import Framing, rate_shortfall
from imagecapture_ros.mediacapture.capabilities import NativeMode

SLOW, MIDDLE, QUICK = NativeMode(1920, 1080, 5.0), NativeMode(1280, 720, 30.0), NativeMode(640, 480, 60.0)
MODES = (MIDDLE, SLOW, QUICK)


def test_a_rate_that_is_reached_needs_no_words() -> None:
    assert rate_shortfall(30.0, Framing.native(MIDDLE), MODES, {}) == ''
    assert rate_shortfall(30.2, Framing.native(MIDDLE), MODES, {}) == ''


def test_the_size_is_the_reason_and_the_largest_quick_mode_the_advice() -> None:
    assert rate_shortfall(30.0, Framing.native(SLOW), MODES, {}) == (
        '30 Hz cannot be had at 1920x1080: modes of at least that size do not exceed 5 Hz; 1280x720@30 would')


def test_a_rate_that_no_mode_has() -> None:
    assert rate_shortfall(90.0, Framing.native(MIDDLE), MODES, {}) == (
        '90 Hz cannot be had at 1280x720: modes of at least that size do not exceed 30 Hz; no mode of the camera does, '
        'the fastest is 640x480@60')


def test_something_else_that_was_asked() -> None:
    assert 'because of what else was asked' in rate_shortfall(
        30.0, Framing(MIDDLE, 640, 360, 15.0, 'crop-and-scale'), MODES, {})


def test_a_long_exposure() -> None:
    settings = {'exposure_mode': 'manual', 'exposure_time': 500.0}
    assert rate_shortfall(30.0, Framing.native(MIDDLE), MODES, settings) == (
        '30 Hz cannot be reached while every exposure takes 50 ms; set exposure_time to 333 or less')
    assert rate_shortfall(30.0, Framing.native(MIDDLE), MODES, {**settings, 'exposure_mode': 'continuous'}) == ''
