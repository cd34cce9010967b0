# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Intrinsics from checkerboards that the simulated camera sees: an exact pinhole tells what must come out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from fixtures import checkerboards
from fixtures.simulated_pictures import Bench

from imagecapture_ros.imaging.calibration import (
    Board,
    BoardView,
    CalibrationFailure,
    ViewCollector,
    calibrate,
    find_board,
)

BOARD = Board(checkerboards.COLUMNS, checkerboards.ROWS)
FOCAL_LENGTH = 320.0 / math.tan(math.radians(30.0))
"""Of the simulated camera at 640x480."""


@pytest.fixture(scope='module')
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """Every other pose as the simulated camera delivers it, noise included, in grey."""
    path = tmp_path_factory.mktemp('boards') / 'board.png'
    pictures = []
    for rotation, place in list(checkerboards.poses())[::2]:
        cv2.imwrite(str(path), checkerboards.picture(rotation, place))
        pictures.append(cv2.cvtColor(Bench(f'sim:?scene={path}').frame(), cv2.COLOR_BGR2GRAY))
    return pictures


def views_of(pictures: Sequence[np.ndarray]) -> list[BoardView]:
    views = [find_board(picture, BOARD) for picture in pictures]
    assert None not in views
    return [view for view in views if view is not None]


def test_the_focal_length_is_recovered_within_half_a_percent(frames: list[np.ndarray]) -> None:
    found = calibrate(views_of(frames), BOARD, 640, 480)
    matrix = found.camera_matrix
    assert (matrix[0, 0], matrix[1, 1]) == pytest.approx((FOCAL_LENGTH, FOCAL_LENGTH), rel=0.005)
    assert (matrix[0, 2], matrix[1, 2]) == pytest.approx((319.5, 239.5), abs=2.0)
    assert np.abs(found.distortion).max() < 0.05
    assert found.error < 0.3
    assert found.uncertainty < 0.005
    assert found.views == len(frames)


@pytest.mark.parametrize('turned', [
    lambda picture: cv2.rotate(picture, cv2.ROTATE_90_CLOCKWISE), lambda picture: cv2.rotate(picture, cv2.ROTATE_180),
    lambda picture: cv2.flip(picture, 1),
    lambda picture: cv2.flip(cv2.rotate(picture, cv2.ROTATE_90_COUNTERCLOCKWISE), 1),
], ids=['90', '180', 'mirrored', '270 mirrored'])
def test_turned_and_mirrored_pictures_have_the_same_focal_length(frames: list[np.ndarray], turned: object) -> None:
    pictures = [turned(picture) for picture in frames]  # type: ignore[operator]
    height, width = pictures[0].shape
    found = calibrate(views_of(pictures), BOARD, width, height)
    assert found.camera_matrix[0, 0] == pytest.approx(FOCAL_LENGTH, rel=0.005)
    assert found.camera_matrix[0, 2] == pytest.approx((width - 1) / 2, abs=2.0)


def test_corners_are_placed_in_the_full_picture(frames: list[np.ndarray]) -> None:
    small = find_board(frames[0], BOARD)
    large = find_board(cv2.resize(frames[0], None, fx=3.0, fy=3.0, interpolation=cv2.INTER_CUBIC), BOARD)
    assert small is not None and large is not None
    assert (large.corners + 0.5) / 3.0 - 0.5 == pytest.approx(small.corners, abs=0.3)
    assert large.pose == pytest.approx(small.pose, abs=0.01)


def test_half_a_turn_changes_nothing(frames: list[np.ndarray]) -> None:
    for picture in frames:
        upright, turned = find_board(picture, BOARD), find_board(cv2.rotate(picture, cv2.ROTATE_180), BOARD)
        assert upright is not None and turned is not None
        assert turned.pose.turn == pytest.approx(0.0, abs=0.3)
        assert upright.pose.turn == pytest.approx(0.0, abs=0.3)


def test_pictures_without_a_whole_board_have_none(frames: list[np.ndarray]) -> None:
    assert find_board(np.full((480, 640), 128, np.uint8), BOARD) is None
    assert find_board(np.random.default_rng(0).integers(0, 255, (480, 640), np.uint8), BOARD) is None
    assert find_board(frames[0], Board(BOARD.columns + 1, BOARD.rows)) is None


def test_a_collector_keeps_still_views_that_differ(frames: list[np.ndarray]) -> None:
    first, second, *_ = views_of(frames)
    collector = ViewCollector(640, 480)
    assert collector.missing == ('the whole board',)
    moving = [False, False, False]  # never twice at the same place
    assert [collector.offer(view) for view in (first, second, first)] == moving
    assert collector.offer(first)
    assert not collector.offer(first)  # nothing new
    assert not collector.offer(None)
    assert not collector.offer(second)
    assert collector.offer(second)
    assert len(collector.views) == 2
    assert 'tilted forwards or backwards' in collector.missing


def test_a_collector_tells_where_the_board_has_not_been(frames: list[np.ndarray]) -> None:
    collector = ViewCollector(640, 480)
    for view in views_of(frames):
        collector.offer(view)
        collector.offer(view)
    everywhere = {'left', 'right', 'up', 'down', 'tilted sideways', 'tilted forwards or backwards'}
    assert everywhere.isdisjoint(collector.missing)


def test_too_few_views_are_refused(frames: list[np.ndarray]) -> None:
    with pytest.raises(CalibrationFailure, match='5 views of the board; at least 6 are needed'):
        calibrate(views_of(frames)[:5], BOARD, 640, 480)


@pytest.mark.parametrize('number', [0, 1, 5])
@pytest.mark.parametrize('blur', [0.02, 0.2])
def test_views_that_are_all_alike_are_refused(frames: list[np.ndarray], number: int, blur: float) -> None:
    view = views_of(frames)[number]
    noise = np.random.default_rng(0)
    alike = [BoardView((view.corners + noise.normal(0, blur, view.corners.shape)).astype(np.float32), view.pose)
             for _ in range(8)]
    with pytest.raises(CalibrationFailure, match='tilted too little or always alike'):
        calibrate(alike, BOARD, 640, 480)


def test_views_that_are_blurred_are_refused(frames: list[np.ndarray]) -> None:
    noise = np.random.default_rng(0)
    blurred = [BoardView((view.corners + noise.normal(0, 3.0, view.corners.shape)).astype(np.float32), view.pose)
               for view in views_of(frames)[:6]]
    with pytest.raises(CalibrationFailure, match='the focal length is uncertain by'):
        calibrate(blurred, BOARD, 640, 480)
