# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the scene is made of: flat outlines, each filled with one material."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Contour = NDArray[np.float64]
"""Corners of a polygon in the scene's plane, shape (n, 2), x to the right and y downwards."""


@dataclass(frozen=True)
class Shape:
    """Polygons of one material that run clockwise as seen; those that run counterclockwise are holes in them."""

    material: int
    contours: tuple[Contour, ...]


class Materials:
    """The materials of a scene: what part of the light each of them returns, by number."""

    def __init__(self) -> None:
        self._reflectances: list[tuple[float, float, float]] = []

    def add(self, red: float, green: float, blue: float) -> int:
        """Return the number of the material with these linear reflectances, 0 to 1; a new one if there is none."""
        colour = (blue, green, red)
        if colour not in self._reflectances:
            self._reflectances.append(colour)
        return self._reflectances.index(colour)

    def grey(self, reflectance: float) -> int:
        """Return the number of a neutral material."""
        return self.add(reflectance, reflectance, reflectance)

    @property
    def reflectances(self) -> NDArray[np.float32]:
        """All reflectances, shape (n, 3), blue, green, red."""
        return np.array(self._reflectances, np.float32)


def rectangle(material: int, left: float, top: float, right: float, bottom: float) -> Shape:
    """Return an upright rectangle."""
    return Shape(material, (np.array([(left, top), (right, top), (right, bottom), (left, bottom)]),))


def polygon(material: int, points: Sequence[tuple[float, float]]) -> Shape:
    """Return a polygon."""
    return Shape(material, (np.array(points, np.float64),))


def sector(material: int, x: float, y: float, radius: float, start: float, end: float) -> Shape:
    """Return a slice of a disc between two angles in radians, counted clockwise from the right."""
    rim = _arc(x, y, radius, start, end)
    return Shape(material, (np.concatenate((rim, [(x, y)])),))


def disc(material: int, x: float, y: float, radius: float) -> Shape:
    """Return a disc."""
    return Shape(material, (_arc(x, y, radius, 0.0, math.tau)[:-1],))


def ellipse(material: int, x: float, y: float, width: float, height: float) -> Shape:
    """Return an upright ellipse with half its width and half its height."""
    round_one = _arc(0.0, 0.0, max(width, height), 0.0, math.tau)[:-1]
    return Shape(material, (round_one * (width, height) / max(width, height) + (x, y),))


def ring(material: int, x: float, y: float, radius: float, width: float) -> Shape:
    """Return a circular line with ``radius`` in its middle."""
    rims = (radius - 0.5 * width, radius + 0.5 * width)
    inner, outer = (_arc(x, y, rim, 0.0, math.tau)[:-1] for rim in rims)
    return Shape(material, (outer, inner[::-1]))


def discs(material: int, centres: Contour, radii: Iterable[float]) -> list[Shape]:
    """Return one disc for each centre."""
    return [disc(material, x, y, radius) for (x, y), radius in zip(centres.tolist(), radii, strict=True)]


def turned(shape: Shape, x: float, y: float, angle: float) -> Shape:
    """Return ``shape``, drawn around the origin, turned clockwise by ``angle`` radians and moved to (x, y)."""
    cosine, sine = math.cos(angle), math.sin(angle)
    rotation = np.array([[cosine, sine], [-sine, cosine]])
    return Shape(shape.material, tuple(contour @ rotation + (x, y) for contour in shape.contours))


@functools.lru_cache(maxsize=128)
def text(material: int, words: str, x: float, y: float, width: float) -> Shape:
    """Return the outlines of ``words`` in OpenCV's font, centred at (x, y) and ``width`` wide."""
    scale, weight, margin = 8.0, 36, 80
    (columns, above), below = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, scale, weight)
    image = np.zeros((above + below + 2 * margin, columns + 2 * margin), np.uint8)
    cv2.putText(image, words, (margin, above + margin), cv2.FONT_HERSHEY_SIMPLEX, scale, (255,), weight)
    outlines, _ = cv2.findContours(np.where(image > 127, 1, 0).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    smooth = [cv2.approxPolyDP(outline, 1.0, True) for outline in outlines]
    points = [outline.reshape(-1, 2).astype(np.float64) for outline in smooth if len(outline) >= 3]
    everything = np.concatenate(points)
    low, high = everything.min(axis=0), everything.max(axis=0)
    unit = width / float(high[0] - low[0])
    # OpenCV's outlines run counterclockwise, their holes clockwise.
    return Shape(material, tuple((contour[::-1] - 0.5 * (low + high)) * unit + (x, y) for contour in points))


def _arc(x: float, y: float, radius: float, start: float, end: float) -> Contour:
    # Short enough chords that no pixel of the largest photo at the highest zoom sees the corners.
    steps = max(8, math.ceil((end - start) * 400.0 * math.sqrt(radius) / math.tau))
    angles = np.linspace(start, end, steps + 1)
    return np.stack((x + radius * np.cos(angles), y + radius * np.sin(angles)), axis=1)
