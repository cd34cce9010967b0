# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The scenes: targets that move where they should, and which scene a name stands for."""

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.scene.chart import DIAL, LANE, WALL
from imagecapture_ros.cameras.backends.simulated.scene.portrait import PortraitScene
from imagecapture_ros.cameras.backends.simulated.scene.scenes import HAND_PERIOD, ChartScene, open_scene

HAND, BALL = 2, 4


@pytest.mark.parametrize('seed', [0, 1, 2])
def test_targets_stay_on_the_wall_and_the_ball_in_its_lane(seed: int) -> None:
    scene = ChartScene(seed)
    left, right, top, bottom = LANE
    for time in np.linspace(0.0, 60.0, 200):
        for target in scene.targets:
            assert (np.abs(np.concatenate(target(float(time)).contours)) < WALL).all()
        ball = np.concatenate(scene.targets[BALL](float(time)).contours)
        assert (ball > (left, top)).all() and (ball < (right, bottom)).all()


def test_the_hand_points_up_at_time_zero_and_turns_clockwise() -> None:
    def tip(time: float) -> np.ndarray:
        points = np.concatenate(ChartScene().targets[HAND](time).contours) - DIAL[:2]
        return points[np.hypot(*points.T).argmax()]

    assert tip(0.0)[1] < -0.04
    assert tip(0.25 * HAND_PERIOD)[0] > 0.04
    assert tip(0.5 * HAND_PERIOD)[1] > 0.04
    np.testing.assert_allclose(tip(HAND_PERIOD), tip(0.0), atol=1e-9)


def test_seeds_share_the_materials_but_not_the_paths() -> None:
    one, other = ChartScene(1), ChartScene(2)
    assert np.array_equal(one.reflectances, other.reflectances)
    assert not np.allclose(one.targets[BALL](0.0).contours[0], other.targets[BALL](0.0).contours[0])


def test_materials_fit_into_a_byte_that_also_says_nothing() -> None:
    assert len(ChartScene().reflectances) <= 255


def test_layers_stand_behind_each_other_and_stay_the_same_objects() -> None:
    for scene in (ChartScene(), PortraitScene()):
        layers = scene.layers(0.0, Illumination())
        depths = [layer.depth for layer in layers]
        assert depths == sorted(depths, reverse=True)
        assert layers[0].bounds is not None
        assert scene.layers(1.0, Illumination()) is layers


def test_names() -> None:
    assert isinstance(open_scene('chart', 0), ChartScene)
    assert isinstance(open_scene('portrait', 0), PortraitScene)
