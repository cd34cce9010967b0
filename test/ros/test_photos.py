"""Photos as files: encoded, and saved only where and as it is allowed."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import NotSupportedError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.ros.photos import EncodedPhoto, PhotoEncoder, check_save_as, save_photo

PHOTO = EncodedPhoto(b'jpeg bytes', 'jpeg', 2, 1)


def raw_photo() -> RawPhoto:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = (0, 0, 255)  # red on the left, as bgr8
    return RawPhoto(Frame(pixels, 'bgr8', 40, 20, 0, 0), PhotoSettings(), {})


@pytest.mark.parametrize(('photo_format', 'pillow'), [('jpeg', 'JPEG'), ('png', 'PNG')])
def test_photos_are_encoded_and_turned_like_the_stream(photo_format: str, pillow: str) -> None:
    encoder = PhotoEncoder()
    framing = Framing.native(NativeMode(40, 20, 30.0), rotation=90)
    photo = encoder.encode(raw_photo(), framing, photo_format, 95).result(30)
    encoder.close()
    picture = Image.open(io.BytesIO(photo.data))
    assert (picture.format, picture.size) == (pillow, (20, 40))
    assert (photo.format, photo.width, photo.height) == (photo_format, 20, 40)
    top, bottom = picture.convert('RGB').getpixel((10, 3)), picture.convert('RGB').getpixel((10, 36))
    assert top[0] > 200 > 50 > bottom[0]  # the left edge is at the top after a clockwise quarter turn


def test_a_cameras_own_jpeg_is_kept_to_the_byte() -> None:
    encoder = PhotoEncoder()
    own = b'\xff\xd8 the camera wrote this \xff\xd9'
    photo = RawPhoto(Frame(own, 'jpeg', 40, 20, 0, 0), PhotoSettings(), {})
    assert encoder.encode(photo, Framing.native(NativeMode(40, 20, 30.0)), 'jpeg', 50).result(30).data == own
    encoder.close()


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
