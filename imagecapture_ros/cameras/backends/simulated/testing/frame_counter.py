# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A frame counter and a time code in the picture: black and white cells in the top left corner that code reads back.

The sensor lays it over the picture behind all optics and controls, so it looks the same whatever they are set to. A
cell is one eightieth of the image's width, so it outlives scaling and JPEG; cropping cuts it off. On a black plate of
26 x 5 cells lie three rows of 24: eight that never change, 32 of the number, 24 of the time in milliseconds, each with
the most significant first, and eight of a checksum.
"""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

_CELLS_PER_WIDTH = 80
_ROWS, _COLUMNS = 3, 24
_MARK = 0b10110010
_SMALLEST_CONTRAST = 60.0


class FrameMark(NamedTuple):
    """What stands in the corner of a picture."""

    number: int
    """Of the frame in its stream, modulo 2 ** 32."""
    time: float
    """Seconds on the clock of the scene, in whole milliseconds, modulo 2 ** 24 ms (more than four hours)."""


def draw_frame_mark(image: NDArray[np.uint8], number: int, time: float) -> None:
    """Draw a frame's number and the scene's time (seconds) into the corner of a colour image, 80 columns or more."""
    cell = image.shape[1] // _CELLS_PER_WIDTH
    message = _message(number, round(time * 1000.0))
    bits = np.unpackbits(np.frombuffer(message, np.uint8)).reshape(_ROWS, _COLUMNS)
    plate = np.zeros((_ROWS + 2, _COLUMNS + 2), np.uint8)
    plate[1:-1, 1:-1] = 255 * bits
    size = (plate.shape[1] * cell, plate.shape[0] * cell)
    large = cv2.resize(np.dstack((plate, plate, plate)), size, interpolation=cv2.INTER_NEAREST)
    image[:size[1], :size[0]] = large


def read_frame_counter(image: NDArray[Any]) -> int:
    """Return the number of the frame that a simulated camera has put into ``image``; see :func:`read_frame_mark`."""
    return read_frame_mark(image).number


def read_frame_mark(image: NDArray[Any]) -> FrameMark:
    """Return number and time code that a simulated camera has put into ``image``.

    :param image: the whole image, scaled or not but not cropped, turned or mirrored; shape (height, width) or
        (height, width, channels), 8 bits. At least 320 pixels wide if it was compressed.
    :raises ValueError: there is no readable mark.
    """
    height, width = image.shape[:2]
    # A camera's cells are whole pixels; its image may have been scaled since, so here they are not.
    cell = width / _CELLS_PER_WIDTH
    if cell < 2.0 or height < (_ROWS + 2) * cell:
        raise ValueError(f'no frame counter in an image of {width}x{height}; it takes a width of at least '
                         f'{2 * _CELLS_PER_WIDTH} pixels')
    levels = np.array([
        [_level(image, row + 1, column + 1, cell) for column in range(_COLUMNS)] for row in range(_ROWS)
    ])
    dark, bright = levels.min(), levels.max()
    message = np.packbits(levels.ravel() > 0.5 * (dark + bright)).tobytes()
    number, milliseconds = int.from_bytes(message[1:5], 'big'), int.from_bytes(message[5:8], 'big')
    if bright - dark < _SMALLEST_CONTRAST or message != _message(number, milliseconds):
        raise ValueError(f'no frame counter in the top left corner of this {width}x{height} image; it must be a whole '
                         'image of a simulated camera, not cropped, turned or mirrored')
    return FrameMark(number, milliseconds / 1000.0)


def _message(number: int, milliseconds: int) -> bytes:
    digits = (number % 2 ** 32).to_bytes(4, 'big') + (milliseconds % 2 ** 24).to_bytes(3, 'big')
    return bytes([_MARK]) + digits + bytes([zlib.crc32(digits) & 0xFF])


def _level(image: NDArray[Any], row: int, column: int, cell: float) -> float:
    """Return the mean of the middle of a cell, away from what compression makes of its edges."""
    top, bottom, left, right = ((place + part) * cell for place in (row, column) for part in (0.25, 0.75))
    middle = image[round(top):max(round(top) + 1, round(bottom)), round(left):max(round(left) + 1, round(right))]
    return float(middle.mean())
