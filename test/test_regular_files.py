# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever stands in the place of a file: it is read, or refused at once and with little memory."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.limited import run_limited
from fixtures.videos import moving_frames, write_images

from imagecapture_ros.cameras.backends.files.image_files import ImageFiles
from imagecapture_ros.cameras.backends.simulated.scene.pictures import PictureScene
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.cameras_file import CamerasFileError, read_cameras
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError
from imagecapture_ros.regular_files import (
    FileSlices,
    UnusableFileError,
    check_regular,
    open_regular,
    read_file,
    read_text,
)


def fifo(place: Path) -> None:
    os.mkfifo(place)


def device(place: Path) -> None:
    place.symlink_to('/dev/zero')


def folder(place: Path) -> None:
    place.mkdir()


def unix_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))


def dangling(place: Path) -> None:
    place.symlink_to(place.with_name('nothing'))


KINDS = {fifo: 'a pipe', device: 'a device', folder: 'a folder', unix_socket: 'a socket'}


@pytest.mark.parametrize('make', KINDS, ids=lambda one: one.__name__)
def test_what_is_no_file_is_refused_and_named(tmp_path: Path, make: Callable[[Path], None]) -> None:
    place = tmp_path / 'thing'
    make(place)
    for read in (lambda: read_file(place, 1000), lambda: check_regular(place), lambda: read_text(place, 1000)):
        with pytest.raises(UnusableFileError, match=f'thing is {KINDS[make]} and no file'):
            read()
    with pytest.raises(UnusableFileError), open_regular(place):
        pass


def test_what_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    dangling(tmp_path / 'link')
    for place in (tmp_path / 'nothing', tmp_path / 'link', tmp_path / ('a' * 5000)):
        with pytest.raises(OSError) as caught:
            read_file(place, 1000)
        assert not isinstance(caught.value, UnusableFileError)
    with pytest.raises(UnusableFileError, match='can be the name of no file'):
        read_file('a\0b', 1000)


def test_a_file_may_be_as_large_as_is_allowed_and_no_larger(tmp_path: Path) -> None:
    place = tmp_path / 'file'
    place.write_bytes(b'x' * 1000)
    assert read_file(place, 1000) == b'x' * 1000
    with pytest.raises(UnusableFileError, match='larger than 0 KiB'):
        read_file(place, 999)
    place.write_bytes(b'')
    os.truncate(place, 1 << 40)  # of holes only
    with pytest.raises(UnusableFileError, match='larger than 1 MiB'):
        read_file(place, 1 << 20)


def test_a_file_that_states_no_size_is_read_and_bounded_all_the_same() -> None:
    assert os.stat('/proc/self/status').st_size == 0
    assert b'VmRSS' in read_file('/proc/self/status', 1 << 16)
    with pytest.raises(UnusableFileError, match='larger than'):
        read_file('/proc/self/status', 100)


def test_a_text_is_in_utf_8(tmp_path: Path) -> None:
    place = tmp_path / 'file'
    place.write_bytes(b'a: \xff')
    with pytest.raises(UnusableFileError, match='no text in UTF-8'):
        read_text(place, 1000)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('a')
    fifo(tmp_path / 'pipe')
    before = len(os.listdir('/proc/self/fd'))
    for _ in range(20):
        read_file(tmp_path / 'file', 10)
        with pytest.raises(UnusableFileError):
            read_file(tmp_path / 'pipe', 10)
    assert len(os.listdir('/proc/self/fd')) == before


def test_a_file_that_shrinks_while_it_is_read_by_slices_breaks_off(tmp_path: Path) -> None:
    place = tmp_path / 'file'
    place.write_bytes(bytes(100_000))
    with open_regular(place) as descriptor:
        data = FileSlices(descriptor)
        assert len(data[90_000:]) == 10_000
        os.truncate(place, 0)  # with a memory map, the process would be killed now
        assert data[90_000:] == b''


READERS = {
    'cameras file': (read_cameras, CamerasFileError),
    'scene': (PictureScene, (NotFoundError, NotReadableError)),
    'image': (lambda place: open_opencv_camera(str(place)).open(), (NotFoundError, NotReadableError)),
}
SUFFIXES = {'cameras file': '.yaml', 'scene': '.png', 'image': '.png'}


@pytest.mark.parametrize('make', [fifo, device, folder, unix_socket, dangling], ids=lambda one: one.__name__)
@pytest.mark.parametrize('name', READERS)
def test_every_reader_refuses_what_is_no_file(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    place = tmp_path / f'thing{SUFFIXES[name]}'
    make(place)
    read, errors = READERS[name]
    with pytest.raises(errors) as caught:
        read(place)
    assert 'thing' in str(caught.value)


@pytest.mark.parametrize('suffix', ['.mp4', '.mkv'])
@pytest.mark.parametrize('make', [fifo, device, unix_socket, dangling], ids=lambda one: one.__name__)
def test_what_opencv_opens_by_its_path_is_looked_at_first(
    tmp_path: Path, suffix: str, make: Callable[[Path], None],
) -> None:
    make(tmp_path / f'thing{suffix}')
    with pytest.raises((NotFoundError, NotReadableError)):
        open_opencv_camera(str(tmp_path / f'thing{suffix}')).open()


@pytest.mark.parametrize('make', [fifo, device, folder, unix_socket, dangling], ids=lambda one: one.__name__)
def test_an_image_that_is_replaced_while_its_folder_plays_is_left_out(
    tmp_path: Path, make: Callable[[Path], None], caplog: pytest.LogCaptureFixture,
) -> None:
    images = write_images(tmp_path / 'images', moving_frames(4))
    recording = ImageFiles(images, 30.0)
    recording.open()
    assert recording.next() is not None
    victim = sorted(images.iterdir())[1]
    victim.unlink()
    make(victim)
    following = recording.next()
    assert following is not None and following.skipped == 1
    assert 'an image is left out' in caplog.text


@pytest.mark.parametrize('program', [
    'from imagecapture_ros.cameras_file import read_cameras as read',
    'from imagecapture_ros.cameras.backends.files.image_files import ImageFiles\n'
    'read = lambda path: ImageFiles(__import__("pathlib").Path(path), 30.0).open()',
])
def test_a_link_to_an_endless_device_costs_no_memory(tmp_path: Path, program: str) -> None:
    device(tmp_path / 'endless.png')
    printed = run_limited(f"""
{program}
try:
    read(sys.argv[1])
except Exception as error:
    print(type(error).__name__, error)
""", tmp_path / 'endless.png', mebibytes=64)
    assert 'is a device and no file' in printed
