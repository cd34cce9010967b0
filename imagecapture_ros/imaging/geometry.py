# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where pixels go: centred crop and downscale, quarter turns, mirroring; for encodings without shared chroma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.imaging.convert import copied_into

Pixels = NDArray[Any]
"""Shape (height, width) or (height, width, channels)."""

_PIXEL_TYPES = tuple(np.dtype(name) for name in ('uint8', 'uint16', 'int16', 'float32', 'float64'))
"""What OpenCV can scale and turn in every version."""

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class CropRectangle:
    """The part of a native image that a smaller one shows.

    With pixel centres at whole numbers, native column u becomes ``(u - x + 0.5) * scale_x - 0.5``, rows likewise.
    """

    x: int
    """Columns left out at the left."""
    y: int
    """Rows left out at the top."""
    width: int
    height: int
    scale_x: float
    """At most 1; it may differ from ``scale_y`` by what cutting at whole pixels takes."""
    scale_y: float


def crop_rectangle(native_width: int, native_height: int, width: int, height: int) -> CropRectangle:
    """Return the largest centred part of a native image that has the aspect ratio of ``width`` and ``height``.

    :raises ValueError: the wanted size is empty or larger than the native one; nothing is ever upscaled
        (Media Capture and Streams, resizeMode crop-and-scale).
    """
    if not (1 <= width <= native_width and 1 <= height <= native_height):
        raise ValueError(f'{width}x{height} cannot be made of an image of {native_width}x{native_height}: it must have '
                         f'1 to {native_width} columns and 1 to {native_height} rows')
    if native_width * height > width * native_height:
        cropped_width, cropped_height = round(native_height * width / height), native_height
    else:
        cropped_width, cropped_height = native_width, round(native_width * height / width)
    return CropRectangle(
        x=(native_width - cropped_width) // 2,
        y=(native_height - cropped_height) // 2,
        width=cropped_width,
        height=cropped_height,
        scale_x=width / cropped_width,
        scale_y=height / cropped_height,
    )


def crop_and_scale(pixels: Pixels, width: int, height: int, out: Pixels | None = None) -> Pixels:
    """Return ``pixels`` cut to the wanted aspect ratio around the centre and scaled down by averaging areas.

    C-contiguous; the same array if it has the wanted size. Here and below, ``out`` is an array of the result's shape
    and type that the result is written to, and that comes back.

    :raises ValueError: the size is empty or larger than the image, or the array is no image that can be scaled.
    """
    _check(pixels)
    native_height, native_width = pixels.shape[:2]
    part = crop_rectangle(native_width, native_height, width, height)
    pixels = pixels[part.y:part.y + part.height, part.x:part.x + part.width]
    if (part.width, part.height) != (width, height):
        scaled = cv2.resize(pixels, (width, height), dst=out, interpolation=cv2.INTER_AREA)
        # OpenCV drops a channel axis of length one.
        pixels = np.reshape(scaled, (height, width, *pixels.shape[2:]))
    return copied_into(pixels if out is not None else np.ascontiguousarray(pixels), out)


def rotate(pixels: Pixels, degrees: int, out: Pixels | None = None) -> Pixels:
    """Return ``pixels`` turned clockwise by 0, 90, 180 or 270 degrees.

    C-contiguous; the same array for 0 degrees.

    :raises ValueError: another angle, or the array is no image that can be turned.
    """
    _check(pixels)
    if degrees == 0:
        return copied_into(pixels if out is not None else np.ascontiguousarray(pixels), out)
    if degrees not in _TURNS:
        raise ValueError(f'cannot turn an image by {degrees} degrees; allowed are 0, 90, 180 and 270, clockwise')
    turned = cv2.rotate(pixels, _TURNS[degrees], dst=out)
    # OpenCV drops a channel axis of length one.
    return copied_into(np.reshape(turned, (*turned.shape[:2], *pixels.shape[2:])), out)


def mirror(pixels: Pixels, out: Pixels | None = None) -> Pixels:
    """Return ``pixels`` with left and right exchanged, C-contiguous.

    :raises ValueError: the array is no image that can be mirrored.
    """
    _check(pixels)
    return copied_into(np.reshape(cv2.flip(pixels, 1, dst=out), pixels.shape), out)


def _check(pixels: Pixels) -> None:
    if pixels.ndim not in (2, 3) or pixels.size == 0:
        raise ValueError(f'an array of shape {pixels.shape} is no image; it must be (height, width) or '
                         '(height, width, channels), none of them 0')
    if pixels.dtype not in _PIXEL_TYPES:
        raise ValueError(f'pixels of type {pixels.dtype} cannot be scaled or turned; allowed are '
                         f'{", ".join(map(str, _PIXEL_TYPES))}, in the byte order of this machine')
