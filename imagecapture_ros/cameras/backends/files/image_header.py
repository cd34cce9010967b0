# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an image file says of itself: a folder of thousands is checked without decoding any."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from imagecapture_ros.imaging.codecs import JPEG_START, ByteString, jpeg_breaks_off, jpeg_segments

_PNG_START = b'\x89PNG\r\n\x1a\n'
_PNG_END = b'IEND\xaeB`\x82'

# SOF0 to SOF15 without the three that are tables (DHT, JPG, DAC).
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP1 = 0xE1
_ORIENTATION = 0x0112
_LYING_ORIENTATIONS = (5, 6, 7, 8)


def stated_size(file: Path) -> tuple[int, int] | None:
    """Return (width, height) as the header of a PNG or JPEG file states it, or ``None`` for other or broken files.

    A JPEG file's orientation is taken into account.
    """
    with file.open('rb') as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:len(_PNG_START)] == _PNG_START and len(data) >= 24:
            width, height = struct.unpack('>II', data[16:24])
            return width, height
        if data[:len(JPEG_START)] == JPEG_START:
            return _jpeg_size(data)
    return None


def breaks_off(data: bytes) -> bool:
    """Return whether the bytes of a PNG or JPEG file lack its end: decoders show the rest as grey or print errors."""
    if data.startswith(_PNG_START):
        return _PNG_END not in data
    return data.startswith(JPEG_START) and jpeg_breaks_off(data)


def _jpeg_size(data: ByteString) -> tuple[int, int] | None:
    lying = False
    for marker, start, end in jpeg_segments(data):
        if marker == _APP1:
            lying = lying or _exif_orientation(data[start:end]) in _LYING_ORIENTATIONS
        elif marker in _FRAME_HEADERS and end - start >= 5:
            height, width = struct.unpack('>HH', data[start + 1:start + 5])
            return (height, width) if lying else (width, height)
    return None


def _exif_orientation(segment: bytes) -> int:
    """Return the orientation 1 to 8 in the Exif data of an APP1 segment; 1, upright, where there is none."""
    tiff = segment[6:]
    order = {b'II': '<', b'MM': '>'}.get(tiff[:2])
    if segment[:6] != b'Exif\0\0' or order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f'{order}I', tiff, 4)
        (entries,) = struct.unpack_from(f'{order}H', tiff, directory)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(f'{order}HHIH', tiff, directory + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:  # a broken directory; OpenCV does not turn such an image either
        pass
    return 1
