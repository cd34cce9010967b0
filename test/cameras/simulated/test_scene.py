"""The scene: targets that move where they should."""

import numpy as np
import pytest

from imagecapture_ros.cameras.simulated.chart import DIAL, LANE, WALL
from imagecapture_ros.cameras.simulated.scene import HAND_PERIOD, Scene


@pytest.mark.parametrize('seed', [0, 1, 2])
def test_targets_stay_on_the_wall_and_the_ball_in_its_lane(seed: int) -> None:
    scene = Scene(seed)
    left, right, top, bottom = LANE
    for time in np.linspace(0.0, 60.0, 200):
        shapes = scene.moving(float(time))
        for shape in shapes:
            assert (np.abs(np.concatenate(shape.contours)) < WALL).all()
        ball = np.concatenate(shapes[-1].contours)
        assert (ball > (left, top)).all() and (ball < (right, bottom)).all()


def test_the_hand_points_up_at_time_zero_and_turns_clockwise() -> None:
    def tip(time: float) -> np.ndarray:
        points = np.concatenate(Scene().moving(time)[2].contours) - DIAL[:2]
        return points[np.hypot(*points.T).argmax()]

    assert tip(0.0)[1] < -0.04
    assert tip(0.25 * HAND_PERIOD)[0] > 0.04
    assert tip(0.5 * HAND_PERIOD)[1] > 0.04
    np.testing.assert_allclose(tip(HAND_PERIOD), tip(0.0), atol=1e-9)


def test_seeds_share_the_materials_but_not_the_paths() -> None:
    one, other = Scene(1), Scene(2)
    assert np.array_equal(one.reflectances, other.reflectances)
    assert not np.allclose(one.moving(0.0)[-1].contours[0], other.moving(0.0)[-1].contours[0])


def test_materials_fit_into_a_byte() -> None:
    assert len(Scene().reflectances) <= 256
