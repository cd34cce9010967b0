"""Exposure, clipping, the sRGB curve and the picture controls, on known light."""

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.simulated.development import Development, encode

LIGHT = np.array([[0.02, 0.05, 0.1], [0.18, 0.18, 0.18], [0.4, 0.2, 0.05], [0.7, 0.8, 0.6]], np.float32)


def test_neutral_settings_give_plain_srgb() -> None:
    values = Development(exposure=1.0)(np.array([[0.0, 0.18, 1.0], [0.0031308, 0.5, 2.0]], np.float32))
    assert values.tolist() == [[0, 118, 255], [10, 188, 255]]


def test_the_curve_is_continuous_and_ends_at_one() -> None:
    signal = np.linspace(0.0, 1.0, 10001, dtype=np.float32)
    encoded = encode(signal)
    assert encoded[0] == 0.0
    assert encoded[-1] == pytest.approx(1.0)
    assert (np.diff(encoded) > 0.0).all()
    assert np.diff(encoded).max() < 0.0014


def test_more_brightness_is_brighter_by_as_much() -> None:
    neutral = Development(exposure=1.0)(LIGHT).astype(int)
    brighter = Development(exposure=1.0, brightness=140.0)(LIGHT).astype(int)
    assert (brighter - neutral == 12).all()


def test_contrast_is_a_gain_around_mid_grey() -> None:
    neutral = Development(exposure=1.0)(LIGHT).astype(float)
    for contrast in (64.0, 160.0):
        values = Development(exposure=1.0, contrast=contrast)(LIGHT)
        expected = np.clip(128.0 + (neutral - 128.0) * contrast / 128.0, 0.0, 255.0)
        assert np.abs(values - expected).max() <= 1.0
    assert (Development(exposure=1.0, contrast=0.0)(LIGHT) == 128).all()


def test_without_saturation_the_picture_is_its_own_grey() -> None:
    neutral = Development(exposure=1.0)(LIGHT)
    values = Development(exposure=1.0, saturation=0.0)(LIGHT)
    grey = cv2.cvtColor(neutral[None], cv2.COLOR_BGR2GRAY)[0].astype(int)
    assert (values == values[:, :1]).all()
    assert np.abs(values[:, 0] - grey).max() <= 1


def test_saturation_leaves_grey_alone_and_spreads_colours() -> None:
    def spread(saturation: float) -> np.ndarray:
        values = Development(exposure=1.0, saturation=saturation)(LIGHT).astype(int)
        return values.max(axis=1) - values.min(axis=1)

    spreads = np.array([spread(saturation) for saturation in (0.0, 64.0, 128.0, 192.0)])
    assert (spreads[:, 1] == 0).all()
    assert (np.diff(spreads[:, [0, 2, 3]], axis=0) > 0).all()
