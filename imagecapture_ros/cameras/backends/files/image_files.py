# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Image files: one image, the pages of a TIFF file, or a folder of images of one size, as a stream."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

from imagecapture_ros.cameras.backends.files.paced_camera import RecordedPicture
from imagecapture_ros.cameras.backends.opencv.capture import check_file, prepare_opencv, with_encoding
from imagecapture_ros.imaging.animation import is_animated
from imagecapture_ros.imaging.file_kind import FileKind, Use, kind_of
from imagecapture_ros.imaging.image_file import StoredImage, images_in
from imagecapture_ros.imaging.image_header import MAX_PIXELS, TooManyPixelsError
from imagecapture_ros.mediacapture.errors import NotAllowedError, NotReadableError
from imagecapture_ros.regular_files import FileSlices, open_regular

logger = logging.getLogger(__name__)

_NAMED = 5
"""So many of the files that are left out are named."""


class ImageFiles:
    """A recording of images, those of a folder in the natural order of their names (2 before 10).

    Each has the encoding of its file: mono8, mono16, bgr8, bgra8 or 32FC1; colours of 16 bits come as 8. They are
    turned as their files say. The image of a file has no end.
    """

    def __init__(self, path: Path, rate: float, max_pixels: int = MAX_PIXELS) -> None:
        self._path = path
        self._rate = rate
        self._max_pixels = max_pixels
        self._images: Sequence[StoredImage] = ()
        self._size = (0, 0)
        self._position = 0
        self._endless = False
        self._only_picture: RecordedPicture | None = None
        self._first_encoding = ''
        self._change_reported = False
        self._left_out: set[StoredImage] = set()

    def open(self) -> float:
        """See :meth:`Recording.open`; all images must have one size."""
        prepare_opencv()
        folder = self._path.is_dir()
        images = _images_in_folder(self._path) if folder else _images_in_file(self._path)
        first: StoredImage | None = None
        for image in images:
            size = self._stated_size(image, alone=len(images) == 1)
            if size is not None and first is None:
                first, self._size = image, size
            elif first is not None and size not in (None, self._size):
                raise NotReadableError(_other_size(image, size or (0, 0), first, self._size))
        self._images = images
        self._position = 0
        self._first_encoding = ''
        self._endless = not folder
        if len(images) == 1:
            self._only_picture = self._decoded(images[0])
        return self._rate

    def close(self) -> None:
        """See :meth:`Recording.close`."""
        self._images = ()
        self._only_picture = None

    def next(self) -> RecordedPicture | None:
        """See :meth:`Recording.next`; an image that cannot be decoded is left out, with a warning."""
        if self._only_picture is not None and (self._endless or self._position == 0):
            self._position += 1
            return self._placed(self._only_picture, 0)
        for skipped, image in enumerate(self._images[self._position:]):
            self._position += 1
            try:
                picture = self._decoded(image)
            except (NotReadableError, OSError) as error:
                self._leave_out(image, error)
                continue
            self._look_at_encoding(image, picture.encoding)
            return self._placed(picture, skipped)
        return None

    @property
    def length(self) -> float:
        """See :attr:`Recording.length`."""
        return self._position * 1e9 / self._rate

    def rewind(self) -> None:
        """See :meth:`Recording.rewind`."""
        self._position = 0

    def _placed(self, picture: RecordedPicture, skipped: int) -> RecordedPicture:
        return RecordedPicture(picture.pixels, picture.encoding, (self._position - 1) * 1e9 / self._rate, skipped)

    def _stated_size(self, image: StoredImage, *, alone: bool) -> tuple[int, int] | None:
        """Return the size of an image, or ``None`` where it is damaged and others are to be shown."""
        try:
            return image.size(self._max_pixels)
        except TooManyPixelsError:
            raise
        except NotReadableError as error:
            if alone:
                raise
            self._leave_out(image, error)
        except OSError as error:
            raise NotReadableError(f'{image.name} cannot be read: {error}') from error
        return None

    def _decoded(self, image: StoredImage) -> RecordedPicture:
        pixels = image.pixels(max_pixels=self._max_pixels)
        if (pixels.shape[1], pixels.shape[0]) != self._size:
            raise NotReadableError(f'{image.name} does not have {self._size[0]}x{self._size[1]} pixels any more')
        encoded = with_encoding(pixels)
        if encoded is None:
            raise NotReadableError(f'{image.name} holds {pixels.dtype} pixels of shape {pixels.shape}, for which there '
                                   f'is no encoding; convert it to 8-bit colour or to 8- or 16-bit grey')
        return RecordedPicture(*encoded, 0.0)

    def _leave_out(self, image: StoredImage, error: Exception) -> None:
        if image not in self._left_out:  # once, not each time the folder is shown
            self._left_out.add(image)
            logger.warning('an image is left out: %s', error)

    def _look_at_encoding(self, image: StoredImage, encoding: str) -> None:
        self._first_encoding = self._first_encoding or encoding
        if encoding != self._first_encoding and not self._change_reported:
            self._change_reported = True
            logger.warning('%s has another encoding (%s) than the images before it (%s), and so have its messages; for '
                           'one encoding, set the parameter encoding to bgr8, rgb8 or mono8', image.name, encoding,
                           self._first_encoding)


def natural_order(path: Path) -> tuple[list[str | int], str]:
    """Return what to sort files by, so that 2 comes before 10."""
    # The split alternates between text and digits, beginning with text: equal positions always compare equal types.
    parts = re.split(r'([0-9]+)', path.stem.lower())
    return [int(part) if number % 2 else part for number, part in enumerate(parts)], path.name


def _images_in_file(path: Path) -> list[StoredImage]:
    check_file(path)
    try:
        return images_in(path)
    except OSError as error:
        raise NotReadableError(f'{path} cannot be read: {error}') from error


def _images_in_folder(folder: Path) -> list[StoredImage]:
    """Return the images of a folder, and warn of what else is in it.

    Of files that hold several images it is the first one.
    """
    if not os.access(folder, os.R_OK | os.X_OK):
        raise NotAllowedError(f'{folder} may not be read by this user; check its permissions with: ls -ld "{folder}"')
    images, others, animated = [], [], []
    for file in sorted(folder.iterdir(), key=natural_order):
        if file.name.startswith('.') or file.is_dir():
            continue
        kind, several = _looked_at(file)
        if isinstance(kind, FileKind) and kind.use is Use.IMAGE:
            images.append(StoredImage(file))
            animated += [file.name] if several else []
        else:
            reason = kind if isinstance(kind, str) else kind.name
            others.append(f'{file.name} ({reason})' if reason else file.name)
    left_out = f'{_counted(others)} left out: {_listed(others)}' if others else ''
    if not images:
        raise NotReadableError(f'{folder} holds no images; images are PNG, JPEG, BMP, TIFF, WebP, GIF and PNM files, '
                               f'whatever their names{"; " + left_out if left_out else ""}')
    if others:
        logger.warning('%s: %s', folder, left_out)
    if animated:
        logger.warning('%s: of each file that holds several images, the first one is shown: %s', folder,
                       _listed(animated))
    return images


def _looked_at(file: Path) -> tuple[FileKind | str, bool]:
    """Return what a file is, or why it cannot be read, and whether it holds several images."""
    try:
        with open_regular(file) as descriptor:
            data = FileSlices(descriptor)
            if not len(data):
                return 'empty', False
            kind = kind_of(data, motion_jpeg=False)
            several = kind.use is Use.IMAGE and is_animated(data)
        return kind, several or (kind.name == 'TIFF' and len(images_in(file)) > 1)
    except PermissionError:
        return 'may not be read', False
    except OSError:
        return 'cannot be read', False


def _counted(files: Sequence[str]) -> str:
    return '1 file is no image that can be shown, and is' if len(files) == 1 else (
        f'{len(files)} files are no images that can be shown, and are')


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ', '.join(names[:_NAMED]) + (f' and {more} more' if more > 0 else '')


def _other_size(image: StoredImage, size: tuple[int, int], first: StoredImage, first_size: tuple[int, int]) -> str:
    of_first = f'page {first.page}' if first.page else first.path.name
    what = 'the pages of a file' if image.page else 'the images of a folder'
    return (f'{image.name} has {size[0]}x{size[1]} pixels, but {of_first} has {first_size[0]}x{first_size[1]}; {what} '
            f'are one stream and need one size: move it away, or scale it')
