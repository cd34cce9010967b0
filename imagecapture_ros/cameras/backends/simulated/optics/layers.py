# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The planes a scene is made of: each draws the part of it that a view sees, as light with its coverage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.optics.pinhole import Region, View, project
from imagecapture_ros.cameras.backends.simulated.scene.shapes import Shape

Light = NDArray[np.float32]
"""Shape (height, width, 4): blue, green and red reflected light, times the covered part of the pixel, and that part."""

Samples = NDArray[np.uint8]
"""The material at each sub-pixel sample, shape (height * oversampling, width * oversampling)."""

NOTHING = 255
"""The sample where a layer has no material."""

_FINE, _COARSE = 4, 2
_FINE_UP_TO = 1_000_000
"""Images of more pixels take 2 x 2 samples a pixel instead of 4 x 4: their pixels are finer already."""

_SAMPLE_ROW = {_FINE: (np.uint32, 0x01010101), _COARSE: (np.uint16, 0x0101)}
"""The integer that holds one row of a pixel's samples, and the factor that repeats one sample over that row."""

_BAND = 64
"""Rows of pixels that are resolved at once: few enough for what is in between to stay in the processor's cache."""

_FRACTION_BITS = 4
"""Corners are handed to OpenCV in sixteenths of a sample."""


class Layer(Protocol):
    """All that stands at one distance from the camera."""

    @property
    def depth(self) -> float:
        """Metres."""

    def bounds(self, view: View) -> Region | None:
        """Return the pixels it may cover, or ``None`` for all."""

    def exact_light(self, illumination: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return what its plain surfaces reflect of ``illumination`` (blue, green, red), shape (n, 3)."""

    def light(self, view: View, region: Region, illumination: NDArray[np.float64]) -> Light:
        """Return what it reflects of ``illumination`` in a part of ``view``, sharp."""


class VectorLayer:
    """Shapes at one distance, the last on top; where none is, ``background`` or nothing."""

    def __init__(
        self, depth: float, shapes: Sequence[Shape], reflectances: NDArray[np.float32], background: int = NOTHING,
    ) -> None:
        self.depth = depth
        self._drawing = Drawing(shapes)
        self._reflectances = reflectances
        self._background = background
        self._materials = sorted({shape.material for shape in shapes} | ({background} - {NOTHING}))

    def bounds(self, view: View) -> Region | None:
        """See :meth:`Layer.bounds`."""
        if self._background != NOTHING:
            return None
        return self._drawing.bounds(view)

    def exact_light(self, illumination: NDArray[np.float64]) -> NDArray[np.float32]:
        """See :meth:`Layer.exact_light`."""
        return palette(self._reflectances, illumination)[self._materials, :3]

    def light(self, view: View, region: Region, illumination: NDArray[np.float64]) -> Light:
        """See :meth:`Layer.light`."""
        oversampling = oversampling_of(view)
        samples = np.full((region.height * oversampling, region.width * oversampling), self._background, np.uint8)
        self._drawing.fill(samples, self._drawing.projected(view, region, oversampling))
        return resolved(samples, palette(self._reflectances, illumination), oversampling)


class Drawing:
    """Shapes with all their corners in one array, so that they are projected at once."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        contours = [contour for shape in shapes for contour in shape.contours]
        self._corners = np.concatenate(contours)
        ends = np.cumsum([len(contour) for contour in contours])
        starts = ends - [len(contour) for contour in contours]
        slices = iter([slice(start, end) for start, end in zip(starts, ends, strict=True)])
        self._shapes = [(shape.material, [next(slices) for _ in shape.contours]) for shape in shapes]
        self._starts = [contour_slices[0].start for _, contour_slices in self._shapes]
        self._next = np.arange(1, len(self._corners) + 1)
        self._next[ends - 1] = starts
        self._previous = np.arange(-1, len(self._corners) - 1)
        self._previous[starts] = ends - 1

    def projected(self, view: View, region: Region, oversampling: int) -> NDArray[np.float64]:
        """Return the corners in samples of ``region``, the centre of its first sample being (0, 0)."""
        pixels = project(view.homography(), self._corners) - (region.left, region.top)
        return self._inset((pixels + 0.5) * oversampling - 0.5)

    def bounds(self, view: View) -> Region:
        """Return the pixels that the shapes may cover, within the image or not."""
        corners = project(view.homography(), self._corners)
        # A pixel reaches half a pixel beyond its centre, and OpenCV fills the samples on the outline.
        low, high = np.floor(corners.min(axis=0) - 1.0), np.ceil(corners.max(axis=0) + 2.0)
        return Region(int(low[0]), int(low[1]), int(high[0]), int(high[1]))

    def fill(self, samples: Samples, points: NDArray[np.float64], which: range | None = None) -> None:
        """Draw the shapes, or ``which`` of them, the last on top, with their corners at ``points``."""
        height, width = samples.shape
        if which is None:
            low, high = np.minimum.reduceat(points, self._starts), np.maximum.reduceat(points, self._starts)
            seen: Iterable[int] = np.flatnonzero(((high > -1.0) & (low < (width, height))).all(axis=1)).tolist()
        fixed = np.rint(points * (1 << _FRACTION_BITS)).astype(np.int32)
        for index in seen if which is None else which:
            material, contours = self._shapes[index]
            cv2.fillPoly(samples, [fixed[contour] for contour in contours], material, cv2.LINE_8, _FRACTION_BITS)

    def _inset(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``points`` moved inwards by what OpenCV fills beyond a polygon.

        It fills the samples on the outline as well, which lie up to half a row or column, whichever is nearer to the
        edge's normal, outside.
        """
        along = points[self._next] - points
        normal = along[:, ::-1] * (-1.0, 1.0) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        excess = 0.5 * np.abs(normal).max(axis=1)
        before, excess_before = normal[self._previous], excess[self._previous]
        turn = before[:, 0] * normal[:, 1] - before[:, 1] * normal[:, 0]
        # Where the two edges at a corner are nearly one line, their offsets are one too.
        straight = np.abs(turn) < 0.02
        divisor = np.where(straight, 1.0, turn)[:, None]
        crossing = (excess_before[:, None] * normal - excess[:, None] * before)[:, ::-1] * (1.0, -1.0) / divisor
        middle = 0.5 * (excess[:, None] * normal + excess_before[:, None] * before)
        return points + np.where(straight[:, None], middle, crossing)


def palette(reflectances: NDArray[np.float32], illumination: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the light of each material and of nothing: shape (256, 4), by sample."""
    table = np.zeros((256, 4), np.float32)
    table[:len(reflectances), :3] = reflectances * illumination
    table[:len(reflectances), 3] = 1.0
    return table


def resolved(samples: Samples, table: NDArray[np.float32], oversampling: int) -> Light:
    """Return the pixels that C-contiguous ``samples`` make, averaged in linear light, a few rows at a time."""
    height, width = (side // oversampling for side in samples.shape)
    light = np.empty((height, width, 4), np.float32)
    for top in range(0, height, _BAND):
        band = samples[top * oversampling:(top + _BAND) * oversampling]
        light[top:top + _BAND] = _resolved_band(band, table, oversampling)
    return light


def _resolved_band(samples: Samples, table: NDArray[np.float32], oversampling: int) -> Light:
    """Most pixels show one material, whose light is looked up; only the others are averaged."""
    row_type, repeat = _SAMPLE_ROW[oversampling]
    sample_rows = samples.view(row_type)
    first_rows = np.ascontiguousarray(sample_rows[::oversampling])
    materials = first_rows & row_type(0xFF)
    plain = first_rows == materials * row_type(repeat)
    for offset in range(1, oversampling):
        plain &= sample_rows[offset::oversampling] == first_rows
    light: Light = table.take(materials.astype(np.uint8), axis=0)
    mixed = np.flatnonzero(~plain)
    if len(mixed):
        rows, columns = np.divmod(mixed, plain.shape[1])
        total = np.zeros((len(mixed), 4), np.float32)
        for down in range(oversampling):
            for right in range(oversampling):
                total += table.take(samples[rows * oversampling + down, columns * oversampling + right], axis=0)
        light.reshape(-1, 4)[mixed] = total / np.float32(oversampling ** 2)
    return light


def oversampling_of(view: View) -> int:
    """Return how many samples a pixel of ``view`` has in each direction."""
    return _FINE if view.width * view.height <= _FINE_UP_TO else _COARSE
