# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The size and rate of a stream, narrowed and chosen."""

from __future__ import annotations

from typing import Any

import pytest
from fixtures.device_state import streaming

from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint
from imagecapture_ros.mediacapture.solver.stream import StreamPart

DEVICE = streaming((640, 480, 30.0), (1280, 720, 30.0), (320, 240, 60.0))


def restricted(device: ScriptedState = DEVICE, **constraints: Constraint) -> StreamPart | None:
    return StreamPart.of(device).restricted([constraints])


def chosen(wishes: dict[str, Any] | None = None, device: ScriptedState = DEVICE, **constraints: Constraint) -> Any:
    part = restricted(device, **constraints)
    assert part is not None
    return part.choose(wishes or {})


@pytest.mark.parametrize('constraints, native, derived', [
    ({'width': Constraint(min=641.0)}, [False, True, False], [False, True, False]),
    ({'frame_rate': Constraint(min=31.0)}, [False, False, True], [False, False, True]),
    ({'frame_rate': Constraint(exact=20.0)}, [False, False, False], [True, True, True]),
    ({'frame_rate': Constraint(min=45.0, max=50.0)}, [False, False, False], [False, False, True]),
    ({'aspect_ratio': Constraint(exact=4 / 3)}, [True, False, True], [True, True, True]),
    ({'aspect_ratio': Constraint(exact=1.0), 'width': Constraint(min=700.0)}, [False] * 3, [False, True, False]),
    ({'resize_mode': Constraint(exact=('none',))}, [True] * 3, [False] * 3),
    ({'resize_mode': Constraint(exact=('crop-and-scale',))}, [False] * 3, [True] * 3),
])
def test_each_mode_is_kept_while_something_can_be_made_of_it(
    constraints: dict[str, Constraint], native: list[bool], derived: list[bool],
) -> None:
    part = restricted(**constraints)
    assert part is not None
    assert part.native.tolist() == native
    assert part.derived.tolist() == derived


@pytest.mark.parametrize('constraints', [
    {'width': Constraint(min=1281.0)}, {'width': Constraint(min=100.2, max=100.8)},
    {'frame_rate': Constraint(max=0.0)}, {'frame_rate': Constraint(min=60.1)}, {'frame_rate': Constraint(max=1 / 601)},
    {'frame_rate': Constraint(min=20.0, max=19.0)},
    {'aspect_ratio': Constraint(max=1 / 721)}, {'resize_mode': Constraint(exact=('stretch',))},
    {'aspect_ratio': Constraint(min=1.3334, max=1.3335), 'height': Constraint(max=100.0)},
])
def test_what_no_mode_can_be_made_into_is_impossible(constraints: dict[str, Constraint]) -> None:
    assert restricted(**constraints) is None


def test_a_stream_has_only_properties_that_the_device_has() -> None:
    device = ScriptedState({'width': DEVICE.capabilities['width']}, {}, {}, DEVICE.native_modes)
    assert set(chosen(device=device).settings) == {'width'}


def test_what_two_modes_can_make_is_made_of_the_first() -> None:
    choice = chosen(width=Constraint(exact=300.0), height=Constraint(exact=200.0))
    assert choice.mode == NativeMode(640, 480, 30.0)


def test_the_distance_adds_up_over_size_rate_and_resize_mode() -> None:
    wishes = {'width': [1280.0], 'frame_rate': [60.0], 'resize_mode': [('none',)]}
    choice = chosen(wishes, resize_mode=Constraint(exact=('crop-and-scale',)))
    assert choice.settings['width'] == 1280
    assert choice.distance == 1.5


@pytest.mark.parametrize('wanted, rate', [
    (15.0, 15.0), (12.0, 12.0), (12.5, 12.5), (25.0, 25.0), (29.97, 29.97), (1.0, 1.0), (0.5, 0.5), (0.0, 30.0),
    (31.0, 30.0), (1e-3, 1 / 600),
    (1e-30, 30.0), (1e30, 30.0),  # so far off that all rates are equally far, so that the default is taken
])
def test_a_wished_rate_is_what_the_stream_has_if_the_camera_is_fast_enough(wanted: float, rate: float) -> None:
    settings = chosen({'frame_rate': [wanted]}, streaming((640, 480, 30.0))).settings
    assert settings['frame_rate'] == pytest.approx(rate, rel=1e-12)
    assert settings['resize_mode'] == ('none' if rate == 30.0 else 'crop-and-scale')


@pytest.mark.parametrize('wishes, rate', [
    ([20.0, 30.0], 30.0), ([12.0, 13.0], 13.0), ([7.0, 15.0, 30.0], 15.0), ([0.0, 12.0], 12.0),
])
def test_of_several_wishes_one_is_met(wishes: list[float], rate: float) -> None:
    assert chosen({'frame_rate': wishes}, streaming((640, 480, 30.0))).settings['frame_rate'] == pytest.approx(rate)


@pytest.mark.parametrize('limits, rate', [
    (Constraint(max=20.0), 15.0), (Constraint(min=8.0, max=14.0), 10.0), (Constraint(min=31.0, max=70.0), 60.0),
    (Constraint(min=21.0, max=29.0), 29.0), (Constraint(min=50.0, max=55.0), 50.0),
])
def test_frames_are_left_out_unevenly_only_where_that_is_asked_for(limits: Constraint, rate: float) -> None:
    device = streaming((640, 480, 30.0)) if rate <= 30.0 else streaming((640, 480, 60.0), (320, 240, 30.0))
    default = {**device.defaults, 'frame_rate': 30.0}
    asked = ScriptedState(device.capabilities, device.settings, default, device.native_modes)
    assert chosen(device=asked, frame_rate=limits).settings['frame_rate'] == rate


@pytest.mark.parametrize('others, mode', [
    ([(640, 480, 25.0)], (640, 480, 25.0)),  # has the rate
    ([(640, 480, 50.0)], (640, 480, 50.0)),  # leaves out every other frame
    ([(1280, 720, 25.0)], (1280, 720, 25.0)),
    ([(320, 240, 25.0)], (640, 480, 30.0)),  # cannot have the default size
    ([(640, 480, 60.0)], (640, 480, 30.0)),
])
def test_a_mode_that_has_the_rate_comes_before_one_that_leaves_frames_out(
    others: list[tuple[int, int, float]], mode: tuple[int, int, float],
) -> None:
    choice = chosen(device=streaming((640, 480, 30.0), *others), frame_rate=Constraint(exact=25.0))
    assert choice.mode == NativeMode(*mode)
    assert (choice.settings['width'], choice.settings['height'], choice.settings['frame_rate']) == (640, 480, 25.0)
    assert choice.settings['resize_mode'] == ('none' if mode == (640, 480, 25.0) else 'crop-and-scale')


def test_among_modes_of_one_size_the_slower_one_is_taken_that_has_the_rate() -> None:
    device = streaming((640, 480, 60.0), (640, 480, 30.0), (640, 480, 20.0))
    for size in 640, 320:
        assert chosen(device=device, frame_rate=Constraint(exact=20.0), width=Constraint(exact=float(size)),
                      ).mode == NativeMode(640, 480, 20.0)


def test_rounding_does_not_lose_the_rate_that_was_asked_for() -> None:
    native = 30000 / 1001
    device = streaming((640, 480, native))
    for every in range(1, 100):
        choice = chosen(device=device, frame_rate=Constraint(exact=native / every))
        assert choice.settings['frame_rate'] == pytest.approx(native / every)
