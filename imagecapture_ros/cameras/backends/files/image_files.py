# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image files: one image, or a folder of images of one size, as a stream."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import cv2

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.backends.files.paced_camera import PacedCamera, RecordedPicture
from imagecapture_ros.cameras.backends.opencv.capture import check_file, with_encoding
from imagecapture_ros.imaging.codecs import decode_image
from imagecapture_ros.imaging.image_header import JPEG_START, MAX_PIXELS, breaks_off, check_pixels
from imagecapture_ros.mediacapture.errors import NotAllowedError, NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.regular_files import FileSlices, open_regular, read_file

logger = logging.getLogger(__name__)

IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp')

_BYTES_PER_PIXEL = 8
"""What colour of 16 bits with alpha takes. Only PNM files as text take more, and are refused above 4 megapixels."""

_OTHER_BYTES = 16 << 20
"""What a file may have beside its pixels."""


def image_camera(path: Path, loop: bool, rate: float, max_pixels: int = MAX_PIXELS) -> Camera:
    """Return a camera that shows the image, or the images of the folder, at the absolute ``path`` with ``rate`` Hz.

    ``loop`` lets a folder begin again after its last image; an image alone has no end. No image may have more than
    ``max_pixels``.

    :raises ValueError: ``rate`` is not positive.
    """
    if not rate > 0.0:
        raise ValueError(f'a rate of {rate:g} Hz shows no images; it must be above 0')
    device_id = f'file:{path}'
    return PacedCamera(DeviceInfo(device_id, path.name, device_id), ImageFiles(path, rate, max_pixels),
                       loop=loop or not path.is_dir())


class ImageFiles:
    """A recording of images in the natural order of their names (2 before 10).

    Each has the encoding of its file: mono8, mono16, bgr8, bgra8 or 32FC1; colours of 16 bits come as 8. JPEG files are
    turned as they say.
    """

    def __init__(self, path: Path, rate: float, max_pixels: int = MAX_PIXELS) -> None:
        self._path = path
        self._rate = rate
        self._max_pixels = max_pixels
        self._files: Sequence[Path] = ()
        self._size = (0, 0)
        self._position = 0
        self._only_picture: RecordedPicture | None = None
        self._left_out: set[Path] = set()

    def open(self) -> float:
        """See :meth:`Recording.open`; the images of a folder must all have one size."""
        files = _images_in(self._path) if self._path.is_dir() else [self._path]
        sizes = ((file, _size(file, self._max_pixels)) for file in files)
        first, self._size = next(sizes)
        for file, size in sizes:
            if size != self._size:
                raise NotReadableError(
                    f'{file} has {size[0]}x{size[1]} pixels, but {first.name} has {self._size[0]}x{self._size[1]}; the '
                    f'images of a folder are one stream and need one size: move it away, or scale it')
        self._files = files
        self._position = 0
        if len(files) == 1:
            self._only_picture = RecordedPicture(*_decoded(files[0], self._max_pixels))
        return self._rate

    def close(self) -> None:
        """See :meth:`Recording.close`."""
        self._files = ()
        self._only_picture = None

    def next(self) -> RecordedPicture | None:
        """See :meth:`Recording.next`; an image that cannot be decoded is left out, with a warning."""
        for skipped, file in enumerate(self._files[self._position:]):
            self._position += 1
            picture = self._only_picture or self._read(file, skipped)
            if picture is not None:
                return picture
        return None

    def rewind(self) -> None:
        """See :meth:`Recording.rewind`."""
        self._position = 0

    def _read(self, file: Path, skipped: int) -> RecordedPicture | None:
        try:
            pixels, encoding = _decoded(file, self._max_pixels)
            if (pixels.shape[1], pixels.shape[0]) != self._size:
                raise NotReadableError(f'{file} does not have {self._size[0]}x{self._size[1]} pixels any more')
        except (NotReadableError, OSError) as error:
            if file not in self._left_out:  # once, not each time the folder is shown
                self._left_out.add(file)
                logger.warning('an image is left out: %s', error)
            return None
        return RecordedPicture(pixels, encoding, skipped)


def _images_in(folder: Path) -> list[Path]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise NotAllowedError(f'{folder} may not be read by this user; check its permissions with: ls -ld "{folder}"')
    files = [file for file in folder.iterdir()
             if file.suffix.lower() in IMAGE_SUFFIXES and file.name[0] != '.' and not file.is_dir()]
    if not files:
        raise NotReadableError(f'{folder} holds no images; images are files that end with {", ".join(IMAGE_SUFFIXES)}')
    return sorted(files, key=_natural_order)


def _natural_order(path: Path) -> tuple[list[str | int], str]:
    # The split alternates between text and digits, beginning with text: equal positions always compare equal types.
    parts = re.split(r'([0-9]+)', path.stem.lower())
    return [int(part) if part.isdecimal() else part for part in parts], path.name


def _size(file: Path, max_pixels: int) -> tuple[int, int]:
    check_file(file)
    return _stated(file, max_pixels)


def _stated(file: Path, max_pixels: int) -> tuple[int, int]:
    with open_regular(file) as descriptor:
        return check_pixels(FileSlices(descriptor), str(file), max_pixels)


def _decoded(file: Path, max_pixels: int) -> tuple[Pixels, str]:
    width, height = _stated(file, max_pixels)
    data = read_file(file, width * height * _BYTES_PER_PIXEL + _OTHER_BYTES)
    if breaks_off(data):
        raise NotReadableError(f'{file} breaks off before the end of the image; copy it again from where it is whole')
    # Unchanged means without turning, too; JPEG, the one format that is often turned, has no alpha to lose.
    flags = cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH if data.startswith(JPEG_START) else cv2.IMREAD_UNCHANGED
    pixels = decode_image(data, str(file), flags, max_pixels)
    if pixels is None:
        raise NotReadableError(f'{file} cannot be decoded as an image: it is damaged or in an unknown format')
    encoded = with_encoding(pixels)
    if encoded is None:
        raise NotReadableError(f'{file} holds {pixels.dtype} pixels of shape {pixels.shape}, for which there is no '
                               f'encoding; convert it to 8-bit colour or to 8- or 16-bit grey')
    return encoded
