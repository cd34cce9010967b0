# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of more than 8 bits in files: whole, or with a range that is told."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from imagecapture_ros.imaging.codecs import encode, encode_jpeg, encode_png, encode_tiff
from imagecapture_ros.imaging.depth import (
    FORMATS,
    ValueRange,
    file_format,
    is_deep,
    loses_depth,
    range_note,
    range_of,
    scaled,
)
from imagecapture_ros.imaging.encodings import ENCODINGS
from imagecapture_ros.imaging.image_header import stated_size

RAMP = np.linspace(8000, 16383, 64 * 48).astype(np.uint16).reshape(48, 64)
"""14 bits, as of a thermal camera."""

METRES = np.linspace(0.5, 12.5, 64 * 48, dtype=np.float32).reshape(48, 64)


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


@pytest.mark.parametrize('encoding', ['mono16', '16UC1'])
@pytest.mark.parametrize('file_type', ['png', 'tiff'])
def test_sixteen_bits_are_kept(encoding: str, file_type: str) -> None:
    assert not loses_depth(file_type, encoding)
    assert np.array_equal(decoded(encode(file_type, RAMP, encoding)), RAMP)


def test_floats_are_kept_in_tiff() -> None:
    odd = METRES.copy()
    odd[0, :3] = np.nan, np.inf, -1e30
    data = encode_tiff(odd, '32FC1')
    assert np.array_equal(decoded(data), odd, equal_nan=True)
    assert stated_size(data) == (64, 48)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_the_automatic_format_loses_nothing(encoding: str) -> None:
    chosen = file_format('auto', encoding)
    assert chosen == {'mono16': 'png', '16UC1': 'png', '32FC1': 'tiff'}.get(encoding, 'jpeg')
    assert not loses_depth(chosen, encoding)
    assert is_deep(encoding) == (chosen != 'jpeg')
    assert [file_format(wanted, encoding) for wanted in FORMATS[1:]] == list(FORMATS[1:])


def test_a_jpeg_shows_nearly_all_that_is_in_the_picture() -> None:
    grey = np.asarray(Image.open(io.BytesIO(encode_jpeg(RAMP, 'mono16', 100))))
    values = range_of(RAMP)
    assert (values.low, values.high) == pytest.approx(tuple(np.percentile(RAMP, (1, 99))), abs=1.0)
    assert (grey.min(), grey.max()) == (0, 255)
    expected = np.clip((RAMP - values.low) / (values.high - values.low), 0, 1) * 255
    assert np.abs(grey - expected).max() < 3


def test_a_range_that_is_given_is_the_same_for_all_pictures() -> None:
    values = ValueRange(8000.0, 24000.0)
    for picture in (RAMP, RAMP // 2):
        grey = decoded(encode_jpeg(picture, 'mono16', 100, values))
        assert np.abs(grey - np.clip((picture.astype(float) - 8000) / 16000, 0, 1) * 255).max() < 3


def test_floats_become_sixteen_bits_of_a_range_in_png() -> None:
    assert loses_depth('png', '32FC1')
    whole = decoded(encode_png(METRES, '32FC1', ValueRange(0.5, 12.5)))
    assert whole.dtype == np.uint16
    assert np.abs(whole - (METRES - 0.5) / 12.0 * 65535).max() <= 1


@pytest.mark.parametrize('value', [0.0, 7.0, np.nan, np.inf])
def test_pictures_without_a_range_are_files_all_the_same(value: float) -> None:
    flat = np.full((48, 64), value, np.float32)
    assert decoded(encode_jpeg(flat, '32FC1')).shape == (48, 64)
    assert scaled(np.array([[np.nan, -np.inf, np.inf]], np.float32), ValueRange(0.0, 1.0), np.uint8).tolist() == [
        [0, 0, 255]]


def test_large_pictures_are_looked_at_here_and_there() -> None:
    large = cv2.resize(RAMP, (64 * 40, 48 * 40), interpolation=cv2.INTER_LINEAR)
    small, sparse = range_of(RAMP), range_of(large)
    assert (sparse.low, sparse.high) == pytest.approx((small.low, small.high), rel=0.02)


def test_what_became_of_the_depth_is_told() -> None:
    assert range_note('a photo', 'jpeg', 'mono16', ValueRange(27000.0, 31000.0)) == (
        'a photo has 8 bits of mono16: 27000 to 31000 became black to white; what lies beyond is black or white')
    assert 'each picture has a range of its own' in range_note('a photo', 'png', '32FC1', range_of(METRES))
