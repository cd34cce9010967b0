# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the automatics see of scenes with known light."""

from __future__ import annotations

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.automatic.metering import MeterImage, meter_image
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination, planckian
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View
from imagecapture_ros.cameras.backends.simulated.scene.scenes import ChartScene
from imagecapture_ros.cameras.backends.simulated.sensor.development import LUMINANCE
from imagecapture_ros.mediacapture.vocabulary import Point2D


def flat(*colour: float) -> MeterImage:
    light = np.broadcast_to(np.array(colour, np.float32), (72, 96, 3))
    return MeterImage(light, np.full((72, 96), 1.0, np.float32))


@pytest.mark.parametrize('temperature', [2500.0, 3200.0, 5000.0, 6500.0, 9900.0])
def test_grey_gives_away_the_temperature_of_its_light(temperature: float) -> None:
    assert flat(*(0.2 * planckian(temperature))).color_temperature(()) == pytest.approx(temperature, rel=0.005)


def test_colours_do_not_spoil_the_temperature_as_long_as_there_is_grey() -> None:
    meter = flat(*(0.4 * planckian(4000.0)))
    light = meter.light.copy()
    light[:50] *= (0.1, 0.5, 1.5)
    light[50:60] *= (1.5, 0.3, 0.7)
    assert MeterImage(light, meter.depth).color_temperature(()) == pytest.approx(4000.0, rel=0.005)


def test_where_nothing_is_grey_the_mean_counts() -> None:
    assert 2500.0 <= flat(0.05, 0.6, 0.05).color_temperature(()) <= 10000.0
    assert flat(0.02, 0.02, 0.9).color_temperature(()) == pytest.approx(2500.0)


def test_darkness_has_a_temperature_and_a_luminance() -> None:
    assert 2500.0 <= flat(0.0, 0.0, 0.0).color_temperature(()) <= 10000.0
    assert flat(0.0, 0.0, 0.0).luminance(()) > 0.0


def test_luminance_is_the_mean_of_the_window() -> None:
    light = np.zeros((72, 96, 3), np.float32)
    light[:36, :48] = 0.8
    meter = MeterImage(light, np.ones((72, 96), np.float32))
    assert meter.luminance(()) == pytest.approx(0.2, rel=1e-4)
    assert meter.luminance((Point2D(0.25, 0.25),)) == pytest.approx(0.8)
    assert meter.luminance((Point2D(0.0, 0.0),)) == pytest.approx(0.8)
    assert meter.luminance((Point2D(0.25, 0.25), Point2D(1.0, 1.0))) == pytest.approx(0.64, abs=0.01)


def test_highlights_are_the_brightest_twentieth() -> None:
    light = np.zeros((10, 10, 3), np.float32)
    light[0] = 0.5
    light[0, :2] = 1.0
    meter = MeterImage(light, np.ones((10, 10), np.float32))
    assert meter.highlights() == pytest.approx(0.5)


def test_the_meter_image_has_the_light_of_the_scene() -> None:
    illumination = Illumination(torch=True)
    layers = ChartScene().layers(0.0, illumination)
    small, large = (meter_image(layers, View(width, width * 3 // 4), illumination) for width in (640, 1280))
    assert small.luminance(()) == pytest.approx(large.luminance(()), rel=0.01)
    assert small.light.shape[:2] == small.depth.shape == (72, 96)
    assert set(np.unique(small.depth).tolist()) == {3.0, 1.0, np.float32(0.3)}
    assert float((small.light @ LUMINANCE).max()) > 1.0
