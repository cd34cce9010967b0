# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What careless callers give: a mistake is an error of the call that makes it, and harms nobody else."""

from __future__ import annotations

import math
import queue
import threading
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.videos import moving_frames, write_video

from imagecapture_ros.cameras.backends.simulated.camera import SimulatedCamera
from imagecapture_ros.navigator import (
    AbortError,
    ConstraintTypeError,
    Event,
    ImageCapture,
    InvalidStateError,
    MediaStreamTrack,
    NotSupportedError,
    UnknownError,
    media_devices,
)

DEVICE = 'sim:?noise=off&mode=320x240@30'



def test_scalars_of_numpy_are_numbers_and_booleans(track: MediaStreamTrack) -> None:
    track.apply_constraints(zoom=np.float32(2.0), width=np.int64(160), torch=np.bool_(True))  # type: ignore[arg-type]
    settings = track.get_settings()
    assert (settings['zoom'], settings['width'], settings['torch']) == (2.0, 160, True)
    track.apply_constraints({'advanced': [{'zoom': np.uint8(3), 'torch': np.False_}]})  # type: ignore[list-item,typeddict-item]
    assert (track.get_settings()['zoom'], track.get_settings()['torch']) == (3.0, False)
    photo = ImageCapture(track).take_photo({'imageWidth': np.int32(640), 'redEyeReduction': np.False_})
    assert photo.width == 640
    with pytest.raises(ConstraintTypeError, match=r'zoom\.min: True is not a number'):
        track.apply_constraints({'zoom': {'min': np.bool_(True)}})  # type: ignore[typeddict-item]


@pytest.mark.parametrize('settings', [[], 0, '', 5, [1], 'x', False])
def test_photo_settings_are_a_dictionary(settings: Any, track: MediaStreamTrack) -> None:
    with pytest.raises(ConstraintTypeError, match='is not an object with members'):
        ImageCapture(track).take_photo(settings)


def test_what_is_none_is_not_asked_for(track: MediaStreamTrack) -> None:
    photo = ImageCapture(track).take_photo(image_width=640, image_height=None)  # type: ignore[typeddict-item]
    assert photo.width == 640
    track.apply_constraints(zoom=None)  # type: ignore[arg-type]


@pytest.mark.parametrize('value', [-1, 0, 10**9, 1e300])
def test_a_photo_of_another_size_is_refused(value: float, track: MediaStreamTrack) -> None:
    with pytest.raises(NotSupportedError, match='image_width'):
        ImageCapture(track).take_photo(image_width=value)


@pytest.mark.parametrize('value', [math.nan, math.inf, 10**400, True, 'wide', [640]])
def test_a_size_that_is_no_number_is_refused(value: Any, track: MediaStreamTrack) -> None:
    with pytest.raises(ConstraintTypeError, match=r'(?i)image_?width'):
        ImageCapture(track).take_photo(image_width=value)


@pytest.mark.parametrize('quality', ['x', None, 50.5, True, math.nan])
def test_quality_is_a_whole_number(quality: Any, track: MediaStreamTrack) -> None:
    with pytest.raises(ConstraintTypeError, match=r'photo_quality: .* is not a whole number'):
        ImageCapture(track, photo_quality=quality)


@pytest.mark.parametrize('number', ['3', None, 2.5, math.nan, True])
def test_frames_are_counted_in_whole_numbers(number: Any, track: MediaStreamTrack) -> None:
    with pytest.raises(ConstraintTypeError, match=r'max_waiting: .* is not a whole number'):
        track.frames(max_waiting=number)
    with pytest.raises(ValueError, match='max_waiting is 0'):
        track.frames(max_waiting=0)
    assert track._source.output._sinks == ()


@pytest.mark.parametrize('encoding', ['foo', '', 'mono16', 'jpeg'])
def test_an_encoding_is_refused_at_once(encoding: str, track: MediaStreamTrack) -> None:
    for call in (track.frames, ImageCapture(track).grab_frame):
        with pytest.raises(NotSupportedError, match=r'encoding .* is not offered'):
            call(encoding=encoding)
        with pytest.raises(ConstraintTypeError, match='encoding: 3 is not a string'):
            call(encoding=3)  # type: ignore[arg-type]
    assert track._source.output._sinks == ()


def test_a_listener_can_be_called(track: MediaStreamTrack) -> None:
    for nothing in (None, 3, 'print'):
        with pytest.raises(ConstraintTypeError, match=r'listener: .* cannot be called'):
            track.add_event_listener('mute', nothing)  # type: ignore[arg-type]
    for name in (None, [], 3):
        with pytest.raises(ConstraintTypeError, match='is not the name of an event'):
            track.add_event_listener(name, print)  # type: ignore[arg-type]


def test_enabled_is_true_or_false(track: MediaStreamTrack) -> None:
    for value, meant in ((0, False), ('no', True), (None, False), (np.True_, True)):
        track.enabled = value  # type: ignore[assignment]
        assert track.enabled is meant


@pytest.mark.parametrize('path', ['', '.', '..', '/', 'a\0b', 'folder', 'x' * 300, '/proc/a.jpg', '/dev/null/a.jpg'])
def test_a_photo_is_saved_under_a_name(
        path: str, track: MediaStreamTrack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'folder').mkdir()
    photo = ImageCapture(track).take_photo(image_width=640)
    with pytest.raises(UnknownError):
        photo.save(path)
    for nothing in (None, 3, b'x'):
        with pytest.raises(ConstraintTypeError, match='is not the path of a file'):
            photo.save(nothing)  # type: ignore[arg-type]
    assert [one.name for one in tmp_path.rglob('*')] == ['folder']


# Frames belong to who took them.

def test_who_draws_on_a_frame_draws_on_nobody_elses(tmp_path: Path) -> None:
    picture = tmp_path / 'a.png'
    cv2.imwrite(str(picture), np.full((48, 64, 3), 200, np.uint8))
    with media_devices.get_user_media(device=picture) as stream:
        track = stream.get_tracks()[0]
        for encoding in ('bgr8', 'passthrough'):
            frames, others = track.frames(encoding=encoding), track.frames(encoding=encoding)
            for _ in range(2):  # a file shows the same picture again
                mine, theirs = next(frames), next(others)
                cv2.rectangle(mine, (0, 0), (64, 48), (0, 0, 0), -1)
                assert not mine.any() and (theirs == 200).all()
            assert (ImageCapture(track).grab_frame(encoding=encoding) == 200).all()
            frames.close()
            others.close()


@pytest.mark.parametrize(('encoding', 'wanted'), [
    ('bgr8', 'bgr8'), ('jpeg', 'passthrough'), ('mono8', 'bgr8'), ('yuv422_yuy2', 'passthrough'),
    ('yuv422_yuy2', 'rgb8'),
])
def test_black_is_black_in_every_encoding(encoding: str, wanted: str) -> None:
    with media_devices.get_user_media(device=f'{DEVICE}&encoding={encoding}') as stream:
        track = stream.get_tracks()[0]
        track.enabled = False
        frame = next(track.frames(encoding=wanted))
    if frame.encoding == 'yuv422_yuy2':
        frame = cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_YUY2)
    assert frame.shape[:2] == (240, 320) and not frame.any()


# Events.

def told_by(track: MediaStreamTrack, faults: str) -> None:
    camera = track._source.thread._camera
    assert isinstance(camera, SimulatedCamera)
    camera.faults.inject(faults)


def test_listeners_that_remove_themselves_or_others_and_those_that_fail(track: MediaStreamTrack) -> None:
    told: queue.Queue[str] = queue.Queue()

    def once(event: Event) -> None:
        track.remove_event_listener('mute', once)
        track.remove_event_listener('mute', removed)
        track.add_event_listener('mute', added)
        told.put('once')
        raise SystemExit

    def removed(event: Event) -> None:
        told.put('removed')

    def added(event: Event) -> None:
        told.put('added')

    def last(event: Event) -> None:
        told.put('last')

    for listener in (once, removed, last):
        track.add_event_listener('mute', listener)
    told_by(track, 'unplug+0.3s')
    assert [told.get(timeout=PATIENCE) for _ in range(2)] == ['once', 'last']
    next(track.frames())
    told_by(track, 'unplug+0.3s')
    assert [told.get(timeout=PATIENCE) for _ in range(2)] == ['last', 'added']
    assert told.empty()


def test_a_listener_may_call_whatever_it_wants(track: MediaStreamTrack) -> None:
    done: queue.Queue[Any] = queue.Queue()

    def busy(event: Event) -> None:
        track.apply_constraints(zoom=2)
        done.put(track.get_settings()['zoom'])
        done.put(ImageCapture(track).take_photo(image_width=640).width)
        done.put(next(track.frames()).shape)
        with media_devices.get_user_media(device=DEVICE) as again:
            done.put(again.active)
        track.clone().stop()
        track.stop()
        done.put(track.ready_state)

    track.onunmute = busy
    told_by(track, 'unplug+0.3s')
    assert [done.get(timeout=PATIENCE) for _ in range(5)] == [2.0, 640, (240, 320, 3), True, 'ended']


def test_nothing_is_told_of_a_track_that_was_stopped(track: MediaStreamTrack) -> None:
    told: queue.Queue[Event] = queue.Queue()
    late: queue.Queue[Event] = queue.Queue()
    go_on, muted = threading.Event(), threading.Event()
    clone = track.clone()
    track.onmute, clone.onmute = late.put, told.put
    track._source.events.call(partial(go_on.wait, PATIENCE))  # as a listener that takes its time
    told_by(track, 'unplug')
    for _ in range(int(PATIENCE / 0.05)):
        if track.muted or muted.wait(0.05):
            break
    track.stop()
    go_on.set()
    assert told.get(timeout=PATIENCE).target is clone
    track._source.events.call(muted.set)
    assert muted.wait(PATIENCE) and late.empty()
    clone.stop()


# Files that end, and devices that do not start.

def test_a_file_that_is_not_played_again_ends(tmp_path: Path) -> None:
    video = tmp_path / 'a.mkv'
    write_video(video, moving_frames(5))
    told: queue.Queue[Event] = queue.Queue()
    with media_devices.get_user_media(device=video, loop=False) as stream:
        track = stream.get_tracks()[0]
        track.onended = told.put
        assert 1 <= len(list(track.frames(max_waiting=10))) <= 5
        assert told.get(timeout=PATIENCE).type == 'ended'
        assert track.ready_state == 'ended' and not stream.active
        assert list(track.frames()) == []
        with pytest.raises(InvalidStateError, match='has come to its end'):
            ImageCapture(track).grab_frame()
        with media_devices.get_user_media(device=video, loop=False) as again:
            assert next(again.get_tracks()[0].frames()).shape == (240, 320, 3)


def test_a_device_that_vanishes_while_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    start = SimulatedCamera.start

    def lost(camera: SimulatedCamera) -> None:
        camera.faults.inject('unplug')
        start(camera)

    monkeypatch.setattr(SimulatedCamera, 'start', lost)
    with pytest.raises(AbortError, match='does not stream'):
        media_devices.get_user_media(device='sim:?seed=31')
