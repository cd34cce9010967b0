"""From light to pixels: exposure, clipping, the sRGB curve, and the picture controls on top of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SENSITIVITY = 0.01
"""Signal of a material that returns all light after 100 us; full scale is 1, all beyond is clipped."""

NEUTRAL = 128.0
"""The value at which brightness, contrast and saturation change nothing."""

LUMINANCE = np.array([0.0722, 0.7152, 0.2126], np.float32)
"""Parts of blue, green and red in the luminance of linear light (ITU-R BT.709)."""

_LUMA = np.array([0.114, 0.587, 0.299], np.float32)
"""Parts of blue, green and red in the grey of encoded values (ITU-R BT.601), those of every BGR to grey conversion."""


@dataclass(frozen=True)
class Development:
    """How light becomes 8-bit values."""

    exposure: float
    """Signal of a material that returns all light."""
    brightness: float = NEUTRAL
    """0 to 255; each unit above neutral adds one 8-bit value."""
    contrast: float = NEUTRAL
    """0 to 255; the gain around mid grey is contrast / 128."""
    saturation: float = NEUTRAL
    """0 to 255; the gain of the colour differences is saturation / 128, so 0 is grey."""

    def __call__(self, light: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return the 8-bit values of ``light``, both of shape (n, 3), blue, green, red."""
        values = 255.0 * encode(np.clip(light * np.float32(self.exposure), 0.0, 1.0))
        if self.contrast != NEUTRAL:
            values = (values - 128.0) * np.float32(self.contrast / NEUTRAL) + 128.0
        values = np.clip(values + np.float32(self.brightness - NEUTRAL), 0.0, 255.0)
        if self.saturation != NEUTRAL:
            grey = (values @ _LUMA)[:, None]
            values = np.clip(grey + (values - grey) * np.float32(self.saturation / NEUTRAL), 0.0, 255.0)
        return np.rint(values).astype(np.uint8)


def encode(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sRGB value of a linear signal, both 0 to 1 (IEC 61966-2-1)."""
    curve = 1.055 * np.power(np.maximum(signal, np.float32(0.0031308)), np.float32(1.0 / 2.4)) - 0.055
    encoded: NDArray[np.float32] = np.where(signal <= 0.0031308, 12.92 * signal, curve).astype(np.float32)
    return encoded
