# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ImageCapture: what each method needs, and what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fixtures.device_state import ZOOM, streaming

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    InvalidStateError,
    NotSupportedError,
    OperationError,
    UnknownError,
)
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.testing import audio_track

RICH = PhotoCapabilities(
    'controllable', MediaSettingsRange(320, 3200, 1), MediaSettingsRange(240, 2400, 1), ('auto', 'off'))
POOR = PhotoCapabilities('never')

METHODS: dict[str, Callable[[ImageCapture], Any]] = {
    'take_photo': lambda capture: capture.take_photo(PhotoSettings()).result(),
    'grab_frame': lambda capture: capture.grab_frame().result(),
    'get_photo_capabilities': lambda capture: capture.get_photo_capabilities(),
    'get_photo_settings': lambda capture: capture.get_photo_settings(),
}


def camera(capabilities: PhotoCapabilities = RICH) -> tuple[ImageCapture, ScriptedSource]:
    source = ScriptedSource(replace(ZOOM, photo_capabilities=capabilities))
    return ImageCapture(VideoTrack(source)), source


def test_a_live_track_answers_everything() -> None:
    capture, source = camera()
    assert capture.get_photo_capabilities() is RICH
    assert capture.get_photo_settings() == PhotoSettings()
    assert capture.grab_frame().result().frame.sequence == 0
    assert capture.take_photo().result().photo.settings == PhotoSettings()
    assert source.photos == [PhotoSettings()]


@pytest.mark.parametrize('track', [None, 'camera', 5])
def test_what_is_no_track_is_refused(track: Any) -> None:
    with pytest.raises(ConstraintTypeError, match=f'track: {track!r} is not a media stream track'):
        ImageCapture(track)


def test_a_track_without_pictures_is_refused() -> None:
    with pytest.raises(NotSupportedError, match='its kind is audio'):
        ImageCapture(audio_track())


def test_an_ended_track_is_accepted_and_its_methods_fail_later() -> None:
    track = VideoTrack(ScriptedSource(ZOOM))
    track.stop()
    capture = ImageCapture(track)
    with pytest.raises(InvalidStateError):
        capture.get_photo_settings()


@pytest.mark.parametrize('method', ['get_photo_capabilities', 'get_photo_settings'])
def test_a_track_that_ends_while_it_is_read_is_an_operation_error(method: str) -> None:
    capture, source = camera()
    source.ends_when_read = True
    with pytest.raises(OperationError, match='ended before its photo'):
        METHODS[method](capture)


@pytest.mark.parametrize('method', ['take_photo', 'grab_frame'])
def test_a_device_that_fails_is_an_unknown_error(method: str) -> None:
    capture, source = camera()
    source.failure = UnknownError('the shutter is stuck')
    with pytest.raises(UnknownError, match='the shutter is stuck'):
        METHODS[method](capture)


@pytest.mark.parametrize('method', METHODS)
def test_a_disabled_track_has_no_frame_but_answers_all_else(method: str) -> None:
    capture, _ = camera()
    capture.track.enabled = False
    if method == 'grab_frame':
        with pytest.raises(InvalidStateError, match='disabled'):
            capture.grab_frame()
    else:
        METHODS[method](capture)


def test_a_frame_is_as_large_as_the_settings_of_the_track_say() -> None:
    source = ScriptedSource(streaming((640, 480, 30.0)))
    track = VideoTrack(source)
    track.apply_constraints(Constraints({'width': Constraint(exact=320.0)})).result()
    frame = ImageCapture(track).grab_frame().result().frame
    assert (frame.width, frame.height) == (320, 240) == (track.settings['width'], track.settings['height'])


def test_photo_settings_are_those_of_one_call() -> None:
    capture, source = camera()
    capture.take_photo(PhotoSettings(image_width=640.0)).result()
    capture.take_photo().result()
    assert source.photos == [PhotoSettings(image_width=640.0), PhotoSettings()]


def test_a_photo_changes_no_setting_of_the_stream() -> None:
    capture, source = camera()
    before = dict(capture.track.settings)
    capture.take_photo(PhotoSettings('off', 640.0, 480.0, True)).result()
    assert capture.track.settings == before
    assert source.applied == []


def test_the_track_is_the_one_given_and_cannot_be_exchanged() -> None:
    track = VideoTrack(ScriptedSource(ZOOM))
    capture = ImageCapture(track)
    assert capture.track is track
    with pytest.raises(AttributeError):
        capture.track = track  # type: ignore[misc]


@pytest.mark.parametrize('method', METHODS)
def test_an_ended_track_answers_nothing_and_says_why(method: str) -> None:
    capture, source = camera()
    source.status = SourceStatus(muted=True, ended=True, reason='the file has come to its end')
    with pytest.raises(InvalidStateError, match='the track has ended: the file has come to its end'):
        METHODS[method](capture)
    assert source.photos == []


@pytest.mark.parametrize('method', METHODS)
def test_a_stopped_track_answers_nothing(method: str) -> None:
    capture, _ = camera()
    capture.track.stop()
    with pytest.raises(InvalidStateError, match='the track has ended: it was stopped; open the camera again'):
        METHODS[method](capture)


@pytest.mark.parametrize('method', METHODS)
def test_a_muted_track_has_no_frame_but_answers_all_else(method: str) -> None:
    capture, source = camera()
    source.status = SourceStatus(muted=True, ended=False, reason='the stream is stopped')
    if method == 'grab_frame':
        with pytest.raises(InvalidStateError, match='muted, no frame comes: the stream is stopped'):
            capture.grab_frame()
    else:
        METHODS[method](capture)


@pytest.mark.parametrize('wishes', [
    PhotoSettings(image_width=320.0),
    PhotoSettings(image_width=3200, image_height=2400),
    PhotoSettings(fill_light_mode='off'),
    PhotoSettings(red_eye_reduction=False),
    PhotoSettings('auto', 1000.0, 1000.0, True),
])
def test_wishes_within_the_capabilities_reach_the_device_as_they_are(wishes: PhotoSettings) -> None:
    capture, source = camera()
    capture.take_photo(wishes).result()
    assert source.photos == [wishes]


@pytest.mark.parametrize('wishes, message', [
    (PhotoSettings(image_width=319.0), 'image_width 319 is out of range; this device allows 320 to 3200'),
    (PhotoSettings(image_width=3201.0), 'image_width 3201 is out of range'),
    (PhotoSettings(image_height=0.0), 'image_height 0 is out of range; this device allows 240 to 2400'),
    (PhotoSettings(fill_light_mode='flash'), "fill_light_mode 'flash' is not supported .* it allows auto, off"),
])
def test_wishes_outside_the_capabilities_are_refused_with_what_is_allowed(wishes: PhotoSettings, message: str) -> None:
    capture, source = camera()
    with pytest.raises(NotSupportedError, match=message):
        capture.take_photo(wishes)
    assert source.photos == []


@pytest.mark.parametrize('wishes, message', [
    (PhotoSettings(image_width=640.0), 'image_width cannot be chosen on this device; leave it out'),
    (PhotoSettings(image_height=480.0), 'image_height cannot be chosen'),
    (PhotoSettings(fill_light_mode='auto'), 'it allows off, it has no flash'),
    (PhotoSettings(fill_light_mode='flash'), 'it allows off, it has no flash'),
    (PhotoSettings(red_eye_reduction=True), 'it is never; leave it out'),
])
def test_what_a_device_does_not_have_cannot_be_wished(wishes: PhotoSettings, message: str) -> None:
    capture, _ = camera(POOR)
    with pytest.raises(NotSupportedError, match=message):
        capture.take_photo(wishes)


@pytest.mark.parametrize('wishes', [
    PhotoSettings(fill_light_mode='off'), PhotoSettings(red_eye_reduction=False),
    PhotoSettings('off', None, None, False),
])
def test_a_device_without_a_light_takes_photos_without_one(wishes: PhotoSettings) -> None:
    capture, source = camera(POOR)
    capture.take_photo(wishes).result()
    assert source.photos == [wishes]


def test_a_light_that_cannot_be_off_is_refused_to_be_off() -> None:
    capture, _ = camera(PhotoCapabilities('always', fill_light_mode=('auto', 'flash')))
    for wishes in PhotoSettings(fill_light_mode='off'), PhotoSettings(red_eye_reduction=False):
        with pytest.raises(NotSupportedError):
            capture.take_photo(wishes)


@pytest.mark.parametrize('mode', ['never', 'always'])
def test_red_eye_reduction_needs_to_be_controllable(mode: str) -> None:
    capture, _ = camera(PhotoCapabilities(mode))
    with pytest.raises(NotSupportedError, match=f'it is {mode}'):
        capture.take_photo(PhotoSettings(red_eye_reduction=True))


WRONG_TYPES: list[tuple[PhotoSettings, str]] = [
    (PhotoSettings(image_width=math.nan), 'photo_settings.image_width: nan is not a finite number'),
    (PhotoSettings(image_height=math.inf), 'photo_settings.image_height: inf is not a finite number'),
    (PhotoSettings(image_width='640'), "image_width: '640' is not a number"),  # type: ignore[arg-type]
    (PhotoSettings(fill_light_mode='torch'), "'torch' is none of auto, off, flash; .* quote it: 'off'"),
]


@pytest.mark.parametrize('wishes, message', WRONG_TYPES)
def test_a_wrong_type_is_refused_before_anything_else(wishes: PhotoSettings, message: str) -> None:
    capture, source = camera()
    source.status = SourceStatus(muted=True, ended=True, reason='over')
    with pytest.raises(ConstraintTypeError, match=message):
        capture.take_photo(wishes)
    assert source.photos == []
