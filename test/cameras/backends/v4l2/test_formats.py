# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a buffer to pixels."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.v4l2.device import Format
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS, PixelFormat, frame_data
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.imaging.encodings import ENCODINGS


def buffer_with(data: bytes) -> mmap.mmap:
    buffer = mmap.mmap(-1, max(len(data), 1))
    buffer[:len(data)] = data
    return buffer


@pytest.mark.parametrize('row', [row for row in FORMATS.values() if not row.compressed], ids=lambda row: row.name)
@pytest.mark.parametrize('padding', [0, 6])
def test_pixels_are_copied_without_padding(row: PixelFormat, padding: int) -> None:
    encoding = ENCODINGS[row.encoding]
    pixels = np.random.default_rng(1).integers(0, 256, (encoding.rows(4), encoding.row_bytes(6)), np.uint8)
    stride = pixels.shape[1] + padding
    padded = np.full((pixels.shape[0], stride), 0xEE, np.uint8)
    padded[:, :pixels.shape[1]] = pixels
    data = padded.tobytes()
    layout = Format(row.fourcc, 6, 4, stride if padding else 0, len(data))
    buffer = buffer_with(data + b'more')
    frame = frame_data(buffer, len(data), layout)
    assert isinstance(frame, np.ndarray)
    assert frame.shape == encoding.shape(4, 6)
    assert frame.tobytes() == pixels.tobytes()
    assert convert(frame, row.encoding, 'bgr8').shape == (4, 6, 3)
    # The last row may lack its padding, and nothing else.
    assert frame_data(buffer, len(data) - padding, layout) is not None
    assert frame_data(buffer, len(data) - padding - 1, layout) is None
    buffer[0] = (buffer[0] + 1) % 256
    assert frame.tobytes() == pixels.tobytes()
    buffer.close()  # nothing holds on to it


def test_a_frame_in_jpeg_is_its_bytes() -> None:
    layout = Format(int.from_bytes(b'MJPG', 'little'), 6, 4, 0, 100)
    buffer = buffer_with(b'\xff\xd8picture\xff\xd9')
    assert frame_data(buffer, 11, layout) == b'\xff\xd8picture\xff\xd9'
    assert frame_data(buffer, 0, layout) is None
    padded = b'\xff\xd8picture\xff\xd9' + bytes(20)
    assert frame_data(buffer_with(padded), len(padded), layout) == padded
    assert frame_data(buffer_with(b'nothing'), 7, layout) is None
