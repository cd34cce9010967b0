"""Draws the scene through a view: materials at sub-pixel samples, averaged in linear light where they differ."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.simulated.development import LUMINANCE, Development
from imagecapture_ros.cameras.simulated.optics import View, project
from imagecapture_ros.cameras.simulated.scene import Scene
from imagecapture_ros.cameras.simulated.shapes import Shape

Pixels = NDArray[np.uint8]
"""Shape (height, width, 3), blue, green, red."""

Samples = NDArray[np.uint8]
"""The material at each sub-pixel sample, shape (height * oversampling, width * oversampling)."""

_FINE, _COARSE = 4, 2
_FINE_UP_TO = 1_000_000
"""Images of more pixels take 2 x 2 samples a pixel instead of 4 x 4: their pixels are finer already."""

_SAMPLE_ROW = {_FINE: (np.uint32, 0x01010101), _COARSE: (np.uint16, 0x0101)}
"""The integer that holds one row of a pixel's samples, and the factor that repeats one sample over that row."""

_BAND = 64
"""Rows of pixels that are resolved at once: few enough for what is in between to stay in the processor's cache."""

_FRACTION_BITS = 4
"""Corners are handed to OpenCV in sixteenths of a sample."""

_METER_WIDTH = 160


class Renderer:
    """Draws one scene; what did not change since the last frame is kept."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._palette = scene.reflectances
        self._still = _Drawing(scene.still)
        self._view: View | None = None
        self._samples: Samples = np.empty((0, 0), np.uint8)
        self._resolver: _Resolver | None = None
        self._background: Pixels = np.empty((0, 0, 3), np.uint8)

    def render(self, view: View, development: Development, time: float) -> Pixels:
        """Return the scene at ``time`` (seconds) as a new array, made for a view that stays from frame to frame."""
        oversampling = _oversampling(view)
        if view != self._view:
            self._samples = self._drawn_still(view, oversampling)
            self._view, self._resolver = view, None
        if self._resolver is None or development != self._resolver.development:
            self._resolver = _Resolver(self._palette, development)
            self._background = np.empty((view.height, view.width, 3), np.uint8)
            self._resolver.resolve(self._samples, self._background, oversampling)
        pixels = self._background.copy()
        targets = _Drawing(self._scene.moving(time))
        points = targets.projected(view, oversampling)
        boxes = targets.pixel_boxes(points, view, oversampling)
        patches = [
            self._samples[top * oversampling:bottom * oversampling, left * oversampling:right * oversampling]
            for left, top, right, bottom in boxes
        ]
        still = [patch.copy() for patch in patches]
        targets.fill(self._samples, points)
        drawn = [patch.copy() for patch in patches]
        for patch, before in zip(patches, still, strict=True):
            patch[:] = before
        for (left, top, right, bottom), samples in zip(boxes, drawn, strict=True):
            self._resolver.resolve(samples, pixels[top:bottom, left:right], oversampling)
        return pixels

    def render_once(self, view: View, development: Development, time: float) -> Pixels:
        """Return the same picture as ``render``, made for a large view that is not needed again: nothing is kept."""
        oversampling = _oversampling(view)
        resolver = _Resolver(self._palette, development)
        samples = self._drawn_still(view, oversampling)
        targets = _Drawing(self._scene.moving(time))
        targets.fill(samples, targets.projected(view, oversampling))
        pixels = np.empty((view.height, view.width, 3), np.uint8)
        resolver.resolve(samples, pixels, oversampling)
        return pixels

    def mean_luminance(self, view: View) -> float:
        """Return the mean linear luminance of what stands still in ``view``; 1 is a surface that returns all light."""
        height = max(1, round(_METER_WIDTH * view.height / view.width))
        samples = self._drawn_still(View(_METER_WIDTH, height, view.zoom, view.pan, view.tilt), _FINE)
        counts = np.bincount(samples.ravel(), minlength=len(self._palette))
        return float(counts @ (self._palette @ LUMINANCE) / samples.size)

    def _drawn_still(self, view: View, oversampling: int) -> Samples:
        shape = (view.height * oversampling, view.width * oversampling)
        samples = np.full(shape, self._scene.background, np.uint8)
        self._still.fill(samples, self._still.projected(view, oversampling))
        return samples


class _Drawing:
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

    def projected(self, view: View, oversampling: int) -> NDArray[np.float64]:
        """Return the corners in samples of ``view``, the centre of the first sample being (0, 0)."""
        return self._inset((project(view.homography(), self._corners) + 0.5) * oversampling - 0.5)

    def _inset(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``points`` moved inwards by what OpenCV fills beyond a polygon.

        It fills the samples on the outline as well, which lie up to half a row or column, whichever is nearer to the
        edge's normal, outside.
        """
        along = points[self._next] - points
        normal = np.stack((-along[:, 1], along[:, 0]), axis=1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        excess = 0.5 * np.abs(normal).max(axis=1)
        before, excess_before = normal[self._previous], excess[self._previous]
        turn = before[:, 0] * normal[:, 1] - before[:, 1] * normal[:, 0]
        # Where the two edges at a corner are nearly one line, their offsets are one too.
        straight = np.abs(turn) < 0.02
        divisor = np.where(straight, 1.0, turn)[:, None]
        crossing = np.stack((
            excess_before * normal[:, 1] - excess * before[:, 1], before[:, 0] * excess - normal[:, 0] * excess_before,
        ), axis=1) / divisor
        middle = 0.5 * (excess[:, None] * normal + excess_before[:, None] * before)
        return points + np.where(straight[:, None], middle, crossing)

    def fill(self, samples: Samples, points: NDArray[np.float64]) -> None:
        """Draw the shapes, the last on top, with their corners at ``points``."""
        height, width = samples.shape
        low, high = self._bounds(points)
        seen = ((high > -1.0) & (low < (width, height))).all(axis=1)
        fixed = np.rint(points * (1 << _FRACTION_BITS)).astype(np.int32)
        for index in np.flatnonzero(seen):
            material, contours = self._shapes[index]
            cv2.fillPoly(samples, [fixed[contour] for contour in contours], material, cv2.LINE_8, _FRACTION_BITS)

    def pixel_boxes(
        self, points: NDArray[np.float64], view: View, oversampling: int,
    ) -> list[tuple[int, int, int, int]]:
        """Return left, top, right and bottom, the last two exclusive, of the pixels each visible shape may touch."""
        low, high = self._bounds(points)
        # OpenCV rounds corners, and fills the samples on the outline.
        first = np.clip(np.floor((low - 1.0) / oversampling), 0, (view.width, view.height)).astype(int)
        last = np.clip(np.ceil((high + 2.0) / oversampling), 0, (view.width, view.height)).astype(int)
        boxes = np.concatenate((first, last), axis=1).tolist()
        return [(left, top, right, bottom) for left, top, right, bottom in boxes if left < right and top < bottom]

    def _bounds(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.minimum.reduceat(points, self._starts), np.maximum.reduceat(points, self._starts)


class _Resolver:
    """Makes pixels of samples, for one development."""

    def __init__(self, palette: NDArray[np.float32], development: Development) -> None:
        self.development = development
        self._palette = palette
        self._table = np.zeros((1, 256, 3), np.uint8)
        self._table[0, :len(palette)] = development(palette)

    def resolve(self, samples: Samples, pixels: Pixels, oversampling: int) -> None:
        """Fill ``pixels`` from C-contiguous ``samples``, a few rows at a time."""
        for top in range(0, len(pixels), _BAND):
            band = samples[top * oversampling:(top + _BAND) * oversampling]
            pixels[top:top + _BAND] = self._resolved(band, oversampling)

    def _resolved(self, samples: Samples, oversampling: int) -> Pixels:
        """Most pixels show one material, whose value is looked up; only the others are averaged, in linear light."""
        row_type, repeat = _SAMPLE_ROW[oversampling]
        sample_rows = samples.view(row_type)
        first_rows = np.ascontiguousarray(sample_rows[::oversampling])
        materials = first_rows & row_type(0xFF)
        plain = first_rows == materials * row_type(repeat)
        for offset in range(1, oversampling):
            plain &= sample_rows[offset::oversampling] == first_rows
        pixels = np.asarray(cv2.LUT(cv2.merge([materials.astype(np.uint8)] * 3), self._table), np.uint8)
        mixed = np.flatnonzero(~plain)
        if len(mixed):
            rows, columns = np.divmod(mixed, plain.shape[1])
            light = np.zeros((len(mixed), 3), np.float32)
            for down in range(oversampling):
                for right in range(oversampling):
                    seen = samples[rows * oversampling + down, columns * oversampling + right]
                    light += self._palette.take(seen, axis=0)
            pixels.reshape(-1, 3)[mixed] = self.development(light / np.float32(oversampling ** 2))
        return pixels


def _oversampling(view: View) -> int:
    return _FINE if view.width * view.height <= _FINE_UP_TO else _COARSE
