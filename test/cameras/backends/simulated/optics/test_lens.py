# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The disc of defocus."""

from __future__ import annotations

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.optics.lens import defocused, disc_diameter, disc_reach, lay_over
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import APERTURE, View


def point(size: int) -> np.ndarray:
    light = np.zeros((size, size, 4), np.float32)
    light[size // 2, size // 2] = 1.0
    return light


@pytest.mark.parametrize('diameter', [0.5, 1.0, 1.9, 2.0, 3.0, 6.5, 9.0, 12.0, 18.0, 25.0, 60.0])
def test_a_point_becomes_a_disc_with_all_its_light_and_its_variance(diameter: float) -> None:
    size = 8 * (int(diameter) // 4 + 2) + 1
    disc = defocused(point(size), diameter)[..., 0]
    rows = np.arange(size) - size // 2
    assert disc.sum() == pytest.approx(1.0, rel=1e-3)
    middle = (disc.sum(axis=1) * rows).sum()
    variance = (disc.sum(axis=1) * (rows - middle) ** 2).sum()
    assert variance == pytest.approx(diameter ** 2 / 16.0, rel=0.1)
    # A point cannot sit in the middle of a coarse pixel.
    assert abs(middle) < 0.09 * max(diameter, 4.0)


def test_a_large_disc_is_flat_and_ends_at_its_rim() -> None:
    disc = defocused(point(97), 60.0)[..., 0] * np.pi * 30.0 ** 2
    distance = np.hypot(*(np.mgrid[:97, :97] - 48))
    assert disc[distance < 18] == pytest.approx(1.0, abs=0.15)
    assert disc[distance > 45].max() < 0.02


def test_what_is_in_focus_is_left_alone() -> None:
    light = point(9)
    assert defocused(light, 0.0) is light
    assert disc_reach(0.0) == 0


def test_the_disc_grows_with_the_distance_from_the_focus_in_dioptres() -> None:
    view = View(1920, 1440)
    for depth, focus_distance in ((1.0, 0.5), (3.0, 0.5), (0.3, 10.0)):
        expected = view.focal_length * APERTURE * abs(1.0 / depth - 1.0 / focus_distance)
        assert disc_diameter(view, depth, focus_distance) == pytest.approx(expected, abs=0.0626)
    assert disc_diameter(view, 1.0, 1.0) == 0.0


def test_layers_cover_what_is_behind_them() -> None:
    light = np.full((1, 3, 3), 0.5, np.float32)
    layer = np.zeros((1, 3, 4), np.float32)
    layer[0, 1] = (0.1, 0.2, 0.3, 1.0)
    layer[0, 2] = (0.05, 0.1, 0.15, 0.5)
    lay_over(light, layer)
    assert light[0] == pytest.approx(np.array([[0.5, 0.5, 0.5], [0.1, 0.2, 0.3], [0.3, 0.35, 0.4]]))
