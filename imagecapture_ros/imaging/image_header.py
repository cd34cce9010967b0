# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What an image file says of itself: known without decoding it, and before memory is taken for its pixels.

A PNG file of a few megabytes can hold thousands of megapixels. Whatever is to be decoded has to state its size in a way
that is understood here, and must not state too much.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Callable, Iterator

from imagecapture_ros.imaging import tiff
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.regular_files import ByteString, FileSlices, open_regular

MAX_PIXELS = 100_000_000
"""Pixels of one image at most, where nobody says otherwise: more than any camera here has, 0.3 GB as bgr8."""

JPEG_START = b'\xff\xd8'
JPEG_END = b'\xff\xd9'
SEGMENT_HEAD = 4
CHUNK_HEAD = 8
"""Bytes before the content of a chunk in PNG and WebP files."""
CHUNK_SUM = 4
"""Bytes after the content of a PNG chunk: its CRC."""
PNG_START = b'\x89PNG\r\n\x1a\n'
_PNG_END = b'IEND\xaeB`\x82'
_START_OF_SCAN = 0xDA
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_MOST_SEGMENTS = 10_000

# SOF0 to SOF15 without the three that are tables (DHT, JPG, DAC).
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
APP1 = 0xE1
EXIF_START = b'Exif\0\0'
LYING_ORIENTATIONS = (5, 6, 7, 8)
_MOST_ORIENTATIONS = 8

_PNM = re.compile(rb'P(?:[1-6]|[Ff])(?:\s|#[^\n\r]*[\n\r])+(\d{1,10})(?:\s|#[^\n\r]*[\n\r])+(\d{1,10})\s')
_PAM = re.compile(rb'P7\s(?:.*\n)*?WIDTH\s+(\d{1,10})\s(?:.*\n)*?HEIGHT\s+(\d{1,10})\s')
_HEAD = 4096
"""Bytes in which PNM files have their size, comments and all."""

_LONGEST_EXIF = 1 << 20
_MOST_CHUNKS = 1_000_000


class TooManyPixelsError(NotReadableError):
    """An image is larger than is allowed, or does not say how large it is; nothing of it was decoded."""


def stated_size(data: ByteString) -> tuple[int, int] | None:
    """Return (width, height) as an image file states it, or ``None`` where the format is not known or it is broken.

    Known are PNG, JPEG, BMP, TIFF, WebP, GIF and PNM; of several images in a file it is the first or what all are drawn
    on. Its orientation is taken into account.
    """
    try:
        read = _reader_of(data)
        size = None if read is None else read(data)
        return size if size is None or stated_orientation(data) not in LYING_ORIENTATIONS else (size[1], size[0])
    except struct.error:  # it breaks off
        return None


def stated_size_of_file(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Return :func:`stated_size` of a file, of which little is read; errors as :func:`open_regular`."""
    with open_regular(path) as descriptor:
        return stated_size(FileSlices(descriptor))


def stated_orientation(data: ByteString) -> int:
    """Return how an image is to be turned, 1 (not at all) to 8 as EXIF numbers it; 1 where it does not say.

    PNG, JPEG, TIFF and WebP files can say it.
    """
    try:
        if data[:len(PNG_START)] == PNG_START:
            exif = next((data[start:start + length] for kind, start, length in png_chunks(data)
                         if kind == b'eXIf' and length <= _LONGEST_EXIF), b'')
        elif data[:len(JPEG_START)] == JPEG_START:
            exif = next((segment[len(EXIF_START):] for marker, start, end in jpeg_segments(data)
                         if marker == APP1 and (segment := data[start:end]).startswith(EXIF_START)), b'')
        elif is_webp(data):
            exif = next((data[start:start + length].removeprefix(EXIF_START)
                         for kind, start, length in webp_chunks(data) if kind == b'EXIF' and length <= _LONGEST_EXIF),
                        b'')
        elif bytes(data[:4]) in tiff.TIFF_STARTS:
            return orientation_of_page(data, tiff.first_directory(data))
        else:
            return 1
        return orientation_of_page(exif, tiff.first_directory(exif))
    except struct.error:
        return 1


def orientation_of_page(data: ByteString, at: int) -> int:
    """Return how the page of a TIFF structure whose directory lies at ``at`` is to be turned, 1 to 8.

    :raises struct.error: it breaks off.
    """
    orientation = tiff.directory_at(data, at).number(tiff.ORIENTATION, 1)
    return orientation if 1 <= orientation <= _MOST_ORIENTATIONS else 1


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


def check_size(
    width: int, height: int, name: str, most: int = MAX_PIXELS,
    advice: str = 'scale it, or start the node with a larger max_pixels',
) -> None:
    """Refuse a picture that is too large; ``advice`` is what the message says of what to do.

    :raises TooManyPixelsError: it has more than ``most`` pixels.
    """
    if width * height > most:
        raise TooManyPixelsError(f'{name} has {width}x{height} pixels, and {most} are allowed; {advice}')


def breaks_off(data: bytes) -> bool:
    """Return whether the bytes of a PNG or JPEG file lack its end: decoders show the rest as grey or print errors."""
    if data.startswith(PNG_START):
        return _PNG_END not in data
    return data.startswith(JPEG_START) and jpeg_breaks_off(data)


def jpeg_breaks_off(data: bytes) -> bool:
    """Return whether a JPEG file lacks its end."""
    scan = next((start for marker, start, _ in jpeg_segments(data) if marker == _START_OF_SCAN), None)
    # Only behind the start of the scan: an embedded thumbnail has an end of its own.
    return scan is None or data.rfind(JPEG_END, scan) < 0


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


def png_chunks(data: ByteString) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start, length) of the content of a PNG file's chunks, to the last one or where it breaks off."""
    at = len(PNG_START)
    for _ in range(_MOST_CHUNKS):
        head = data[at:at + CHUNK_HEAD]
        if len(head) < CHUNK_HEAD:
            return
        length, kind = int.from_bytes(head[:4], 'big'), bytes(head[4:])
        if at + CHUNK_HEAD + length + CHUNK_SUM > len(data):
            return
        yield kind, at + CHUNK_HEAD, length
        if kind == b'IEND':
            return
        at += CHUNK_HEAD + length + CHUNK_SUM


def is_webp(data: ByteString) -> bool:
    """Return whether a file is a WebP file; other files begin with RIFF, too."""
    head = bytes(data[:12])
    return head.startswith(b'RIFF') and head[8:] == b'WEBP'


def webp_chunks(data: ByteString) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start, length) of the content of a WebP file's chunks, to the last one or where it breaks off."""
    at = 12
    for _ in range(_MOST_CHUNKS):
        head = data[at:at + CHUNK_HEAD]
        if len(head) < CHUNK_HEAD:
            return
        kind, length = bytes(head[:4]), int.from_bytes(head[4:], 'little')
        if at + CHUNK_HEAD + length > len(data):
            return
        yield kind, at + CHUNK_HEAD, length
        at += CHUNK_HEAD + length + length % 2


def _png_size(data: ByteString) -> tuple[int, int]:
    width, height = struct.unpack('>II', data[16:24])
    return width, height


def _jpeg_size(data: ByteString) -> tuple[int, int] | None:
    for marker, start, end in jpeg_segments(data):
        if marker in _FRAME_HEADERS and end - start >= 5:
            height, width = struct.unpack('>HH', data[start + 1:start + 5])
            return width, height
    return None


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
    return page_size(data, tiff.first_directory(data))


def page_size(data: ByteString, at: int) -> tuple[int, int] | None:
    """Return (width, height) of the page of a TIFF file whose directory lies at ``at``, not turned, or ``None``.

    :raises struct.error: it breaks off.
    """
    directory = tiff.directory_at(data, at)
    found = {tag: directory.numbers_of(tag) for tag in (tiff.WIDTH, tiff.HEIGHT, tiff.TILE_WIDTH, tiff.TILE_HEIGHT)}
    for numbers in found.values():
        if len(numbers) > 1 or None in numbers:  # libtiff takes the first, and more forms
            return None
    width, height, *tile = (numbers[0] if numbers else 0 for numbers in found.values())
    if not found[tiff.WIDTH] or not found[tiff.HEIGHT]:
        return None
    # A tile is decoded as a whole, however little of it lies in the image.
    size, tiled = (width or 0, height or 0), (tile[0] or 0, tile[1] or 0)
    return max(size, tiled, key=lambda one: one[0] * one[1]) if _grotesque(tiled, size) else size


def _grotesque(tile: tuple[int, int], size: tuple[int, int]) -> bool:
    """Return whether a tile takes much more memory than the image it is a part of."""
    return tile[0] * tile[1] > 4 * max(size[0] * size[1], 1 << 20)


def _pnm_size(data: ByteString) -> tuple[int, int] | None:
    head = bytes(data[:_HEAD])
    found = _PNM.match(head) or _PAM.match(head)
    return (int(found[1]), int(found[2])) if found else None


_READERS = {
    PNG_START: _png_size, JPEG_START: _jpeg_size, b'BM': _bmp_size, b'GIF8': _gif_size, b'RIFF': _webp_size,
    **dict.fromkeys(tiff.TIFF_STARTS, _tiff_size),
}


def _reader_of(data: ByteString) -> Callable[[ByteString], tuple[int, int] | None] | None:
    head = bytes(data[:len(PNG_START)])
    found = next((read for start, read in _READERS.items() if head.startswith(start)), None)
    return found or (_pnm_size if head[:1] == b'P' else None)
