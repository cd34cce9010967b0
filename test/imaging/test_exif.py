# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""EXIF blocks, read back by Pillow and by exiftool."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from PIL import Image
from PIL.ExifTags import IFD, Base

from imagecapture_ros.imaging.codecs import encode_jpeg, encode_png, encode_tiff
from imagecapture_ros.imaging.exif import exif_of, with_exif
from imagecapture_ros.imaging.photo_facts import PhotoFacts
from imagecapture_ros.mediacapture.capabilities import PhotoSettings

FACTS = PhotoFacts(
    make='ACME', model='Eye 2', serial_number='usb-0815', software='imagecapture_ros 1.2.3',
    taken_at=datetime(2026, 2, 3, 4, 5, 6, 7008, timezone(timedelta(hours=-3, minutes=-30))),
    width=64, height=48, photo_settings=PhotoSettings('flash', 64.0, 48.0, True), has_flash=True, flash_fired=True,
    settings={
        'exposure_time': 333.0, 'iso': 400.0, 'exposure_compensation': -1 / 3, 'zoom': 2.5, 'focus_distance': 40.0,
        'white_balance_mode': 'manual', 'color_temperature': 5600.0, 'exposure_mode': 'manual', 'torch': False,
    },
    focal_length=56.0, subject_distance=0.75,
)
PIXELS = np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3)
JPEG, PNG = encode_jpeg(PIXELS, 'bgr8'), encode_png(PIXELS, 'bgr8')
TIFF = encode_tiff(PIXELS, 'bgr8')
DEEP = encode_tiff(PIXELS[..., 0].astype(np.uint16) * 64, 'mono16')
FLOATS = encode_tiff(PIXELS[..., 0].astype(np.float32) / 16, '32FC1')


def tags_of(data: bytes) -> dict[int, Any]:
    exif = Image.open(io.BytesIO(data)).getexif()
    return {**exif, **exif.get_ifd(IFD.Exif)}


def written(facts: PhotoFacts = FACTS, data: bytes = JPEG) -> dict[int, Any]:
    return tags_of(with_exif(data, exif_of(facts)))


@pytest.mark.parametrize('data', [JPEG, PNG, TIFF], ids=['jpeg', 'png', 'tiff'])
def test_everything_that_is_known_can_be_read_again(data: bytes) -> None:
    tags = written(data=data)
    assert (tags[Base.Make], tags[Base.Model], tags[Base.BodySerialNumber]) == ('ACME', 'Eye 2', 'usb-0815')
    assert tags[Base.Software] == 'imagecapture_ros 1.2.3'
    assert tags[Base.DateTimeOriginal] == tags[Base.DateTime] == '2026:02:03 04:05:06'
    assert (tags[Base.SubsecTimeOriginal], tags[Base.OffsetTimeOriginal]) == ('007008', '-03:30')
    assert float(tags[Base.ExposureTime]) == pytest.approx(0.0333)
    assert tags[Base.ISOSpeedRatings] == 400
    assert float(tags[Base.ExposureBiasValue]) == pytest.approx(-1 / 3)
    assert (tags[Base.WhiteBalance], tags[Base.LightSource], tags[Base.ExposureMode]) == (1, 1, 1)
    assert (float(tags[Base.DigitalZoomRatio]), float(tags[Base.SubjectDistance])) == (2.5, 0.75)
    assert (float(tags[Base.FocalLength]), tags[Base.FocalLengthIn35mmFilm]) == (31.5, 32)
    assert (tags[Base.ExifImageWidth], tags[Base.ExifImageHeight]) == (64, 48)


@pytest.mark.parametrize('data', [JPEG, PNG, TIFF, DEEP, FLOATS], ids=['jpeg', 'png', 'tiff', '16 bits', '32 bits'])
def test_the_pixels_stay_as_they_are(data: bytes) -> None:
    before, after = (np.asarray(Image.open(io.BytesIO(file))) for file in (data, with_exif(data, exif_of(FACTS))))
    assert np.array_equal(before, after)


def test_only_the_block_is_added_to_the_bytes_of_a_camera() -> None:
    exif = exif_of(FACTS)
    data = with_exif(JPEG, exif)
    assert data[:2] + data[2 + 4 + len(exif):] == JPEG


def test_every_photo_has_an_id_of_its_own() -> None:
    first, second = (written()[Base.ImageUniqueID] for _ in range(2))
    assert first != second
    assert all(len(one) == 32 and int(one, 16) for one in (first, second))


@pytest.mark.parametrize('mode, fired, red_eye, has_flash, value', [
    ('flash', True, None, True, 0x09), ('flash', True, True, True, 0x49), ('off', False, True, True, 0x10),
    ('auto', False, None, True, 0x18), ('auto', True, None, True, 0x19), (None, False, None, True, 0),
    (None, False, None, False, 0x20),
])
def test_the_flash_tells_whether_it_was_there_and_fired(
    mode: str | None, fired: bool, red_eye: bool | None, has_flash: bool, value: int,
) -> None:
    facts = replace(FACTS, photo_settings=PhotoSettings(mode, None, None, red_eye), has_flash=has_flash,
                    flash_fired=fired)
    assert written(facts)[Base.Flash] == value


@pytest.mark.parametrize('temperature, source', [
    (2800.0, 3), (4500.0, 2), (5500.0, 2), (6000.0, 1), (7000.0, 10), (9500.0, 11)])
def test_the_light_source_follows_the_temperature(temperature: float, source: int) -> None:
    facts = replace(FACTS, settings={'white_balance_mode': 'manual', 'color_temperature': temperature})
    assert written(facts)[Base.LightSource] == source


def test_an_automatic_white_balance_says_nothing_of_the_light() -> None:
    tags = written(replace(FACTS, settings={'white_balance_mode': 'continuous', 'color_temperature': 5000.0}))
    assert tags[Base.WhiteBalance] == 0
    assert Base.LightSource not in tags


def test_what_is_not_known_is_not_said() -> None:
    tags = written(replace(FACTS, settings={}, make='', focal_length=None, has_flash=False,
                            subject_distance=None))
    assert not {Base.Make, Base.ExposureTime, Base.ISOSpeedRatings, Base.ExposureBiasValue, Base.WhiteBalance,
                Base.LightSource, Base.SubjectDistance, Base.DigitalZoomRatio, Base.FocalLength,
                Base.ExposureMode} & tags.keys()
    assert {Base.Model, Base.DateTimeOriginal, Base.ImageUniqueID, Base.Software, Base.Flash} <= tags.keys()


def test_what_a_camera_wrote_is_kept_except_for_the_place() -> None:
    theirs = Image.Exif()
    theirs[Base.Artist] = 'me'
    theirs[Base.Model] = 'another name'
    theirs.get_ifd(IFD.Exif).update({Base.LensModel: 'a lens', Base.MakerNote: b'secret'})
    theirs.get_ifd(IFD.GPSInfo).update({1: 'N', 2: (1.0, 2.0, 3.0)})
    file = io.BytesIO()
    Image.open(io.BytesIO(JPEG)).save(file, 'JPEG', exif=theirs)
    data = with_exif(file.getvalue(), exif_of(FACTS))
    tags = tags_of(data)
    assert (tags[Base.Artist], tags[Base.LensModel], tags[Base.Model]) == ('me', 'a lens', 'Eye 2')
    assert Base.MakerNote not in tags
    assert not Image.open(io.BytesIO(data)).getexif().get_ifd(IFD.GPSInfo)
    assert data.count(b'Exif\0\0') == 1


def test_a_block_that_nobody_can_read_is_replaced() -> None:
    broken = JPEG[:2] + b'\xff\xe1\x00\x10Exif\0\0garbage!' + JPEG[2:]
    data = with_exif(broken, exif_of(FACTS))
    assert data.count(b'Exif\0\0') == 1
    assert tags_of(data)[Base.Model] == 'Eye 2'


@pytest.mark.parametrize('data', [b'', b'GIF89a', bytes(100)])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match='neither a JPEG nor a PNG'):
        with_exif(data, exif_of(FACTS))


@pytest.mark.skipif(shutil.which('exiftool') is None, reason='needs exiftool (libimage-exiftool-perl)')
@pytest.mark.parametrize('suffix, data', [('jpg', JPEG), ('png', PNG)], ids=['jpeg', 'png'])
def test_exiftool_finds_nothing_wrong_and_no_place(suffix: str, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / f'photo.{suffix}'
    file.write_bytes(with_exif(data, exif_of(FACTS)))
    done = subprocess.run(['exiftool', '-json', '-validate', '-warning', '-a', '-G1', str(file)],
                          capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert json.loads(done.stdout)[0]['ExifTool:Validate'] == 'OK'
    done = subprocess.run(['exiftool', '-json', '-GPS*', '-SubSecDateTimeOriginal', '-ExposureTime', '-Flash',
                           '-SerialNumber', str(file)], capture_output=True, text=True, timeout=PATIENCE, check=True)
    (told,) = json.loads(done.stdout)
    del told['SourceFile']
    assert told == {'SubSecDateTimeOriginal': '2026:02:03 04:05:06.007008-03:30', 'ExposureTime': '1/30',
                    'Flash': 'On, Red-eye reduction', 'SerialNumber': 'usb-0815'}
