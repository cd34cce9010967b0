# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""JPEG files cut off or changed anywhere: pixels of the right shape, or an error of ours."""

from __future__ import annotations

import contextlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.parsers import EXIF
from fixtures.videos import photograph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagecapture_ros.imaging.codecs import BrokenImageError, decode_jpeg, encode_jpeg, encode_png
from imagecapture_ros.imaging.exif import with_exif
from imagecapture_ros.imaging.image_header import breaks_off, jpeg_breaks_off, stated_size
from imagecapture_ros.regular_files import FileSlices, open_regular

PICTURE = cv2.resize(photograph(), (64, 48))
JPEG = encode_jpeg(PICTURE, 'bgr8')
FILES = {'plain': JPEG, 'with EXIF': with_exif(JPEG, EXIF), 'grey': encode_jpeg(PICTURE[:, :, 0].copy(), 'mono8')}
ANY = settings(max_examples=250, derandomize=True, deadline=None, database=None,
               suppress_health_check=list(HealthCheck))


def looked_at(data: bytes, folder: Path) -> None:
    """Let everything read ``data`` that reads images of others."""
    with contextlib.suppress(BrokenImageError):
        pixels = decode_jpeg(data)
        assert pixels.dtype == np.uint8 and pixels.ndim == 3
    jpeg_breaks_off(data)
    breaks_off(data)
    path = folder / 'image'
    path.write_bytes(data)
    size = stated_size(data)
    assert size is None or min(size) >= 0
    with open_regular(path) as descriptor:
        assert stated_size(FileSlices(descriptor)) == size


@pytest.mark.parametrize('name', FILES)
def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut(name: str, tmp_path: Path) -> None:
    data = FILES[name]
    assert decode_jpeg(data).shape[:2] == (48, 64)
    for length in range(len(data) - 1):
        with pytest.raises(BrokenImageError, match=r'.'):
            decode_jpeg(data[:length])
    for length in range(0, len(data), 7):
        looked_at(data[:length], tmp_path)


@pytest.mark.parametrize('name', FILES)
def test_a_file_with_changed_bytes_is_decoded_or_refused(name: str, tmp_path: Path) -> None:
    data = FILES[name]

    @ANY
    @given(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), min_size=1, max_size=6))
    def change(changes: list[tuple[int, int]]) -> None:
        changed = bytearray(data)
        for at, value in changes:
            changed[at] = value
        # A header that is read as thousands of pixels a side would only cost time here.
        size = changed.find(b'\xff\xc0')
        if size >= 0:
            changed[size + 5:size + 9] = data[data.find(b'\xff\xc0') + 5:][:4]
        looked_at(bytes(changed), tmp_path)
        if changed[:2] == b'\xff\xd8':
            assert with_exif(bytes(changed), EXIF).startswith(b'\xff\xd8')

    change()


def test_a_png_file_that_is_cut_off_is_noticed(tmp_path: Path) -> None:
    data = encode_png(PICTURE, 'bgr8')
    assert not breaks_off(data)
    for length in range(8, len(data) - 8, 97):
        assert breaks_off(data[:length])
        looked_at(data[:length], tmp_path)
