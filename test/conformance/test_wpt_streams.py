# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What web-platform-tests assert of constraints and tracks (mediacapture-streams), where it applies to a camera.

Where they pin down what Chromium does and the specification says otherwise, the specification is tested.
"""

from __future__ import annotations

from typing import Any

import pytest
from fixtures.device_state import streaming
from fixtures.wpt_camera import STREAM, WptCamera, apply, named, refused, w3c_name

from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    InvalidStateError,
    MediaCaptureError,
    OverconstrainedError,
)
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.mediacapture.w3c_json import (
    capabilities_to_json,
    constraints_to_json,
    settings_to_json,
    video_constraints_from_json,
)

FRONT = named(STREAM, device_id='front', group_id='phone', facing_mode='user')
DOOR = named(STREAM, device_id='door', group_id='house')

FACING_MODES = {'user', 'environment', 'left', 'right'}
RESIZE_MODES = {'none', 'crop-and-scale'}

EMPTY_RANGES: list[dict[str, float]] = [{'max': 0}, {'max': -1}, {'min': 100, 'max': 10}]
IMPOSSIBLE: list[tuple[str, dict[str, float]]] = [
    ('width', {'min': 100_000_000}),
    *((name, limits) for name in ('width', 'height', 'frameRate') for limits in EMPTY_RANGES),
]

NOT_FOR_CAMERAS = (
    'volume', 'sampleRate', 'sampleSize', 'echoCancellation', 'autoGainControl', 'noiseSuppression', 'voiceIsolation',
    'latency', 'channelCount')
HARMLESS = {name: {'ideal': True, 'min': 0} for name in NOT_FOR_CAMERAS}
HARMFUL = {name: {'exact': True, 'min': 100_000_000, 'max': 0} for name in NOT_FOR_CAMERAS}

LONG = ' ' * 500 + '2'
"""A string longer than Chromium's limit of 500 characters."""


def cameras() -> list[WptCamera]:
    return [WptCamera(FRONT, 'front'), WptCamera(DOOR, 'door')]


def opened(video: Any = True, devices: list[WptCamera] | None = None) -> VideoTrack:
    """Return what getUserMedia gives for MediaStreamConstraints with ``video``, of new cameras or of ``devices``."""
    return get_user_media(devices or cameras(), video_constraints_from_json({'video': video}))


def settings_of(track: VideoTrack) -> dict[str, Any]:
    return settings_to_json(track.settings)


def refused_opening(video: Any) -> OverconstrainedError:
    with pytest.raises(OverconstrainedError) as caught:
        opened(video)
    return caught.value


@pytest.fixture
def track() -> VideoTrack:
    return VideoTrack(ScriptedSource(FRONT))


# getSupportedConstraints.

@pytest.mark.parametrize('name', [
    'width', 'height', 'aspectRatio', 'frameRate', 'facingMode', 'resizeMode', 'deviceId', 'groupId'])
def test_every_property_of_a_video_stream_is_a_supported_constraint(name: str) -> None:
    assert get_supported_constraints()[name] is True


@pytest.mark.parametrize('name', NOT_FOR_CAMERAS)
def test_what_is_not_supported_is_absent_and_not_false(name: str) -> None:
    # Browsers have to support those of sound; here there is none.
    assert name not in get_supported_constraints()


# getUserMedia: what can be asked.

@pytest.mark.parametrize('constraints', [{}, {'doesnotexist': True}, {'video': False}, {'audio': True}])
def test_opening_nothing_is_a_type_error_that_names_no_constraint(constraints: Any) -> None:
    with pytest.raises(ConstraintTypeError) as caught:
        video_constraints_from_json(constraints)
    assert isinstance(caught.value, TypeError)
    assert (caught.value.name, hasattr(caught.value, 'constraint')) == ('TypeError', False)


def test_a_track_begins_live_and_enabled_with_frames() -> None:
    track = opened()
    assert (track.kind, track.ready_state, track.enabled, track.muted) == ('video', 'live', True, False)
    assert constraints_to_json(track.constraints) == {}


@pytest.mark.parametrize('name, limits', IMPOSSIBLE)
def test_what_no_camera_can_meet_opens_none_and_is_named(name: str, limits: dict[str, float]) -> None:
    devices = cameras()
    with pytest.raises(OverconstrainedError) as caught:
        get_user_media(devices, video_constraints_from_json({'video': {name: limits}}))
    assert w3c_name(caught.value) == name
    assert all(source.released for device in devices for source in device.opened)


def test_an_advanced_set_that_contradicts_itself_does_not_keep_a_camera_from_being_opened() -> None:
    track = opened({'advanced': [{'width': {'min': 1024, 'max': 800}}]})
    assert (track.ready_state, settings_of(track)['width']) == ('live', 640)


def test_a_trivial_requirement_is_met() -> None:
    assert opened({'width': {'min': 0}}).ready_state == 'live'


def test_an_ideal_beside_a_requirement_is_what_the_track_is_set_to() -> None:
    track = opened({'width': {'ideal': 320, 'min': 160}})
    assert settings_of(track)['width'] == 320
    assert ImageCapture(track).grab_frame().result().frame.width == 320


@pytest.mark.parametrize('state', [FRONT, DOOR], ids=['known', 'unknown'])
def test_an_empty_facing_mode_is_one_that_no_camera_has(state: ScriptedState) -> None:
    with pytest.raises(OverconstrainedError) as caught:
        get_user_media([WptCamera(state)], video_constraints_from_json({'video': {'facingMode': {'exact': ''}}}))
    assert w3c_name(caught.value) == 'facingMode'


@pytest.mark.parametrize('constraints', [
    HARMLESS, HARMFUL, *({name: HARMLESS[name]} for name in NOT_FOR_CAMERAS),
    *({name: HARMFUL[name]} for name in NOT_FOR_CAMERAS)])
def test_what_is_asked_of_a_microphone_does_not_count_for_a_camera(constraints: Any) -> None:
    track = opened(constraints)
    assert track.ready_state == 'live'
    assert constraints_to_json(track.constraints) == {}


# OverconstrainedError.

def test_an_overconstrained_error_is_one_of_the_errors_of_media_capture_and_has_its_name() -> None:
    error = refused_opening({'width': {'min': 100_000_000}})
    assert isinstance(error, MediaCaptureError)
    assert error.name == 'OverconstrainedError'
    assert error.message == str(error) != ''


def test_a_width_that_no_native_mode_has_is_refused_together_with_resize_mode_none() -> None:
    # Chromium names the width; each of the two can be met alone, so the specification names neither.
    asked = {'width': {'exact': 639}, 'resizeMode': {'exact': 'none'}}
    assert refused_opening(asked).constraint == ''
    assert refused(opened(), asked) == ''


def test_a_width_that_no_native_mode_has_is_named_where_nothing_is_cropped_or_scaled() -> None:
    rigid = VideoTrack(ScriptedSource(streaming((640, 480, 20.0), (320, 240, 20.0), resize_modes=('none',))))
    assert refused(rigid, {'width': {'exact': 639}, 'resizeMode': {'exact': 'none'}}) == 'width'


# getUserMedia: which camera.

@pytest.mark.parametrize('state', [FRONT, DOOR])
def test_a_camera_can_be_chosen_by_its_group(state: ScriptedState) -> None:
    assert get_supported_constraints()['groupId']
    settings = settings_of(opened({'groupId': {'exact': state.settings['group_id']}}))
    assert (settings['deviceId'], settings['groupId']) == (state.settings['device_id'], state.settings['group_id'])


def test_the_group_of_something_that_is_no_camera_is_refused_by_name() -> None:
    assert w3c_name(refused_opening({'groupId': {'exact': 'microphone'}})) == 'groupId'


@pytest.mark.parametrize('state', [FRONT, DOOR])
def test_a_track_tells_the_ids_of_the_camera_that_was_chosen_by_its_id(state: ScriptedState) -> None:
    settings = settings_of(opened({'deviceId': {'exact': state.settings['device_id']}}))
    assert (settings['deviceId'], settings['groupId']) == (state.settings['device_id'], state.settings['group_id'])
    assert settings['deviceId'] and settings['groupId']


@pytest.mark.parametrize('name', ['deviceId', 'groupId'])
def test_a_camera_that_is_opened_twice_has_the_same_ids(name: str) -> None:
    devices = cameras()
    first = opened(devices=devices)
    second = opened({'deviceId': {'exact': settings_of(first)['deviceId']}}, devices)
    assert settings_of(second)[name] == settings_of(first)[name]
    assert second.source is first.source and second.id != first.id
    assert len(devices[0].opened) == 1


def test_a_camera_can_be_opened_twice_with_different_sizes() -> None:
    devices = cameras()
    first = opened(devices=devices)
    before = settings_of(first)
    second = opened({'deviceId': {'exact': before['deviceId']}, 'width': {'ideal': before['width'] / 2}}, devices)
    after = settings_of(second)
    assert after['deviceId'] == before['deviceId']
    assert before['width'] / 2 <= after['width'] <= before['width']
    # In browsers each track has a size of its own; here the stream of a camera has one, which all of its tracks show.
    assert after['width'] == before['width'] / 2
    assert settings_of(first) == after


def test_a_size_that_one_track_requires_cannot_be_taken_from_it_by_opening_its_camera_again() -> None:
    devices = cameras()
    first = opened({'width': {'exact': 640}, 'deviceId': 'front'}, devices)
    with pytest.raises(OverconstrainedError):
        opened({'width': {'exact': 320}, 'deviceId': {'exact': 'front'}}, devices)
    assert (first.ready_state, settings_of(first)['width']) == ('live', 640)
    assert not first.source.released


def test_opening_another_camera_leaves_one_that_is_open_as_it_is() -> None:
    devices = cameras()
    first = opened({'deviceId': {'exact': 'front'}}, devices)
    second = opened({'deviceId': {'exact': 'door'}}, devices)
    assert (first.label, second.label) == ('front', 'door')
    assert not first.source.released and not second.source.released
    third = opened({'deviceId': {'exact': 'front'}}, devices)
    first.stop()
    assert (third.ready_state, third.source.released) == ('live', False)
    third.stop()
    assert (third.source.released, second.source.released) == (True, False)


# resizeMode.

@pytest.mark.parametrize('mode', sorted(RESIZE_MODES))
def test_both_resize_modes_can_be_required(mode: str) -> None:
    assert get_supported_constraints()['resizeMode']
    settings = settings_of(opened({'resizeMode': {'exact': mode}}))
    assert (settings['resizeMode'], settings['width'], settings['height']) == (mode, 640, 480)


@pytest.mark.parametrize('name, most', [('width', 30), ('frameRate', 5)])
def test_a_derived_stream_can_be_smaller_and_slower_than_any_native_mode(name: str, most: float) -> None:
    settings = settings_of(opened({'resizeMode': {'exact': 'crop-and-scale'}, name: {'max': most}}))
    assert settings['resizeMode'] == 'crop-and-scale'
    assert 0 < settings[name] <= most


def test_a_resize_mode_that_does_not_exist_opens_no_camera() -> None:
    assert w3c_name(refused_opening({'resizeMode': {'exact': 'INVALID'}})) == 'resizeMode'


# applyConstraints.

@pytest.mark.parametrize('name, limits', IMPOSSIBLE)
def test_what_the_camera_cannot_meet_is_refused_by_name(
    name: str, limits: dict[str, float], track: VideoTrack,
) -> None:
    assert refused(track, {name: limits}) == name


@pytest.mark.parametrize('name, value', [
    ('groupId', 'INVALID'), ('groupId', LONG), ('groupId', 'house'), ('deviceId', 'INVALID'), ('deviceId', 'door'),
    ('resizeMode', 'INVALID'), ('facingMode', 'INVALID'),
])
def test_a_string_that_the_camera_does_not_have_cannot_be_required(name: str, value: str, track: VideoTrack) -> None:
    assert refused(track, {name: {'exact': value}}) == name


@pytest.mark.parametrize('form', ['bare', 'ideal'])
@pytest.mark.parametrize('name, value', [
    # Chromium refuses strings of over 500 characters; the specification knows no limit.
    ('groupId', 'INVALID'), ('groupId', LONG), ('resizeMode', 'INVALID'),
])
def test_a_string_that_the_camera_does_not_have_is_a_wish_without_effect(
    name: str, value: str, form: str, track: VideoTrack,
) -> None:
    before = settings_of(track)
    assert apply(track, {name: value if form == 'bare' else {'ideal': value}}) == before


def test_the_mandatory_constraints_of_old_are_unknown_beside_today_s(track: VideoTrack) -> None:
    mandatory = {'mandatory': {'groupId': 'INVALID'}}
    assert refused(track, {**mandatory, 'groupId': {'exact': 'INVALID'}}) == 'groupId'
    # Chromium refuses the mixture itself; the specification drops what it does not know.
    apply(track, {**mandatory, 'groupId': {'exact': 'phone'}})
    assert constraints_to_json(track.constraints) == {'groupId': {'exact': ['phone']}}


# getCapabilities.

@pytest.mark.parametrize('name', ['width', 'height', 'aspectRatio', 'frameRate'])
def test_the_capability_of_a_number_of_the_stream_is_a_minimum_and_a_maximum(name: str, track: VideoTrack) -> None:
    capability = capabilities_to_json(track.capabilities)[name]
    assert capability.keys() == {'min', 'max'}
    assert capability['min'] <= capability['max']


@pytest.mark.parametrize('name, value', [('deviceId', 'front'), ('groupId', 'phone')])
def test_the_capability_of_an_id_is_a_string(name: str, value: str, track: VideoTrack) -> None:
    assert capabilities_to_json(track.capabilities)[name] == value


def test_the_capability_of_the_resize_mode_has_all_modes(track: VideoTrack) -> None:
    assert set(capabilities_to_json(track.capabilities)['resizeMode']) == RESIZE_MODES


def test_the_capability_of_the_facing_mode_has_modes_of_the_specification(track: VideoTrack) -> None:
    capability = capabilities_to_json(track.capabilities)['facingMode']
    assert capability and set(capability) <= FACING_MODES


def test_a_facing_mode_that_nobody_knows_is_in_neither_capabilities_nor_settings() -> None:
    # Browsers have to list it; the specification does not say what a camera lists that knows none.
    track = VideoTrack(ScriptedSource(DOOR))
    assert 'facingMode' not in capabilities_to_json(track.capabilities)
    assert 'facingMode' not in settings_of(track)


# getSettings.

@pytest.mark.parametrize('name', ['width', 'height'])
def test_a_side_of_the_picture_is_a_whole_number(name: str) -> None:
    for track in opened(), opened({name: {'max': 99.4}}):
        value = settings_of(track)[name]
        assert type(value) is int and value > 0


@pytest.mark.parametrize('name', ['aspectRatio', 'frameRate'])
def test_a_ratio_or_rate_is_a_positive_number(name: str) -> None:
    assert isinstance(settings_of(opened())[name], float) and settings_of(opened())[name] > 0


def test_the_facing_and_resize_modes_are_of_the_specification() -> None:
    settings = settings_of(opened())
    assert settings['facingMode'] in FACING_MODES
    assert settings['resizeMode'] in RESIZE_MODES


def test_a_stopped_track_still_tells_which_camera_it_was() -> None:
    track = opened()
    track.stop()
    assert settings_of(track) == {'deviceId': 'front', 'groupId': 'phone', 'facingMode': 'user'}


# clone, stop, enabled, muted, and the end of a camera.

def test_every_track_has_an_id_of_its_own(track: VideoTrack) -> None:
    clone = track.clone()
    tracks = [track, clone, clone.clone(), opened(), opened()]
    assert len({one.id for one in tracks}) == len(tracks)


def test_a_clone_lives_on_when_the_track_is_stopped(track: VideoTrack) -> None:
    clone = track.clone()
    assert clone.ready_state == 'live'
    track.stop()
    assert (track.ready_state, clone.ready_state) == ('ended', 'live')
    clone.stop()
    assert clone.ready_state == 'ended'


def test_a_clone_begins_in_the_state_of_its_track(track: VideoTrack) -> None:
    second = track.clone()
    track.stop()
    second.enabled = False
    third = second.clone()
    assert (third.ready_state, third.enabled) == ('live', False)
    second.stop()
    assert second.clone().ready_state == 'ended'
    assert third.ready_state == 'live'


def test_a_disabled_track_has_no_frames_and_its_clone_goes_on(track: VideoTrack) -> None:
    # Browsers show it as black; here there is no frame, as the tests of Image Capture want it.
    clone = track.clone()
    track.enabled = False
    with pytest.raises(InvalidStateError):
        ImageCapture(track).grab_frame()
    assert (clone.enabled, ImageCapture(clone).grab_frame().result().frame.width) == (True, 640)


def test_a_disabled_track_still_tells_its_size(track: VideoTrack) -> None:
    track.enabled = False
    assert (settings_of(track)['width'], settings_of(track)['height'], track.ready_state) == (640, 480, 'live')


def test_a_camera_that_pauses_mutes_all_of_its_tracks_and_ends_none() -> None:
    source = ScriptedSource(FRONT)
    tracks = [VideoTrack(source), VideoTrack(source)]
    source.status = SourceStatus(muted=True, ended=False)
    assert [(one.muted, one.enabled, one.ready_state) for one in tracks] == [(True, True, 'live')] * 2
    source.status = SourceStatus(muted=False, ended=False)
    assert not any(one.muted for one in tracks)


def test_a_camera_that_is_taken_away_ends_its_own_tracks_only() -> None:
    door, front = VideoTrack(ScriptedSource(DOOR)), VideoTrack(source := ScriptedSource(FRONT))
    clone = front.clone()
    source.status = SourceStatus(muted=True, ended=True)
    assert [one.ready_state for one in (door, front, clone)] == ['live', 'ended', 'ended']
