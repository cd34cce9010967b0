# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Intrinsics from views of a checkerboard: finding it, choosing views that differ, and OpenCV's calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.mediacapture.frames import Pixels

MINIMUM_VIEWS = 6
"""With fewer the result says nothing."""

NEW_POSE = 0.12
"""How far, in the sum over a pose's numbers, a view must be from all others."""

STILL = 0.004
"""How far the board may move from one frame to the next, in parts of the picture's width."""

MINIMUM_SPREAD = 15.0
"""Degrees between the two boards that are tilted most differently. With less, focal length and distance are one, and
what comes out may even seem certain."""

LONGEST_LENS = 10.0
"""Focal length in widths of the picture: a view of 6 degrees. More comes of boards that are not tilted."""

SEARCHED_WIDTH = 960
"""Pixels of the picture in which boards are looked for."""

UNCERTAIN = 0.01
"""Standard deviation of the focal length, as a part of it, above which a result is not to be used."""


_SEARCH = cv2.CALIB_CB_ADAPTIVE_THRESH | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_FAST_CHECK
_PRECISE = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 1e-3)
_WINDOW, _WINDOWS = 0.35, (2, 15)
"""Half the side of what is looked at around a corner: in parts of the distance to the next one, and in pixels."""


class Board(NamedTuple):
    """A checkerboard, by the corners inside it: a board of 9x7 squares has 8x6. The size of a square is any."""

    columns: int
    rows: int


class Pose(NamedTuple):
    """Where a board is in a picture, each number about 0 to 1."""

    x: float
    y: float
    size: float
    tilt_x: float
    """How much larger its right side is than its left one, as a logarithm."""
    tilt_y: float
    turn: float
    """In the picture, as a part of a quarter turn."""


@dataclass(frozen=True)
class BoardView:
    """A board that was found in a picture."""

    corners: NDArray[np.float32]
    """Shape (rows * columns, 2), in pixels, row by row."""
    pose: Pose


@dataclass(frozen=True)
class Intrinsics:
    """What a calibration found; lengths in pixels, pixel centres at whole numbers."""

    width: int
    height: int
    camera_matrix: NDArray[np.float64]
    """Shape (3, 3)."""
    distortion: NDArray[np.float64]
    """k1, k2, p1, p2, k3 of the plumb_bob model; k3 is left at 0."""
    projection: NDArray[np.float64]
    """Shape (3, 3): the matrix of the undistorted picture in which all pixels are valid."""
    error: float
    """Root of the mean squared distance between corners found and expected."""
    uncertainty: float
    """Standard deviation of the focal length, as a part of it."""
    views: int


class CalibrationFailure(ValueError):
    """The views do not tell the intrinsics; the message says what to do."""


def find_board(grey: Pixels, board: Board) -> BoardView | None:
    """Return the board in a picture of shape (height, width), 8 bits, or ``None`` if it is not seen as a whole.

    It is looked for in a picture of moderate size, and its corners are then placed in the full one.
    """
    height, width = grey.shape
    scale = min(1.0, SEARCHED_WIDTH / width)
    searched = grey if scale == 1.0 else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, rough = cv2.findChessboardCorners(searched, tuple(board), flags=_SEARCH)
    if not found:
        return None
    points = (np.asarray(rough, np.float32).reshape(-1, 1, 2) + 0.5) / scale - 0.5
    window = int(np.clip(_WINDOW * _smallest_spacing(points.reshape(board.rows, board.columns, 2)), *_WINDOWS))
    points = cv2.cornerSubPix(
        np.ascontiguousarray(grey), points.astype(np.float32), (window, window), (-1, -1), _PRECISE)
    corners = np.asarray(points, np.float32).reshape(-1, 2)
    if corners[0].sum() > corners[-1].sum():
        corners = corners[::-1].copy()  # a board turned by half a turn looks the same; begin at the top left
    return BoardView(corners, _pose(corners.reshape(board.rows, board.columns, 2), width, height))


def _smallest_spacing(grid: NDArray[np.float32]) -> float:
    return float(min(np.linalg.norm(np.diff(grid, axis=axis), axis=-1).min() for axis in (0, 1)))


def _pose(grid: NDArray[np.float32], width: int, height: int) -> Pose:
    top_left, top_right, bottom_left, bottom_right = grid[0, 0], grid[0, -1], grid[-1, 0], grid[-1, -1]
    left, right = _length(bottom_left - top_left), _length(bottom_right - top_right)
    top, bottom = _length(top_right - top_left), _length(bottom_right - bottom_left)
    x, y = grid.reshape(-1, 2).mean(axis=0)
    across = top_right - top_left
    return Pose(
        float(x) / width, float(y) / height, math.sqrt(0.25 * (left + right) * (top + bottom) / (width * height)),
        math.log(right / left), math.log(bottom / top),
        math.atan2(float(across[1]), float(across[0])) / (0.5 * math.pi))


def _length(vector: NDArray[np.float32]) -> float:
    return max(float(np.hypot(*vector)), 1e-6)


class ViewCollector:
    """Keeps the views that tell something new, of a board that is held still."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.views: list[BoardView] = []
        self._last: BoardView | None = None

    def offer(self, view: BoardView | None) -> bool:
        """Take the view of the next frame, ``None`` if no board was found; return whether it is kept."""
        last, self._last = self._last, view
        if view is None or last is None:
            return False
        if float(np.abs(view.corners - last.corners).mean()) > STILL * self.width:
            return False
        if any(_distance(view.pose, kept.pose) < NEW_POSE for kept in self.views):
            return False
        self.views.append(view)
        return True

    @property
    def missing(self) -> tuple[str, ...]:
        """Where the board has not been yet, for people."""
        if not self.views:
            return ('the whole board',)
        poses = [view.pose for view in self.views]
        wanted = (
            ('left', min(pose.x for pose in poses) < 0.4), ('right', max(pose.x for pose in poses) > 0.6),
            ('up', min(pose.y for pose in poses) < 0.42), ('down', max(pose.y for pose in poses) > 0.58),
            ('near', max(pose.size for pose in poses) > 0.45),
            ('far', min(pose.size for pose in poses) < 0.75 * max(pose.size for pose in poses)),
            ('tilted sideways', max(abs(pose.tilt_x) for pose in poses) > 0.08),
            ('tilted forwards or backwards', max(abs(pose.tilt_y) for pose in poses) > 0.08),
        )
        return tuple(name for name, there in wanted if not there)


def _distance(one: Pose, other: Pose) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def calibrate(views: Sequence[BoardView], board: Board, width: int, height: int) -> Intrinsics:
    """Return the intrinsics of a camera whose pictures of this size show ``views``.

    :raises CalibrationFailure: there are too few views, or they are too much alike.
    """
    if len(views) < MINIMUM_VIEWS:
        raise CalibrationFailure(f'{len(views)} views of the board; at least {MINIMUM_VIEWS} are needed')
    flat = np.zeros((board.rows * board.columns, 3), np.float32)
    flat[:, :2] = np.mgrid[:board.columns, :board.rows].T.reshape(-1, 2)
    corners = [view.corners.reshape(-1, 1, 2) for view in views]
    try:
        error, matrix, distortion, rotations, _, deviations, _, _ = cv2.calibrateCameraExtended(
            [flat] * len(views), corners, (width, height), np.eye(3), np.zeros(5), flags=cv2.CALIB_FIX_K3)
    except cv2.error as failure:
        raise CalibrationFailure(
            f'OpenCV finds no camera that sees these views: {failure.err}; {_WHAT_TO_DO}') from failure
    if _spread(rotations) < MINIMUM_SPREAD or not 0.0 < max(matrix[0, 0], matrix[1, 1]) < LONGEST_LENS * width:
        raise CalibrationFailure(f'the board is tilted too little or always alike; {_WHAT_TO_DO}')
    uncertainty = float(max(deviations[0, 0] / matrix[0, 0], deviations[1, 0] / matrix[1, 1]))
    if not (math.isfinite(error) and 0.0 <= uncertainty <= UNCERTAIN):
        raise CalibrationFailure(f'the focal length is uncertain by {100.0 * uncertainty:.1f} %, because the views are '
                                 f'too few or blurred (error {error:.2f} pixels); {_WHAT_TO_DO}')
    projection, _ = cv2.getOptimalNewCameraMatrix(matrix, distortion, (width, height), 0.0)
    return Intrinsics(
        width, height, np.asarray(matrix, np.float64), np.asarray(distortion, np.float64).ravel()[:5],
        np.asarray(projection, np.float64), float(error), uncertainty, len(views))


def _spread(rotations: Sequence[Pixels]) -> float:
    """Return the largest angle between the normals of two boards, in degrees."""
    normals = np.array([cv2.Rodrigues(rotation)[0][:, 2] for rotation in rotations])
    return math.degrees(math.acos(min(1.0, float(np.abs(normals @ normals.T).min()))))


_WHAT_TO_DO = 'show the board on all sides of the picture, near and far, and tilted by 30 degrees to each side'
