# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The door for Python programs: what the standard's page does works here, on the simulated camera and on others."""

from __future__ import annotations

import copy
import io
import pickle
import queue
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.isolated import REPOSITORY
from fixtures.limits import PATIENCE
from PIL import Image

from imagecapture_ros.cameras.backends.simulated import FaultInjector
from imagecapture_ros.cameras.backends.simulated.camera import SimulatedCamera
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind
from imagecapture_ros.navigator import (
    ConstraintTypeError,
    Event,
    ImageCapture,
    InvalidStateError,
    MediaStream,
    MediaStreamTrack,
    NotFoundError,
    NotSupportedError,
    OverconstrainedError,
    VideoFrame,
    dictionaries,
    media_devices,
)
from imagecapture_ros.testing import audio_track

DEVICE = "sim:?noise=off&mode=320x240@30"



def test_the_page_of_the_standard() -> None:
    with media_devices.get_user_media({'video': {'zoom': True}}, device=DEVICE) as stream:
        track = stream.get_video_tracks()[0]
        assert track.get_capabilities()['zoom'] == {'min': 1.0, 'max': 4.0, 'step': 0.1}
        track.apply_constraints({'advanced': [{'zoom': 2}]})
        assert track.get_settings()['zoom'] == 2.0
        assert track.get_constraints() == {'advanced': [{'zoom': {'exact': 2.0}}]}
        capture = ImageCapture(track)
        photo = capture.take_photo({'imageWidth': 640})
        assert (photo.type, photo.width, photo.settings['zoom']) == ('image/jpeg', 640, 2.0)
        frame = capture.grab_frame()
        assert (frame.shape, frame.encoding, frame.settings['zoom']) == ((240, 320, 3), 'bgr8', 2.0)
    assert track.ready_state == 'ended' and not stream.active


def test_a_photo_is_a_file_and_pixels(track: MediaStreamTrack, tmp_path: Path) -> None:
    photo = ImageCapture(track).take_photo(image_width=640, image_height=480)
    with Image.open(io.BytesIO(photo.data)) as picture:
        assert (picture.format, picture.size) == ('JPEG', (640, 480))
    assert photo.photo_settings['imageWidth'] == 640.0
    paths = [photo.save(tmp_path / 'a.jpg') for _ in range(2)]
    assert [path.name for path in paths] == ['a.jpg', 'a_1.jpg']
    assert paths[0].read_bytes() == photo.data and photo.size == len(photo.data)
    assert np.array_equal(photo.to_ndarray(), cv2.imread(str(paths[0])))


def test_a_photo_can_be_a_png(track: MediaStreamTrack, tmp_path: Path) -> None:
    photo = ImageCapture(track, photo_format='png').take_photo(image_width=640)
    path = photo.save(tmp_path / 'a')
    assert (photo.type, path.name) == ('image/png', 'a.png')
    assert np.array_equal(photo.to_ndarray(), cv2.imread(str(path)))


def test_frames_come_one_after_the_other_until_the_track_ends(track: MediaStreamTrack) -> None:
    frames = track.frames()
    taken = [next(frames) for _ in range(5)]
    assert [later.sequence > earlier.sequence and later.exposed_at > earlier.exposed_at
            for earlier, later in pairwise(taken)] == [True] * 4
    assert all(isinstance(frame, VideoFrame) and frame.shape == (240, 320, 3) for frame in taken)
    assert (taken[0].width, taken[0].height) == (320, 240)
    track.stop()
    assert len(list(frames)) <= 4


@pytest.mark.parametrize('kept', [
    lambda frame: frame.copy(), lambda frame: frame[10:20, 30:70], lambda frame: copy.deepcopy(frame),
    lambda frame: pickle.loads(pickle.dumps(frame))], ids=['copy', 'part', 'deep copy', 'pickled'])
def test_a_copy_of_a_frame_keeps_what_belongs_to_it(
    track: MediaStreamTrack, kept: Callable[[VideoFrame], VideoFrame],
) -> None:
    frame = ImageCapture(track).grab_frame()
    other = kept(frame)
    assert isinstance(other, VideoFrame)
    assert (other.encoding, other.exposed_at, other.sequence, other.settings) == (
        frame.encoding, frame.exposed_at, frame.sequence, frame.settings)
    assert np.array_equal(other, frame) or other.shape == (10, 40, 3)
    assert type(frame + 1) is np.ndarray and isinstance(frame.mean(), float)


def test_who_is_slow_gets_the_newest_frames(track: MediaStreamTrack) -> None:
    frames = track.frames(max_waiting=1)
    first = next(frames)
    other = track.frames()
    for _ in range(10):
        next(other)
    second = next(frames)
    assert second.sequence - first.sequence > 3
    assert frames.dropped > 3
    frames.close()
    assert list(frames) == []


def test_the_frames_of_a_disabled_track_are_black(track: MediaStreamTrack) -> None:
    frames = track.frames()
    assert next(frames).any()
    track.enabled = False
    while next(frames).any():
        pass  # those that came before
    assert not next(frames).any()
    with pytest.raises(InvalidStateError, match='the track is disabled'):
        ImageCapture(track).grab_frame()
    clone = track.clone()
    clone.enabled = True
    ImageCapture(clone).grab_frame()
    clone.stop()


def test_encodings(track: MediaStreamTrack) -> None:
    capture = ImageCapture(track)
    assert {encoding: (capture.grab_frame(encoding=encoding).encoding, capture.grab_frame(encoding=encoding).ndim)
            for encoding in ('bgr8', 'rgb8', 'mono8', 'passthrough')} == {
        'bgr8': ('bgr8', 3), 'rgb8': ('rgb8', 3), 'mono8': ('mono8', 2), 'passthrough': ('bgr8', 3)}


@pytest.mark.parametrize('encoding', ['jpeg', 'mono8', 'nv12', 'yuv422_yuy2'])
def test_the_size_of_a_frame_is_that_of_its_picture_in_every_encoding(encoding: str) -> None:
    with media_devices.get_user_media(device=f'{DEVICE}&encoding={encoding}') as stream:
        frame = ImageCapture(stream.get_tracks()[0]).grab_frame(encoding='passthrough')
    assert (frame.width, frame.height) == (320, 240)


@pytest.mark.parametrize('encoding', ['jpeg', 'mono8', 'yuv422_yuy2'])
def test_frames_are_colour_unless_there_is_none(encoding: str) -> None:
    with media_devices.get_user_media(device=f'{DEVICE}&encoding={encoding}') as stream:
        frame = ImageCapture(stream.get_tracks()[0]).grab_frame()
    assert frame.encoding == ('mono8' if encoding == 'mono8' else 'bgr8')
    assert frame.shape[:2] == (240, 320)


def test_keywords_say_the_same_as_the_dictionaries_of_the_standard() -> None:
    with media_devices.get_user_media(device=DEVICE, zoom=3.0, width={'ideal': 160}) as stream:
        track = stream.get_tracks()[0]
        assert (track.get_settings()['zoom'], track.get_settings()['width']) == (3.0, 160)
        track.apply_constraints(zoom={'exact': 2.0}, exposure_mode='manual')
        assert track.get_constraints() == {'zoom': {'exact': 2.0}, 'exposureMode': {'ideal': ['manual']}}
        track.apply_constraints({'brightness': 100, 'zoom': 1.5}, zoom=4)
        assert (track.get_settings()['brightness'], track.get_settings()['zoom']) == (100.0, 4.0)


def test_errors_are_raised_by_the_call_that_fails(track: MediaStreamTrack) -> None:
    with pytest.raises(OverconstrainedError, match='zoom: exact 99 is not possible') as refused:
        track.apply_constraints({'zoom': {'exact': 99}})
    assert refused.value.constraint == 'zoom'
    with pytest.raises(ConstraintTypeError, match=r'zom is no property of the vocabulary; .*zoom'):
        track.apply_constraints(zom=2)  # type: ignore[call-arg]
    with pytest.raises(ConstraintTypeError, match=r'exposureTime is no property .* did you mean exposure_time'):
        track.apply_constraints(exposureTime=2)  # type: ignore[call-arg]
    capture = ImageCapture(track)
    with pytest.raises(NotSupportedError, match=r'imageWidth|image_width'):
        capture.take_photo({'imageWidth': 99999})
    with pytest.raises(ConstraintTypeError, match=r'image_with is no setting of a photo; .*image_width'):
        capture.take_photo(image_with=3)  # type: ignore[call-arg]
    track.stop()
    for call in (capture.take_photo, capture.grab_frame, capture.get_photo_settings, capture.get_photo_capabilities):
        with pytest.raises(InvalidStateError, match=r'the track has ended: it was stopped; open the camera again'):
            call()
    track.apply_constraints({'zoom': {'exact': 99}})  # nothing happens, as the standard says


def test_there_has_to_be_such_a_camera() -> None:
    with pytest.raises(NotFoundError, match='no such'):
        media_devices.get_user_media(device='/nonexistent.mp4')
    with pytest.raises(ConstraintTypeError, match='no video is asked for'):
        media_devices.get_user_media({'audio': True}, device='sim')
    with pytest.raises(ConstraintTypeError, match=r"keyword.* device='/dev/video0'"):
        media_devices.get_user_media('/dev/video0')  # type: ignore[arg-type]
    with pytest.raises(ConstraintTypeError, match=r'device: 0 is n.*; write .*/dev/video0'):
        media_devices.get_user_media(device=0)  # type: ignore[arg-type]
    with pytest.raises(ConstraintTypeError, match=r'device: None is n'):
        media_devices.get_user_media(device=None)  # type: ignore[arg-type]


def test_a_listed_camera_is_opened_by_its_id_as_in_a_browser() -> None:
    with media_devices.get_user_media({'video': {'deviceId': {'exact': 'sim'}}}) as stream:
        assert stream.get_tracks()[0].get_settings()['deviceId'] == 'sim'
    try:
        with media_devices.get_user_media({'video': {'deviceId': 'sim'}}) as stream:  # a wish only
            assert stream.get_tracks()[0].get_settings()['deviceId'] != 'sim'
    except NotFoundError:
        pass  # this machine has no camera


def test_names_that_the_standard_ignores_are_warned_of(track: MediaStreamTrack) -> None:
    with pytest.warns(UserWarning, match='exposureTme is no constraint .*; did you mean exposureTime') as told:
        track.apply_constraints({'exposureTme': 50, 'zoom': 2})  # type: ignore[typeddict-unknown-key]
    assert [warning.filename for warning in told] == [__file__]
    assert track.get_settings()['zoom'] == 2.0
    with pytest.warns(UserWarning, match='frameRte is no constraint') as told:
        media_devices.get_user_media(
            {'video': {'advanced': [{'frameRte': 5}]}}, device=DEVICE).close()  # type: ignore[list-item]
    assert [warning.filename for warning in told] == [__file__]
    with pytest.warns(UserWarning, match='width is no setting of a photo .*; did you mean imageWidth') as told:
        ImageCapture(track).take_photo({'width': 640})  # type: ignore[typeddict-unknown-key]
    assert [warning.filename for warning in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        track.apply_constraints({'advanced': [{'zoom': 2}], **track.get_constraints()})
        ImageCapture(track).take_photo(ImageCapture(track).get_photo_settings())


@pytest.mark.parametrize('number', [np.int64(2), np.float32(2), np.float64(2), np.uint8(2)])
def test_numbers_of_numpy_are_numbers(track: MediaStreamTrack, number: Any) -> None:
    track.apply_constraints({'zoom': number}, width=number * type(number)(100))
    assert (track.get_settings()['zoom'], track.get_settings()['width']) == (2.0, 200)
    assert ImageCapture(track).take_photo(image_width=np.float32(640)).width == 640


def test_pictures_are_taken_of_video_tracks_only(track: MediaStreamTrack) -> None:
    with pytest.raises(NotSupportedError, match='its kind is audio'):
        ImageCapture(audio_track())
    for nothing in (None, 3, object()):
        with pytest.raises(ConstraintTypeError, match='is not a media stream track'):
            ImageCapture(nothing)  # type: ignore[arg-type]
    with pytest.raises(NotSupportedError, match='photo_format'):
        ImageCapture(track, photo_format='gif')


def test_devices_are_listed_as_the_standard_does() -> None:
    listed = media_devices.enumerate_devices()
    assert listed[-1].to_json() == {
        'deviceId': 'sim', 'kind': 'videoinput', 'label': 'Simulated camera', 'groupId': 'sim'}
    assert media_devices.get_supported_constraints()['exposureTime'] is True


def test_a_camera_that_is_open_is_not_opened_again(stream: MediaStream, track: MediaStreamTrack) -> None:
    with media_devices.get_user_media(device=DEVICE, zoom=2) as again:
        other = again.get_tracks()[0]
        assert other.id != track.id
        assert track.get_settings() == other.get_settings()
        assert track.get_settings()['zoom'] == 2.0
    assert (other.ready_state, track.ready_state) == ('ended', 'live')
    ImageCapture(track).grab_frame()
    with media_devices.get_user_media(device='sim:?seed=5') as another:
        assert another.get_tracks()[0].get_settings()['deviceId'] != track.get_settings()['deviceId']


def test_a_stream_is_found_by_its_tracks_and_cloned(stream: MediaStream, track: MediaStreamTrack) -> None:
    assert stream.get_track_by_id(track.id) is track and stream.get_track_by_id('another') is None
    copy = stream.clone()
    assert copy.id != stream.id and copy.get_tracks()[0].id != track.id
    assert repr(copy) == "MediaStream(MediaStreamTrack('Simulated camera', live))"
    stream.close()
    assert (stream.active, copy.active) == (False, True)
    assert repr(track) == "MediaStreamTrack('Simulated camera', ended)"
    assert ImageCapture(copy.get_tracks()[0]).grab_frame().width == 320
    copy.close()


def test_a_camera_is_closed_with_its_last_track() -> None:
    def threads() -> set[str]:
        return {thread.name for thread in threading.enumerate()} & {'capture', 'events'}

    stream = media_devices.get_user_media(device='sim:?seed=7')
    track = stream.get_tracks()[0]
    clone = track.clone()
    stream.close()
    assert 'capture' in threads() and clone.ready_state == 'live'
    source = clone._source
    clone.stop()
    assert source.thread.close(PATIENCE)
    assert not source.thread._camera.faults.active('unplug')
    with media_devices.get_user_media(device='sim:?seed=7') as opened_again:
        assert opened_again.get_tracks()[0]._source is not source


def faults_of(track: MediaStreamTrack) -> FaultInjector:
    camera = track._source.thread._camera
    assert isinstance(camera, SimulatedCamera)
    return camera.faults


def test_events_tell_what_becomes_of_a_track(track: MediaStreamTrack) -> None:
    events: queue.Queue[Event] = queue.Queue()
    for name in ('mute', 'unmute', 'ended'):
        track.add_event_listener(name, events.put)
    track.onmute = lambda event: 1 / 0  # harms nobody else
    faults_of(track).inject('unplug+0.3s')
    told = [events.get(timeout=PATIENCE) for _ in range(2)]
    assert [(event.type, event.target) for event in told] == [('mute', track), ('unmute', track)]
    track.remove_event_listener('mute', events.put)
    with pytest.raises(ValueError, match=r"there is no event 'moot'; .*mute"):
        track.add_event_listener('moot', print)
    with pytest.raises(ValueError, match="there is no event 'onmute'; did you mean mute"):
        track.add_event_listener('onmute', print)
    track.stop()
    assert events.empty()


def test_a_change_by_another_track_is_an_event_and_ones_own_is_none(track: MediaStreamTrack) -> None:
    track.apply_constraints(exposure_mode='manual', white_balance_mode='manual', focus_mode='manual')
    own: queue.Queue[Event] = queue.Queue()
    others: queue.Queue[Event] = queue.Queue()
    clone = track.clone()
    ImageCapture(track).grab_frame()
    clone.onconfigurationchange, track.onconfigurationchange = others.put, own.put
    track.apply_constraints(exposure_mode='manual', white_balance_mode='manual', focus_mode='manual', zoom=2)
    assert others.get(timeout=PATIENCE).target is clone
    ImageCapture(track).grab_frame()
    assert own.empty()
    clone.stop()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with pictures for two seconds, which become lighter."""
    folder = tmp_path / 'pictures'
    folder.mkdir()
    for number in range(60):
        cv2.imwrite(str(folder / f'{number:02}.png'), np.full((48, 64, 3), 4 * number, np.uint8))
    return folder


def test_the_end_of_a_file_is_the_end_of_its_track(pictures: Path) -> None:
    ended: queue.Queue[Event] = queue.Queue()
    with media_devices.get_user_media(device=pictures) as stream:
        track = stream.get_tracks()[0]
        track.onended = ended.put
        shown = [int(frame.mean()) for frame in track.frames(max_waiting=100)]
        assert shown == list(range(0, 240, 4))[-len(shown):]
        assert ended.get(timeout=PATIENCE).target is track
        assert track.ready_state == 'ended' and not stream.active


def test_a_file_starts_again_if_that_is_wanted(pictures: Path) -> None:
    with media_devices.get_user_media(device=pictures, loop=True) as stream:
        track = stream.get_tracks()[0]
        frames = track.frames()
        shown = [int(next(frames).mean()) for _ in range(100)]
        assert any(later < earlier for earlier, later in pairwise(shown))
        assert ImageCapture(track).take_photo().width == 64


def test_an_image_alone_has_no_end(tmp_path: Path) -> None:
    picture = tmp_path / 'a.png'
    cv2.imwrite(str(picture), np.zeros((48, 64, 3), np.uint8))
    with media_devices.get_user_media(device=picture) as stream:
        track = stream.get_tracks()[0]
        frames = track.frames()
        assert [next(frames).shape for _ in range(3)] == [(48, 64, 3)] * 3
        assert ImageCapture(track).take_photo().width == 64


def test_a_track_is_not_muted_once_it_has_frames(track: MediaStreamTrack) -> None:
    next(track.frames())
    assert not track.muted


def test_no_ros_is_loaded() -> None:
    script = (
        'import sys\n'
        'from imagecapture_ros.navigator import media_devices, ImageCapture\n'
        'from imagecapture_ros.navigator import aio\n'
        'with media_devices.get_user_media(device="sim") as stream:\n'
        '    ImageCapture(stream.get_tracks()[0]).take_photo(image_width=640)\n'
        'print(sorted({name.partition(".")[0] for name in sys.modules} & {"rclpy", "sensor_msgs", "rosidl_parser"}))\n')
    result = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert result.stdout.strip() == '[]'


KINDS = {Kind.NUMBER: 'float', Kind.INTEGER: 'int', Kind.STRING: 'str', Kind.BOOLEAN: 'bool'}


def test_the_types_have_every_property_of_the_vocabulary() -> None:
    names = [row.w3c_name for row in VOCABULARY.values()]
    assert list(dictionaries.MediaTrackConstraintSet.__annotations__) == names
    assert list(dictionaries.MediaTrackSettings.__annotations__) == names
    assert list(dictionaries.Wishes.__annotations__) == list(VOCABULARY)
    assert set(dictionaries.MediaTrackCapabilities.__annotations__) == {
        row.w3c_name for row in VOCABULARY.values() if row.kind is not Kind.POINTS}
    settings = {name: annotation.__forward_arg__
                for name, annotation in dictionaries.MediaTrackSettings.__annotations__.items()}
    assert {row.w3c_name: settings[row.w3c_name] for row in VOCABULARY.values() if row.kind in KINDS} == {
        row.w3c_name: KINDS[row.kind] for row in VOCABULARY.values() if row.kind in KINDS}


CHECKED = """
from imagecapture_ros.navigator import ImageCapture, aio, media_devices

stream = media_devices.get_user_media({'video': {'zoom': True, 'width': {'ideal': 640}}}, device='sim', iso=100)
track = stream.get_video_tracks()[0]
track.apply_constraints({'advanced': [{'zoom': 2}]}, exposure_time={'exact': 100.0})
width: int = track.get_settings()['width']
photo = ImageCapture(track).take_photo({'imageWidth': 1920}, red_eye_reduction=False)
iso: float = photo.settings['iso']
"""
WRONG = (
    "track.apply_constraints({'zom': 2})", 'track.apply_constraints(zom=2)', "track.get_settings()['heigth']",
    "track.apply_constraints({'advanced': [{'widht': 2}]})", "media_devices.get_user_media({'vidoe': True})",
    'ImageCapture(track).take_photo(image_with=1)', "track.apply_constraints({'zoom': 'big'})",
    "photo.settings['izo']", "ImageCapture(track).grab_frame().settings['izo']", "photo.photo_settings['imageWith']",
)


def test_a_type_checker_finds_a_misspelt_name(tmp_path: Path) -> None:
    pytest.importorskip('mypy')
    good, bad = tmp_path / 'good.py', tmp_path / 'bad.py'
    good.write_text(CHECKED)
    bad.write_text(CHECKED + '\n'.join(WRONG) + '\n')
    results: dict[Path, Any] = {
        path: subprocess.run(
            [sys.executable, '-m', 'mypy', '--strict', '--config-file=', '--follow-imports=silent', str(path)],
            text=True, capture_output=True, check=False, cwd=REPOSITORY)
        for path in (good, bad)}
    assert results[good].returncode == 0, results[good].stdout
    begin = len(CHECKED.splitlines())
    found = {int(line.split(':')[1]) - begin - 1 for line in results[bad].stdout.splitlines() if ' error: ' in line}
    assert found == set(range(len(WRONG))), results[bad].stdout


def test_one_camera_is_opened_by_many_at_once() -> None:
    streams: list[MediaStream] = []
    threads = [threading.Thread(target=lambda: streams.append(media_devices.get_user_media(device='sim:?seed=9')))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len({id(stream._source) for stream in streams}) == 1 and len(streams) == 8
    for stream in streams:
        stream.close()
    assert not streams[0]._source.tracks.any
