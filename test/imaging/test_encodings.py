# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of encodings: layouts, and the errors for what does not fit them."""

from __future__ import annotations

import numpy as np
import pytest

from imagecapture_ros.imaging.encodings import ENCODINGS, EncodingError, ImageLayoutError, encoding_of

LAYOUTS = {  # name: (shape for 4 rows of 6 pixels, type, bytes of a row)
    'mono8': ((4, 6), np.uint8, 6),
    'mono16': ((4, 6), np.uint16, 12),
    'bgr8': ((4, 6, 3), np.uint8, 18),
    'rgb8': ((4, 6, 3), np.uint8, 18),
    'bgra8': ((4, 6, 4), np.uint8, 24),
    'rgba8': ((4, 6, 4), np.uint8, 24),
    'yuv422': ((4, 6, 2), np.uint8, 12),
    'yuv422_yuy2': ((4, 6, 2), np.uint8, 12),
    'nv12': ((6, 6), np.uint8, 6),
    '16UC1': ((4, 6), np.uint16, 12),
    '32FC1': ((4, 6), np.float32, 24),
}


def test_the_table_is_complete() -> None:
    assert set(ENCODINGS) == set(LAYOUTS)


@pytest.mark.parametrize('name', ENCODINGS)
def test_layout(name: str) -> None:
    shape, dtype, row_bytes = LAYOUTS[name]
    encoding = encoding_of(name)
    assert encoding.shape(4, 6) == shape
    assert encoding.dtype == dtype
    assert encoding.row_bytes(6) == row_bytes
    assert encoding.row_bytes(6) * encoding.rows(4) == np.zeros(shape, dtype).nbytes
    assert encoding.size_of(np.zeros(shape, dtype)) == (6, 4)


@pytest.mark.parametrize('name', ENCODINGS)
def test_other_arrays_are_refused(name: str) -> None:
    encoding = ENCODINGS[name]
    shape = encoding.shape(4, 6)
    for wrong in (np.zeros(shape, np.int64), np.zeros((*shape, 5), encoding.dtype), np.zeros(6, encoding.dtype)):
        with pytest.raises(ImageLayoutError, match=name):
            encoding.size_of(wrong)


@pytest.mark.parametrize(('name', 'height', 'width'), [
    ('yuv422', 4, 5), ('yuv422_yuy2', 4, 5), ('nv12', 4, 5), ('nv12', 3, 6), ('bgr8', 0, 6), ('mono8', 4, 0),
])
def test_impossible_sizes_are_refused(name: str, height: int, width: int) -> None:
    with pytest.raises(ImageLayoutError, match=f'{width}x{height}'):
        ENCODINGS[name].shape(height, width)


def test_rows_that_leave_no_room_for_the_chroma_plane_are_refused() -> None:
    with pytest.raises(ImageLayoutError, match='7 rows'):
        ENCODINGS['nv12'].size_of(np.zeros((7, 6), np.uint8))


def test_shared_chroma() -> None:
    assert {name for name, row in ENCODINGS.items() if row.shared_chroma} == {'yuv422', 'yuv422_yuy2', 'nv12'}


def test_an_unknown_encoding_names_the_possible_ones() -> None:
    with pytest.raises(EncodingError, match=r"'bgr9'.*mono8, mono16, bgr8, rgb8"):
        encoding_of('bgr9')
