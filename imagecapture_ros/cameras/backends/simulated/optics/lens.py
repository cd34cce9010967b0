# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The lens: layers of the scene, each with its defocus, laid over each other into the light on the sensor."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer, Light
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import Region, View

SensorLight = NDArray[np.float32]
"""Shape (height, width, 3), blue, green, red; 1 is a surface that returns all of the light that is always there."""

_SHARP_BELOW = 0.25
"""Pixels of defocus that no pixel shows."""

_STEP = 0.125
"""Pixels in which the diameter of a defocus disc counts."""

_LARGEST_FINE = 9.0
"""Pixels of diameter up to which OpenCV's direct filter is faster than a coarser grid."""

_BISECTIONS = 20

_SMALLEST_DISC = 2.0
"""Pixels of diameter below which a disc has no shape, only a width."""

_PARTS = 16
"""Parts of a pixel's side by which its coverage is counted."""

_GRID_BLUR = 16.0 * (1.0 / 12.0 + 1.0 / 6.0)
"""By how much averaging over a coarse pixel and interpolating between them increases the square of a disc's diameter.

Both have a variance of their own, 1/12 and 1/6 of a coarse pixel squared; that of a disc is a sixteenth of its square.
"""


def seen_through_lens(
    layers: Sequence[Layer], view: View, region: Region, illumination: Illumination, focus_distance: float,
) -> SensorLight:
    """Return the light of ``layers``, the farthest first, in a part of ``view``."""
    total = np.zeros((region.height, region.width, 3), np.float32)
    for layer in layers:
        diameter = disc_diameter(view, layer.depth, focus_distance)
        reach = disc_reach(diameter)
        bounds = layer.bounds(view)
        covered = region if bounds is None else region & bounds.grown(reach)
        if covered.empty:
            continue
        needed = covered.grown(reach)
        light = defocused(layer.light(view, needed, illumination.at(layer.depth)), diameter)
        lay_over(total[covered.slices(region)], light[covered.slices(needed)])
    return total


def lay_over(light: SensorLight, layer: Light) -> None:
    """Put what a layer shows over what is behind it, in place."""
    uncovered = 1.0 - layer[..., 3]
    for channel in range(3):  # much faster than numpy's broadcasting over so short an axis
        light[..., channel] *= uncovered
        light[..., channel] += layer[..., channel]


def disc_diameter(view: View, depth: float, focus_distance: float) -> float:
    """Return the diameter of the defocus disc in pixels as it is drawn: in whole steps, and 0 where nobody sees it."""
    diameter = round(view.defocus(depth, focus_distance) / _STEP) * _STEP
    return diameter if diameter >= _SHARP_BELOW else 0.0


def disc_reach(diameter: float) -> int:
    """Return how many pixels beyond a point its disc may touch."""
    return math.ceil(0.5 * diameter + 0.5) if diameter else 0


def defocused(light: Light, diameter: float) -> Light:
    """Return ``light`` with every point spread over a disc; what lies outside the array counts as nothing."""
    if not diameter:
        return light
    # A large disc is drawn on a coarser grid, a little smaller because the grid blurs as well.
    coarser = 1 << max(0, math.ceil(math.log2(diameter / _LARGEST_FINE)))
    if coarser == 1:
        return _filtered(light, diameter)
    height, width = light.shape[:2]
    rows, columns = -(-height // coarser), -(-width // coarser)
    padded = cv2.copyMakeBorder(light, 0, rows * coarser - height, 0, columns * coarser - width, cv2.BORDER_CONSTANT)
    small = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA)
    blurred = _filtered(np.asarray(small, np.float32), math.sqrt((diameter / coarser) ** 2 - _GRID_BLUR))
    large = cv2.resize(blurred, (columns * coarser, rows * coarser), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[:height, :width], np.float32)


def _filtered(light: Light, diameter: float) -> Light:
    return np.asarray(cv2.filter2D(light, -1, _disc(diameter), borderType=cv2.BORDER_CONSTANT), np.float32)


@functools.lru_cache(maxsize=256)
def _disc(diameter: float) -> NDArray[np.float32]:
    """Return a kernel with the sum 1 and with the variance of a disc, a sixteenth of the square of its diameter."""
    if diameter < _SMALLEST_DISC:
        part = diameter ** 2 / 32.0
        row = np.array([part, 1.0 - 2.0 * part, part])
        return np.outer(row, row).astype(np.float32)
    # Cells blur as well, so the disc that is drawn is a little smaller: that with the right variance.
    low, high = 0.5, diameter
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        cells = _covered_cells(middle)
        places = np.arange(len(cells)) - len(cells) // 2
        low, high = (middle, high) if cells.sum(axis=0) @ places ** 2 < diameter ** 2 / 16.0 else (low, middle)
    return _covered_cells(high).astype(np.float32)


def _covered_cells(radius: float) -> NDArray[np.float64]:
    """Return which part of a disc lies in each cell around its middle."""
    reach = math.ceil(radius + 0.5)
    sides = (np.arange((2 * reach + 1) * _PARTS) + 0.5) / _PARTS - reach - 0.5
    inside = (np.hypot(sides[:, None], sides) <= radius).astype(np.float64)
    cells: NDArray[np.float64] = inside.reshape(2 * reach + 1, _PARTS, 2 * reach + 1, _PARTS).sum(axis=(1, 3))
    return cells / cells.sum()
