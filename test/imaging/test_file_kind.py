# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a file is, by its content."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.videos import moving_frames, run_ffmpeg, write_video
from PIL import Image

from imagecapture_ros.cameras.backends.simulated.scene.pictures import PictureScene
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.imaging.file_kind import Use, kind_of
from imagecapture_ros.mediacapture.errors import NotReadableError


def iso(major: bytes, *others: bytes) -> bytes:
    return struct.pack('>I', 16 + 4 * len(others)) + b'ftyp' + major + bytes(4) + b''.join(others) + bytes(64)


def tiff(*entries: tuple[int, int, int], tail: bytes = b'') -> bytes:
    return b'II*\0' + struct.pack('<IH', 8, len(entries)) + b''.join(
        struct.pack('<HHII', tag, 4, count, value) for tag, count, value in entries) + bytes(4) + tail


UNSUPPORTED = {
    'AVIF': [iso(b'avif', b'mif1', b'miaf'), iso(b'mif1', b'avif', b'miaf'), iso(b'avis', b'msf1')],
    'HEIC': [iso(b'heic', b'mif1', b'heic'), iso(b'mif1', b'heic'), iso(b'msf1', b'hevc'), iso(b'mif1')],
    'JPEG XL': [b'\xff\x0a' + bytes(64), b'\0\0\0\x0cJXL \r\n\x87\n' + bytes(64)],
    'JPEG 2000': [b'\0\0\0\x0cjP  \r\n\x87\n' + bytes(64), b'\xff\x4f\xff\x51' + bytes(64)],
    'Photoshop (PSD)': [b'8BPS\0\1' + bytes(64)],
    'SVG': [b'<svg xmlns="x">', b'<?xml version="1.0"?>\n<!-- a -->\n<svg/>', b'\xef\xbb\xbf  \n<svg>',
            b'<!DOCTYPE svg PUBLIC "x">\n<svg>'],
    'OpenEXR': [b'\x76\x2f\x31\x01' + bytes(64)],
    'PDF': [b'%PDF-1.7'],
    'DICOM': [bytes(128) + b'DICM'],
    'RAW (CR2)': [b'II*\0\x10\0\0\0CR\x02\0' + bytes(64)],
    'RAW (CR3)': [iso(b'crx ', b'isom')],
    'RAW (DNG)': [tiff((254, 1, 1), (50706, 4, 0x0401))],
    'RAW (NEF)': [tiff((254, 1, 1), (271, 18, 50), (330, 1, 0), tail=b'NIKON CORPORATION\0')],
    'RAW (ARW)': [tiff((254, 1, 1), (271, 5, 50), (330, 1, 0), tail=b'SONY \0')],
    'RAW (RAF)': [b'FUJIFILMCCD-RAW 0201'],
    'RAW (ORF)': [b'IIRO\x08\0\0\0'],
    'RAW (RW2)': [b'IIU\0\x18\0\0\0'],
}


@pytest.mark.parametrize(('name', 'data'), [(name, data) for name, many in UNSUPPORTED.items() for data in many])
def test_what_is_not_supported_is_refused_by_its_name(tmp_path: Path, name: str, data: bytes) -> None:
    kind = kind_of(data)
    assert (kind.name, kind.use) == (name, Use.UNSUPPORTED)
    for file in ('a.png', 'a', 'a.mp4'):
        path = tmp_path / file
        path.write_bytes(data)
        for read in (lambda path=path: open_opencv_camera(str(path)).open(), lambda path=path: PictureScene(path)):
            with pytest.raises(NotReadableError) as caught:
                read()
            assert str(caught.value).startswith(f'{path} is a file of the kind {name}, which is not supported; ')
            assert f'"{path}"' in str(caught.value).partition('for instance with: ')[2]
            assert 'damaged' not in str(caught.value)


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp', '.tiff', '.webp', '.ppm'])
def test_what_opencv_writes(suffix: str) -> None:
    kind = kind_of(cv2.imencode(suffix, moving_frames(1)[0])[1].tobytes())
    names = {'.jpg': 'JPEG', '.webp': 'WebP', '.ppm': 'PNM'}
    assert (kind.name, kind.use) == (names.get(suffix, suffix[1:].upper()), Use.IMAGE)


@pytest.mark.parametrize('options', [{}, {'big_tiff': True}, {'tiffinfo': {271: 'NIKON CORPORATION', 254: 0}}])
def test_tiff_files_of_cameras_that_are_no_raw(tmp_path: Path, options: dict[str, object]) -> None:
    Image.fromarray(moving_frames(1)[0]).save(tmp_path / 'a.tif', **options)
    assert kind_of((tmp_path / 'a.tif').read_bytes()).name == 'TIFF'


@pytest.mark.parametrize(('name', 'codec', 'form'), [
    ('a.h264', 'h264', 'h264'), ('a.mjpeg', 'mjpeg', 'mjpeg'), ('a.m2v', 'mpeg2video', 'mpeg2video'),
    ('a.m4v', 'mpeg4', 'm4v'),
])
def test_videos_without_a_container(tmp_path: Path, name: str, codec: str, form: str) -> None:
    source = write_video(tmp_path / 'a.mkv', moving_frames(3))
    run_ffmpeg('-i', str(source), '-c:v', {'h264': 'libx264'}.get(codec, codec), '-pix_fmt',
               'yuvj420p' if codec == 'mjpeg' else 'yuv420p', '-f', form, str(tmp_path / name))
    assert kind_of((tmp_path / name).read_bytes()).use is Use.BARE_VIDEO


@pytest.mark.parametrize('suffix', ['.mkv', '.avi', '.mp4', '.ts', '.mpg', '.flv'])
def test_videos_in_a_container(tmp_path: Path, suffix: str) -> None:
    source = write_video(tmp_path / 'source.mkv', moving_frames(3))
    run_ffmpeg('-i', str(source), '-pix_fmt', 'yuv420p', str(tmp_path / f'a{suffix}'))
    assert kind_of((tmp_path / f'a{suffix}').read_bytes()).use is Use.OTHER


@pytest.mark.parametrize('data', [
    b'', b'\0', b'BM', b'BMW is a car, and this a text', b'P5 is a text', b'RIFF\0\0\0\0AVI ', b'text', b'II*\0',
    b'\0\0\1\0\1\0', b'\0\0\1\xba', b'<html><svg/></html>', iso(b'isom', b'mp42'), iso(b'qt  '), b'\0\0\0\x08ftyp',
    b'GIF', b'\xff\xd8', b'\xff\xfb\x90\0', iso(b'M4V ', b'M4A ', b'mp42'),
])
def test_what_is_no_image(data: bytes) -> None:
    assert kind_of(data).use is (Use.IMAGE if data == b'II*\0' else Use.OTHER)


def test_motion_jpeg_needs_another_image_of_the_same_size() -> None:
    one, other = (cv2.imencode('.jpg', np.full(shape, 90, np.uint8))[1].tobytes() for shape in ((48, 64), (24, 32)))
    assert kind_of(one + one).use is Use.BARE_VIDEO
    assert kind_of(one + bytes(7) + one).use is Use.BARE_VIDEO
    assert kind_of(one + one, motion_jpeg=False).use is Use.IMAGE
    for more in (b'', other, b'\0\0', b'text' + one, one[:2]):
        assert kind_of(one + more).use is Use.IMAGE


@pytest.mark.parametrize('length', [(1 << 18) - 1, 1 << 18, (1 << 18) + 1])
def test_the_end_of_an_image_is_found_wherever_it_lies(length: int) -> None:
    one = cv2.imencode('.jpg', np.full((48, 64), 90, np.uint8))[1].tobytes()
    scan = one.index(b'\xff\xda')
    begin = scan + 2 + int.from_bytes(one[scan + 2:scan + 4], 'big')
    padded = one[:begin] + one[begin:-2].ljust(length - 2, b'\x55') + b'\xff\xd9'
    assert len(padded) - begin == length
    assert kind_of(padded + padded).use is Use.BARE_VIDEO
