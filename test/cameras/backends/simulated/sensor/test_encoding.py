# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The encodings of webcams, read back the way everybody reads them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from fixtures.simulated_pictures import Bench

from imagecapture_ros.cameras.backends.simulated.sensor.encoding import STREAM_ENCODINGS, encoded
from imagecapture_ros.imaging.codecs import decode_jpeg
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.imaging.encodings import ENCODINGS


@pytest.fixture(scope='module')
def picture() -> np.ndarray:
    # Without edges: where chroma is shared, they are what changes.
    return cv2.GaussianBlur(Bench().frame(), (0, 0), 8.0)


@pytest.mark.parametrize('encoding', [name for name in STREAM_ENCODINGS if name != 'jpeg'])
def test_it_has_the_layout_of_its_name_and_shows_the_picture(picture: np.ndarray, encoding: str) -> None:
    data = encoded(picture, encoding)
    assert isinstance(data, np.ndarray)
    assert ENCODINGS[encoding].size_of(data) == (640, 480)
    assert data.flags.c_contiguous
    if encoding == 'mono8':
        difference = np.abs(data.astype(int) - cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    else:
        difference = np.abs(convert(data, encoding, 'bgr8').astype(int) - picture)
    assert difference.mean() < 1.0
    assert np.percentile(difference, 99.9) <= 12


def test_jpeg_is_a_complete_file(picture: np.ndarray) -> None:
    data = encoded(picture, 'jpeg')
    assert isinstance(data, bytes)
    assert np.abs(decode_jpeg(data).astype(int) - picture).mean() < 2.0


def test_bgr8_is_handed_through(picture: np.ndarray) -> None:
    assert encoded(picture, 'bgr8') is picture
