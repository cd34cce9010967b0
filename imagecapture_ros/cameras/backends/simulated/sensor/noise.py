# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The sensor: from light to noisy, developed pixels, by tables over the levels of light."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.sensor.development import Development, Pixels
from imagecapture_ros.cameras.backends.simulated.sensor.levels import Codes, Levels

SENSITIVITY = 0.0125
"""Signal of a surface that returns all light after 100 us at ISO 100; full scale is 1, all beyond is clipped."""

FULL_WELL = 10_000.0
"""Electrons that a signal of 1 is made of at ISO 100; at ISO 200 half of them are, and so on."""

READ_NOISE = 4.0
"""Electrons of noise in a pixel without light."""

_VALUE_BITS = 7
_VALUE_SCALE = 1 << _VALUE_BITS
"""Units of one 8-bit value in the tables: as many as 16 bits with a sign hold."""

_NOISE_SCALE = 8
"""Units of one standard deviation in the noise."""

_BAND = 32
"""Rows that are made noisy at once, so that what is in between stays in the processor's cache."""

_TILE = (4 * _BAND, 16_384)
"""Rows and values in a row of the noise that is drawn once; each band takes another place of it."""


_STREAM, _PHOTO = 0, 1
"""Numbers that make the noise of a photo another than that of the frame with the same number."""


@dataclass(frozen=True)
class Exposure:
    """How much signal light makes."""

    time: float
    """Units of 100 us."""
    iso: float
    noisy: bool = True

    @property
    def gain(self) -> float:
        """Signal of a surface that returns all light."""
        return SENSITIVITY * self.time * self.iso / 100.0

    def noise(self, signal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the standard deviation of ``signal``: shot noise, and read noise below it."""
        well = FULL_WELL * 100.0 / self.iso
        return np.sqrt(signal / well + (READ_NOISE / well) ** 2)


class NoisePattern:
    """Gaussian noise that depends on a seed, the number of the frame and the place, and on nothing else."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @functools.cached_property
    def _tile(self) -> NDArray[np.int16]:
        # Another stream of numbers than those of the scene and of the frames.
        values = np.random.default_rng((self._seed, 2)).standard_normal(_TILE, np.float32)
        return np.rint(values * _NOISE_SCALE).astype(np.int16)

    def places(self, stream: int, sequence: int, bands: int) -> list[tuple[int, int]]:
        """Return where the noise of each band of a frame begins: row, and value in the row."""
        random = np.random.default_rng((self._seed, 3, stream, sequence))
        rows = random.integers(0, _TILE[0] - _BAND + 1, bands).tolist()
        columns = random.integers(0, _TILE[1] // 4, bands).tolist()
        return list(zip(rows, columns, strict=True))

    def at(self, place: tuple[int, int], shape: tuple[int, ...]) -> NDArray[np.int16]:
        """Return the noise of one band of ``shape``, up to 4096 pixels wide, as rows of values."""
        row, column = place
        return self._tile[row:row + shape[0], column:column + shape[1] * shape[2]]


class Tables:
    """What every level of light becomes under one exposure and development: its value, and the spread of its noise."""

    def __init__(self, levels: Levels, exposure: Exposure, development: Development) -> None:
        signal = levels.values.astype(np.float64) * exposure.gain
        values = development.tones(signal)
        self.plain = np.rint(values).astype(np.uint8)[None]
        """8-bit value of each level: shape (1, 256, 3)."""
        spread = exposure.noise(signal)
        slope = (development.tones(signal + 0.5 * spread) - development.tones(np.maximum(signal - 0.5 * spread, 0.0)))
        # With half a value more, cutting the units off rounds.
        self.value = np.rint((values + 0.5) * _VALUE_SCALE).clip(0, 32767).astype(np.int16)[None]
        self.spread = np.rint(slope * (_VALUE_SCALE / _NOISE_SCALE)).astype(np.int16)[None]


@dataclass(frozen=True)
class Patch:
    """Light that covers a part of a still picture."""

    top: int
    left: int
    codes: Codes

    @property
    def place(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        height, width = self.codes.shape[:2]
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


class StreamSensor:
    """Develops frame after frame; as long as light, exposure and development stay, so do the tables and their maps."""

    def __init__(self, noise: NoisePattern) -> None:
        self._noise = noise
        self._made_of: tuple[Codes, Levels, Exposure, Development] | None = None
        self._maps: list[NDArray[Any]] = []
        self._tables: list[NDArray[Any]] = []

    def develop(
        self, codes: Codes, levels: Levels, patches: list[Patch], exposure: Exposure, development: Development,
        sequence: int,
    ) -> Pixels:
        """Return the frame that ``codes`` under ``patches`` make, as a new array."""
        self._prepare(codes, levels, exposure, development)
        if not exposure.noisy:
            pixels = self._maps[0].copy()
            for patch in patches:
                pixels[patch.place] = cv2.LUT(patch.codes, self._tables[0])
            return development.finished(pixels)
        saved = [[part[patch.place].copy() for part in self._maps] for patch in patches]
        for patch in patches:
            for part, table in zip(self._maps, self._tables, strict=True):
                part[patch.place] = cv2.LUT(patch.codes, table)
        value, spread = self._maps
        pixels = np.empty(codes.shape, np.uint8)
        _add_noise(value, spread, pixels, self._noise, sequence)
        for patch, parts in zip(reversed(patches), reversed(saved), strict=True):
            for part, before in zip(self._maps, parts, strict=True):
                part[patch.place] = before
        return development.finished(pixels)

    def _prepare(self, codes: Codes, levels: Levels, exposure: Exposure, development: Development) -> None:
        made_of = self._made_of
        if made_of is not None and made_of[0] is codes and made_of[1:] == (levels, exposure, development):
            return
        tables = Tables(levels, exposure, development)
        self._tables = [tables.value, tables.spread] if exposure.noisy else [tables.plain]
        self._maps = [np.asarray(cv2.LUT(codes, table)) for table in self._tables]
        self._made_of = (codes, levels, exposure, development)


def develop_once(
    codes: Codes, levels: Levels, exposure: Exposure, development: Development, noise: NoisePattern, sequence: int,
) -> Pixels:
    """Return the same picture for light that is not needed again: nothing is kept, and little memory is taken."""
    tables = Tables(levels, exposure, development)
    pixels = np.empty(codes.shape, np.uint8)
    if not exposure.noisy:
        for top in range(0, len(codes), _BAND):
            pixels[top:top + _BAND] = cv2.LUT(codes[top:top + _BAND], tables.plain)
        return development.finished(pixels)
    places = noise.places(_PHOTO, sequence, -(-len(codes) // _BAND))
    scratch = np.empty((_BAND, codes.shape[1] * 3), np.int16)
    for top, place in zip(range(0, len(codes), _BAND), places, strict=True):
        band = codes[top:top + _BAND]
        _add_noise_to_band(np.asarray(cv2.LUT(band, tables.value)), np.asarray(cv2.LUT(band, tables.spread)),
                           pixels[top:top + _BAND], noise.at(place, band.shape), scratch)
    return development.finished(pixels)


def _add_noise(
    value: NDArray[Any], spread: NDArray[Any], pixels: Pixels, noise: NoisePattern, sequence: int,
) -> None:
    places = noise.places(_STREAM, sequence, -(-len(pixels) // _BAND))
    scratch = np.empty((_BAND, pixels.shape[1] * 3), np.int16)
    for top, place in zip(range(0, len(pixels), _BAND), places, strict=True):
        band = slice(top, top + _BAND)
        _add_noise_to_band(value[band], spread[band], pixels[band], noise.at(place, pixels[band].shape), scratch)


def _add_noise_to_band(
    value: NDArray[Any], spread: NDArray[Any], pixels: Pixels, noise: NDArray[np.int16], scratch: NDArray[np.int16],
) -> None:
    rows = len(pixels)
    # As single rows of values: OpenCV takes no views across its channels.
    noisy = scratch[:rows]
    cv2.multiply(spread.reshape(rows, -1), noise, noisy)
    cv2.add(noisy, value.reshape(rows, -1), noisy)
    cv2.threshold(noisy, 0, 0, cv2.THRESH_TOZERO, noisy)
    # The largest sum that 16 bits hold is still 255.
    np.right_shift(noisy, _VALUE_BITS, out=noisy)
    np.copyto(pixels.reshape(rows, -1), noisy, casting='unsafe')
