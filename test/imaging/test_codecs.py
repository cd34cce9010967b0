# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""JPEG and PNG against Pillow, and what happens to damaged files."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from fixtures.pictures import Pixels, colours, in_encoding
from fixtures.videos import photograph
from PIL import Image

from imagecapture_ros.imaging.codecs import BrokenImageError, decode_jpeg, encode_jpeg, encode_png
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.imaging.depth import is_deep, range_of, scaled
from imagecapture_ros.imaging.encodings import ENCODINGS, EncodingError, ImageLayoutError
from imagecapture_ros.mediacapture.errors import UnknownError

GREY = ('mono8', 'mono16', '16UC1', '32FC1')


def opened(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)))


def decibels(one: Pixels, other: Pixels) -> float:
    return cv2.PSNR(np.ascontiguousarray(one), np.ascontiguousarray(other))


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_jpeg_of_every_encoding(encoding: str) -> None:
    pixels = in_encoding(colours(), encoding)
    image = opened(encode_jpeg(pixels, encoding, 95))
    wanted = (scaled(pixels, range_of(pixels), np.uint8) if is_deep(encoding)
              else convert(pixels, encoding, 'mono8' if encoding in GREY else 'rgb8'))
    assert image.shape == wanted.shape
    assert decibels(image, wanted) > 30


def test_jpeg_quality() -> None:
    photo = photograph('coffee')
    files = [encode_jpeg(photo, 'bgr8', quality) for quality in (1, 50, 95, 100)]
    assert sorted(files, key=len) == files
    assert decibels(decode_jpeg(files[-1]), photo) > 35
    for quality in (0, 101):
        with pytest.raises(ValueError, match=f'{quality} is outside 1 to 100'):
            encode_jpeg(photo, 'bgr8', quality)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_png_of_every_encoding(encoding: str) -> None:
    pixels = in_encoding(colours(), encoding)
    wanted = pixels
    if encoding == 'bgra8':
        wanted = pixels[:, :, [2, 1, 0, 3]]
    elif encoding == '32FC1':
        wanted = scaled(pixels, range_of(pixels), np.uint16)
    elif encoding not in ('mono8', 'mono16', '16UC1', 'rgb8', 'rgba8'):
        wanted = convert(pixels, encoding, 'rgb8')
    assert np.array_equal(opened(encode_png(pixels, encoding)), wanted)


@pytest.mark.parametrize('encode', [encode_jpeg, encode_png])
def test_what_cannot_be_encoded(encode: Callable[[Pixels, str], bytes]) -> None:
    with pytest.raises(EncodingError, match="'jpeg'"):
        encode(colours(), 'jpeg')
    with pytest.raises(ImageLayoutError, match='mono16'):
        encode(colours(), 'mono16')
    with pytest.raises(UnknownError, match='2x1000001'):
        encode(np.zeros((1_000_001, 2), np.uint8), 'mono8')


def test_decoded_jpeg_is_what_pillow_sees() -> None:
    data = encode_jpeg(photograph('rocket'), 'bgr8', 90)
    assert decibels(decode_jpeg(data)[:, :, ::-1], opened(data)) > 45


def test_padding_behind_the_end_is_allowed() -> None:
    data = encode_jpeg(colours(), 'bgr8')
    assert np.array_equal(decode_jpeg(data + bytes(1000)), decode_jpeg(data))


def test_grey_jpeg_becomes_bgr() -> None:
    grey = in_encoding(colours(), 'mono8')
    assert decode_jpeg(encode_jpeg(grey, 'mono8')).shape == (*grey.shape, 3)


def test_pixels_are_decoded_as_they_are_stored() -> None:
    upright = Image.fromarray(colours())
    tags = Image.Exif()
    tags[0x0112] = 6  # to be shown turned by 90 degrees
    data = io.BytesIO()
    upright.save(data, 'jpeg', exif=tags)
    assert decode_jpeg(data.getvalue()).shape == (48, 64, 3)


def test_damaged_jpeg() -> None:
    data = encode_jpeg(photograph('chelsea'), 'bgr8')
    for broken in (b'', b'hello, I am no image', encode_png(colours(), 'bgr8')):
        with pytest.raises(BrokenImageError, match='no JPEG'):
            decode_jpeg(broken)
    for length in (2, 3, 20, 200, len(data) // 2, len(data) - 2):
        with pytest.raises(BrokenImageError, match=f'{length} bytes breaks off'):
            decode_jpeg(data[:length])


def test_jpeg_cut_behind_its_thumbnail() -> None:
    thumbnail = encode_jpeg(colours(), 'bgr8')
    block = b'Exif\0\0' + thumbnail
    data = encode_jpeg(photograph('chelsea'), 'bgr8')
    data = data[:2] + b'\xff\xe1' + (len(block) + 2).to_bytes(2, 'big') + block + data[2:]
    assert decode_jpeg(data).shape == (300, 451, 3)
    with pytest.raises(BrokenImageError, match='breaks off'):
        decode_jpeg(data[:-1000])
