# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From signal to pixels: white balance, the sRGB curve, and the picture controls on top of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

NEUTRAL = 128.0
"""The value at which brightness, contrast and saturation change nothing."""

LUMINANCE = np.array([0.0722, 0.7152, 0.2126], np.float32)
"""Parts of blue, green and red in the luminance of linear light (ITU-R BT.709)."""

_LUMA = np.array([0.114, 0.587, 0.299])
"""Parts of blue, green and red in the grey of encoded values (ITU-R BT.601), those of every BGR to grey conversion."""

_HALO = 1.0
"""Standard deviation in pixels of the blur that sharpening subtracts."""

Pixels = NDArray[np.uint8]
"""Shape (height, width, 3), blue, green, red."""


@dataclass(frozen=True)
class Development:
    """How the sensor's signal becomes 8-bit values."""

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """White balance of blue, green and red."""
    brightness: float = NEUTRAL
    """0 to 255; each unit above neutral adds one 8-bit value."""
    contrast: float = NEUTRAL
    """0 to 255; the gain around mid grey is contrast / 128."""
    saturation: float = NEUTRAL
    """0 to 255; the gain of the colour differences is saturation / 128, so 0 is grey."""
    sharpness: float = 0.0
    """0 to 100 %; the part of the difference to a blurred copy that is added once more, times three."""

    def tones(self, signal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values, 0 to 255 and not rounded, of a linear signal, shape (n, 3), full scale being 1."""
        values = 255.0 * encode(np.clip(signal * self.gains, 0.0, 1.0))
        values = (values - 128.0) * (self.contrast / NEUTRAL) + 128.0 + self.brightness - NEUTRAL
        return np.clip(values, 0.0, 255.0)

    def finished(self, pixels: Pixels) -> Pixels:
        """Return ``pixels`` after the controls that mix colours or neighbours; the same array if they are neutral."""
        if self.saturation != NEUTRAL:
            gain = self.saturation / NEUTRAL
            mixed = (1.0 - gain) * np.tile(_LUMA, (3, 1)) + gain * np.eye(3)
            pixels = np.asarray(cv2.transform(pixels, mixed), np.uint8)
        if self.sharpness:
            amount = 0.03 * self.sharpness
            blurred = cv2.GaussianBlur(pixels, (0, 0), _HALO)
            pixels = np.asarray(cv2.addWeighted(pixels, 1.0 + amount, blurred, -amount, 0.0), np.uint8)
        return pixels


def encode(signal: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the sRGB value of a linear signal, both 0 to 1 (IEC 61966-2-1)."""
    curve = 1.055 * np.power(np.maximum(signal, 0.0031308), 1.0 / 2.4) - 0.055
    return np.where(signal <= 0.0031308, 12.92 * signal, curve).astype(np.float64)


def decode(value: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the linear signal of an sRGB value, both 0 to 1 (IEC 61966-2-1)."""
    curve = np.power((np.maximum(value, 0.04045) + 0.055) / 1.055, 2.4)
    return np.where(value <= 0.04045, value / 12.92, curve).astype(np.float64)
