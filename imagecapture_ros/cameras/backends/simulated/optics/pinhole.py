# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The lens and the mount: a pinhole that zooms about its axis and turns about its centre, and the disc of defocus."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

HORIZONTAL_FIELD_OF_VIEW = math.radians(60.0)
"""The angle that the width of the image covers at zoom 1, whatever its height: lower images lose rows, not columns."""

APERTURE = 0.0028
"""Diameter of the lens's entrance pupil in metres: f/2 for a sensor 6.4 mm wide."""

_ARC_SECOND = math.radians(1.0 / 3600.0)


@dataclass(frozen=True)
class View:
    """What a pixel grid sees of the scene.

    Points of the scene are directions, given by where they meet the plane at distance 1 before the camera at rest: x to
    the right and y downwards, the origin on the resting optical axis. The camera turns about the pinhole, so where a
    point appears does not depend on how far away it is.
    """

    width: int
    height: int
    zoom: float = 1.0
    """Magnification, at least 1."""
    pan: float = 0.0
    """Arc seconds, positive is clockwise seen from above: the scene moves to the left."""
    tilt: float = 0.0
    """Arc seconds, positive is up: the scene moves down. The tilting axis turns with the pan."""

    @property
    def focal_length(self) -> float:
        """In pixels, the same in both directions."""
        return 0.5 * self.width / math.tan(0.5 * HORIZONTAL_FIELD_OF_VIEW) * self.zoom

    def camera_matrix(self) -> Matrix:
        """Return K (3x3): square pixels, the axis in the centre of the image, pixel centres at whole numbers."""
        return np.array([
            [self.focal_length, 0.0, 0.5 * (self.width - 1)],
            [0.0, self.focal_length, 0.5 * (self.height - 1)],
            [0.0, 0.0, 1.0],
        ])

    def rotation(self) -> Matrix:
        """Return R (3x3), which takes directions from the camera at rest to the turned camera's optical frame."""
        pan, tilt = self.pan * _ARC_SECOND, self.tilt * _ARC_SECOND
        turn = np.array([
            [math.cos(pan), 0.0, -math.sin(pan)],
            [0.0, 1.0, 0.0],
            [math.sin(pan), 0.0, math.cos(pan)],
        ])
        nod = np.array([
            [1.0, 0.0, 0.0],
            [0.0, math.cos(tilt), math.sin(tilt)],
            [0.0, -math.sin(tilt), math.cos(tilt)],
        ])
        return nod @ turn

    @property
    def region(self) -> Region:
        """All of its pixels."""
        return Region(0, 0, self.width, self.height)

    def homography(self) -> Matrix:
        """Return the 3x3 matrix K R, which takes points of the scene to pixels; not to be written to."""
        return _homography(self)

    def defocus(self, depth: float, focus_distance: float) -> float:
        """Return the diameter in pixels of the disc that a point ``depth`` metres away becomes.

        By the thin lens, with an image distance that does not change with the focus, as cameras without focus breathing
        have it. Zoom is a crop of the image circle, so the aperture stays as it is.
        """
        return self.focal_length * APERTURE * abs(1.0 / focus_distance - 1.0 / depth)


@dataclass(frozen=True)
class Region:
    """A rectangle of a view's pixels, ``right`` and ``bottom`` exclusive; it may reach beyond the image."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """In pixels, at least 0."""
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        """In pixels, at least 0."""
        return max(0, self.bottom - self.top)

    @property
    def empty(self) -> bool:
        """Whether there is no pixel in it."""
        return self.right <= self.left or self.bottom <= self.top

    def grown(self, margin: int) -> Region:
        """Return the region with ``margin`` more pixels on every side."""
        return Region(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def __and__(self, other: Region) -> Region:
        return Region(max(self.left, other.left), max(self.top, other.top),
                      min(self.right, other.right), min(self.bottom, other.bottom))

    def __or__(self, other: Region) -> Region:
        return Region(min(self.left, other.left), min(self.top, other.top),
                      max(self.right, other.right), max(self.bottom, other.bottom))

    def slices(self, within: Region) -> tuple[slice, slice]:
        """Return the rows and columns that this region is of an array that holds ``within``."""
        return (slice(self.top - within.top, self.bottom - within.top),
                slice(self.left - within.left, self.right - within.left))


@functools.lru_cache(maxsize=16)
def _homography(view: View) -> Matrix:
    return view.camera_matrix() @ view.rotation()


def project(homography: Matrix, points: Matrix) -> Matrix:
    """Return where ``homography`` takes ``points``, both of shape (n, 2)."""
    mapped = points @ homography[:, :2].T + homography[:, 2]
    projected: Matrix = mapped[:, :2] / mapped[:, 2:]
    return projected
