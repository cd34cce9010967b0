# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a file is, told by its content: names and suffixes are often missing or wrong."""

from __future__ import annotations

import enum
import os
import re
import struct
from dataclasses import dataclass

from imagecapture_ros.imaging import tiff
from imagecapture_ros.imaging.image_header import (
    JPEG_END,
    JPEG_START,
    PNG_START,
    is_webp,
    jpeg_segments,
    stated_size,
)
from imagecapture_ros.regular_files import ByteString


class Use(enum.Enum):
    """What can be done with a file."""

    IMAGE = 'image'
    """It is decoded as an image, or as several."""
    BARE_VIDEO = 'bare video'
    """A video without a container, and so without times."""
    UNSUPPORTED = 'unsupported'
    """An image of a kind that is not decoded here, or sound."""
    OTHER = 'other'
    """A video in a container, or anything else: FFmpeg knows."""


@dataclass(frozen=True)
class FileKind:
    """A kind of files."""

    name: str
    """What people call it; empty where it is not known."""
    use: Use
    advice: str = ''
    """What to do with a file that is not supported."""


_CONVERT = 'convert it to PNG, TIFF or JPEG, for instance with: magick "{path}" "{stem}.png"'
_DEVELOP = 'develop it to TIFF or JPEG, for instance with: darktable-cli "{path}" "{stem}.tif"'
_DRAW = 'draw it as PNG, for instance with: rsvg-convert "{path}" -o "{stem}.png"'

_CHOOSE = 'give a video, an image or a folder of images'

_UNKNOWN = FileKind('', Use.OTHER)
_JPEG = FileKind('JPEG', Use.IMAGE)
_TIFF = FileKind('TIFF', Use.IMAGE)
_WEBP = FileKind('WebP', Use.IMAGE)
_BMP = FileKind('BMP', Use.IMAGE)
_PNM = FileKind('PNM', Use.IMAGE)
_MJPEG = FileKind('Motion JPEG without a container', Use.BARE_VIDEO)
_STREAM = FileKind('H.264, H.265 or MPEG video without a container', Use.BARE_VIDEO)
_SVG = FileKind('SVG', Use.UNSUPPORTED, _DRAW)
_DICOM = FileKind('DICOM', Use.UNSUPPORTED, _CONVERT)

_STARTS = {
    PNG_START: FileKind('PNG', Use.IMAGE),
    JPEG_START + b'\xff': _JPEG,
    b'GIF87a': FileKind('GIF', Use.IMAGE),
    b'GIF89a': FileKind('GIF', Use.IMAGE),
    **{start: FileKind(name, Use.UNSUPPORTED, advice) for start, name, advice in (
        (b'\xff\x0a', 'JPEG XL', _CONVERT),
        (b'\0\0\0\x0cJXL \r\n\x87\n', 'JPEG XL', _CONVERT),
        (b'\0\0\0\x0cjP  \r\n\x87\n', 'JPEG 2000', _CONVERT),
        (b'\xff\x4f\xff\x51', 'JPEG 2000', _CONVERT),
        (b'8BPS', 'Photoshop (PSD)', _CONVERT),
        (b'gimp xcf', 'GIMP (XCF)', _CONVERT),
        (b'\x76\x2f\x31\x01', 'OpenEXR', _CONVERT),
        (b'#?RADIANCE', 'Radiance HDR', _CONVERT),
        (b'#?RGBE', 'Radiance HDR', _CONVERT),
        (b'SIMPLE  =', 'FITS', _CONVERT),
        (b'DDS ', 'DirectDraw (DDS)', _CONVERT),
        (b'%PDF-', 'PDF', _CONVERT),
        (b'FUJIFILMCCD-RAW', 'RAW (RAF)', _DEVELOP),
        (b'IIRO', 'RAW (ORF)', _DEVELOP),
        (b'IIRS', 'RAW (ORF)', _DEVELOP),
        (b'MMOR', 'RAW (ORF)', _DEVELOP),
        (b'IIU\0', 'RAW (RW2)', _DEVELOP),
        (b'FOVb', 'RAW (X3F)', _DEVELOP),
        (b'ID3', 'MP3 sound', _CHOOSE),
        (b'fLaC', 'FLAC sound', _CHOOSE),
    )},
}

_BRANDS = {
    b'avif': FileKind('AVIF', Use.UNSUPPORTED, _CONVERT), b'avis': FileKind('AVIF', Use.UNSUPPORTED, _CONVERT),
    **dict.fromkeys((b'heic', b'heix', b'heim', b'heis', b'hevc', b'hevx', b'mif1', b'msf1'),
                    FileKind('HEIC', Use.UNSUPPORTED, _CONVERT)),
    b'crx ': FileKind('RAW (CR3)', Use.UNSUPPORTED, _DEVELOP),
}
"""Of ISO media files, most of which are videos: those that are images. The first of these that a file names counts."""

_RAW_OF_MAKER = {b'NIKON': 'NEF', b'SONY': 'ARW', b'PENTAX': 'PEF', b'Canon': 'CR2', b'SAMSUNG': 'SRW'}
_SOUND_BRANDS = (b'M4A ', b'M4B ')
"""Videos name them, too, but not as their first brand."""

_MAKER, _SUB_DIRECTORIES, _DNG_VERSION = 271, 330, 50706

_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
_BARE_STREAM = re.compile(rb'\0?\0\0\x01[^\x00\xba]')
"""The start code, but not that of icons, and of MPEG program streams, which have times."""
_TEXT_HEAD = 4096
_PIECE = 1 << 18
_APP2 = 0xE2


def kind_of(data: ByteString, *, motion_jpeg: bool = True) -> FileKind:
    """Return what a file is, by its first bytes.

    ``motion_jpeg``: whether to read a JPEG file to the end of its first image, to see whether it is Motion JPEG.
    """
    head = bytes(data[:32])
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return _MJPEG if kind is _JPEG and motion_jpeg and _goes_on(data) else kind
    if head[:4] in tiff.TIFF_STARTS:
        return _kind_of_tiff(data)
    if is_webp(head):
        return _WEBP
    if head.startswith(b'RIFF') and head[8:12] == b'WAVE':
        return FileKind('WAV sound', Use.UNSUPPORTED, _CHOOSE)
    if head.startswith(b'BM') and int.from_bytes(head[14:18], 'little') in _BMP_HEADERS:
        return _BMP
    if head[4:8] == b'ftyp':
        return _kind_of_iso(data)
    if head[:1] == b'P' and stated_size(data) is not None:
        return _PNM
    if _BARE_STREAM.match(head):
        return _STREAM
    if bytes(data[128:132]) == b'DICM':
        return _DICOM
    text = bytes(data[:_TEXT_HEAD]).removeprefix(b'\xef\xbb\xbf').lstrip()
    if text.startswith(b'<svg') or (text.startswith((b'<?xml', b'<!--', b'<!DOCTYPE svg')) and b'<svg' in text):
        return _SVG
    return _UNKNOWN


def refusal_of(kind: FileKind, path: str) -> str:
    """Return the message for a file of an unsupported kind: what it is, and what to do."""
    advice = kind.advice.format(path=path, stem=os.path.splitext(path)[0])
    return f'{path} is a file of the kind {kind.name}, which is not supported; {advice}'


def _kind_of_tiff(data: ByteString) -> FileKind:
    """Tell TIFF files from those of cameras, which look alike but whose first page is a thumbnail."""
    if bytes(data[8:10]) == b'CR':
        return FileKind('RAW (CR2)', Use.UNSUPPORTED, _DEVELOP)
    try:
        directory = tiff.directory_at(data, tiff.first_directory(data))
        smaller = directory.number(tiff.KIND_OF_PAGE) & 1
    except struct.error:
        return _TIFF
    entries = {entry.tag: entry for entry in directory.entries}
    if _DNG_VERSION in entries:
        return FileKind('RAW (DNG)', Use.UNSUPPORTED, _DEVELOP)
    if _SUB_DIRECTORIES in entries and smaller and _MAKER in entries:
        at = int.from_bytes(entries[_MAKER].field, 'little' if directory.order == '<' else 'big')
        maker = bytes(data[at:at + 8])
        name = next((name for start, name in _RAW_OF_MAKER.items() if maker.startswith(start)), '')
        return FileKind(f'RAW ({name})' if name else 'RAW', Use.UNSUPPORTED, _DEVELOP)
    return _TIFF


def _kind_of_iso(data: ByteString) -> FileKind:
    length = min(int.from_bytes(data[:4], 'big'), _TEXT_HEAD)
    brands = bytes(data[8:length])
    named = [brands[at:at + 4] for at in range(0, len(brands), 4)]
    if named and named[0] in _SOUND_BRANDS:
        return FileKind('M4A sound', Use.UNSUPPORTED, _CHOOSE)
    # mif1 says image only; what kind of image comes among the brands that are compatible.
    return next((_BRANDS[brand] for brand in sorted(named[:1] + named[2:], key=lambda one: one in (b'mif1', b'msf1'))
                 if brand in _BRANDS), _UNKNOWN)


def _goes_on(data: ByteString) -> bool:
    """Return whether another image of the same size follows the first one of a JPEG file: it is Motion JPEG.

    A photo may have further images behind it as well, for instance for depth; it lists them.
    """
    at = 0
    for marker, start, end in jpeg_segments(data):
        if marker == _APP2 and bytes(data[start:start + 4]) == b'MPF\0':
            return False
        at = end
    overlap = b''
    while piece := bytes(data[at:at + _PIECE]):
        found = (overlap + piece).find(JPEG_END)
        if found >= 0:
            behind = at - len(overlap) + found + len(JPEG_END)
            following = bytes(data[behind:behind + _PIECE]).lstrip(b'\0')
            return following.startswith(JPEG_START + b'\xff') and stated_size(following) == stated_size(data)
        overlap = piece[-1:]
        at += len(piece)
    return False
