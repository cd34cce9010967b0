# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos as files: encoded, and saved only where and as it is allowed."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from fixtures.scripted_camera import ScriptedCamera
from PIL import Image

from imagecapture_ros.cameras.capture.snapshot import snapshot_of
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.engine.photos import EncodedPhoto, PhotoEncoder, check_save_as, facts_of, save_photo
from imagecapture_ros.imaging.exif import PhotoFacts
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import NotSupportedError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto

FACTS = PhotoFacts('a camera', 'camera-1', datetime(2026, 1, 2, tzinfo=timezone.utc), 'some software', 40, 20,
                   PhotoSettings(), {})
PHOTO = EncodedPhoto(b'jpeg bytes', 'jpeg', 2, 1)


def raw_photo() -> RawPhoto:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = (0, 0, 255)  # red on the left, as bgr8
    return RawPhoto(Frame(pixels, 'bgr8', 40, 20, 0, 0), PhotoSettings(), {})


@pytest.mark.parametrize(('photo_format', 'pillow'), [('jpeg', 'JPEG'), ('png', 'PNG')])
def test_photos_are_encoded_and_turned_like_the_stream(photo_format: str, pillow: str) -> None:
    encoder = PhotoEncoder()
    framing = Framing.native(NativeMode(40, 20, 30.0), rotation=90)
    photo = encoder.encode(raw_photo(), framing, photo_format, 95, FACTS).result(30)
    encoder.close()
    picture = Image.open(io.BytesIO(photo.data))
    assert (picture.format, picture.size) == (pillow, (20, 40))
    assert (photo.format, photo.width, photo.height) == (photo_format, 20, 40)
    top, bottom = picture.convert('RGB').getpixel((10, 3)), picture.convert('RGB').getpixel((10, 36))
    assert top[0] > 200 > 50 > bottom[0]  # the left edge is at the top after a clockwise quarter turn


def test_a_cameras_own_jpeg_is_kept_to_the_byte_beside_what_is_said_of_it() -> None:
    encoder = PhotoEncoder()
    own = b'\xff\xd8 the camera wrote this \xff\xd9'
    photo = RawPhoto(Frame(own, 'jpeg', 40, 20, 0, 0), PhotoSettings(), {})
    data = encoder.encode(photo, Framing.native(NativeMode(40, 20, 30.0)), 'jpeg', 50, FACTS).result(30).data
    encoder.close()
    assert data[:2] == own[:2]
    assert data.endswith(own[2:])
    assert b'Exif' in data


def test_the_facts_of_a_photo_are_those_of_the_device_and_the_moment() -> None:
    before = datetime.now().astimezone()
    raw = RawPhoto(Frame(b'', 'jpeg', 40, 20, time.monotonic_ns() - 2_000_000_000, 0),
                   PhotoSettings('flash'), {'iso': 100.0}, flash_fired=True)
    snapshot = snapshot_of(ScriptedCamera(), Framing.native(NativeMode(40, 20, 30.0)))
    facts = facts_of(raw, snapshot, 50.0)
    assert abs((before - facts.taken_at).total_seconds() - 2.0) < 1.0
    assert facts.taken_at.utcoffset() is not None
    assert (facts.model, facts.serial_number) == (snapshot.info.label, snapshot.info.device_id)
    assert (facts.width, facts.height, facts.focal_length, facts.flash_fired) == (40, 20, 50.0, True)
    assert facts.settings == {'iso': 100.0}
    assert facts_of(raw, snapshot).focal_length is None


def test_saving_appends_the_suffix_and_numbers_what_exists(tmp_path: Path) -> None:
    names = [save_photo(PHOTO, str(tmp_path / 'new'), name).name for name in ('a', 'a.jpg', 'a.JPEG', 'b.c')]
    assert names == ['a.jpg', 'a_1.jpg', 'a_2.jpg', 'b.c.jpg']
    assert (tmp_path / 'new' / 'a.jpg').read_bytes() == PHOTO.data
    assert sorted(os.listdir(tmp_path / 'new')) == sorted(names)


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / 'victim.txt'
    victim.write_text('precious')
    folder = tmp_path / 'photos'
    folder.mkdir()
    (folder / 'a.jpg').symlink_to(victim)
    assert save_photo(PHOTO, str(folder), 'a.jpg').name == 'a_1.jpg'
    assert victim.read_text() == 'precious'


def test_a_dangling_link_is_not_followed_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / 'photos'
    folder.mkdir()
    (folder / 'a.jpg').symlink_to(tmp_path / 'outside.jpg')
    assert save_photo(PHOTO, str(folder), 'a.jpg').name == 'a_1.jpg'
    assert not (tmp_path / 'outside.jpg').exists()


def test_where_there_are_no_hard_links_nothing_is_overwritten_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, 'Operation not permitted')  # as on FAT and exFAT

    monkeypatch.setattr(os, 'link', refuse)
    names = [save_photo(PHOTO, str(tmp_path), 'a').name for _ in range(2)]
    assert names == ['a.jpg', 'a_1.jpg'] == sorted(os.listdir(tmp_path))
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {PHOTO.data}


def test_a_full_disk_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    small = ('unshare', '--user', '--map-root-user', '--mount')
    if subprocess.run([*small, 'true'], capture_output=True, check=False).returncode:
        pytest.skip('this machine does not let a process mount a file system of its own')
    script = (
        'import os, sys\n'
        'from imagecapture_ros.mediacapture.errors import UnknownError\n'
        'from imagecapture_ros.engine.photos import EncodedPhoto, save_photo\n'
        'try:\n'
        '    save_photo(EncodedPhoto(bytes(1_000_000), "jpeg", 1, 1), sys.argv[1], "a.jpg")\n'
        'except UnknownError as error:\n'
        '    print(error, os.listdir(sys.argv[1]))\n')
    command = f'mount -t tmpfs -o size=64k tmpfs "{tmp_path}" && exec "{sys.executable}" -c "$0" "{tmp_path}"'
    result = subprocess.run([*small, 'sh', '-c', command, script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == f'the photo could not be saved in {tmp_path}: No space left on device []'


def test_a_folder_that_cannot_be_written_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(UnknownError, match='could not be saved'):
        save_photo(PHOTO, str(tmp_path / 'file'), 'a.jpg')
    with pytest.raises(UnknownError, match='could not be saved'):
        save_photo(PHOTO, str(tmp_path), 'x' * 300)
    assert os.listdir(tmp_path) == ['file']


@pytest.mark.parametrize('name', ['', '.', '..', '.a', 'a/b', '../a', 'a\\b', 'a\nb', 'a\x00', '\x7f'])
def test_only_plain_names_are_accepted(name: str) -> None:
    with pytest.raises(NotSupportedError, match='plain file name'):
        check_save_as('/photos', name)


def test_without_a_folder_nothing_is_saved() -> None:
    with pytest.raises(NotSupportedError, match='photo_directory'):
        check_save_as('', 'a.jpg')
