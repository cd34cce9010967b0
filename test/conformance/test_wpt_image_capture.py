# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What web-platform-tests assert of Image Capture (mediacapture-image), where it means something without a page.

Where they pin down what Chromium does and the specification says otherwise, the specification is tested.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fixtures.wpt_camera import MOCK, STREAM, WptCamera, apply, refused, without

from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    InvalidStateError,
    NotSupportedError,
    OperationError,
    UnknownError,
)
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack
from imagecapture_ros.mediacapture.w3c_json import (
    capabilities_to_json,
    constraints_from_json,
    constraints_to_json,
    photo_capabilities_to_json,
    photo_settings_from_json,
    photo_settings_to_json,
    settings_to_json,
    video_constraints_from_json,
)
from imagecapture_ros.testing import audio_track

MODES: dict[str, list[str]] = {
    'whiteBalanceMode': ['single-shot', 'continuous'], 'exposureMode': ['manual', 'single-shot', 'continuous'],
    'focusMode': ['manual', 'single-shot'],
}
RANGES: dict[str, dict[str, float]] = {
    name: {'min': low, 'max': high, 'step': step} for name, low, high, step in (
        ('exposureCompensation', -200, 200, 33), ('exposureTime', 100, 100000, 100),
        ('colorTemperature', 2500, 6500, 1000), ('iso', 100, 12000, 1), ('brightness', 1, 10, 1),
        ('contrast', 2, 9, 1), ('saturation', 3, 8, 1), ('sharpness', 4, 7, 1), ('focusDistance', 1, 10, 1),
        ('pan', 0, 10, 2), ('tilt', 0, 10, 2), ('zoom', 0, 10, 5))
}
NOW: dict[str, Any] = {
    'whiteBalanceMode': 'continuous', 'exposureMode': 'manual', 'focusMode': 'manual',
    'pointsOfInterest': [{'x': 0.4, 'y': 0.6}], 'exposureCompensation': 33, 'exposureTime': 1000,
    'colorTemperature': 6000, 'iso': 400, 'brightness': 5, 'contrast': 5, 'saturation': 6, 'sharpness': 7,
    'focusDistance': 3, 'pan': 5, 'tilt': 5, 'zoom': 5, 'torch': False,
}
MOVEMENTS = ('pan', 'tilt', 'zoom')

ASKED: dict[str, Any] = {
    'whiteBalanceMode': 'single-shot', 'exposureMode': 'manual', 'focusMode': 'single-shot',
    'pointsOfInterest': [{'x': 0.1, 'y': 0.2}, {'x': 0.3, 'y': 0.4}], 'exposureCompensation': 133.77,
    'exposureTime': 10000, 'colorTemperature': 6000, 'iso': 120, 'brightness': 3, 'contrast': 4, 'saturation': 5,
    'sharpness': 6, 'focusDistance': 7, 'pan': 8, 'tilt': 9, 'zoom': 3.141592, 'torch': True,
}
"""What web-platform-tests ask of the camera in one set."""
ATTAINABLE = {**ASKED, 'exposureCompensation': 33, 'focusDistance': 3, 'tilt': 10, 'zoom': 10}
"""The same on the steps, and with what the camera holds where the mode leaves a value to it."""

TOO_MUCH: list[tuple[str, Any]] = [
    ('whiteBalanceMode', 'manual'), ('exposureMode', 'none'), ('focusMode', 'continuous'),
    *((name, limits['max'] + 1) for name, limits in RANGES.items()),
    *((name, limits['min'] - 1) for name, limits in RANGES.items()),
]


def camera(state: ScriptedState = MOCK) -> tuple[VideoTrack, ScriptedSource]:
    source = ScriptedSource(state)
    return VideoTrack(source), source


@pytest.fixture
def track() -> VideoTrack:
    return camera()[0]


def take_photo(track: VideoTrack, settings: Any = None) -> dict[str, Any]:
    photo = ImageCapture(track).take_photo(photo_settings_from_json(settings)).result().photo
    return photo_settings_to_json(photo.settings)


METHODS: dict[str, Callable[[VideoTrack], Any]] = {
    'takePhoto': take_photo,
    'grabFrame': lambda track: ImageCapture(track).grab_frame().result(),
    'getPhotoCapabilities': lambda track: ImageCapture(track).get_photo_capabilities(),
    'getPhotoSettings': lambda track: ImageCapture(track).get_photo_settings(),
}


# getSupportedConstraints.

@pytest.mark.parametrize('name', [*MODES, 'pointsOfInterest', *RANGES, 'torch'])
def test_every_property_of_image_capture_is_a_supported_constraint(name: str) -> None:
    assert get_supported_constraints()[name] is True


# Construction.

@pytest.mark.parametrize('value', ['invalid', None, 123, {}, '', True])
def test_only_of_a_track_pictures_can_be_taken(value: Any) -> None:
    with pytest.raises(ConstraintTypeError):
        ImageCapture(value)


def test_an_image_capture_needs_a_track() -> None:
    with pytest.raises(TypeError):
        ImageCapture()  # type: ignore[call-arg]


def test_of_an_audio_track_no_pictures_can_be_taken() -> None:
    with pytest.raises(NotSupportedError):
        ImageCapture(audio_track())


def test_the_track_of_an_image_capture_is_the_given_one_and_stays_it(track: VideoTrack) -> None:
    capture = ImageCapture(track)
    with pytest.raises(AttributeError):
        capture.track = track.clone()  # type: ignore[misc]
    assert capture.track is track


# What a track must be for pictures.

@pytest.mark.parametrize('method', METHODS)
def test_an_ended_track_gives_nothing(method: str, track: VideoTrack) -> None:
    track.stop()
    assert track.ready_state == 'ended'
    with pytest.raises(InvalidStateError):
        METHODS[method](track)


@pytest.mark.parametrize('method', ['getPhotoCapabilities', 'getPhotoSettings'])
def test_a_track_that_ends_while_it_is_asked_about_photos_is_an_operation_error(method: str) -> None:
    track, source = camera()
    source.ends_when_read = True
    with pytest.raises(OperationError):
        METHODS[method](track)


def test_a_disabled_track_gives_no_frame(track: VideoTrack) -> None:
    track.enabled = False
    with pytest.raises(InvalidStateError):
        ImageCapture(track).grab_frame()


def test_a_muted_track_gives_no_frame() -> None:
    track, source = camera()
    source.status = SourceStatus(muted=True, ended=False)
    with pytest.raises(InvalidStateError):
        ImageCapture(track).grab_frame()


@pytest.mark.parametrize('constraints', [{}, {'width': {'exact': 100}, 'height': {'exact': 50}}])
def test_a_frame_has_the_size_of_the_track(constraints: Any, track: VideoTrack) -> None:
    settings = apply(track, constraints)
    frame = ImageCapture(track).grab_frame().result().frame
    assert (frame.width, frame.height) == (settings['width'], settings['height'])


# Photos.

def test_photo_capabilities_are_those_of_the_device(track: VideoTrack) -> None:
    assert photo_capabilities_to_json(ImageCapture(track).get_photo_capabilities()) == {
        'redEyeReduction': 'controllable', 'imageHeight': {'min': 240, 'max': 2448, 'step': 2},
        'imageWidth': {'min': 320, 'max': 3264, 'step': 3}, 'fillLightMode': ['auto', 'flash'],
    }


def test_photo_settings_are_those_of_the_device(track: VideoTrack) -> None:
    settings = photo_settings_to_json(ImageCapture(track).get_photo_settings())
    assert (settings['imageWidth'], settings['imageHeight']) == (320, 240)


@pytest.mark.parametrize('settings', [None, {}])
def test_a_photo_needs_no_settings(settings: Any) -> None:
    track, source = camera()
    assert take_photo(track, settings) == {'imageWidth': 320, 'imageHeight': 240}
    assert len(source.photos) == 1


def test_a_photo_is_taken_with_the_settings_that_are_given() -> None:
    track, source = camera()
    take_photo(track, {'imageWidth': 1079, 'imageHeight': 480, 'redEyeReduction': True, 'fillLightMode': 'flash'})
    assert [photo_settings_to_json(photo) for photo in source.photos] == [
        {'imageWidth': 1079, 'imageHeight': 480, 'redEyeReduction': True, 'fillLightMode': 'flash'}]


def test_a_photo_has_the_nearest_size_that_the_device_shoots(track: VideoTrack) -> None:
    # Chromium hands 1080 on as it is; the specification wants the closest possible size.
    assert take_photo(track, {'imageWidth': 1080})['imageWidth'] == 1079


@pytest.mark.parametrize('settings', [
    # Chromium lets a bad size pass while nobody has asked for the photo capabilities; here they are always known.
    {'imageWidth': 1080, 'imageHeight': 100, 'redEyeReduction': True, 'fillLightMode': 'flash'},
    {'imageHeight': 2449}, {'imageHeight': 239}, {'imageWidth': 3265}, {'imageWidth': 319}, {'fillLightMode': 'off'},
])
def test_photo_settings_outside_the_capabilities_are_not_supported(settings: Any) -> None:
    track, source = camera()
    with pytest.raises(NotSupportedError):
        take_photo(track, settings)
    assert source.photos == []


def test_red_eye_reduction_that_the_device_never_does_is_not_supported() -> None:
    track, _ = camera(replace(MOCK, photo_capabilities=replace(MOCK.photo_capabilities, red_eye_reduction='never')))
    with pytest.raises(NotSupportedError):
        take_photo(track, {'redEyeReduction': True})
    # Chromium refuses this too; nothing is asked that the device does not do.
    take_photo(track, {'redEyeReduction': False})


@pytest.mark.parametrize('state', [MOCK, STREAM])
def test_the_photo_settings_of_a_device_can_be_given_back_to_it(state: ScriptedState) -> None:
    # Chromium fails where a track has no photo capabilities: there it has no device that could take a photo.
    track, source = camera(state)
    take_photo(track, photo_settings_to_json(ImageCapture(track).get_photo_settings()))
    assert source.photos == [state.photo_settings]


def test_a_photo_that_the_device_cannot_take_is_an_unknown_error() -> None:
    track, source = camera(STREAM)
    source.failure = UnknownError('there is no shutter')
    with pytest.raises(UnknownError):
        take_photo(track)


# Capabilities and settings.

@pytest.mark.parametrize('name', MODES)
def test_the_capability_of_a_mode_lists_what_the_device_can(name: str, track: VideoTrack) -> None:
    assert capabilities_to_json(track.capabilities)[name] == MODES[name]


@pytest.mark.parametrize('name', RANGES)
def test_the_capability_of_a_number_is_a_range_with_a_step(name: str, track: VideoTrack) -> None:
    capability = capabilities_to_json(track.capabilities)[name]
    assert capability == RANGES[name]
    assert json.loads(json.dumps(capability)) == capability


def test_the_capability_of_a_torch_lists_what_it_can_be(track: VideoTrack) -> None:
    # In Chromium it is a single boolean still; the specification made it a list in 2023.
    assert capabilities_to_json(track.capabilities)['torch'] == [False, True]


@pytest.mark.parametrize('name', NOW)
def test_a_setting_is_what_the_device_does_now(name: str, track: VideoTrack) -> None:
    assert settings_to_json(track.settings)[name] == NOW[name]


@pytest.mark.parametrize('name', MOVEMENTS)
def test_without_permission_pan_tilt_and_zoom_are_not_there(name: str) -> None:
    blind = VideoTrack(ScriptedSource(MOCK), ptz=PanTiltZoom.HIDDEN)
    assert name not in capabilities_to_json(blind.capabilities)
    assert name not in settings_to_json(blind.settings)
    assert settings_to_json(blind.settings).keys() >= NOW.keys() - set(MOVEMENTS)


# applyConstraints.

@pytest.mark.parametrize('constraints', [None, {}, {'advanced': []}])
def test_asking_for_nothing_is_possible_on_every_device(constraints: Any) -> None:
    assert apply(camera(ScriptedState())[0], constraints) == {}


@pytest.mark.parametrize('state', [ScriptedState(), without(MOCK, 'torch')])
def test_what_the_device_lacks_cannot_be_required(state: ScriptedState) -> None:
    track, _ = camera(state)
    assert 'torch' not in track.capabilities
    assert refused(track, {'torch': {'exact': True}}) == 'torch'


@pytest.mark.parametrize('advanced', [True, False], ids=['advanced', 'required'])
def test_all_properties_at_once_reach_the_device_and_the_settings(advanced: bool) -> None:
    track, source = camera()
    required = {name: {'exact': value} for name, value in ATTAINABLE.items()}
    settings = apply(track, {'advanced': [ATTAINABLE]} if advanced else required)
    assert {name: settings[name] for name in ATTAINABLE} == ATTAINABLE
    assert settings_to_json(source.applied[-1].settings) == settings


@pytest.mark.parametrize('name', ASKED)
def test_each_property_is_set_by_itself_if_the_device_can_have_the_value(name: str) -> None:
    # Chromium takes any value in range as it is; here values beside the steps cannot be had.
    impossible = name in ('exposureCompensation', 'tilt', 'zoom')
    track, source = camera()
    before = apply(track, {})[name]
    assert apply(track, {'advanced': [{name: ASKED[name]}]})[name] == (before if impossible else ASKED[name])
    assert source.applied[-1].skipped_advanced == ((0,) if impossible else ())


def test_a_set_with_a_value_that_the_device_cannot_have_is_skipped_as_a_whole() -> None:
    # Chromium takes it as it is: it knows no steps, and no values that a mode leaves to the device.
    track, source = camera()
    assert apply(track, {'advanced': [ASKED]}) == apply(camera()[0], {})
    assert source.applied[-1].skipped_advanced == (0,)


@pytest.mark.parametrize('name, value', TOO_MUCH)
def test_what_is_impossible_is_skipped_in_an_advanced_set(name: str, value: Any) -> None:
    # Chromium rejects what it finds in the first advanced set; by the specification no advanced set can fail.
    track, source = camera()
    assert apply(track, {'advanced': [{name: value}, {'torch': True}]}) == {**apply(camera()[0], {}), 'torch': True}
    assert source.applied[-1].skipped_advanced == (0,)


@pytest.mark.parametrize('name, value', TOO_MUCH)
def test_what_is_impossible_is_refused_by_its_name_when_it_is_required(
    name: str, value: Any, track: VideoTrack,
) -> None:
    assert refused(track, {name: {'exact': value}, 'torch': {'exact': True}}) == name


def test_the_light_of_a_camera_without_one_is_skipped_in_an_advanced_set() -> None:
    # Chromium rejects it, as above.
    track, source = camera(without(MOCK, 'torch'))
    assert apply(track, {'advanced': [{'torch': True}, {'sharpness': 4}]})['sharpness'] == 4
    assert source.applied[-1].skipped_advanced == (0,)


@pytest.mark.parametrize('name, value', [('pan', 8), ('tilt', 9), ('tilt', 8), ('zoom', 5)])
def test_without_permission_pan_tilt_and_zoom_cannot_be_asked_for(name: str, value: float) -> None:
    source = ScriptedSource(MOCK)
    blind = VideoTrack(source, ptz=PanTiltZoom.HIDDEN)
    assert refused(blind, {name: {'exact': value}}) == name
    # Chromium rejects this too; by the specification no advanced set can fail.
    apply(blind, {'advanced': [{name: value}]})
    assert source.applied[-1].skipped_advanced == (0,)
    assert source.state.settings[name] == NOW[name]


def test_properties_of_the_picture_and_of_the_stream_can_be_asked_for_together(track: VideoTrack) -> None:
    # Chromium rejects the first and ignores the stream in the second.
    settings = apply(track, {'brightness': {'exact': 3}, 'width': {'exact': 320}})
    assert (settings['brightness'], settings['width']) == (3, 320)
    settings = apply(track, {'width': 1280, 'advanced': [{'brightness': 4}]})
    assert (settings['brightness'], settings['width']) == (4, 1280)


# getConstraints.

@pytest.mark.parametrize('state', [MOCK, ScriptedState()], ids=['able', 'unable'])
@pytest.mark.parametrize('asked', [*({name: value} for name, value in ASKED.items()), ASKED, ATTAINABLE],
                         ids=[*ASKED, 'as written', 'attainable'])
def test_constraints_are_those_applied_last_whether_they_were_skipped_or_not(state: ScriptedState, asked: Any) -> None:
    track, _ = camera(state)
    apply(track, {'advanced': [asked]})
    given = constraints_to_json(track.constraints)
    assert list(given) == ['advanced'] and [set(one) for one in given['advanced']] == [set(asked)]
    assert constraints_from_json(given) == constraints_from_json({'advanced': [asked]})
    apply(track, {})
    assert constraints_to_json(track.constraints) == {}


# clone.

def test_a_clone_has_the_constraints_of_the_track(track: VideoTrack) -> None:
    apply(track, {**{name: {'exact': value} for name, value in ATTAINABLE.items()}, 'advanced': [ATTAINABLE]})
    cloned = constraints_to_json(track.clone().constraints)
    assert cloned == constraints_to_json(track.constraints)
    assert set(cloned) == {*ATTAINABLE, 'advanced'}
    assert [set(one) for one in cloned['advanced']] == [set(ATTAINABLE)]


def test_a_clone_has_the_settings_of_the_track(track: VideoTrack) -> None:
    assert settings_to_json(track.clone().settings) == settings_to_json(track.settings)
    apply(track, {'advanced': [ATTAINABLE]})
    assert settings_to_json(track.clone().settings) == settings_to_json(track.settings)


def test_a_clone_has_the_capabilities_of_the_track(track: VideoTrack) -> None:
    capabilities = capabilities_to_json(track.clone().capabilities)
    assert capabilities == capabilities_to_json(track.capabilities)
    assert capabilities.keys() >= {*MODES, *RANGES, 'torch'}


# getUserMedia.

@pytest.mark.parametrize('member', ['min', 'max', 'exact'])
@pytest.mark.parametrize('name', MOVEMENTS)
def test_pan_tilt_and_zoom_cannot_be_required_of_a_camera_that_is_to_be_opened(name: str, member: str) -> None:
    device = WptCamera()
    with pytest.raises(ConstraintTypeError):
        get_user_media([device], video_constraints_from_json({'video': {name: {member: 1}}}))
    assert device.opened == []
