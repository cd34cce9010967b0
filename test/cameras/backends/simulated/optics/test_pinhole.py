# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pinhole: where points of the scene land."""

import math

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View, project
from imagecapture_ros.cameras.backends.simulated.scene.chart import WALL

TEN_DEGREES = 36000.0


def image_of(view: View, x: float, y: float) -> tuple[float, float]:
    column, row = project(view.homography(), np.array([[x, y]]))[0]
    return float(column), float(row)


@pytest.mark.parametrize(('width', 'height'), [(640, 480), (1920, 1080), (4000, 3000)])
def test_the_width_spans_sixty_degrees_from_outer_edge_to_outer_edge(width: int, height: int) -> None:
    edge = math.tan(math.radians(30.0))
    assert image_of(View(width, height), -edge, 0.0)[0] == pytest.approx(-0.5)
    assert image_of(View(width, height), edge, 0.0)[0] == pytest.approx(width - 0.5)


def test_camera_matrix() -> None:
    focal_length = 320.0 / math.tan(math.radians(30.0))
    expected = [[2.5 * focal_length, 0.0, 319.5], [0.0, 2.5 * focal_length, 239.5], [0.0, 0.0, 1.0]]
    np.testing.assert_allclose(View(640, 480, zoom=2.5).camera_matrix(), expected)


def test_rotation_is_one() -> None:
    rotation = View(640, 480, pan=TEN_DEGREES, tilt=-TEN_DEGREES).rotation()
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_the_camera_looks_at_what_it_is_turned_to() -> None:
    ten = math.tan(math.radians(10.0))
    assert image_of(View(640, 480, pan=TEN_DEGREES), ten, 0.0) == pytest.approx((319.5, 239.5))
    assert image_of(View(640, 480, tilt=TEN_DEGREES), 0.0, -ten) == pytest.approx((319.5, 239.5))
    # The tilting axis turns with the pan, so the elevation is counted from the horizontal at that azimuth.
    both = View(640, 480, pan=TEN_DEGREES, tilt=TEN_DEGREES)
    assert image_of(both, ten, -ten / math.cos(math.radians(10.0))) == pytest.approx((319.5, 239.5))


def test_zoom_scales_about_the_optical_axis() -> None:
    near = np.subtract(image_of(View(640, 480), 0.1, -0.05), (319.5, 239.5))
    far = np.subtract(image_of(View(640, 480, zoom=4.0), 0.1, -0.05), (319.5, 239.5))
    np.testing.assert_allclose(far, 4.0 * near)


@pytest.mark.parametrize('pan', [-TEN_DEGREES, TEN_DEGREES])
@pytest.mark.parametrize('tilt', [-TEN_DEGREES, TEN_DEGREES])
def test_the_wall_reaches_as_far_as_the_camera_can_see(pan: float, tilt: float) -> None:
    view = View(640, 480, pan=pan, tilt=tilt)
    corners = np.array([[-0.5, -0.5], [639.5, -0.5], [-0.5, 479.5], [639.5, 479.5]])
    seen = project(np.linalg.inv(view.homography()), corners)
    assert (np.abs(seen) <= WALL).all()
