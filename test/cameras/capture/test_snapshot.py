# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The state of a device as everybody else sees it."""

from __future__ import annotations

import dataclasses

import pytest
from fixtures.scripted_camera import LARGE, SMALL, ScriptedCamera

from imagecapture_ros.cameras.capture.snapshot import device_part, snapshot_of, wishes_for
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode
from imagecapture_ros.mediacapture.constraints import Constraint
from imagecapture_ros.mediacapture.solver.select_settings import Selection, select_settings
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Point2D

NATIVE = Framing.native(LARGE)


def test_the_stream_and_the_identity_are_filled_in_in_order(camera: ScriptedCamera) -> None:
    snapshot = snapshot_of(camera, NATIVE)
    assert snapshot.settings == {
        'exposure_mode': 'continuous', 'exposure_time': 156.0, 'zoom': 1.0, 'width': 8, 'height': 6,
        'aspect_ratio': 1.3333333333, 'frame_rate': 30.0, 'resize_mode': 'none', 'device_id': 'scripted',
        'group_id': 'scripted',
    }
    for values in (snapshot.settings, snapshot.capabilities, snapshot.defaults):
        assert list(values) == [name for name in VOCABULARY if name in snapshot.settings]


def test_capabilities_span_all_native_modes() -> None:
    camera = ScriptedCamera(NativeMode(8, 6, 30.0), NativeMode(4, 12, 60.0))
    capabilities = snapshot_of(camera, Framing.native(camera.mode)).capabilities
    assert capabilities['width'] == MediaSettingsRange(1, 8, 1)
    assert capabilities['height'] == MediaSettingsRange(1, 12, 1)
    assert capabilities['aspect_ratio'] == MediaSettingsRange(0.0833333333, 8.0)
    assert capabilities['frame_rate'] == MediaSettingsRange(0.0, 60.0)
    assert capabilities['resize_mode'] == ('none', 'crop-and-scale')


def test_the_default_stream_is_the_first_native_mode(camera: ScriptedCamera) -> None:
    defaults = snapshot_of(camera, Framing.native(SMALL)).defaults
    assert (defaults['width'], defaults['frame_rate'], defaults['resize_mode']) == (8, 30.0, 'none')


@pytest.mark.parametrize('facing_mode', ['', 'user'])
def test_an_unknown_facing_is_left_out(facing_mode: str) -> None:
    camera = ScriptedCamera(info=DeviceInfo('one', 'Camera one', 'unit', facing_mode))
    snapshot = snapshot_of(camera, NATIVE)
    assert snapshot.settings['device_id'] == 'one'
    assert snapshot.capabilities['group_id'] == ('unit',)
    assert snapshot.settings.get('facing_mode', '') == facing_mode
    assert ('facing_mode' in snapshot.capabilities) == bool(facing_mode)


def test_every_setting_lies_in_its_capability(camera: ScriptedCamera) -> None:
    snapshot = snapshot_of(camera, NATIVE)
    assert snapshot.settings.keys() == snapshot.capabilities.keys()
    for name, value in snapshot.settings.items():
        capability = snapshot.capabilities[name]
        if isinstance(capability, MediaSettingsRange):
            assert isinstance(value, (int, float))
            assert capability.attains(value)
        else:
            assert value in capability


def test_a_snapshot_does_not_change_with_the_device(camera: ScriptedCamera) -> None:
    before = snapshot_of(camera, NATIVE)
    camera.settings['zoom'] = 4.0
    assert before.settings['zoom'] == 1.0
    assert snapshot_of(camera, NATIVE) != before
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.framing = Framing.native(SMALL)  # type: ignore[misc]


@pytest.mark.parametrize('rotation, size', [(0, (8, 6)), (90, (6, 8)), (180, (8, 6)), (270, (6, 8))])
def test_delivered_settings_are_those_of_the_turned_picture(
    camera: ScriptedCamera, rotation: int, size: tuple[int, int],
) -> None:
    snapshot = snapshot_of(camera, Framing.native(LARGE, rotation=rotation))
    delivered = snapshot.delivered_settings
    assert (delivered['width'], delivered['height']) == size
    assert delivered['aspect_ratio'] == round(size[0] / size[1], 10)
    assert (snapshot.settings['width'], snapshot.settings['height']) == (8, 6)
    assert delivered['zoom'] == 1.0


def test_the_device_is_told_its_own_part_only(camera: ScriptedCamera) -> None:
    selection = select_settings(snapshot_of(camera, NATIVE), [{'zoom': Constraint(exact=2.0)}])
    assert device_part(selection) == {'exposure_mode': 'continuous', 'exposure_time': 156.0, 'zoom': 2.0}


def test_what_is_wished_for_again_is_all_that_the_modes_do_not_leave_to_the_device() -> None:
    wishes = wishes_for({
        'exposure_mode': 'manual', 'exposure_time': 50.0, 'exposure_compensation': 1.0,
        'white_balance_mode': 'continuous', 'color_temperature': 4000.0, 'focus_distance': 2.0, 'torch': True,
        'points_of_interest': (Point2D(0.1, 0.2),),
    })
    assert wishes == {
        'exposure_mode': Constraint(ideal=('manual',)), 'exposure_time': Constraint(ideal=50.0),
        'white_balance_mode': Constraint(ideal=('continuous',)), 'focus_distance': Constraint(ideal=2.0),
        'torch': Constraint(ideal=True), 'points_of_interest': Constraint(ideal=(Point2D(0.1, 0.2),)),
    }


@pytest.mark.parametrize('asked', [
    {'zoom': 2.5, 'width': 5.0, 'height': 4.0, 'frame_rate': 15.0}, {'exposure_time': 50.0}, {'frame_rate': 60.0},
])
def test_wishing_for_what_was_chosen_chooses_it_again(camera: ScriptedCamera, asked: dict[str, float]) -> None:
    snapshot = snapshot_of(camera, NATIVE)
    chosen = select_settings(snapshot, [{name: Constraint(exact=value) for name, value in asked.items()}])
    again = select_settings(snapshot, [wishes_for(chosen.settings)])
    assert (again.settings, again.mode) == (chosen.settings, chosen.mode)
    assert isinstance(again, Selection)
