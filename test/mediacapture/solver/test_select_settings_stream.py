# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SelectSettings by example: sizes, ratios and rates."""

from __future__ import annotations

import pytest
from fixtures.device_state import EXPOSURE, ZOOM, chosen, failure, streaming

from imagecapture_ros.mediacapture.capabilities import NativeMode, Settings
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.solver.domains import satisfies
from imagecapture_ros.mediacapture.solver.select_settings import select_settings
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

WEBCAM = streaming((640, 480, 30.0), (1280, 720, 30.0), (1280, 720, 60.0), (320, 240, 30.0))


def size_and_rate(settings: Settings) -> tuple[object, ...]:
    return settings['width'], settings['height'], settings['frame_rate'], settings['resize_mode']


@pytest.mark.parametrize('constraints, expected', [
    ({}, (640, 480, 30.0, 'none')),
    ({'width': Constraint(exact=1280.0)}, (1280, 720, 30.0, 'none')),
    ({'frame_rate': Constraint(min=31.0)}, (640, 480, 60.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(exact=15.0)}, (640, 480, 15.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(exact=20.0)}, (640, 480, 20.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(exact=25.0)}, (640, 480, 25.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(min=21.0, max=29.0)}, (640, 480, 29.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(exact=50.0), 'width': Constraint(exact=1280.0)}, (1280, 720, 50.0, 'crop-and-scale')),
    ({'width': Constraint(exact=300.0), 'height': Constraint(exact=200.0)}, (300, 200, 30.0, 'crop-and-scale')),
    ({'width': Constraint(max=500.0)}, (500, 375, 30.0, 'crop-and-scale')),
    ({'width': Constraint(exact=1280.0), 'height': Constraint(exact=240.0)}, (1280, 240, 30.0, 'crop-and-scale')),
    ({'width': Constraint(ideal=320.0), 'height': Constraint(ideal=240.0)}, (320, 240, 30.0, 'none')),
    ({'aspect_ratio': Constraint(exact=1.0)}, (480, 480, 30.0, 'crop-and-scale')),
    ({'aspect_ratio': Constraint(exact=16 / 9), 'width': Constraint(ideal=1000.0)},
     (1008, 567, 30.0, 'crop-and-scale')),
    ({'aspect_ratio': Constraint(exact=1.3333333333), 'width': Constraint(max=301.0)},
     (300, 225, 30.0, 'crop-and-scale')),
    ({'aspect_ratio': Constraint(min=1.3333, max=1.3334), 'width': Constraint(max=301.0)},
     (300, 225, 30.0, 'crop-and-scale')),
    ({'resize_mode': Constraint(exact=('none',)), 'width': Constraint(ideal=700.0)}, (640, 480, 30.0, 'none')),
    ({'resize_mode': Constraint(exact=('none',)), 'frame_rate': Constraint(ideal=50.0)}, (1280, 720, 60.0, 'none')),
    ({'resize_mode': Constraint(exact=('crop-and-scale',))}, (640, 480, 30.0, 'crop-and-scale')),
])
def test_the_stream_takes_a_native_mode_or_is_cropped_scaled_and_decimated(
    constraints: ConstraintSet, expected: tuple[object, ...],
) -> None:
    assert size_and_rate(chosen(WEBCAM, constraints)) == expected


@pytest.mark.parametrize('native, constraints, size', [
    ((12, 9), {'width': Constraint(ideal=2.0), 'aspect_ratio': Constraint(exact=1.25)}, (5, 4)),
    ((20, 12), {'height': Constraint(max=7.0), 'aspect_ratio': Constraint(ideal=16 / 9)}, (9, 5)),
])
def test_a_ratio_is_met_as_exactly_as_the_size_allows(
    native: tuple[int, int], constraints: ConstraintSet, size: tuple[int, int],
) -> None:
    assert size_and_rate(chosen(streaming((*native, 30.0)), constraints))[:2] == size


def test_the_aspect_ratio_is_that_of_the_size() -> None:
    settings = chosen(WEBCAM, {'width': Constraint(exact=300.0), 'height': Constraint(exact=225.0)})
    assert settings['aspect_ratio'] == 1.3333333333


def test_sizes_are_whole_numbers() -> None:
    settings = chosen(WEBCAM, {'width': Constraint(exact=300.0), 'height': Constraint(ideal=200.0)})
    assert (type(settings['width']), type(settings['height'])) == (int, int)


@pytest.mark.parametrize('constraints, mode', [
    ({}, (640, 480, 30.0)),
    ({'width': Constraint(exact=1000.0)}, (1280, 720, 30.0)),
    ({'width': Constraint(exact=300.0)}, (640, 480, 30.0)),
    ({'frame_rate': Constraint(exact=20.0)}, (1280, 720, 60.0)),
])
def test_the_selection_names_the_native_mode_behind_the_stream(
    constraints: ConstraintSet, mode: tuple[int, int, float],
) -> None:
    assert select_settings(WEBCAM, [constraints]).mode == NativeMode(*mode)


@pytest.mark.parametrize('constraints', [
    {'width': Constraint(exact=1281.0)}, {'height': Constraint(min=721.0)}, {'frame_rate': Constraint(exact=61.0)},
    {'frame_rate': Constraint(exact=0.0)}, {'frame_rate': Constraint(min=60.1)}, {'width': Constraint(exact=0.0)},
    {'aspect_ratio': Constraint(min=1281.0)}, {'aspect_ratio': Constraint(exact=-1.0)},
    {'resize_mode': Constraint(exact=('stretch',))},
])
def test_nothing_is_upscaled_or_invented(constraints: ConstraintSet) -> None:
    assert failure(WEBCAM, constraints).constraint == next(iter(constraints))


def test_a_large_picture_at_a_rate_of_another_mode_has_the_empty_name() -> None:
    device = streaming((1920, 1080, 30.0), (640, 480, 60.0))
    error = failure(device, {'width': Constraint(min=1000.0), 'frame_rate': Constraint(min=50.0)})
    assert error.constraint == ''


def test_a_device_that_does_not_scale_offers_its_native_modes_only() -> None:
    fixed = streaming((640, 480, 30.0), (320, 240, 30.0), resize_modes=('none',))
    assert size_and_rate(chosen(fixed, {'width': Constraint(ideal=400.0)})) == (320, 240, 30.0, 'none')
    assert failure(fixed, {'width': Constraint(exact=400.0)}).constraint == 'width'


def test_a_wished_ratio_can_be_met_near_the_default_size() -> None:
    settings = chosen(WEBCAM, {'aspect_ratio': Constraint(ideal=1.5)})
    assert size_and_rate(settings) == (720, 480, 30.0, 'crop-and-scale')


def test_the_stream_and_the_controls_are_chosen_independently() -> None:
    both = ScriptedState(
        {**EXPOSURE.capabilities, **WEBCAM.capabilities}, {**EXPOSURE.settings, **WEBCAM.settings},
        {**EXPOSURE.defaults, **WEBCAM.defaults}, WEBCAM.native_modes,
    )
    settings = chosen(both, {'width': Constraint(exact=320.0), 'exposure_time': Constraint(exact=50.0)})
    assert size_and_rate(settings)[:2] == (320, 240)
    assert settings['exposure_time'] == 50.0
    assert list(settings) == [name for name in VOCABULARY if name in both.capabilities]


@pytest.mark.parametrize('number', [5e-324, 1e-320, 1e-3, 0.0, -1e308, 1e308])
@pytest.mark.parametrize('member', ['exact', 'ideal', 'min', 'max'])
@pytest.mark.parametrize('name', ['width', 'height', 'aspect_ratio', 'frame_rate', 'zoom', 'exposure_compensation'])
def test_every_finite_number_has_an_answer(name: str, member: str, number: float) -> None:
    device = EXPOSURE if name == 'exposure_compensation' else ZOOM if name == 'zoom' else WEBCAM
    constraint = Constraint(**{member: number})
    try:
        settings = chosen(device, {name: constraint})
    except OverconstrainedError as error:
        assert member != 'ideal'
        assert error.constraint == name
    else:
        assert satisfies(settings[name], constraint)


@pytest.mark.parametrize('constraints, size', [
    ({'width': Constraint(exact=1000.0)}, (1000, 563)),
    ({'width': Constraint(exact=320.0)}, (320, 240)),
    ({'height': Constraint(exact=1000.0)}, (1778, 1000)),
    ({'height': Constraint(ideal=1000.0)}, (1778, 1000)),
    ({'width': Constraint(exact=641.0)}, (641, 361)),
    ({'width': Constraint(exact=1920.0)}, (1920, 1080)),
    ({'frame_rate': Constraint(ideal=30.0), 'height': Constraint(max=300.0)}, (400, 300)),
])
def test_a_side_that_nobody_constrains_keeps_the_whole_view(
    constraints: ConstraintSet, size: tuple[int, int],
) -> None:
    device = streaming((640, 480, 30.0), (320, 240, 30.0), (1280, 720, 30.0), (1920, 1080, 30.0))
    assert size_and_rate(chosen(device, constraints))[:2] == size


LAPTOP = streaming(
    (640, 480, 30.0), (800, 600, 30.0), (1280, 720, 30.0), (1920, 1080, 30.0), (1600, 1200, 5.0), (2592, 1944, 15.0))


@pytest.mark.parametrize('constraints, expected', [
    ({'width': Constraint(ideal=800.0)}, (800, 600, 30.0, 'none')),
    ({'width': Constraint(ideal=1280.0)}, (1280, 720, 30.0, 'none')),
    ({'width': Constraint(ideal=1920.0)}, (1920, 1080, 30.0, 'none')),
    ({'width': Constraint(ideal=1600.0)}, (1600, 900, 30.0, 'crop-and-scale')),
    ({'width': Constraint(exact=1000.0)}, (1000, 563, 30.0, 'crop-and-scale')),
    ({'height': Constraint(max=300.0)}, (400, 300, 30.0, 'crop-and-scale')),
    ({'height': Constraint(min=1500.0)}, (2000, 1500, 15.0, 'crop-and-scale')),
])
def test_a_slower_rate_is_no_price_for_the_default_ratio(
    constraints: ConstraintSet, expected: tuple[object, ...],
) -> None:
    assert size_and_rate(chosen(LAPTOP, constraints)) == expected


@pytest.mark.parametrize('ratio', [Constraint(ideal=1.0), Constraint(exact=1.0), Constraint(max=1.0)])
def test_of_equally_near_streams_the_default_size_counts_before_the_resize_mode(ratio: Constraint) -> None:
    device = streaming((640, 480, 30.0), (96, 96, 30.0), (1280, 720, 30.0))
    selection = select_settings(device, [{'aspect_ratio': ratio}])
    assert size_and_rate(selection.settings) == (480, 480, 30.0, 'crop-and-scale')
    assert selection.mode == NativeMode(640, 480, 30.0)
    native = select_settings(device, [{'aspect_ratio': ratio, 'resize_mode': Constraint(ideal=('none',))}])
    assert size_and_rate(native.settings) == (96, 96, 30.0, 'none')


@pytest.mark.parametrize('constraints, expected', [
    # As near as the native mode is what could be cut out of it; then nothing is cut.
    ({'width': Constraint(ideal=1280.0), 'aspect_ratio': Constraint(ideal=1.0)}, (1280, 720, 30.0, 'none')),
    ({'width': Constraint(ideal=1280.0), 'height': Constraint(ideal=720.0), 'frame_rate': Constraint(ideal=70.0),
      'aspect_ratio': Constraint(ideal=1.333)}, (1280, 720, 60.0, 'none')),
    ({'aspect_ratio': Constraint(ideal=-1.0)}, (1, 720, 30.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(ideal=-5.0)}, (640, 480, 30.0 / 18000, 'crop-and-scale')),
])
def test_ties_go_to_the_native_mode_and_wishes_below_zero_to_the_nearer_end(
    constraints: ConstraintSet, expected: tuple[object, ...],
) -> None:
    settings = chosen(WEBCAM, constraints)
    assert size_and_rate(settings)[:3] == pytest.approx(expected[:3])
    assert size_and_rate(settings)[3] == expected[3]


def test_of_equal_streams_the_one_of_which_least_is_cut_off_is_taken() -> None:
    device = streaming((1280, 720, 30.0), (640, 480, 30.0))
    selection = select_settings(device, [{'width': Constraint(exact=320.0), 'height': Constraint(exact=240.0)}])
    assert selection.mode == NativeMode(640, 480, 30.0)
