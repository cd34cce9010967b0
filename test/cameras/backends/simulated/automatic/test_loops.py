# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The automatic modes: loops that converge over frames, hold when they should, and meter where they are told to."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.simulated_pictures import MANUAL, Bench, grey_signals, linear, window

from imagecapture_ros.cameras.backends.simulated.automatic.loops import METERED_SIGNAL
from imagecapture_ros.cameras.backends.simulated.scene.chart import BOARD_DEPTH, NEAR_DEPTH, SLANTED_EDGES, WALL_DEPTH
from imagecapture_ros.cameras.backends.simulated.sensor.development import LUMINANCE
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.vocabulary import Point2D

NEAR_CARD, FAR_CARD, BOARD = Point2D(0.1, 0.92), Point2D(0.9, 0.92), Point2D(0.5, 0.5)
DARK_STEP, BRIGHT_STEP = Point2D(0.88, 0.74), Point2D(0.1, 0.74)


def course(bench: Bench, name: str, frames: int) -> np.ndarray:
    """Return the values of a setting before and during the next frames."""
    values = [bench.exposer.settings[name]]
    for _ in range(frames):
        bench.frame()
        values.append(bench.exposer.settings[name])
    return np.array(values, float)


def test_in_front_of_the_chart_the_defaults_are_settled() -> None:
    bench = Bench()
    before = dict(bench.exposer.settings)
    bench.after(20)
    assert bench.exposer.settings == before


@pytest.mark.parametrize(('value', 'start', 'mode', 'least'), [
    ('exposure_time', 5.0, 'exposure_mode', 6), ('color_temperature', 2500.0, 'white_balance_mode', 6),
    ('focus_distance', 0.1, 'focus_mode', 6),
])
def test_a_continuous_loop_goes_all_the_way_in_small_steps_and_stays(
    value: str, start: float, mode: str, least: int,
) -> None:
    bench = Bench()
    settled = bench.exposer.settings[value]
    bench.manual(**{value: start})
    bench.set(**{mode: 'continuous'})
    values = course(bench, value, 45)
    steps = np.diff(values)
    assert values[0] == start
    assert (steps >= 0.0).all()
    assert (steps > 0.0).sum() >= least
    assert steps.max() < 0.6 * (settled - start)
    assert values[-1] == pytest.approx(settled, rel=0.02)
    assert (values[-10:] == values[-1]).all()


def test_the_mean_of_the_settled_picture_is_what_the_exposure_aims_at() -> None:
    for compensation, factor in ((-0.5, 0.5 ** 0.5), (-1.0, 0.5), (-2.0, 0.25)):
        bench = Bench()
        bench.set(exposure_compensation=compensation, zoom=2.0)
        signal = linear(bench.after(45)) @ LUMINANCE
        beside_the_mark = np.ones(signal.shape, bool)
        beside_the_mark[:40, :208] = False
        assert signal[beside_the_mark].mean() == pytest.approx(METERED_SIGNAL * factor, rel=0.06)


def test_the_settled_white_balance_makes_grey_neutral() -> None:
    bench = Bench()
    bench.manual(color_temperature=2500.0, exposure_time=60.0)
    bench.set(white_balance_mode='continuous')
    signals = grey_signals(bench.after(60), bench.view, range(6))
    assert signals / signals[:, 1:2] == pytest.approx(1.0, abs=0.02)


def test_white_balance_follows_the_torch() -> None:
    bench = Bench()
    bench.set(torch=True, points_of_interest=(NEAR_CARD,))
    bench.after(60)
    assert 5500.0 < bench.exposer.settings['color_temperature'] < 6000.0


def test_one_value_for_each_metering_pace_whatever_the_frame_rate() -> None:
    values = []
    for rate in (15.0, 60.0):
        bench = Bench(mode=NativeMode(640, 480, rate))
        bench.manual(exposure_time=10.0)
        bench.set(exposure_mode='continuous')
        values.append(course(bench, 'exposure_time', round(rate * 0.2))[-1])
    assert values[0] == pytest.approx(values[1], rel=0.1)


@pytest.mark.parametrize(('value', 'mode', 'disturbed'), [
    ('exposure_time', 'exposure_mode', {'zoom': 4.0, 'iso': 400.0}),
    ('color_temperature', 'white_balance_mode', {'torch': True}),
    ('focus_distance', 'focus_mode', {'pan': 18000.0}),
])
def test_a_single_shot_runs_once_and_holds(value: str, mode: str, disturbed: dict[str, float]) -> None:
    bench = Bench()
    bench.set(points_of_interest=(NEAR_CARD,))
    bench.manual(**{value: {'exposure_time': 10.0, 'color_temperature': 3000.0, 'focus_distance': 0.2}[value]})
    bench.set(**{mode: 'single-shot'})
    values = course(bench, value, 60)
    assert len(set(values.tolist())) > 5
    bench.set(**disturbed)
    held = course(bench, value, 30)
    assert set(held.tolist()) == {values[-1]}
    assert bench.exposer.settings[mode] == 'single-shot'
    # The same disturbance moves the continuous mode.
    bench.set(**{mode: 'continuous'})
    assert course(bench, value, 60)[-1] != values[-1]


def test_a_single_shot_runs_again_when_it_is_to_meter_somewhere_else() -> None:
    bench = Bench()
    bench.set(focus_mode='single-shot', points_of_interest=(BOARD,))
    bench.after(60)
    assert bench.exposer.settings['focus_distance'] == pytest.approx(BOARD_DEPTH, rel=0.02)
    bench.set(points_of_interest=(NEAR_CARD,))
    bench.after(60)
    assert bench.exposer.settings['focus_distance'] == pytest.approx(NEAR_DEPTH, rel=0.05)


def test_manual_modes_hold_what_they_were_given() -> None:
    bench = Bench()
    bench.set(**MANUAL, exposure_time=20.0, color_temperature=4000.0, focus_distance=0.5)
    bench.set(zoom=3.0, torch=True)
    bench.after(30)
    settings = bench.exposer.settings
    assert [settings[name] for name in ('exposure_time', 'color_temperature', 'focus_distance')] == [20.0, 4000.0, 0.5]


def test_in_automatic_modes_the_device_chooses() -> None:
    bench = Bench()
    before = dict(bench.exposer.settings)
    bench.set(exposure_time=5.0, color_temperature=3000.0, focus_distance=0.2)
    assert bench.exposer.settings == before


def test_going_manual_keeps_what_the_automatics_have_found_if_that_is_asked() -> None:
    bench = Bench()
    bench.set(zoom=3.0)
    bench.after(60)
    found = dict(bench.exposer.settings)
    bench.set(**{**found, **MANUAL})
    bench.set(zoom=1.0)
    bench.after(20)
    for name in ('exposure_time', 'color_temperature', 'focus_distance'):
        assert bench.exposer.settings[name] == found[name]


class TestPointsOfInterest:
    @pytest.mark.parametrize(('point', 'depth'), [
        (NEAR_CARD, NEAR_DEPTH), (BOARD, BOARD_DEPTH), (FAR_CARD, WALL_DEPTH)])
    def test_choose_what_is_in_focus(self, point: Point2D, depth: float) -> None:
        bench = Bench()
        bench.set(points_of_interest=(point,))
        bench.after(60)
        assert bench.exposer.settings['focus_distance'] == pytest.approx(depth, rel=0.05)

    def test_choose_what_is_exposed_well(self) -> None:
        times = {}
        for point in (DARK_STEP, BRIGHT_STEP):
            bench = Bench()
            bench.set(points_of_interest=(point,))
            image = bench.after(60)
            times[point] = bench.exposer.settings['exposure_time']
            # The window has an eighth of the picture's height.
            middle = np.array([point.x * 640 - 0.5, point.y * 480 - 0.5])
            (left, top), (right, bottom) = (np.rint(middle + side * 30).astype(int) for side in (-1, 1))
            signal = linear(image[top:bottom + 1, left:right + 1]) @ LUMINANCE
            assert signal.mean() == pytest.approx(METERED_SIGNAL, rel=0.15)
        assert times[DARK_STEP] > 1.5 * times[BRIGHT_STEP]

    def test_choose_what_is_neutral(self) -> None:
        # The torch, bluer than the room's light, lights the near card much more than the far one.
        for point, depth in ((NEAR_CARD, NEAR_DEPTH), (FAR_CARD, WALL_DEPTH)):
            bench = Bench()
            bench.set(torch=True, points_of_interest=(point,))
            bench.frame(**MANUAL, color_temperature=3000.0, exposure_time=10.0)
            bench.set(white_balance_mode='continuous')
            image = bench.after(60)
            x, y, half = SLANTED_EDGES[depth]
            card = linear(window(image, bench.view, x, y - 1.22 * half, 0.1 * half)).mean(axis=(0, 1))
            assert card[0] / card[1] == pytest.approx(1.0, abs=0.03)
            assert card[2] / card[1] == pytest.approx(1.0, abs=0.03)

    def test_several_count_together(self) -> None:
        bench = Bench()
        bench.set(points_of_interest=(NEAR_CARD, DARK_STEP, BRIGHT_STEP, FAR_CARD, BOARD))
        bench.after(60)
        assert bench.exposer.settings['focus_distance'] == pytest.approx(BOARD_DEPTH, rel=0.05)
