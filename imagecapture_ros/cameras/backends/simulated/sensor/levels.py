# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Light in one byte: the levels that a still scene is kept in, so that developing it is a table look-up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.sensor.development import decode

Codes = NDArray[np.uint8]
"""Shape (height, width, 3), blue, green, red: numbers of levels."""

_BINS = 4096


class Levels:
    """256 levels of light for each of blue, green and red.

    Among them are ``exact`` ones, so that plain surfaces keep their light to the last digit; the others lie evenly on
    the sRGB curve, as those of an 8-bit picture do.
    """

    def __init__(self, exact: NDArray[np.float32], peak: float) -> None:
        """Make levels from 0 to ``peak``.

        :param exact: shape (n, 3), n at most 128; values between 0 and ``peak``.
        """
        self._peak = peak
        columns = [_levels(exact[:, channel], peak) for channel in range(3)]
        self.values: NDArray[np.float32] = np.stack(columns, axis=1).astype(np.float32)
        """Shape (256, 3): the light of each level."""
        self._nearest = np.stack([_nearest(self.values[:, channel], exact[:, channel], peak) for channel in range(3)])

    def codes(self, light: NDArray[np.float32]) -> Codes:
        """Return the numbers of the levels nearest to ``light``, shape (..., 3)."""
        bins = np.sqrt(light * np.float32(1.0 / self._peak))
        bins *= np.float32(_BINS - 1)
        bins += np.float32(0.5)
        indices = np.minimum(bins, np.float32(_BINS - 1)).astype(np.uint16)
        codes = np.empty(light.shape, np.uint8)
        for channel in range(3):
            codes[..., channel] = self._nearest[channel].take(indices[..., channel])
        return codes


def _levels(exact: NDArray[np.float32], peak: float) -> NDArray[np.float64]:
    kept = np.unique(np.append(exact, np.array([0.0, peak], np.float32)))
    even = peak * decode(np.linspace(0.0, 1.0, 256 - len(kept) + 2, dtype=np.float32)[1:-1])
    return np.sort(np.concatenate((kept, even)))


def _nearest(levels: NDArray[np.float32], exact: NDArray[np.float32], peak: float) -> NDArray[np.uint8]:
    """Return the level for each bin of the square root of light."""
    centres = peak * (np.arange(_BINS) / (_BINS - 1)) ** 2
    nearest = np.searchsorted(0.5 * (levels[1:] + levels[:-1]), centres).astype(np.uint8)
    bins = np.rint(np.sqrt(exact / peak) * (_BINS - 1)).astype(int)
    nearest[bins] = np.searchsorted(levels, exact).astype(np.uint8)
    return nearest
