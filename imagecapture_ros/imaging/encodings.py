# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one table of pixel encodings: their layout and their ways to others; everything about pixels derives from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from imagecapture_ros.mediacapture.errors import MediaCaptureError
from imagecapture_ros.mediacapture.frames import Pixels


class EncodingError(MediaCaptureError, ValueError):
    """An encoding that is not known here, or a conversion that is not offered."""

    name = 'NotSupportedError'


class ImageLayoutError(MediaCaptureError, ValueError):
    """Pixels or bytes that do not have the shape, type or length of their encoding."""


_UINT8 = np.dtype(np.uint8)
_UINT16 = np.dtype(np.uint16)
_FLOAT32 = np.dtype(np.float32)


@dataclass(frozen=True)
class Encoding:
    """How the pixels of one encoding lie in memory, and how OpenCV converts them."""

    name: str
    """As in sensor_msgs."""
    dtype: np.dtype[Any]
    channels: int
    codes: Mapping[str, int]
    """The cvtColor code to bgr8, rgb8 and mono8; where one is missing, the pixels scaled to 8 bits are that already."""
    chroma_columns: int = 1
    """Neighbouring pixels of a row that share one chroma sample; the width is a multiple of it."""
    chroma_rows: int = 1
    """Rows that share one chroma sample; with 2, the chroma is a plane of its own, half as high, below the image."""

    @property
    def shared_chroma(self) -> bool:
        """Whether pixels share chroma samples, so that the image cannot be cut or scaled at any pixel."""
        return self.chroma_columns > 1

    @property
    def bytes_per_pixel(self) -> int:
        """Bytes of one pixel in a row of the array."""
        return self.dtype.itemsize * self.channels

    def row_bytes(self, width: int) -> int:
        """Return the bytes of one row of ``width`` pixels, without padding."""
        return width * self.bytes_per_pixel

    def rows(self, height: int) -> int:
        """Return the rows of the array that holds an image ``height`` pixels high, a chroma plane included."""
        return height if self.chroma_rows == 1 else height + height // self.chroma_rows

    def shape(self, height: int, width: int) -> tuple[int, ...]:
        """Return the shape of the array that holds an image of ``height`` times ``width`` pixels.

        :raises ImageLayoutError: no array of this encoding holds an image of that size.
        """
        if height < 1 or width < 1:
            raise ImageLayoutError(f'an image of {width}x{height} pixels is empty; both sides must be at least 1')
        if width % self.chroma_columns or height % self.chroma_rows:
            raise ImageLayoutError(
                f'{self.name} cannot hold {width}x{height} pixels: the width must be a multiple of '
                f'{self.chroma_columns} and the height of {self.chroma_rows}; crop the image or use bgr8')
        rows = self.rows(height)
        return (rows, width) if self.channels == 1 else (rows, width, self.channels)

    def holds(self, pixels: Pixels) -> bool:
        """Return whether ``pixels`` have the type and the channels of this encoding."""
        channels = () if self.channels == 1 else (self.channels,)
        return pixels.dtype == self.dtype and pixels.ndim >= 2 and pixels.shape[2:] == channels

    def size_of(self, pixels: Pixels) -> tuple[int, int]:
        """Return (width, height) of the image that ``pixels`` hold.

        :raises ImageLayoutError: the array has not the type or the shape of this encoding.
        """
        if not self.holds(pixels):
            wanted = '(rows, width)' if self.channels == 1 else f'(rows, width, {self.channels})'
            raise ImageLayoutError(f'{self.name} is an array {wanted} of {self.dtype}, not {pixels.shape} of '
                                   f'{pixels.dtype}')
        rows, width = pixels.shape[:2]
        height = rows if self.chroma_rows == 1 else rows * self.chroma_rows // (self.chroma_rows + 1)
        if self.shape(height, width) != pixels.shape:
            raise ImageLayoutError(f'{rows} rows hold no {self.name} image: the image and the chroma plane below it, '
                                   f'half as high, make a multiple of 3 rows')
        return width, height


_GREY = {'bgr8': cv2.COLOR_GRAY2BGR, 'rgb8': cv2.COLOR_GRAY2RGB}

_TABLE = (
    Encoding('mono8', _UINT8, 1, _GREY),
    Encoding('mono16', _UINT16, 1, _GREY),
    Encoding('bgr8', _UINT8, 3, {'rgb8': cv2.COLOR_BGR2RGB, 'mono8': cv2.COLOR_BGR2GRAY}),
    Encoding('rgb8', _UINT8, 3, {'bgr8': cv2.COLOR_RGB2BGR, 'mono8': cv2.COLOR_RGB2GRAY}),
    Encoding('bgra8', _UINT8, 4, {
        'bgr8': cv2.COLOR_BGRA2BGR, 'rgb8': cv2.COLOR_BGRA2RGB, 'mono8': cv2.COLOR_BGRA2GRAY}),
    Encoding('rgba8', _UINT8, 4, {
        'bgr8': cv2.COLOR_RGBA2BGR, 'rgb8': cv2.COLOR_RGBA2RGB, 'mono8': cv2.COLOR_RGBA2GRAY}),
    Encoding('yuv422', _UINT8, 2, {
        'bgr8': cv2.COLOR_YUV2BGR_UYVY, 'rgb8': cv2.COLOR_YUV2RGB_UYVY, 'mono8': cv2.COLOR_YUV2GRAY_UYVY},
        chroma_columns=2),
    Encoding('yuv422_yuy2', _UINT8, 2, {
        'bgr8': cv2.COLOR_YUV2BGR_YUY2, 'rgb8': cv2.COLOR_YUV2RGB_YUY2, 'mono8': cv2.COLOR_YUV2GRAY_YUY2},
        chroma_columns=2),
    Encoding('nv12', _UINT8, 1, {
        'bgr8': cv2.COLOR_YUV2BGR_NV12, 'rgb8': cv2.COLOR_YUV2RGB_NV12, 'mono8': cv2.COLOR_YUV2GRAY_NV12},
        chroma_columns=2, chroma_rows=2),
    Encoding('16UC1', _UINT16, 1, _GREY),
    Encoding('32FC1', _FLOAT32, 1, _GREY),
)

ENCODINGS: dict[str, Encoding] = {row.name: row for row in _TABLE}
"""All encodings by name."""


def encoding_of(name: str) -> Encoding:
    """Return the encoding called ``name``.

    :raises EncodingError: there is none; the message lists all.
    """
    try:
        return ENCODINGS[name]
    except KeyError:
        raise EncodingError(f'the encoding {name!r} is not known; possible are {", ".join(ENCODINGS)}') from None
