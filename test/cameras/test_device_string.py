# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a device string names, and the errors for those that name nothing."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import cv2
import pytest
from fixtures.limits import PATIENCE
from fixtures.opencv_cameras import opened, streaming
from fixtures.videos import moving_frames, number_in, write_images, write_video

from imagecapture_ros.cameras.backends.simulated.scene.pictures import PictureScene
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_way_to_write_a_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('HOME', str(folder))
    (folder / 'my videos').mkdir()
    path = write_video(folder / 'my videos' / 'ä 1%20:2.mkv', moving_frames(2))
    words = [str(path), f'file:{path}', path.as_uri(), path.as_uri().replace('file', 'FILE'),
             'my videos/ä 1%20:2.mkv', '~/my videos/ä 1%20:2.mkv',
             './my videos/../my videos/ä 1%20:2.mkv']
    for device in words:
        with streaming(device) as camera:
            assert camera.info.device_id == camera.info.group_id == f'file:{path}'
            assert camera.info.label == 'ä 1%20:2.mkv'
            assert number_in(camera.read(PATIENCE).data) == 0


@pytest.mark.parametrize('scheme', ['HTTP', 'Https', 'RTSP', 'rTsPs'])
def test_a_scheme_may_be_written_in_capitals(scheme: str) -> None:
    assert open_opencv_camera(f'{scheme}://camera/A').info.device_id == f'{scheme.lower()}://camera/A'


def test_the_device_id_can_be_given_as_device(folder: Path) -> None:
    write_images(folder / 'images', moving_frames(2))
    device_id = open_opencv_camera('images').info.device_id
    assert open_opencv_camera(device_id).info.device_id == device_id == f'file:{folder / "images"}'


def test_files_have_nothing_to_control(folder: Path) -> None:
    with opened(write_video(folder / 'a.mkv', moving_frames(2), rate=25.0)) as camera:
        assert (camera.capabilities, camera.settings, camera.defaults) == ({}, {}, {})
        assert [str(mode) for mode in camera.native_modes] == ['320x240@25']
        assert camera.mode == camera.native_modes[0]
        assert camera.has_capture_timestamps
        assert camera.photo_capabilities.sizes == ((320, 240),)
        assert str(camera.photo_capabilities.image_width) == '320 to 320'
        assert str(camera.photo_capabilities.image_height) == '240 to 240'
        assert camera.photo_settings.image_width == 320
        camera.apply({}, camera.mode)


@pytest.mark.parametrize(('device', 'message'), [
    ('nothing.mp4', r"'nothing\.mp4': there is no such file or folder in the working directory .*gst:"),
    ('/no/such/folder', r"'/no/such/folder': there is no such file or folder; a device is"),
    ('file:///no/such.mp4', r"'/no/such\.mp4'"),
    ('file:////no/such.mp4?loop#x', r"'//no/such\.mp4'"),
    ('file://localhost/no/such%20one.mp4', r"'/no/such one\.mp4'"),
    ('file://videos/such.mp4', r'file://videos/such\.mp4: .* is the name of a machine; .* is file:///absolute/path'),
    ('file://[x', r'file://\[x: .* is the name of a machine'),
    ('', 'there is no such file'),
    ('0', 'there is no such file'),
    ('ftp://host/video.mp4', 'the scheme ftp:// is not supported; possible are http, https, rtsp, rtsps'),
    ('rtsp://', 'no valid URL'),
    ('rtsp://host:port/path', 'no valid URL'),
    ('http://[::1/x', 'no valid URL'),
    (f'http://{"a" * 64}.example/x', 'cannot be the name of a host, a part between two dots is longer than 63 letters'),
    ('rtsp://me:secret@cam..example/x', r'rtsp://me:\*\*\*@.* cam\.\.example cannot be .* nothing stands between two'),
    ('http://.example/x', 'nothing stands between two of its dots'),
    ('http://./x', 'nothing stands between two of its dots'),
    (f'http://{"ü" * 60}/x', 'is too long, or has characters that names do not have'),
    ('http://a\u0000b/x', r'a\\x00b cannot be the name of a host, it has characters'),
    ('http://a b/x', 'a b cannot be the name of a host, it has characters'),
    ('http://cam\udcff/x', r'cam\\udcff cannot be the name of a host'),
    ('gst:', 'needs a pipeline'),
    ('gst:  ', 'needs a pipeline'),
])
def test_devices_that_are_none(folder: Path, device: str, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        open_opencv_camera(device)


@pytest.mark.parametrize('device', [
    'http://localhost./x', 'http://bücher.example/x', 'rtsp://127.0.0.1/x', 'http://[::1]:8080/x',
    'http://[fe80::1%25eth0]/x', f'http://{"a" * 63}.{"b" * 63}/x', 'http://_cam-1_/x',
])
def test_hosts_that_there_can_be(device: str) -> None:
    assert open_opencv_camera(device).info.device_id == device


@pytest.mark.parametrize('name', ['a.mkv', 'a.png', 'folder'])
def test_names_that_are_not_in_utf8_do_not_crash_opencv(folder: Path, name: str) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b'/\xff'))
    odd.mkdir()
    path = odd / name
    if name == 'folder':
        write_images(folder / name, moving_frames(2)).rename(path)
    else:
        path.write_bytes(b'0123456789')
    with pytest.raises(NotReadableError) if name != 'folder' else contextlib.nullcontext():
        camera = open_opencv_camera(str(path))
        camera.open()
        camera.close()
    with pytest.raises(NotReadableError, match='the name is not in UTF-8; rename the file') as caught:
        PictureScene(path if path.is_file() else path / 'frame0.png')
    str(caught.value).encode()


@pytest.mark.parametrize('device', [
    'ftp://me:secret@host/x', 'rtsp:/me:secret@host/x', 'me:secret@host/x', 'rtsp:me:secret@host', 'rtsp://me:secret@',
    'rtsp://me:s/secret@host/x', 'rtsp://me:secret#a@host', 'http://me:secret@host:port/', '12me:secret@host',
])
def test_errors_do_not_tell_passwords(folder: Path, device: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        open_opencv_camera(device)
    assert 'secret' not in str(caught.value)
    assert '***' in str(caught.value)


def test_files_that_vanish_before_they_are_opened(folder: Path) -> None:
    write_images(folder, moving_frames(1))
    for path in (write_video(folder / 'a.mkv', moving_frames(2)), folder / 'frame0.png'):
        camera = open_opencv_camera(str(path))
        path.unlink()
        with pytest.raises(NotFoundError, match=f'{path.name}: there is no such file any more'):
            camera.open()


def test_what_is_no_file(folder: Path) -> None:
    os.mkfifo(folder / 'pipe')
    for device in ('pipe', '/dev/null'):
        with pytest.raises(NotReadableError, match=r'is a (pipe|device) and no file'):
            open_opencv_camera(device).open()


def test_images_need_a_rate(folder: Path) -> None:
    cv2.imwrite('a.png', moving_frames(1)[0])
    with pytest.raises(ValueError, match='a source_rate of 0 Hz'):
        open_opencv_camera('a.png', source_rate=0.0)
