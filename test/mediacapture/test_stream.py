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
from imagecapture_ros.mediacapture.stream import StreamPart

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
    ({'frame_rate': Constraint(exact=20.0)}, [False, False, False], [False, False, True]),
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
    {'frame_rate': Constraint(max=0.0)}, {'frame_rate': Constraint(min=31.0, max=59.0)},
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
    (15.0, 15.0), (12.0, 10.0), (12.5, 15.0), (29.0, 30.0), (1.0, 1.0), (0.0, 30.0), (31.0, 30.0),
    (1e-30, 30.0), (1e30, 30.0),  # so far off that all rates are equally far, so that the default is taken
])
def test_a_rate_goes_to_the_nearest_whole_fraction(wanted: float, rate: float) -> None:
    assert chosen({'frame_rate': [wanted]}, streaming((640, 480, 30.0))).settings['frame_rate'] == pytest.approx(rate)


def test_rounding_does_not_lose_the_rate_that_was_asked_for() -> None:
    native = 30000 / 1001
    device = streaming((640, 480, native))
    for every in range(1, 100):
        choice = chosen(device=device, frame_rate=Constraint(exact=native / every))
        assert choice.settings['frame_rate'] == pytest.approx(native / every)
