# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Lens and sensor together: what every control does, measured on the pixels."""

from __future__ import annotations

import math
from itertools import pairwise

import cv2
import numpy as np
import pytest
from fixtures.simulated_pictures import (
    VGA,
    Bench,
    centroid,
    edge_variance,
    grey_signals,
    grey_step,
    linear,
    window,
)

from imagecapture_ros.cameras.backends.simulated.optics.light import LAMP_TEMPERATURE, TORCH_LIGHT, planckian
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import APERTURE, View, project
from imagecapture_ros.cameras.backends.simulated.scene.chart import (
    BOARD_DEPTH,
    GREY_STEPS,
    LANE,
    NEAR_DEPTH,
    STARS,
    WALL_DEPTH,
)
from imagecapture_ros.mediacapture.capabilities import NativeMode

ALL_STEPS = range(len(GREY_STEPS))


class TestExposure:
    @pytest.mark.parametrize('noise', ['on', 'off'])
    @pytest.mark.parametrize(('name', 'values'), [
        ('exposure_time', (20.0, 40.0, 80.0, 160.0, 320.0)), ('iso', (100.0, 200.0, 400.0, 800.0))])
    def test_twice_the_exposure_time_or_iso_is_twice_the_signal_until_it_clips(
        self, noise: str, name: str, values: tuple[float, ...],
    ) -> None:
        bench = Bench(f'sim:?noise={noise}')
        bench.manual(exposure_time=20.0)
        signals = np.array([grey_signals(bench.frame(**{name: value}), bench.view, ALL_STEPS) for value in values])
        for less, more in pairwise(signals):
            # Half an 8-bit value is several percent of the signal in the shadows.
            counts = (less > 0.02) & (less < 0.48)
            assert counts.sum() >= 9
            assert more[counts] / less[counts] == pytest.approx(2.0, rel=0.05)
        assert (signals[-1][:2] > 0.99).all()

    def test_the_signal_is_proportional_to_the_reflectance(self) -> None:
        bench = Bench()
        signals = grey_signals(bench.manual(exposure_time=80.0), bench.view, ALL_STEPS)[:, 1]
        assert signals / signals[0] == pytest.approx(np.array(GREY_STEPS) / GREY_STEPS[0], rel=0.03)

    def test_no_exposure_is_longer_than_its_frame(self) -> None:
        bench = Bench(mode=NativeMode(640, 480, 120.0))
        bench.manual(exposure_time=300.0)
        assert bench.exposer.settings['exposure_time'] == 83.0
        bench.set(VGA)
        assert bench.exposer.settings['exposure_time'] == 300.0

    def test_what_moves_is_blurred_by_as_far_as_it_goes_during_the_exposure(self) -> None:
        def red_columns(exposure_time: float) -> int:
            bench = Bench(mode=NativeMode(640, 480, 5.0))
            bench.set(iso=100.0)
            image = bench.manual(exposure_time=exposure_time).astype(int)
            left, right, top, bottom = LANE
            corners = project(bench.view.homography(), np.array([[left, top], [right, bottom]]))
            (first, above), (last, below) = np.rint(corners).astype(int)
            middle = image[(above + below) // 2 - 2:(above + below) // 2 + 3, first:last]
            return int((middle[..., 2] - middle[..., 1] > 8).any(axis=0).sum())

        def ball_at(time: float) -> float:
            scene = Bench().exposer._scene
            contour = scene.targets[-1](time).contours[0]
            return float(contour[:, 0].mean()) * View(640, 480).focal_length

        short, long = red_columns(50.0), red_columns(500.0)
        moved = abs(ball_at(0.05) - ball_at(0.005))
        assert moved > 5.0
        assert long - short == pytest.approx(moved, abs=2.5)


class TestNoise:
    @staticmethod
    def spread(step: int, *, frames: int = 16, **settings: float) -> tuple[float, float]:
        """Return the mean signal of a grey step and its standard deviation over time."""
        bench = Bench('sim')
        bench.manual(**settings)
        patches = np.array([
            linear(window(bench.frame(), bench.view, *grey_step(step)))[..., 1] for _ in range(frames)])
        return float(patches.mean()), float(math.sqrt(patches.var(axis=0, ddof=1).mean()))

    def test_noise_grows_with_the_root_of_the_signal(self) -> None:
        signals = np.array([self.spread(step, exposure_time=60.0, iso=800.0) for step in (8, 10)] +
                           [self.spread(step, exposure_time=8.0, iso=800.0) for step in (0, 2, 4, 6)])
        slope, _ = np.polyfit(np.log(signals[:, 0]), np.log(signals[:, 1]), 1)
        assert np.ptp(np.log2(signals[:, 0])) > 2.0
        assert slope == pytest.approx(0.5, abs=0.05)

    def test_noise_grows_with_the_root_of_iso_at_the_same_signal(self) -> None:
        (signal, low), (same, high) = (
            self.spread(2, exposure_time=time, iso=iso) for time, iso in ((64.0, 100.0), (4.0, 1600.0)))
        assert same == pytest.approx(signal, rel=0.02)
        assert high / low == pytest.approx(4.0, rel=0.1)

    def test_noise_is_that_of_the_electrons(self) -> None:
        signal, spread = self.spread(2, exposure_time=16.0, iso=400.0)
        assert spread == pytest.approx(math.sqrt(signal / 2500.0), rel=0.1)

    def test_noise_is_neither_the_same_in_neighbours_nor_in_colours_nor_in_frames(self) -> None:
        bench = Bench('sim')
        bench.manual(exposure_time=4.0, iso=3200.0)
        patches = np.array([window(bench.frame(), bench.view, *grey_step(2)).astype(float) for _ in range(12)])
        noise = patches - patches.mean(axis=(0, 1, 2))
        pairs = {
            'rows': (noise[:, 1:], noise[:, :-1]), 'columns': (noise[:, :, 1:], noise[:, :, :-1]),
            'colours': (noise[..., 0], noise[..., 1]), 'frames': (noise[1:], noise[:-1]),
        }
        for name, (one, other) in pairs.items():
            assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.06, name


class TestFocus:
    MODE = NativeMode(1600, 1200, 30.0)

    @pytest.mark.parametrize(('depth', 'focus_distance', 'zoom'), [
        (BOARD_DEPTH, 0.5, 1.0), (BOARD_DEPTH, 0.25, 1.0), (BOARD_DEPTH, 0.15, 1.0), (BOARD_DEPTH, 10.0, 1.0),
        (BOARD_DEPTH, 0.3, 1.3), (NEAR_DEPTH, 0.24, 1.0), (NEAR_DEPTH, 1.0, 1.0), (WALL_DEPTH, 1.0, 1.0),
        (WALL_DEPTH, 0.5, 1.0), (WALL_DEPTH, 1.5, 1.0),
    ])
    def test_defocus_widens_the_slanted_edge_as_the_thin_lens_says(
        self, depth: float, focus_distance: float, zoom: float,
    ) -> None:
        bench = Bench(mode=self.MODE)
        sharp = edge_variance(bench.manual(exposure_time=60.0, focus_distance=depth, zoom=zoom), bench.view, depth)
        soft = edge_variance(bench.frame(focus_distance=focus_distance), bench.view, depth)
        # A disc of diameter D spreads a line with a variance of D squared over 16.
        diameter = 4.0 * math.sqrt(soft - sharp)
        predicted = bench.view.focal_length * APERTURE * abs(1.0 / focus_distance - 1.0 / depth)
        assert predicted > 1.0
        assert diameter == pytest.approx(predicted, rel=0.1)

    def test_in_focus_the_edge_is_as_sharp_as_the_pixels(self) -> None:
        bench = Bench(mode=self.MODE)
        assert edge_variance(bench.manual(focus_distance=1.0), bench.view, BOARD_DEPTH) < 0.3


class TestWhiteBalance:
    def test_the_temperature_of_the_light_makes_grey_neutral(self) -> None:
        bench = Bench()
        signals = grey_signals(bench.manual(color_temperature=5000.0, exposure_time=60.0), bench.view, range(6))
        for channel in (0, 2):
            assert signals[:, channel] / signals[:, 1] == pytest.approx(1.0, abs=0.02)

    @pytest.mark.parametrize('temperature', [3000.0, 4000.0, 6500.0, 9000.0])
    def test_another_temperature_casts_the_colour_of_the_planckian_locus(self, temperature: float) -> None:
        bench = Bench()
        image = bench.manual(color_temperature=temperature, exposure_time=30.0)
        signals = grey_signals(image, bench.view, range(1, 5))
        expected = planckian(5000.0) / planckian(temperature)
        assert signals[:, 0] / signals[:, 1] == pytest.approx(expected[0], rel=0.03)
        assert signals[:, 2] / signals[:, 1] == pytest.approx(expected[2], rel=0.03)
        # A camera that is told the light is bluer than it is makes the picture redder.
        assert (signals[:, 2] > signals[:, 0]).all() == (temperature > 5000.0)


class TestView:
    MODE = NativeMode(1280, 960, 30.0)

    def stars(self, bench: Bench, image: np.ndarray) -> np.ndarray:
        expected = project(bench.view.homography(), np.array(STARS[:4]))
        return np.array([centroid(image, *point, round(4 * bench.view.zoom)) for point in expected])

    @pytest.mark.parametrize('zoom', [2.0, 3.3, 4.0])
    def test_zoom_multiplies_the_distances_of_stars(self, zoom: float) -> None:
        bench = Bench(mode=self.MODE)
        distances = [
            np.linalg.norm(stars[:, None] - stars, axis=2)[np.triu_indices(4, 1)]
            for stars in (self.stars(bench, bench.manual(exposure_time=60.0, zoom=value)) for value in (1.0, zoom))]
        assert distances[1] / distances[0] == pytest.approx(zoom, rel=0.005)

    @pytest.mark.parametrize('zoom', [1.0, 2.0])
    @pytest.mark.parametrize(('pan', 'tilt'), [
        (3600.0, 0.0), (-18000.0, 0.0), (0.0, 7200.0), (0.0, -3600.0), (14400.0, -7200.0)])
    def test_stars_are_where_the_camera_matrix_puts_them(self, zoom: float, pan: float, tilt: float) -> None:
        bench = Bench(mode=self.MODE)
        image = bench.manual(exposure_time=60.0, zoom=zoom, pan=pan, tilt=tilt)
        focal_length = zoom * 640.0 / math.tan(math.radians(30.0))
        turn, nod = (math.radians(angle / 3600.0) for angle in (pan, tilt))
        expected = []
        for x, y in STARS[:4]:
            # In a mount that pans, and then tilts: the scene goes left and down when the camera goes right and up.
            ahead = x * math.sin(turn) + math.cos(turn)
            right = x * math.cos(turn) - math.sin(turn)
            down, ahead = y * math.cos(nod) + ahead * math.sin(nod), -y * math.sin(nod) + ahead * math.cos(nod)
            expected.append((639.5 + focal_length * right / ahead, 479.5 + focal_length * down / ahead))
        assert self.stars(bench, image) == pytest.approx(np.array(expected), abs=0.2)

    def test_a_degree_of_pan_moves_the_middle_by_the_predicted_pixels(self) -> None:
        bench = Bench(mode=self.MODE)
        before, after = (self.stars(bench, bench.manual(exposure_time=60.0, pan=pan)).mean(axis=0)
                         for pan in (0.0, 3600.0))
        predicted = 640.0 / math.tan(math.radians(30.0)) * math.tan(math.radians(1.0))
        assert before[0] - after[0] == pytest.approx(predicted, abs=0.5)


class TestLight:
    def test_the_torch_lights_what_is_near_by_the_square_of_its_distance(self) -> None:
        bench = Bench()
        places = {
            NEAR_DEPTH: (-0.46, 0.366, 0.012), BOARD_DEPTH: (0.29, -0.128, 0.03), WALL_DEPTH: (0.46, 0.366, 0.012)}

        def signals() -> np.ndarray:
            image = bench.frame()
            return np.array([linear(window(image, bench.view, *place))[..., 1].mean() for place in places.values()])

        bench.manual(exposure_time=60.0, torch=False)
        without = signals()
        bench.set(torch=True)
        part = TORCH_LIGHT * planckian(LAMP_TEMPERATURE)[1]
        assert signals() / without == pytest.approx([1.0 + part / depth ** 2 for depth in places], rel=0.05)

    def test_the_light_of_the_room_can_be_chosen(self) -> None:
        signals = [grey_signals(bench.manual(exposure_time=60.0), bench.view, (0, 1, 2))
                   for bench in (Bench(), Bench('sim:?noise=off&light=0.25'))]
        assert signals[1] / signals[0] == pytest.approx(0.25, rel=0.03)


class TestPictureControls:
    @staticmethod
    def picture(name: str, value: float) -> np.ndarray:
        return Bench().manual(exposure_time=60.0, **{name: value})[60:].astype(int)

    def test_brightness_is_an_offset_with_its_neutral_in_the_middle(self) -> None:
        neutral = self.picture('contrast', 128.0)
        for value in (88.0, 127.0, 128.0, 140.0, 168.0):
            difference = self.picture('brightness', value) - neutral
            free = (neutral > 45) & (neutral < 210)
            assert abs(difference[free] - (value - 128.0)).max() <= 1

    def test_contrast_is_a_gain_around_mid_grey(self) -> None:
        spreads = [self.picture('contrast', value).std() for value in (0.0, 64.0, 127.0, 128.0, 129.0, 200.0)]
        assert (np.diff(spreads) > 0.1).all()
        assert spreads[0] == 0.0

    def test_saturation_is_monotonic_down_to_grey(self) -> None:
        values = (0.0, 64.0, 127.0, 128.0, 255.0)
        spreads = [np.ptp(self.picture('saturation', value), axis=2).mean() for value in values]
        assert (np.diff(spreads) > 0.05).all()
        assert spreads[0] == 0.0

    def test_sharpness_overshoots_at_edges_and_its_minimum_does_nothing(self) -> None:
        def overshoot(value: float) -> float:
            image = self.picture('sharpness', value)[..., 1]
            blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), 2.0)
            return float(np.abs(image - blurred).mean())

        values = [overshoot(value) for value in (0.0, 10.0, 50.0, 100.0)]
        assert (np.diff(values) > 0.2).all()
        assert np.array_equal(self.picture('sharpness', 0.0), self.picture('contrast', 128.0))


class TestDeterminism:
    @staticmethod
    def frames(device: str) -> list[np.ndarray]:
        bench = Bench(device)
        return [bench.frame() for _ in range(4)] + [bench.frame(zoom=1.5, torch=True) for _ in range(3)]

    def test_equal_seeds_make_equal_frames(self) -> None:
        for image, again in zip(self.frames('sim:?seed=3'), self.frames('sim:?seed=3&facing=user'), strict=True):
            assert np.array_equal(image, again)

    def test_other_seeds_make_other_frames_and_other_noise(self) -> None:
        pairs = list(zip(self.frames('sim'), self.frames('sim:?seed=3'), strict=True))
        for image, other in pairs:
            assert not np.array_equal(image, other)
        # The grey steps are the same in every scene; what differs there is noise.
        view = View(640, 480)
        patches = [window(image, view, *grey_step(3)) for image in pairs[0]]
        assert (patches[0] != patches[1]).mean() > 0.2

    def test_a_frame_that_nobody_read_changes_nothing_in_the_next(self) -> None:
        complete, with_gap = Bench('sim'), Bench('sim')
        for bench in (complete, with_gap):
            bench.frame()
            bench.set(iso=400.0, color_temperature=3000.0, zoom=2.0)
        complete.after(4)
        with_gap.sequence += 4
        assert np.array_equal(complete.frame(), with_gap.frame())

    def test_a_handed_over_frame_stays_as_it_is(self) -> None:
        bench = Bench('sim')
        image = bench.frame()
        copy = image.copy()
        for zoom in (2.0, 1.0):
            bench.frame(zoom=zoom)
        assert np.array_equal(image, copy)
