# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of pixels from any encoding to those that image_raw can be asked for."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from imagecapture_ros.imaging.encodings import EncodingError, encoding_of
from imagecapture_ros.mediacapture.frames import Pixels

TARGETS = ('bgr8', 'rgb8', 'mono8')
"""The encodings that any other can be converted to."""

PASSTHROUGH = 'passthrough'
"""The wish to keep the encoding as it is."""

# Luma of video runs from 16 to 235. cvtColor stretches it on the way to colour; grey must not come out flatter.
_LUMA_TO_GREY = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)


def convert(pixels: Pixels, source: str, target: str, out: Pixels | None = None) -> Pixels:
    """Return ``pixels``, which are in the encoding ``source``, in the encoding ``target``.

    ``target`` is one of ``TARGETS``, passthrough, or ``source`` itself; for the last two the same array comes back.
    With ``out``, an array of the result's shape and type, the result is written there, and that array comes back.
    Values of more than 8 bits are scaled, full range to full range: mono16 and 16UC1 from 0..65535, 32FC1 from
    0.0..1.0, clipped, NaN as black. A sensor that fills only the low bits of mono16 therefore gives a dark image.
    An alpha channel is dropped.

    :raises EncodingError: an encoding is unknown, or ``target`` is not offered; the message lists what is.
    :raises ImageLayoutError: the array does not have the layout of ``source``.
    """
    layout = encoding_of(source)
    layout.size_of(pixels)
    if target in (PASSTHROUGH, source):
        return copied_into(pixels, out)
    if target not in TARGETS:
        raise EncodingError(f'{source} cannot be converted to {target!r}; possible are {", ".join(TARGETS)} and '
                            f'{PASSTHROUGH}')
    converted = _in_8_bits(pixels)
    luma = target == 'mono8' and layout.shared_chroma
    if target in layout.codes:
        converted = cv2.cvtColor(converted, layout.codes[target], dst=None if luma else out)
    if luma:
        converted = cv2.LUT(converted, _LUMA_TO_GREY, dst=out)
    return copied_into(converted, out)


def _in_8_bits(pixels: Pixels) -> Pixels:
    if pixels.dtype == np.uint16:
        return cast(Pixels, cv2.convertScaleAbs(pixels, alpha=255.0 / 65535.0))
    if pixels.dtype == np.float32:
        # fmax lets the 0 win over a NaN; infinities would wrap in the scaling, negative values would lose their sign.
        visible = np.fmin(np.fmax(pixels, np.float32(0.0)), np.float32(1.0))
        return cast(Pixels, cv2.convertScaleAbs(visible, alpha=255.0))
    return pixels


def copied_into(result: Pixels, out: Pixels | None) -> Pixels:
    """Return ``result``, in ``out`` if that is given, where OpenCV was asked to write it.

    OpenCV writes elsewhere without a word where it does not like the array; then the pixels are copied.

    :raises ValueError: ``out`` has another shape than the result.
    """
    if out is None:
        return result
    if result.ctypes.data != out.ctypes.data:
        np.copyto(out, np.reshape(result, out.shape))
    return out
