# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image files of others: looked at, checked, decoded and turned as they say."""

from __future__ import annotations

import io
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2

from imagecapture_ros.imaging import tiff
from imagecapture_ros.imaging.animation import is_animated
from imagecapture_ros.imaging.codecs import decode_image
from imagecapture_ros.imaging.image_header import (
    CHUNK_HEAD,
    CHUNK_SUM,
    LYING_ORIENTATIONS,
    MAX_PIXELS,
    PNG_START,
    breaks_off,
    check_pixels,
    check_size,
    is_webp,
    orientation_of_page,
    page_size,
    png_chunks,
    stated_orientation,
)
from imagecapture_ros.imaging.orientation import upright
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels
from imagecapture_ros.regular_files import ByteString, FileSlices, open_regular, read_file

_BYTES_PER_PIXEL = 8
"""What colour of 16 bits with alpha takes. Only PNM files as text take more, and are refused above 4 megapixels."""

_OTHER_BYTES = 16 << 20
"""What a file may have beside its pixels."""

_GIF_START = b'GIF8'
_UNCOMPRESSED = 1


@dataclass(frozen=True)
class StoredImage:
    """One image in a file: the only one, the first one, or a page of a TIFF file."""

    path: Path
    page: int = 0
    """Counts from 1; 0 where the file is taken as one image."""
    place: int = 0
    """Where the directory of the page lies in the file."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f'page {self.page} of {self.path}' if self.page else str(self.path)

    def size(self, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
        """Return (width, height) as the file states it, turned as it says; little of it is read.

        :raises TooManyPixelsError: it has more pixels than that, or does not say how many.
        :raises OSError: it cannot be read.
        """
        with open_regular(self.path) as descriptor:
            return self._size_in(FileSlices(descriptor), max_pixels)

    def pixels(self, flags: int = cv2.IMREAD_UNCHANGED, max_pixels: int = MAX_PIXELS) -> Pixels:
        """Return the pixels as OpenCV decodes them with ``flags``, turned as the file says.

        GIF files and animated WebP files always give bgr8.

        :raises NotReadableError: it is cut off, damaged or too large.
        :raises OSError: it cannot be read.
        """
        try:
            content, orientation = self._content(max_pixels)
        except struct.error as error:
            raise NotReadableError(f'{self.name} cannot be decoded: it breaks off') from error
        if content is None:
            return self._first_picture(max_pixels)
        if damage := _damage_in(content):
            raise NotReadableError(f'{self.name} {damage}; copy it again from where it is whole')
        pixels = decode_image(content, self.name, flags | (0 if flags < 0 else cv2.IMREAD_IGNORE_ORIENTATION),
                              max_pixels)
        if pixels is None:
            raise NotReadableError(f'{self.name} cannot be decoded as an image: it is damaged')
        return upright(pixels, orientation)

    def _content(self, max_pixels: int) -> tuple[bytes | None, int]:
        """Return what OpenCV is to decode, ``None`` where it may not know the format, and how it is to be turned."""
        with open_regular(self.path) as descriptor:
            data = FileSlices(descriptor)
            width, height = self._size_in(data, max_pixels)
            if data[:4] == _GIF_START or (is_webp(data) and is_animated(data)):
                return None, 1
            most = width * height * _BYTES_PER_PIXEL + _OTHER_BYTES
            orientation = self._orientation_in(data)
            content = self._page_in(data, most) if data[:4] in tiff.TIFF_STARTS else read_file(self.path, most)
        return content, orientation

    def _size_in(self, data: ByteString, max_pixels: int) -> tuple[int, int]:
        if not self.page:
            return check_pixels(data, self.name, max_pixels)
        try:
            size = page_size(data, self.place)
            lying = orientation_of_page(data, self.place) in LYING_ORIENTATIONS
        except struct.error:
            size, lying = None, False
        if size is None:
            raise NotReadableError(f'{self.name} cannot be decoded: it is damaged')
        check_size(*size, self.name, max_pixels)
        return (size[1], size[0]) if lying else size

    def _orientation_in(self, data: ByteString) -> int:
        return orientation_of_page(data, self.place) if self.page else stated_orientation(data)

    def _page_in(self, data: ByteString, most: int) -> bytes:
        # OpenCV turns TIFF files whatever it is told, some of them wrongly: this one does not say that it is to be.
        try:
            return tiff.page_as_file(data, self.place or tiff.first_directory(data), most)
        except (struct.error, ValueError) as error:
            raise NotReadableError(f'{self.name} cannot be decoded: it is damaged or breaks off ({error})') from error

    def _first_picture(self, max_pixels: int) -> Pixels:
        # Pillow is loaded when it is needed.
        from imagecapture_ros.imaging.animation_pictures import Pictures

        with open_regular(self.path) as descriptor, os.fdopen(os.dup(descriptor), 'rb') as file:
            pictures = Pictures(file, FileSlices(descriptor), self.name, max_pixels)
            try:
                return pictures.next()
            except EOFError as error:
                raise NotReadableError(f'{self.name} holds no picture') from error
            finally:
                pictures.close()


def images_in(path: Path) -> list[StoredImage]:
    """Return the images in a file: the pages of a TIFF file that has several, else the file as one.

    :raises OSError: it cannot be read.
    """
    with open_regular(path) as descriptor:
        data = FileSlices(descriptor)
        try:
            pages = tiff.pages_of(data) if data[:4] in tiff.TIFF_STARTS else []
        except struct.error:
            pages = []
    if len(pages) > 1:
        return [StoredImage(path, number, place) for number, place in enumerate(pages, 1)]
    return [StoredImage(path)]


def _damage_in(content: bytes) -> str:
    """Return what is wrong with a PNG, JPEG or TIFF file, as a part of a sentence; empty where nothing is seen.

    OpenCV shows the rest of such an image as grey or black, or prints errors.
    """
    if breaks_off(content):
        return 'breaks off before the end of the image'
    if content.startswith(PNG_START):
        view = memoryview(content)
        for kind, start, length in png_chunks(content):
            end = start + length
            if zlib.crc32(view[start - CHUNK_HEAD + 4:end]) != int.from_bytes(view[end:end + CHUNK_SUM], 'big'):
                return f'is damaged: the check sum of its chunk {kind.decode("ascii", "backslashreplace")} is wrong'
    if content[:4] in tiff.TIFF_STARTS:
        return _damage_in_page(content)
    return ''


def _damage_in_page(content: bytes) -> str:
    directory = tiff.directory_at(content, tiff.first_directory(content))
    if directory.number(tiff.COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED:
        return ''
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError):  # of a kind, or a size, that Pillow does not decode
        return ''
    except (OSError, ValueError, SyntaxError) as error:
        return f'is damaged ({error})'
    return ''
