# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The colours and the strength of the light."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device
from imagecapture_ros.cameras.backends.simulated.optics.light import (
    FLASH_LIGHT,
    Illumination,
    planckian,
    white_balance_gains,
)
from imagecapture_ros.mediacapture.capabilities import PhotoSettings


def chromaticity(temperature: float) -> tuple[float, float]:
    blue, green, red = planckian(temperature)
    x, y, z = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                        [0.0193339, 0.1191920, 0.9503041]]) @ (red, green, blue)
    return x / (x + y + z), y / (x + y + z)


@pytest.mark.parametrize(('temperature', 'x', 'y'), [
    # Planck's law over the CIE 1931 observer, from tables.
    (2500.0, 0.4770, 0.4137), (2856.0, 0.4476, 0.4074), (4000.0, 0.3805, 0.3768), (5000.0, 0.3451, 0.3516),
    (6500.0, 0.3135, 0.3237), (10000.0, 0.2807, 0.2884),
])
def test_black_bodies_have_their_chromaticities(temperature: float, x: float, y: float) -> None:
    assert chromaticity(temperature) == pytest.approx((x, y), abs=0.001)


def test_warmth_falls_steadily_with_the_temperature() -> None:
    ratios = [planckian(float(temperature)) for temperature in range(2500, 10001, 10)]
    assert (np.diff([blue / red for blue, _, red in ratios]) > 0.0).all()


def test_gains_undo_the_light() -> None:
    for temperature in (2500.0, 5000.0, 10000.0):
        assert white_balance_gains(temperature) * planckian(temperature) == pytest.approx(1.0)


def test_lamps_fall_with_the_square_of_the_distance_and_the_room_does_not() -> None:
    flash, dark = Illumination(ambient=0.0, flash=True), Illumination(ambient=0.5)
    assert flash.at(1.0)[1] == pytest.approx(FLASH_LIGHT)
    assert flash.at(0.5) == pytest.approx(4.0 * flash.at(1.0))
    assert dark.at(0.5) == pytest.approx(dark.at(3.0))
    assert Illumination(flash=True).flash_part(1.0) == pytest.approx(FLASH_LIGHT / (1.0 + FLASH_LIGHT))
    assert Illumination(torch=True).flash_part(1.0) == 0.0


@pytest.mark.parametrize('scene', ['chart', 'portrait'])
@pytest.mark.parametrize('lamp', ['none', 'torch', 'flash'])
def test_in_the_dark_only_the_lamps_are_seen(scene: str, lamp: str) -> None:
    camera = SimulatedCamera(parse_device(f'sim:?light=0&noise=off&scene={scene}'))
    camera.open()
    try:
        camera.start()
        camera.apply({'torch': lamp == 'torch', 'exposure_mode': 'manual', 'exposure_time': 150.0}, camera.mode)
        if lamp == 'flash':
            pixels = camera.take_photo(PhotoSettings('flash', 640.0, 480.0)).result(PATIENCE).frame.data
        else:
            pixels = camera.read(2.0).data
    finally:
        camera.close()
    middle = np.asarray(pixels)[120:360, 160:480]
    assert (middle.mean() > 5.0) == (lamp != 'none')
