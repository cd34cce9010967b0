# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How the simulated camera hands its frames over: the encodings of webcams, made of bgr8."""

from __future__ import annotations

import cv2
import numpy as np

from imagecapture_ros.cameras.backends.simulated.sensor.development import Pixels
from imagecapture_ros.imaging.codecs import encode_jpeg
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.mediacapture import frames
from imagecapture_ros.mediacapture.frames import JPEG

STREAM_ENCODINGS = ('bgr8', 'rgb8', 'mono8', 'yuv422_yuy2', 'nv12', JPEG)

JPEG_QUALITY = 85
"""About what webcams use."""

# Rows: luma, blue and red difference; columns: blue, green, red, and a constant (ITU-R BT.601, 16 to 235).
_YUV = np.array([
    [0.098, 0.504, 0.257, 16.0],
    [0.439, -0.291, -0.148, 128.0],
    [-0.071, -0.368, 0.439, 128.0],
], np.float32)


def encoded(pixels: Pixels, encoding: str) -> frames.Pixels | bytes:
    """Return bgr8 ``pixels`` in one of ``STREAM_ENCODINGS``; the same array for bgr8, a complete file for jpeg."""
    if encoding == JPEG:
        return encode_jpeg(pixels, 'bgr8', JPEG_QUALITY)
    if encoding == 'yuv422_yuy2':
        return _yuy2(pixels)
    if encoding == 'nv12':
        return _nv12(pixels)
    return convert(pixels, 'bgr8', encoding)


def _yuy2(pixels: Pixels) -> frames.Pixels:
    height, width = pixels.shape[:2]
    yuv = cv2.transform(pixels, _YUV)
    # Each pair of pixels shares its mean chroma: the blue difference beside the first, the red beside the second.
    shared = cv2.resize(yuv, (width // 2, height), interpolation=cv2.INTER_AREA)
    packed = np.empty((height, width, 2), np.uint8)
    packed[..., 0] = yuv[..., 0]
    packed[:, 0::2, 1] = shared[..., 1]
    packed[:, 1::2, 1] = shared[..., 2]
    return packed


def _nv12(pixels: Pixels) -> frames.Pixels:
    height = len(pixels)
    planar = cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420)
    chroma = planar[height:].reshape(2, -1)
    packed = np.empty_like(planar)
    packed[:height] = planar[:height]
    packed[height:].reshape(-1, 2)[:] = chroma.T
    return packed
