# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clipping, white balance, the sRGB curve and the picture controls, on known signals."""

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.sensor.development import Development, decode, encode

SIGNAL = np.array([[0.02, 0.05, 0.1], [0.18, 0.18, 0.18], [0.4, 0.2, 0.05], [0.7, 0.8, 0.6]])


def pixels(development: Development, signal: np.ndarray = SIGNAL) -> np.ndarray:
    return development.finished(np.rint(development.tones(signal)).astype(np.uint8)[None])[0].astype(int)


def test_neutral_settings_give_plain_srgb() -> None:
    values = pixels(Development(), np.array([[0.0, 0.18, 1.0], [0.0031308, 0.5, 2.0]]))
    assert values.tolist() == [[0, 118, 255], [10, 188, 255]]


def test_neutral_settings_cost_nothing() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    assert Development().finished(image) is image


def test_the_curve_is_continuous_and_ends_at_one() -> None:
    signal = np.linspace(0.0, 1.0, 10001)
    encoded = encode(signal)
    assert encoded[0] == 0.0
    assert encoded[-1] == pytest.approx(1.0)
    assert (np.diff(encoded) > 0.0).all()
    assert np.diff(encoded).max() < 0.0014
    assert decode(encoded) == pytest.approx(signal, abs=1e-6)


def test_gains_come_before_the_clipping() -> None:
    values = pixels(Development(gains=(0.5, 1.0, 2.0)), np.array([[1.0, 0.5, 0.25], [1.5, 0.75, 0.375]]))
    assert values[0].tolist() == [188, 188, 188]
    assert np.ptp(values[1]) == 0
    assert (pixels(Development(gains=(0.5, 1.0, 2.0)), np.array([[4.0, 2.0, 1.0]])) == 255).all()


def test_more_brightness_is_brighter_by_as_much() -> None:
    assert (pixels(Development(brightness=140.0)) - pixels(Development()) == 12).all()


def test_contrast_is_a_gain_around_mid_grey() -> None:
    neutral = pixels(Development())
    for contrast in (64.0, 160.0):
        expected = np.clip(128.0 + (neutral - 128.0) * contrast / 128.0, 0.0, 255.0)
        assert np.abs(pixels(Development(contrast=contrast)) - expected).max() <= 1.0
    assert (pixels(Development(contrast=0.0)) == 128).all()


def test_without_saturation_the_picture_is_its_own_grey() -> None:
    values = pixels(Development(saturation=0.0))
    grey = cv2.cvtColor(pixels(Development()).astype(np.uint8)[None], cv2.COLOR_BGR2GRAY)[0].astype(int)
    assert (values == values[:, :1]).all()
    assert np.abs(values[:, 0] - grey).max() <= 1


def test_saturation_leaves_grey_alone_and_spreads_colours() -> None:
    spreads = np.array([np.ptp(pixels(Development(saturation=value)), axis=1) for value in (0.0, 64.0, 128.0, 192.0)])
    assert (spreads[:, 1] == 0).all()
    assert (np.diff(spreads[:, [0, 2, 3]], axis=0) > 0).all()


def test_sharpness_leaves_plain_surfaces_alone_and_overshoots_at_edges() -> None:
    image = np.full((20, 40, 3), 60, np.uint8)
    image[:, 20:] = 180
    sharp = Development(sharpness=50.0).finished(image)
    assert (sharp[:, :15] == 60).all() and (sharp[:, 25:] == 180).all()
    assert sharp[10, 19, 1] < 60 and sharp[10, 20, 1] > 180
