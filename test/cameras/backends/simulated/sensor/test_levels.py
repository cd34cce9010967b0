# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Light in one byte."""

from __future__ import annotations

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.sensor.levels import Levels

EXACT = np.array([[0.03, 0.031, 0.5], [0.8500001, 0.2, 0.1], [0.54, 0.54, 0.54]], np.float32)


def test_exact_levels_come_back_to_the_last_digit() -> None:
    levels = Levels(EXACT, 1.2)
    codes = levels.codes(EXACT)
    for channel in range(3):
        assert (levels.values[codes[:, channel], channel] == EXACT[:, channel]).all()


def test_all_other_light_is_within_half_a_step_of_an_eight_bit_picture() -> None:
    levels = Levels(EXACT, 1.0)
    light = np.linspace(0.0, 1.0, 3000, dtype=np.float32).repeat(3).reshape(-1, 3)
    codes = levels.codes(light)
    for channel in range(3):
        error = np.abs(levels.values[codes[:, channel], channel] - light[:, channel])
        assert (error <= 0.006 * np.maximum(light[:, channel], 0.04) ** 0.5).all()
        assert (np.diff(codes[:, channel].astype(int)) >= 0).all()


def test_light_beyond_the_peak_is_the_peak() -> None:
    levels = Levels(EXACT, 1.0)
    assert levels.values[levels.codes(np.array([[1.5, 9.0, 1.0]], np.float32))[0], 0] == pytest.approx(1.0)


def test_without_exact_levels_they_are_those_of_srgb() -> None:
    levels = Levels(np.zeros((0, 3), np.float32), 1.0)
    values = np.arange(256) / 255.0
    expected = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    assert levels.values[:, 1] == pytest.approx(expected, abs=1e-6)
    assert (levels.codes(levels.values) == np.arange(256)[:, None]).all()
