# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image files in memory: JPEG, PNG and TIFF from pixels of any encoding, and back."""

from __future__ import annotations

import io
import random
from typing import cast

import cv2
import numpy as np

from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.imaging.depth import JPEG, PNG, ValueRange, is_deep, range_of, scaled
from imagecapture_ros.imaging.encodings import encoding_of
from imagecapture_ros.imaging.image_header import (
    JPEG_END,
    JPEG_START,
    MAX_PIXELS,
    TooManyPixelsError,
    check_pixels,
    jpeg_breaks_off,
    stated_orientation,
)
from imagecapture_ros.imaging.orientation import upright
from imagecapture_ros.imaging.tiff import TIFF_STARTS
from imagecapture_ros.mediacapture.errors import UnknownError
from imagecapture_ros.mediacapture.frames import Pixels

# In pixels; what libjpeg and libpng take.
_LONGEST_SIDE = {'.jpg': 65_500, '.png': 1_000_000, '.tiff': 1_000_000}

_NOTHING_CAME = 128
"""What libjpeg makes of the part of an image that its file does not hold: grey, in each channel."""

# What PNG keeps as it is, given in OpenCV's channel order; everything else is converted to bgr8 or mono8.
_PNG_KEEPS = ('mono8', 'mono16', '16UC1', 'bgr8', 'bgra8')


class BrokenImageError(UnknownError):
    """Bytes that are not the complete image file they should be."""


def encode(file_type: str, pixels: Pixels, encoding: str, *, quality: int = 95,
           values: ValueRange | None = None) -> bytes:
    """Return ``pixels`` as a file of the format ``jpeg`` (of ``quality`` 1 to 100), ``png`` or ``tiff``.

    Where it has fewer bits than the pixels, ``values`` become black to white; ``None`` for those of the picture.

    :raises EncodingError: the encoding is unknown.
    :raises ImageLayoutError: the array does not have the layout of ``encoding``.
    :raises UnknownError: the image cannot be such a file.
    """
    if file_type == JPEG:
        return encode_jpeg(pixels, encoding, quality, values)
    return encode_png(pixels, encoding, values) if file_type == PNG else encode_tiff(pixels, encoding)


def encode_jpeg(pixels: Pixels, encoding: str, quality: int = 95, values: ValueRange | None = None) -> bytes:
    """Return ``pixels`` as a JPEG file of ``quality`` 1 to 100; grey stays grey.

    Of more than 8 bits ``values`` become black to white, or nearly all that the picture has.

    :raises EncodingError: the encoding is unknown.
    :raises ImageLayoutError: the array does not have the layout of ``encoding``.
    :raises UnknownError: the image cannot be a JPEG file, for instance with a side above 65500 pixels.
    :raises ValueError: ``quality`` lies outside its range.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f'JPEG quality {quality} is outside 1 to 100')
    if is_deep(encoding):
        encoding_of(encoding).size_of(pixels)
        colours = scaled(pixels, values or range_of(pixels), np.uint8)
    else:
        colours = convert(pixels, encoding, _eight_bit_form(encoding))
    return _encoded('.jpg', colours, (cv2.IMWRITE_JPEG_QUALITY, int(quality)))


def encode_png(pixels: Pixels, encoding: str, values: ValueRange | None = None) -> bytes:
    """Return ``pixels`` as a PNG file; 16-bit values and alpha are kept, 32FC1 is scaled to 16 bits.

    Of 32FC1 ``values`` become black to white, or nearly all that the picture has.

    :raises EncodingError: the encoding is unknown.
    :raises ImageLayoutError: the array does not have the layout of ``encoding``.
    :raises UnknownError: the image cannot be a PNG file.
    """
    encoding_of(encoding).size_of(pixels)
    if encoding == 'rgba8':
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
    elif encoding_of(encoding).dtype == np.float32:
        pixels = scaled(pixels, values or range_of(pixels), np.uint16)
    elif encoding not in _PNG_KEEPS:
        pixels = convert(pixels, encoding, _eight_bit_form(encoding))
    return _encoded('.png', pixels, ())


def encode_tiff(pixels: Pixels, encoding: str) -> bytes:
    """Return ``pixels`` as a TIFF file; values of 16 and 32 bits are kept.

    :raises EncodingError: the encoding is unknown.
    :raises ImageLayoutError: the array does not have the layout of ``encoding``.
    :raises UnknownError: the image cannot be a TIFF file.
    """
    encoding_of(encoding).size_of(pixels)
    if not is_deep(encoding):
        pixels = convert(pixels, encoding, _eight_bit_form(encoding))
    return _encoded('.tiff', pixels, ())


def decode_jpeg(data: bytes, most: int = MAX_PIXELS) -> Pixels:
    """Return the bgr8 pixels of a JPEG file as they are stored, whatever orientation it carries.

    Bytes after the end of the image are allowed: many cameras pad their buffers.

    :param most: pixels that it may have.
    :raises BrokenImageError: the bytes are no JPEG file, not a complete one, or one of more pixels.
    """
    if data[:2] != JPEG_START:
        raise BrokenImageError(f'{len(data)} bytes that begin with {data[:4].hex(" ") or "nothing"} are no JPEG image')
    name = f'the JPEG image of {len(data)} bytes'
    if jpeg_breaks_off(data):
        raise BrokenImageError(f'{name} breaks off before its end')
    return _decoded_as_stored(data, name, most, 'cannot be decoded')


def decode_image(data: bytes, name: str, flags: int, most: int = MAX_PIXELS) -> Pixels | None:
    """Return the pixels of an image file as OpenCV decodes it with ``flags``, or ``None`` where it cannot.

    This is the one place where images of others are decoded: never more than ``most`` pixels, by what the file states.

    A JPEG file whose data do not suffice for its last pixels cannot be decoded either: libjpeg only warns, and makes
    them grey.

    :raises TooManyPixelsError: it states more, or its format is not known; ``name`` is what the message calls it.
    """
    check_pixels(data, name, most)
    try:
        pixels = cast('Pixels | None', cv2.imdecode(np.frombuffer(data, np.uint8), flags))
    except (cv2.error, MemoryError):  # for instance a header that contradicts itself
        return None
    return None if pixels is not None and data.startswith(JPEG_START) and _lacks_its_last(data, pixels) else pixels


def decode_upright(data: bytes, name: str, most: int = MAX_PIXELS) -> Pixels:
    """Return the bgr8 pixels of an image file of any format, turned as it says.

    :raises BrokenImageError: it cannot be decoded, or has more than ``most`` pixels.
    """
    pixels = _decoded_as_stored(data, name, most, 'is damaged')
    # OpenCV turns TIFF whatever it is told.
    return pixels if data[:4] in TIFF_STARTS else upright(pixels, stated_orientation(data))


def _decoded_as_stored(data: bytes, name: str, most: int, fault: str) -> Pixels:
    try:
        pixels = decode_image(data, name, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION, most)
    except TooManyPixelsError as error:
        raise BrokenImageError(str(error)) from error
    if pixels is None:
        raise BrokenImageError(f'{name} {fault}')
    return pixels


def _lacks_its_last(data: bytes, pixels: Pixels) -> bool:
    """Return whether the data of a JPEG file, decoded to ``pixels``, end before the last of them.

    Then the last ones are of the one grey. Where they are, further data before the end of the file tell: they change
    the picture only if it lacks some. Pillow does so without writing to stderr, as libjpeg does in OpenCV.
    """
    # Turned, any corner may be the one that came last.
    ends = (0, 0), (0, -1), (-1, 0), (-1, -1)
    if not any((pixels[row, column] == _NOTHING_CAME).all() for row, column in ends):
        return False
    from PIL import Image  # it costs time that the start does not have

    end = data.rfind(JPEG_END)
    more = random.Random(0).randbytes(256).replace(b'\xff', b'')

    def thumbnail(file: bytes) -> Pixels:
        image = Image.open(io.BytesIO(file))
        image.draft('L', (image.width // 8, image.height // 8))  # the mean of each block, at a fourth of the cost
        return np.asarray(image)

    try:
        return not np.array_equal(thumbnail(data), thumbnail(data[:end] + more + data[end:]))
    except Exception:  # Pillow raises many kinds of them for files that are broken
        return True


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
