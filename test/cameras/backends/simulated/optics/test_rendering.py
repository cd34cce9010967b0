# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The renderer: known places show known light, and every way to draw the same picture gives the same picture."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.optics import rendering
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View, project
from imagecapture_ros.cameras.backends.simulated.optics.rendering import (
    Renderer,
    Shot,
    StillLight,
    draw_still,
    draw_targets,
)
from imagecapture_ros.cameras.backends.simulated.scene.chart import GREY_ROW, GREY_STEPS, colour_patches
from imagecapture_ros.cameras.backends.simulated.scene.scenes import ChartScene
from imagecapture_ros.cameras.backends.simulated.sensor.development import LUMINANCE, Development
from imagecapture_ros.cameras.backends.simulated.sensor.noise import Exposure, NoisePattern, StreamSensor, develop_once

SCENE = ChartScene(seed=0)
ROOM = Illumination()
MOMENT = 1e-9


def shot(view: View, focus_distance: float = 1.0) -> Shot:
    return Shot(view, focus_distance, ROOM)


def still_of(view: View, focus_distance: float = 1.0) -> StillLight:
    return draw_still(shot(view, focus_distance), SCENE.layers(0.0, ROOM))


def light_of(still: StillLight) -> np.ndarray:
    return np.stack([still.levels.values[:, channel].take(still.codes[..., channel]) for channel in range(3)], axis=-1)


def picture(view: View, time: float, duration: float = MOMENT) -> np.ndarray:
    """Return the light of the whole scene."""
    still = still_of(view)
    for patch in draw_targets(SCENE, shot(view), still, time, duration):
        still.codes[patch.place] = patch.codes
    return light_of(still)


@pytest.mark.parametrize('view', [
    View(640, 480), View(1920, 1080), View(640, 480, zoom=2.0, pan=36000.0, tilt=-36000.0),
])
def test_grey_steps_and_colours_have_their_reflectances(view: View) -> None:
    light = light_of(still_of(view))
    patches = [(left + 0.5 * size, top + 0.5 * size, colour) for left, top, size, colour in colour_patches()]
    left, right, top, bottom = GREY_ROW
    patches += [
        (left + (right - left) * (step + 0.5) / len(GREY_STEPS), 0.5 * (top + bottom), (grey, grey, grey))
        for step, grey in enumerate(GREY_STEPS)
    ]
    seen = 0
    for x, y, colour in patches:
        column, row = np.rint(project(view.homography(), np.array([[x, y]]))[0]).astype(int)
        if 0 <= column < view.width and 0 <= row < view.height:
            seen += 1
            assert light[row, column] == pytest.approx(np.array(colour[::-1]) * ROOM.at(1.0), rel=1e-5)
    assert seen >= 3


def test_a_kept_still_is_drawn_anew_only_when_something_visible_changes() -> None:
    renderer, layers = Renderer(SCENE), SCENE.layers(0.0, ROOM)
    first = renderer.still(shot(View(320, 240)), layers)
    assert renderer.still(shot(View(320, 240)), layers) is first
    # So small a change of the focus no pixel shows.
    assert renderer.still(shot(View(320, 240), 1.001), layers) is first
    dimmer = Shot(View(320, 240), 1.0, Illumination(0.5))
    for other in (shot(View(320, 240, zoom=2.0)), shot(View(320, 240), 0.3), dimmer):
        assert renderer.still(other, layers) is not first
    assert np.array_equal(renderer.still(shot(View(320, 240)), layers).codes, first.codes)


def test_strips_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = light_of(still_of(View(640, 480), 0.3))
    monkeypatch.setattr(rendering, '_STRIP', 50 * 640)
    difference = np.abs(light_of(still_of(View(640, 480), 0.3)) - whole)
    # OpenCV cuts outlines at the edge of what it draws into, up to a sample beside where they were.
    assert difference.max() < 0.3
    assert (difference > 0.01).mean() < 0.01


def test_edges_are_averaged_in_linear_light() -> None:
    fine, coarse = picture(View(1920, 1440), 0.0), picture(View(640, 480), 0.0)
    averaged = cv2.resize(fine, (640, 480), interpolation=cv2.INTER_AREA)
    star = (slice(180, 300), slice(260, 380))
    assert coarse[star].mean() == pytest.approx(averaged[star].mean(), rel=0.02)
    assert np.abs(coarse - averaged).mean() < 0.006


@pytest.mark.parametrize('zoom', [1.0, 2.0, 4.0])
def test_outlines_do_not_grow_with_the_pixels(zoom: float) -> None:
    def mean(width: int) -> float:
        return float((picture(View(width, width * 3 // 4, zoom=zoom), 0.0) @ LUMINANCE).mean())

    reference = mean(1920)
    for width in (320, 640, 1280):
        assert mean(width) == pytest.approx(reference, rel=0.004)


def test_targets_move_and_the_rest_stands_still() -> None:
    images = np.stack([picture(View(640, 480), frame / 30.0) for frame in range(15)])
    moved = (images != images[0]).any(axis=(0, 3))
    assert 0.003 < moved.mean() < 0.1
    for before, after in pairwise(images):
        assert (before != after).any()


@pytest.mark.parametrize('duration', [MOMENT, 0.02, 0.2])
def test_motion_blur_spreads_the_light_and_keeps_it(duration: float) -> None:
    view = View(640, 480)
    still = light_of(still_of(view))
    covered = picture(view, 1.0, duration) - still
    sharp = picture(view, 1.0 + 0.5 * duration) - still
    assert np.abs(covered).sum() == pytest.approx(np.abs(sharp).sum(), rel=0.1)
    touched = [(np.abs(image).max(axis=2) > 0.004).sum() for image in (sharp, covered)]
    assert touched[1] >= touched[0] if duration == MOMENT else touched[1] > 1.05 * touched[0]


def test_frames_and_photos_are_developed_alike() -> None:
    view = View(640, 480)
    still, noise = still_of(view), NoisePattern(0)
    patches = draw_targets(SCENE, shot(view), still, 0.5, 0.008)
    sensor = StreamSensor(noise)
    for development in (Development(), Development(contrast=100.0, saturation=200.0, sharpness=40.0)):
        exposure = Exposure(80.0, 100.0, noisy=False)
        frame = sensor.develop(still.codes, still.levels, patches, exposure, development, 3)
        codes = still.codes.copy()
        for patch in patches:
            codes[patch.place] = patch.codes
        assert np.array_equal(frame, develop_once(codes, still.levels, exposure, development, noise, 3))
        # With noise both differ, but around the same picture.
        noisy = Exposure(80.0, 100.0)
        frames = [sensor.develop(still.codes, still.levels, patches, noisy, development, 3),
                  develop_once(codes, still.levels, noisy, development, noise, 3)]
        for image in frames:
            assert np.abs(image.astype(int) - frame).mean() < 4.0
            assert image.mean() == pytest.approx(frame.mean(), abs=0.2)
        assert not np.array_equal(*frames)


def test_targets_leave_no_trace_in_what_is_kept() -> None:
    view = View(320, 240)
    still, sensor = still_of(view), StreamSensor(NoisePattern(0))
    exposure = Exposure(80.0, 100.0)
    before = sensor.develop(still.codes, still.levels, [], exposure, Development(), 0)
    for frame in range(5):
        patches = draw_targets(SCENE, shot(view), still, frame / 5.0, 0.008)
        sensor.develop(still.codes, still.levels, patches, exposure, Development(), 0)
    assert np.array_equal(sensor.develop(still.codes, still.levels, [], exposure, Development(), 0), before)


def test_seeds_decide_the_scene() -> None:
    def still(seed: int) -> np.ndarray:
        return light_of(draw_still(shot(View(640, 480)), ChartScene(seed).layers(0.0, ROOM)))

    assert np.array_equal(still(4), still(4))
    different = (still(4) != still(5)).any(axis=2)
    # The speckles on the wall, but not the chart.
    assert different[:90].any() and different[390:].any()
    assert not different[100:380, 43:597].any()
