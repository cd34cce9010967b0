# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pictures of animated GIF, PNG and WebP files one after the other; it loads Pillow."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from PIL import Image

from imagecapture_ros.imaging.image_header import check_size, stated_orientation
from imagecapture_ros.imaging.orientation import upright
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels
from imagecapture_ros.regular_files import ByteString


class Pictures:
    """The pictures of an animation, decoded one after the other, each as it is to be seen.

    GIF and WebP give bgr8, with white where all is transparent: being so is mostly their way to say "as before". PNG
    gives mono8, mono16, bgr8 or bgra8.
    """

    def __init__(self, file: BinaryIO, data: ByteString, name: str, max_pixels: int) -> None:
        """Open the animation in ``file``, whose bytes are ``data`` as well; ``name`` is what messages call it.

        :raises NotReadableError: it cannot be decoded.
        :raises TooManyPixelsError: it has too many pixels.
        """
        self._name = name
        self._max_pixels = max_pixels
        self._orientation = stated_orientation(data)
        try:
            self._image = Image.open(file)
        except Exception as error:  # whatever Pillow's parsers stumble over
            raise self._damaged(error) from error
        # The picture that programs show which know nothing of animated PNG.
        self._next = 1 if self._image.info.get('default_image') else 0

    def next(self) -> Pixels:
        """Return the next picture.

        :raises EOFError: there is none.
        :raises NotReadableError: it cannot be decoded, nor can those behind it.
        """
        try:
            self._image.seek(self._next)
            # A GIF picture may lie outside of what all are said to be drawn on, and enlarge it.
            check_size(*self._image.size, self._name, self._max_pixels)
            self._image.load()
            pixels = _pixels_of(self._image)
        except (EOFError, NotReadableError):
            raise
        except Exception as error:
            raise self._damaged(error) from error
        self._next += 1
        return upright(pixels, self._orientation)

    def close(self) -> None:
        """Let go of the pictures, not of the file."""
        self._image.close()

    def _damaged(self, error: Exception) -> NotReadableError:
        reason = str(error) or type(error).__name__
        return NotReadableError(f'{self._name} is damaged at its picture {getattr(self, "_next", 0) + 1}: {reason}')


def _pixels_of(image: Image.Image) -> Pixels:
    if image.format in ('GIF', 'WEBP'):
        if image.mode == 'RGB' or ('transparency' not in image.info and image.mode in ('P', 'L')):
            return _reversed(image.convert('RGB'))
        seen = image.convert('RGBA')
        return _reversed(Image.alpha_composite(Image.new('RGBA', seen.size, 'white'), seen).convert('RGB'))
    if image.mode.startswith('I'):  # 16 bits
        return np.asarray(image).astype(np.uint16)
    if image.mode in ('1', 'L') and 'transparency' not in image.info:
        return np.array(image.convert('L'))
    if image.mode in ('RGBA', 'LA', 'PA') or 'transparency' in image.info:
        return _reversed(image.convert('RGBA'))
    return _reversed(image.convert('RGB'))


def _reversed(image: Image.Image) -> Pixels:
    """Return the pixels in OpenCV's order."""
    pixels = np.asarray(image)
    order = [2, 1, 0, 3][:pixels.shape[2]]
    return np.ascontiguousarray(pixels[:, :, order])
