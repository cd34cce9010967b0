"""The renderer: known places show known materials, and every way to draw the same picture gives the same picture."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.simulated.chart import GREY_ROW, GREY_STEPS, colour_patches
from imagecapture_ros.cameras.simulated.development import LUMINANCE, Development
from imagecapture_ros.cameras.simulated.optics import View, project
from imagecapture_ros.cameras.simulated.rendering import Renderer
from imagecapture_ros.cameras.simulated.scene import Scene

PLAIN = Development(exposure=1.0)


def linear(image: np.ndarray) -> np.ndarray:
    encoded = image / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def value_at(image: np.ndarray, view: View, x: float, y: float) -> np.ndarray:
    column, row = np.rint(project(view.homography(), np.array([[x, y]]))[0]).astype(int)
    return image[row, column]


@pytest.fixture(scope='module')
def renderer() -> Renderer:
    return Renderer(Scene(seed=0))


@pytest.mark.parametrize('view', [
    View(640, 480), View(1920, 1080), View(640, 480, zoom=2.0, pan=36000.0, tilt=-36000.0),
])
def test_grey_steps_and_colours_have_their_reflectances(renderer: Renderer, view: View) -> None:
    image = renderer.render(view, PLAIN, 0.0)
    patches = [(left + 0.5 * size, top + 0.5 * size, colour) for left, top, size, colour in colour_patches()]
    left, right, top, bottom = GREY_ROW
    patches += [
        (left + (right - left) * (step + 0.5) / len(GREY_STEPS), 0.5 * (top + bottom), (grey, grey, grey))
        for step, grey in enumerate(GREY_STEPS)
    ]
    seen = 0
    for x, y, colour in patches:
        column, row = project(view.homography(), np.array([[x, y]]))[0]
        if 0 <= column < view.width and 0 <= row < view.height:
            seen += 1
            assert value_at(image, view, x, y).tolist() == PLAIN(np.array([colour[::-1]], np.float32))[0].tolist()
    assert seen >= 3


@pytest.mark.parametrize('view', [View(640, 480, pan=7200.0), View(1280, 720, zoom=1.7), View(1920, 1080)])
def test_kept_and_unkept_pictures_are_the_same(renderer: Renderer, view: View) -> None:
    for time in (0.0, 1.3):
        once = renderer.render_once(view, PLAIN, time)
        assert np.array_equal(renderer.render(view, PLAIN, time), once)


def test_what_is_kept_does_not_leak_into_other_views(renderer: Renderer) -> None:
    dark = Development(exposure=0.3)
    first = renderer.render(View(320, 240), PLAIN, 0.5)
    renderer.render(View(320, 240, zoom=2.0), PLAIN, 0.7)
    renderer.render(View(320, 240), dark, 0.9)
    assert np.array_equal(renderer.render(View(320, 240), PLAIN, 0.5), first)


def test_edges_are_averaged_in_linear_light(renderer: Renderer) -> None:
    fine = linear(renderer.render(View(1920, 1440), PLAIN, 0.0)).astype(np.float32)
    coarse = linear(renderer.render(View(640, 480), PLAIN, 0.0))
    averaged = cv2.resize(fine, (640, 480), interpolation=cv2.INTER_AREA)
    star = (slice(180, 300), slice(260, 380))
    assert coarse[star].mean() == pytest.approx(averaged[star].mean(), rel=0.02)
    assert np.abs(coarse - averaged).mean() < 0.006


@pytest.mark.parametrize('zoom', [1.0, 2.0, 4.0])
def test_outlines_do_not_grow_with_the_pixels(renderer: Renderer, zoom: float) -> None:
    def light(width: int) -> float:
        view = View(width, width * 3 // 4, zoom=zoom)
        return float((linear(renderer.render_once(view, Development(exposure=0.5), 0.0)) @ LUMINANCE).mean())

    reference = light(1920)
    for width in (320, 640, 1280):
        assert light(width) == pytest.approx(reference, rel=0.004)


def test_targets_move_and_the_rest_stands_still(renderer: Renderer) -> None:
    images = np.stack([renderer.render(View(640, 480), PLAIN, frame / 30.0) for frame in range(30)])
    moved = (images != images[0]).any(axis=(0, 3))
    assert 0.005 < moved.mean() < 0.1
    for before, after in pairwise(images):
        assert (before != after).any()


def test_mean_luminance_is_that_of_the_picture(renderer: Renderer) -> None:
    for view in (View(640, 480), View(1280, 720, zoom=3.0), View(640, 480, pan=-36000.0, tilt=36000.0)):
        # Half the light, so that nothing is clipped.
        measured = 2.0 * (linear(renderer.render(view, Development(exposure=0.5), 0.0)) @ LUMINANCE).mean()
        assert renderer.mean_luminance(view) == pytest.approx(measured, rel=0.03)


def test_seeds_decide_the_scene() -> None:
    def picture(seed: int) -> np.ndarray:
        return Renderer(Scene(seed)).render(View(640, 480), PLAIN, 0.0)

    assert np.array_equal(picture(4), picture(4))
    different = (picture(4) != picture(5)).any(axis=2)
    # The speckles on the wall and the targets, but not the chart.
    assert different[:90].any() and different[390:].any()
    assert not different[338:372, 43:597].any()
