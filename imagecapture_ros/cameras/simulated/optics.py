"""The lens and the mount: an ideal pinhole that zooms about its axis and turns about its centre."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

HORIZONTAL_FIELD_OF_VIEW = math.radians(60.0)
"""The angle that the width of the image covers at zoom 1, whatever its height: lower images lose rows, not columns."""

_ARC_SECOND = math.radians(1.0 / 3600.0)


@dataclass(frozen=True)
class View:
    """What a pixel grid sees of the scene.

    The scene is a plane at distance 1 before the camera at rest; its points have x to the right and y downwards,
    the origin where the resting optical axis meets it.
    """

    width: int
    height: int
    zoom: float = 1.0
    """Magnification, at least 1."""
    pan: float = 0.0
    """Arc seconds, positive is clockwise seen from above: the scene moves to the left."""
    tilt: float = 0.0
    """Arc seconds, positive is up: the scene moves down. The tilting axis turns with the pan."""

    def camera_matrix(self) -> Matrix:
        """Return K (3x3): square pixels, the axis in the centre of the image, pixel centres at whole numbers."""
        focal_length = 0.5 * self.width / math.tan(0.5 * HORIZONTAL_FIELD_OF_VIEW) * self.zoom
        return np.array([
            [focal_length, 0.0, 0.5 * (self.width - 1)],
            [0.0, focal_length, 0.5 * (self.height - 1)],
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

    def homography(self) -> Matrix:
        """Return the 3x3 matrix K R, which takes points of the scene to pixels."""
        return self.camera_matrix() @ self.rotation()


def project(homography: Matrix, points: Matrix) -> Matrix:
    """Return where ``homography`` takes ``points``, both of shape (n, 2)."""
    x, y, w = homography[:, :2] @ points.T + homography[:, 2:]
    return np.stack((x / w, y / w), axis=1)
