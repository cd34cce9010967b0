# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The face: its pupils are counted."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.simulated_pictures import Bench, linear, window

from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.photo import PhotoLab
from imagecapture_ros.cameras.backends.simulated.scene.portrait import EYES, GREY_CARD, pupil_radius
from imagecapture_ros.mediacapture.capabilities import PhotoSettings


def photo(fill_light_mode: str, *, reduction: bool = False, light: float = 0.1) -> np.ndarray:
    bench, lab = Bench(f'sim:?scene=portrait&light={light}'), PhotoLab()
    bench.set(exposure_mode='manual', exposure_time=60.0)
    wishes = PhotoSettings(fill_light_mode, image_width=1280.0, image_height=960.0, red_eye_reduction=reduction)
    data = lab.make(bench.exposer.photo_plan(wishes, 0, 0.0, 0)).result(PATIENCE).frame.data
    lab.close()
    assert isinstance(data, np.ndarray)
    return data


def red_pixels(image: np.ndarray) -> int:
    """Return how many pixels of both eyes glow."""
    focal_length = 0.5 * image.shape[1] / np.tan(np.radians(30.0))
    count = 0
    for x, y in EYES:
        column, row, reach = (round(value) for value in (
            image.shape[1] / 2 + x * focal_length, image.shape[0] / 2 + y * focal_length, 0.013 * focal_length))
        blue, green, red = np.moveaxis(image[row - reach:row + reach, column - reach:column + reach].astype(int), 2, 0)
        count += int(((red > 120) & (red > 2 * green) & (red > 2 * blue)).sum())
    return count


def test_eyes_glow_red_under_the_flash_and_hardly_after_red_eye_reduction() -> None:
    without, flash, reduced = photo('off'), photo('flash'), photo('flash', reduction=True)
    assert red_pixels(without) == 0
    # Two discs of the pupils' size.
    radius = pupil_radius(Illumination(0.1, flash=True)) * 640 / np.tan(np.radians(30.0))
    assert red_pixels(flash) == pytest.approx(2.0 * np.pi * radius ** 2, rel=0.15)
    assert 0 < red_pixels(reduced) < 0.25 * red_pixels(flash)


def test_pupils_are_narrow_in_the_light() -> None:
    radii = [pupil_radius(Illumination(light)) for light in (0.0, 0.1, 1.0, 4.0)]
    assert (np.diff(radii) < 0.0).all()
    assert pupil_radius(Illumination(0.1, torch=True)) < radii[1]


def test_the_grey_card_is_grey_and_returns_18_percent() -> None:
    bench = Bench('sim:?noise=off&scene=portrait')
    image = bench.manual(exposure_time=40.0, color_temperature=5000.0)
    x, y, half = GREY_CARD
    card = linear(window(image, bench.view, x, y, 0.8 * half)).mean(axis=(0, 1))
    assert card == pytest.approx(0.18 * 0.0125 * 40.0, rel=0.03)


def test_the_automatic_focus_finds_the_face() -> None:
    bench = Bench('sim:?scene=portrait')
    bench.after(60)
    assert bench.exposer.settings['focus_distance'] == pytest.approx(0.6, rel=0.03)
