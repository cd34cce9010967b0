# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Conversions between encodings against plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from fixtures.pictures import Pixels, colours, grey_of, in_encoding

from imagecapture_ros.imaging.convert import PASSTHROUGH, TARGETS, convert
from imagecapture_ros.imaging.encodings import ENCODINGS, EncodingError, ImageLayoutError

COLOURED = ('bgr8', 'rgb8', 'bgra8', 'rgba8', 'yuv422', 'yuv422_yuy2', 'nv12')
VIDEO = ('yuv422', 'yuv422_yuy2', 'nv12')


def expected(bgr: Pixels, source: str, target: str) -> Pixels:
    grey = np.rint(grey_of(bgr))
    if target == 'mono8':
        return grey
    if source not in COLOURED:
        return np.dstack([grey] * 3)
    return bgr if target == 'bgr8' else bgr[:, :, ::-1]


@pytest.mark.parametrize('target', TARGETS)
@pytest.mark.parametrize('source', ENCODINGS)
def test_every_encoding_becomes_every_target(source: str, target: str) -> None:
    bgr = colours()
    result = convert(in_encoding(bgr, source), source, target)
    difference = np.abs(result.astype(float) - expected(bgr, source, target))
    assert result.dtype == np.uint8
    # 8-bit video chroma costs some values of colour; everything else is right but for rounding.
    assert difference.max() <= (4 if source in VIDEO else 1)
    if source in ('bgr8', 'rgb8', 'bgra8', 'rgba8') and target != 'mono8':
        assert difference.max() == 0


@pytest.mark.parametrize('source', ENCODINGS)
@pytest.mark.parametrize('target', [PASSTHROUGH, None])
def test_nothing_to_do_gives_the_same_array(source: str, target: str | None) -> None:
    pixels = in_encoding(colours(), source)
    assert convert(pixels, source, target or source) is pixels


@pytest.mark.parametrize('target', TARGETS)
@pytest.mark.parametrize('source', ENCODINGS)
def test_padded_rows(source: str, target: str) -> None:
    pixels = in_encoding(colours(), source)
    padded = np.zeros((pixels.shape[0], pixels.shape[1] + 5, *pixels.shape[2:]), pixels.dtype)[:, :-5]
    padded[:] = pixels
    assert not padded.flags.c_contiguous
    assert np.array_equal(convert(padded, source, target), convert(pixels, source, target))


@pytest.mark.parametrize('source', VIDEO)
def test_grey_of_video_is_as_bright_as_its_colours(source: str) -> None:
    pixels = in_encoding(colours(), source)
    grey = convert(pixels, source, 'mono8').astype(float)
    assert np.abs(grey - grey_of(convert(pixels, source, 'bgr8'))).max() <= 2


def test_more_than_8_bits_are_scaled_and_clipped() -> None:
    wide = np.array([[0, 1, 128, 32768, 65534, 65535]], np.uint16)
    assert convert(wide, 'mono16', 'mono8').tolist() == [[0, 0, 0, 128, 255, 255]]
    assert convert(wide, '16UC1', 'mono8').tolist() == [[0, 0, 0, 128, 255, 255]]
    depth = np.array([[0.0, 0.5, 1.0, 7.0, -3.0, np.nan, np.inf, -np.inf]], np.float32)
    assert convert(depth, '32FC1', 'mono8').tolist() == [[0, 128, 255, 255, 0, 0, 255, 0]]


def test_a_conversion_that_is_not_offered_names_those_that_are() -> None:
    with pytest.raises(EncodingError, match="bgr8 cannot be converted to 'nv12'; possible are bgr8, rgb8, mono8"):
        convert(colours(), 'bgr8', 'nv12')
    with pytest.raises(EncodingError, match="'yuv9' is not known"):
        convert(colours(), 'yuv9', 'bgr8')


def test_pixels_that_are_not_what_they_are_said_to_be() -> None:
    with pytest.raises(ImageLayoutError, match='mono8'):
        convert(colours(), 'mono8', 'bgr8')
