# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image files in memory: JPEG and PNG from pixels of any encoding, and back from JPEG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import cv2
import numpy as np

from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.imaging.encodings import encoding_of
from imagecapture_ros.mediacapture.errors import UnknownError
from imagecapture_ros.mediacapture.frames import Pixels

JPEG_START = b'\xff\xd8'
_JPEG_END = b'\xff\xd9'
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})

# In pixels; what libjpeg and libpng take.
_LONGEST_SIDE = {'.jpg': 65_500, '.png': 1_000_000}

# What PNG keeps as it is, given in OpenCV's channel order; everything else is converted to bgr8 or mono8.
_PNG_KEEPS = ('mono8', 'mono16', '16UC1', 'bgr8', 'bgra8')


class BrokenImageError(UnknownError):
    """Bytes that are not the complete image file they should be."""


class ByteString(Protocol):
    """Anything that gives its bytes by slices: bytes, a memory map."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


def encode_jpeg(pixels: Pixels, encoding: str, quality: int = 95) -> bytes:
    """Return ``pixels`` as a JPEG file of ``quality`` 1 to 100; grey stays grey, more than 8 bits are scaled to 8.

    :raises EncodingError: the encoding is unknown.
    :raises ImageLayoutError: the array does not have the layout of ``encoding``.
    :raises UnknownError: the image cannot be a JPEG file, for instance with a side above 65500 pixels.
    :raises ValueError: ``quality`` lies outside its range.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f'JPEG quality {quality} is outside 1 to 100')
    colours = convert(pixels, encoding, _eight_bit_form(encoding))
    return _encoded('.jpg', colours, (cv2.IMWRITE_JPEG_QUALITY, int(quality)))


def encode_png(pixels: Pixels, encoding: str) -> bytes:
    """Return ``pixels`` as a PNG file; 16-bit values and alpha are kept, 32FC1 is scaled to 8 bits.

    :raises EncodingError: the encoding is unknown.
    :raises ImageLayoutError: the array does not have the layout of ``encoding``.
    :raises UnknownError: the image cannot be a PNG file.
    """
    encoding_of(encoding).size_of(pixels)
    if encoding == 'rgba8':
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
    elif encoding not in _PNG_KEEPS:
        pixels = convert(pixels, encoding, _eight_bit_form(encoding))
    return _encoded('.png', pixels, ())


def decode_jpeg(data: bytes) -> Pixels:
    """Return the bgr8 pixels of a JPEG file as they are stored, whatever orientation it carries.

    Bytes after the end of the image are allowed: many cameras pad their buffers.

    :raises BrokenImageError: the bytes are no JPEG file, or not a complete one.
    """
    if data[:2] != JPEG_START:
        raise BrokenImageError(f'{len(data)} bytes that begin with {data[:4].hex(" ") or "nothing"} are no JPEG image')
    if jpeg_breaks_off(data):
        raise BrokenImageError(f'the JPEG image of {len(data)} bytes breaks off before its end')
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:  # for instance a header that promises an absurd size
        pixels = None
    if pixels is None:
        raise BrokenImageError(f'the JPEG image of {len(data)} bytes cannot be decoded')
    return cast(Pixels, pixels)


def jpeg_breaks_off(data: bytes) -> bool:
    """Return whether a JPEG file lacks its end."""
    scan = next((start for marker, start, _ in jpeg_segments(data) if marker == _START_OF_SCAN), None)
    # Only behind the start of the scan: an embedded thumbnail has an end of its own.
    return scan is None or data.rfind(_JPEG_END, scan) < 0


def jpeg_segments(data: ByteString) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of the segments of a JPEG file up to its first scan, or to where it breaks off.

    ``start`` and ``end`` enclose the segment's content, without marker and length.
    """
    position = len(JPEG_START)
    while True:
        lead = data[position:position + 4]
        if len(lead) < 4 or lead[0] != 0xFF:
            return
        marker = lead[1]
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        else:
            end = position + 2 + int.from_bytes(lead[2:], 'big')
            if end > len(data):
                return
            yield marker, position + 4, end
            if marker == _START_OF_SCAN:
                return
            position = end


def _eight_bit_form(encoding: str) -> str:
    layout = encoding_of(encoding)
    return 'mono8' if layout.channels == 1 and not layout.shared_chroma else 'bgr8'


def _encoded(suffix: str, pixels: Pixels, options: tuple[int, ...]) -> bytes:
    try:
        done, data = cv2.imencode(suffix, pixels, options)
    except cv2.error:
        done = False
    if not done:
        height, width = pixels.shape[:2]
        raise UnknownError(f'an image of {width}x{height} pixels cannot be encoded as {suffix[1:]}; a side may have at '
                           f'most {_LONGEST_SIDE[suffix]} pixels')
    return data.tobytes()
