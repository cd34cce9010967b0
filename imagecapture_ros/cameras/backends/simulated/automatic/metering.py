# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the automatics see: a small picture of the scene's light and distances, and where in it they look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer
from imagecapture_ros.cameras.backends.simulated.optics.lens import lay_over
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination, planckian
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View
from imagecapture_ros.cameras.backends.simulated.sensor.development import LUMINANCE
from imagecapture_ros.mediacapture.vocabulary import Point2D

METER_WIDTH = 96
"""Pixels."""

_WINDOW = 1.0 / 8.0
"""Side of the square around a point of interest, as a part of the picture's shorter side."""

_TEMPERATURES = np.geomspace(10000.0, 2500.0, 140)
_LOCUS = np.log(np.array([planckian(float(temperature)) for temperature in _TEMPERATURES]))
_WARMTH = _LOCUS[:, 2] - _LOCUS[:, 0]
"""Logarithm of red over blue of black bodies, which grows as the temperature falls."""
_TINT = -0.5 * (_LOCUS[:, 2] + _LOCUS[:, 0])
"""Logarithm of green over the geometric mean of red and blue."""

_NEAR_GREY = 0.05
"""How far from a black body's tint, and from the warmth of those that are known, grey may seem and still count."""

_BIN = 0.02
"""Width in warmth of the classes that surfaces are counted in."""


@dataclass(frozen=True, eq=False)
class MeterImage:
    """Light and distance in a view; moving targets do not count."""

    light: NDArray[np.float32]
    """Shape (height, width, 3), blue, green, red."""
    depth: NDArray[np.float32]
    """Metres, shape (height, width)."""

    def luminance(self, points: Sequence[Point2D]) -> float:
        """Return the mean luminance around ``points``, of the whole picture if there are none."""
        light = self.light[self._window(points, whole=1.0)]
        return max(float(light.mean(axis=0) @ LUMINANCE), 1e-6)

    def highlights(self) -> float:
        """Return the luminance that a twentieth of the whole picture exceeds."""
        return max(float(np.percentile(self.light @ LUMINANCE, 95.0)), 1e-6)

    def focus_distance(self, points: Sequence[Point2D]) -> float:
        """Return the distance in metres of most that is around ``points``, in the middle if there are none."""
        return float(np.median(self.depth[self._window(points, whole=0.25)]))

    def color_temperature(self, points: Sequence[Point2D]) -> float:
        """Return the temperature in kelvin of the black body under which most around ``points`` would be grey."""
        light = self.light[self._window(points, whole=1.0)].astype(np.float64) + 1e-6
        if not (votes := self._votes(light))[1].any():
            # Nothing looks grey: then the mean is taken for grey.
            light = light.mean(axis=0, keepdims=True)
            votes = self._votes(light, tolerance=10.0)
        warmth, weights = votes
        warmth = np.clip(warmth, _WARMTH[0], _WARMTH[-1])
        bins = ((warmth - _WARMTH[0]) / _BIN).astype(int)
        counts = np.convolve(np.bincount(bins, weights), (1.0, 2.0, 3.0, 2.0, 1.0))[2:-2]
        weights = weights * (abs(bins - counts.argmax()) <= 1)
        mean = float(np.average(warmth, weights=weights))
        return float(np.interp(mean, _WARMTH, _TEMPERATURES))

    @staticmethod
    def _votes(
        light: NDArray[np.float64], tolerance: float = _NEAR_GREY,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the warmth of each pixel, and how much it speaks for a black body of that warmth."""
        blue, green, red = np.log(light).T
        warmth = red - blue
        off_tint = green - 0.5 * (red + blue) - np.interp(warmth, _WARMTH, _TINT)
        off_range = warmth - np.clip(warmth, _WARMTH[0], _WARMTH[-1])
        return warmth, np.maximum(0.0, 1.0 - (off_tint / tolerance) ** 2 - (off_range / tolerance) ** 2)

    def _window(self, points: Sequence[Point2D], *, whole: float) -> NDArray[np.bool_]:
        """Return which pixels count; with no points, the middle ``whole`` of both sides."""
        height, width = self.depth.shape
        if not points:
            down, right = (slice(round(0.5 * (1 - whole) * side), round(0.5 * (1 + whole) * side) or 1)
                           for side in (height, width))
            chosen = np.zeros((height, width), bool)
            chosen[down, right] = True
            return chosen
        reach = 0.5 * _WINDOW * min(width, height)
        rows, columns = np.mgrid[:height, :width]
        chosen = np.zeros((height, width), bool)
        for x, y in points:
            # A point on the edge still has half a window.
            chosen |= (abs(columns + 0.5 - x * width) <= reach) & (abs(rows + 0.5 - y * height) <= reach)
        return chosen


def meter_image(layers: Sequence[Layer], view: View, illumination: Illumination) -> MeterImage:
    """Return what there is to meter in ``view``."""
    small = View(METER_WIDTH, max(1, round(METER_WIDTH * view.height / view.width)), view.zoom, view.pan, view.tilt)
    light = np.zeros((small.height, small.width, 3), np.float32)
    depth = np.full((small.height, small.width), layers[0].depth, np.float32)
    for layer in layers:
        seen = layer.light(small, small.region, illumination.at(layer.depth))
        lay_over(light, seen)
        depth[seen[..., 3] > 0.5] = layer.depth
    return MeterImage(light, depth)
