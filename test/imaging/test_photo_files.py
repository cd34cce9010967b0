# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos as files: saved only where and as it is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imagecapture_ros.imaging.photo_files import EncodedPhoto, check_save_as, save_photo
from imagecapture_ros.mediacapture.errors import NotSupportedError, UnknownError

PHOTO = EncodedPhoto(b'jpeg bytes', 'jpeg', 2, 1)


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


def test_a_full_disk_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    small = ('unshare', '--user', '--map-root-user', '--mount')
    if subprocess.run([*small, 'true'], capture_output=True, check=False).returncode:
        pytest.skip('this machine does not let a process mount a file system of its own')
    script = (
        'import os, sys\n'
        'from imagecapture_ros.mediacapture.errors import UnknownError\n'
        'from imagecapture_ros.imaging.photo_files import EncodedPhoto, save_photo\n'
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
