# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of more than 8 bits, as of thermal and depth cameras, in files: all of it, or a range that is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from imagecapture_ros.imaging.encodings import encoding_of
from imagecapture_ros.mediacapture.frames import Pixels

AUTO, JPEG, PNG, TIFF = 'auto', 'jpeg', 'png', 'tiff'
FORMATS = (AUTO, JPEG, PNG, TIFF)
"""What may be wished: ``auto`` keeps all bits, in the smallest file that does."""

PERCENTILES = (1.0, 99.0)
"""Of the values of a picture; those that lie outside do not tell what is in it."""

_ENOUGH = 1 << 18
"""Values that tell the percentiles; of more, only so many are looked at."""


@dataclass(frozen=True)
class ValueRange:
    """Values of pixels, the lowest of which becomes black and the highest white."""

    low: float
    high: float
    automatic: bool = False
    """Whether it was taken from the picture itself."""

    def __str__(self) -> str:
        how = f' ({PERCENTILES[0]:g} and {PERCENTILES[1]:g} % of this picture are beyond)' if self.automatic else ''
        return f'{self.low:g} to {self.high:g}{how}'


def is_deep(encoding: str) -> bool:
    """Return whether a pixel has more than 8 bits in an ``encoding``."""
    return encoding_of(encoding).dtype.itemsize > 1


def file_format(wanted: str, encoding: str) -> str:
    """Return the format of a file: as ``wanted``, or by ``auto`` JPEG for 8 bits, PNG for 16 and TIFF for 32."""
    if wanted != AUTO:
        return wanted
    return {1: JPEG, 2: PNG}.get(encoding_of(encoding).dtype.itemsize, TIFF)


def loses_depth(file_type: str, encoding: str) -> bool:
    """Return whether a file of this format has fewer bits than ``encoding``, so that a range is needed."""
    size = encoding_of(encoding).dtype.itemsize
    return size > {JPEG: 1, PNG: 2}.get(file_type, size)


def range_of(pixels: Pixels) -> ValueRange:
    """Return the range in which nearly all values of a picture lie."""
    step = max(1, int((pixels.size / _ENOUGH) ** 0.5))
    values = pixels[::step, ::step]
    values = values[np.isfinite(values)]
    low, high = np.percentile(values, PERCENTILES) if values.size else (0.0, 1.0)
    return ValueRange(float(low), float(high), automatic=True)


def scaled(pixels: Pixels, values: ValueRange, kind: type[np.unsignedinteger[Any]]) -> Pixels:
    """Return ``pixels`` with ``values`` stretched over all that ``kind`` holds, and clipped beyond; NaN is black."""
    white = float(np.iinfo(kind).max)
    stretched = (pixels.astype(np.float32) - values.low) * (white / max(values.high - values.low, 1e-30))
    # fmax lets the 0 win over a NaN.
    clipped: Pixels = np.rint(np.fmin(np.fmax(stretched, np.float32(0.0)), np.float32(white)))
    return clipped.astype(kind)


def range_note(what: str, file_type: str, encoding: str, values: ValueRange) -> str:
    """Return, for people, what has become of the depth of ``what``, whose format has fewer bits than ``encoding``."""
    bits = 8 if file_type == JPEG else 16
    advice = 'each picture has a range of its own' if values.automatic else 'what lies beyond is black or white'
    return f'{what} has {bits} bits of {encoding}: {values} became black to white; {advice}'
