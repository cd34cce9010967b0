# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an image file says of itself: known without decoding it, and before memory is taken for its pixels.

A PNG file of a few megabytes can hold thousands of megapixels. Whatever is to be decoded has to state its size in a way
that is understood here, and must not state too much.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Protocol

from imagecapture_ros.mediacapture.errors import NotReadableError

MAX_PIXELS = 100_000_000
"""Pixels of one image at most, where nobody says otherwise: more than any camera here has, 0.3 GB as bgr8."""

JPEG_START = b'\xff\xd8'
SEGMENT_HEAD = 4
PNG_START = b'\x89PNG\r\n\x1a\n'
_PNG_END = b'IEND\xaeB`\x82'
_JPEG_END = b'\xff\xd9'
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_SEGMENTS = 10_000

# SOF0 to SOF15 without the three that are tables (DHT, JPG, DAC).
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
APP1 = 0xE1
EXIF_START = b'Exif\0\0'
_ORIENTATION = 0x0112
_LYING_ORIENTATIONS = (5, 6, 7, 8)

_PNM = re.compile(rb'P(?:[1-6]|[Ff])(?:\s|#[^\n\r]*[\n\r])+(\d{1,10})(?:\s|#[^\n\r]*[\n\r])+(\d{1,10})\s')
_PAM = re.compile(rb'P7\s(?:.*\n)*?WIDTH\s+(\d{1,10})\s(?:.*\n)*?HEIGHT\s+(\d{1,10})\s')
_HEAD = 4096
"""Bytes in which PNM files have their size, comments and all."""

_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_TILE_WIDTH, _TIFF_TILE_HEIGHT = 256, 257, 322, 323
_TIFF_NUMBERS = {3: 'H', 4: 'I', 16: 'Q'}
_MOST_TAGS = 4096


class TooManyPixelsError(NotReadableError):
    """An image is larger than is allowed, or does not say how large it is; nothing of it was decoded."""


class ByteString(Protocol):
    """Anything that gives its bytes by slices: bytes, a file."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


def stated_size(data: ByteString) -> tuple[int, int] | None:
    """Return (width, height) as an image file states it, or ``None`` where the format is not known or it is broken.

    Known are PNG, JPEG, BMP, TIFF, WebP, GIF and PNM; of several images in a file it is the first or what all are drawn
    on. A JPEG file's orientation is taken into account.
    """
    head = bytes(data[:32])
    try:
        for start, read in _READERS.items():
            if head.startswith(start):
                return read(data)
        return _pnm_size(data) if head[:1] == b'P' else None
    except struct.error:  # it breaks off
        return None


def check_pixels(data: ByteString, name: str, most: int = MAX_PIXELS) -> tuple[int, int]:
    """Return (width, height) of an image that may be decoded; ``name`` is what messages call it.

    :raises TooManyPixelsError: it has more than ``most`` pixels, or does not say how many.
    """
    size = stated_size(data)
    if size is None:
        raise TooManyPixelsError(f'{name} cannot be decoded: it is damaged, or in none of the formats PNG, JPEG, BMP, '
                                 f'TIFF, WebP, GIF and PNM')
    check_size(*size, name, most)
    return size


def check_size(width: int, height: int, name: str, most: int = MAX_PIXELS) -> None:
    """Refuse a picture that is too large.

    :raises TooManyPixelsError: it has more than ``most`` pixels.
    """
    if width * height > most:
        raise TooManyPixelsError(f'{name} has {width}x{height} pixels, and {most} are allowed; scale it, or start the '
                                 f'node with a larger max_pixels')


def breaks_off(data: bytes) -> bool:
    """Return whether the bytes of a PNG or JPEG file lack its end: decoders show the rest as grey or print errors."""
    if data.startswith(PNG_START):
        return _PNG_END not in data
    return data.startswith(JPEG_START) and jpeg_breaks_off(data)


def jpeg_breaks_off(data: bytes) -> bool:
    """Return whether a JPEG file lacks its end."""
    scan = next((start for marker, start, _ in jpeg_segments(data) if marker == _START_OF_SCAN), None)
    # Only behind the start of the scan: an embedded thumbnail has an end of its own.
    return scan is None or data.rfind(_JPEG_END, scan) < 0


def jpeg_is_upright(data: bytes) -> bool:
    """Return whether the pixels of a JPEG file are to be shown as they are stored, whatever its Exif data say."""
    first = next((data[start:end] for marker, start, end in jpeg_segments(data)
                  if marker == APP1 and data.startswith(EXIF_START, start)), b'')
    return _exif_orientation(first) not in range(2, 9)


def jpeg_segments(data: ByteString) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of the segments of a JPEG file up to its first scan, or to where it breaks off.

    ``start`` and ``end`` enclose the segment's content; marker and length are the ``SEGMENT_HEAD`` bytes before it.
    """
    position = len(JPEG_START)
    for _ in range(_MOST_SEGMENTS):  # a file may consist of nothing but padding
        lead = data[position:position + SEGMENT_HEAD]
        if len(lead) < SEGMENT_HEAD or lead[0] != 0xFF:
            return
        marker = lead[1]
        if marker == 0:  # none: decoders look for the next one right behind it, in what would be its content
            return
        if marker == 0xFF:  # padding
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        else:
            end = position + 2 + int.from_bytes(lead[2:], 'big')
            if end > len(data):
                return
            yield marker, position + SEGMENT_HEAD, end
            if marker == _START_OF_SCAN:
                return
            position = end


def _png_size(data: ByteString) -> tuple[int, int]:
    width, height = struct.unpack('>II', data[16:24])
    return width, height


def _jpeg_size(data: ByteString) -> tuple[int, int] | None:
    lying = False
    for marker, start, end in jpeg_segments(data):
        if marker == APP1:
            lying = lying or _exif_orientation(data[start:end]) in _LYING_ORIENTATIONS
        elif marker in _FRAME_HEADERS and end - start >= 5:
            height, width = struct.unpack('>HH', data[start + 1:start + 5])
            return (height, width) if lying else (width, height)
    return None


def _exif_orientation(segment: bytes) -> int:
    """Return the orientation 1 to 8 in the Exif data of an APP1 segment; 1, upright, where there is none."""
    tiff = segment[len(EXIF_START):]
    order = {b'II': '<', b'MM': '>'}.get(tiff[:2])
    if not segment.startswith(EXIF_START) or order is None:
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


def _bmp_size(data: ByteString) -> tuple[int, int]:
    (length,) = struct.unpack('<I', data[14:18])
    if length == 12:  # of OS/2
        width, height = struct.unpack('<HH', data[18:22])
    else:
        width, height = struct.unpack('<ii', data[18:26])
    return abs(width), abs(height)  # a negative height is of an image that begins at the top


def _gif_size(data: ByteString) -> tuple[int, int]:
    width, height = struct.unpack('<HH', data[6:10])
    return width, height


def _webp_size(data: ByteString) -> tuple[int, int] | None:
    kind, head = bytes(data[8:16]), bytes(data[20:30])
    if kind == b'WEBPVP8X' and len(head) == 10:  # what all images of an animation are drawn on
        return 1 + int.from_bytes(head[4:7], 'little'), 1 + int.from_bytes(head[7:10], 'little')
    if kind == b'WEBPVP8L' and head[:1] == b'\x2f':
        (bits,) = struct.unpack('<I', head[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b'WEBPVP8 ' and head[3:6] == b'\x9d\x01\x2a':
        width, height = struct.unpack('<HH', head[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tiff_size(data: ByteString) -> tuple[int, int] | None:
    order = '<' if data[:1] == b'I' else '>'
    big = struct.unpack(f'{order}H', data[2:4])[0] == 43
    at = struct.unpack(f'{order}Q', data[8:16])[0] if big else struct.unpack(f'{order}I', data[4:8])[0]
    lead, length = (8, 20) if big else (2, 12)
    (entries,) = struct.unpack(f'{order}{"Q" if big else "H"}', data[at:at + lead])
    found: dict[int, int] = {}
    for entry in range(min(entries, _MOST_TAGS)):
        tag = data[at + lead + length * entry:at + lead + length * (entry + 1)]
        number, kind = struct.unpack(f'{order}HH', tag[:4])
        value, form = tag[12 if big else 8:], _TIFF_NUMBERS.get(kind, '')
        if number in (_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_TILE_WIDTH, _TIFF_TILE_HEIGHT):
            if number in found or not form:  # libtiff takes the first, and more forms
                return None
            found[number] = struct.unpack(order + form, value[:struct.calcsize(order + form)])[0]
    if _TIFF_WIDTH not in found or _TIFF_HEIGHT not in found:
        return None
    # A tile is decoded as a whole, however little of it lies in the image.
    tile = found.get(_TIFF_TILE_WIDTH, 0), found.get(_TIFF_TILE_HEIGHT, 0)
    size = found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
    return max(size, tile, key=lambda one: one[0] * one[1]) if _grotesque(tile, size) else size


def _grotesque(tile: tuple[int, int], size: tuple[int, int]) -> bool:
    """Return whether a tile takes much more memory than the image it is a part of."""
    return tile[0] * tile[1] > 4 * max(size[0] * size[1], 1 << 20)


def _pnm_size(data: ByteString) -> tuple[int, int] | None:
    head = bytes(data[:_HEAD])
    found = _PNM.match(head) or _PAM.match(head)
    return (int(found[1]), int(found[2])) if found else None


_READERS = {
    PNG_START: _png_size, JPEG_START: _jpeg_size, b'BM': _bmp_size, b'GIF8': _gif_size, b'RIFF': _webp_size,
    b'II*\0': _tiff_size, b'MM\0*': _tiff_size, b'II+\0': _tiff_size, b'MM\0+': _tiff_size,
}
