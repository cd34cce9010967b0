# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The light on the scene: what is always there, torch and flash, each with its colour on the Planckian locus."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

AMBIENT_TEMPERATURE = 5000.0
"""Kelvin of the light that is always there."""

LAMP_TEMPERATURE = 6000.0
"""Kelvin of torch and flash."""

TORCH_LIGHT = 0.5
"""Light of the torch on a surface one metre away; the light that is always there is 1."""

FLASH_LIGHT = 2.0
"""Light of the flash on a surface one metre away."""

_SRGB_FROM_XYZ = np.array([
    [3.2404542, -1.5371385, -0.4985314],
    [-0.9692660, 1.8760108, 0.0415560],
    [0.0556434, -0.2040259, 1.0572252],
])


@dataclass(frozen=True)
class Illumination:
    """What lights the scene during one exposure."""

    ambient: float = 1.0
    """The light that is always there; 1 makes a surface that returns all of it a white."""
    torch: bool = False
    flash: bool = False
    red_eye_reduction: bool = False
    """Whether a light before the flash has made pupils narrow."""

    @property
    def lamp(self) -> float:
        """Light of torch and flash at one metre."""
        return TORCH_LIGHT * self.torch + FLASH_LIGHT * self.flash

    def at(self, depth: float) -> NDArray[np.float64]:
        """Return the light on a surface ``depth`` metres away: blue, green, red, linear.

        The lamp stands at the camera, so its light falls with the square of the distance.
        """
        light: NDArray[np.float64] = (
            self.ambient * planckian(AMBIENT_TEMPERATURE) + self.lamp / depth ** 2 * planckian(LAMP_TEMPERATURE))
        return light

    def flash_part(self, depth: float) -> float:
        """Return the part of the green light at ``depth`` metres that is the flash's."""
        return FLASH_LIGHT / depth ** 2 / float(self.at(depth)[1]) if self.flash else 0.0


@functools.lru_cache(maxsize=1024)
def _planckian(temperature: float) -> tuple[float, float, float]:
    x, y = _chromaticity(temperature)
    red, green, blue = _SRGB_FROM_XYZ @ (x / y, 1.0, (1.0 - x - y) / y)
    return blue / green, 1.0, red / green


def planckian(temperature: float) -> NDArray[np.float64]:
    """Return the colour of a black body of 2000 to 25000 K: blue, green, red in linear sRGB, green being 1."""
    return np.array(_planckian(temperature))


def white_balance_gains(temperature: float) -> NDArray[np.float64]:
    """Return the gains of blue, green and red that make grey under a black body of ``temperature`` kelvin neutral."""
    return 1.0 / planckian(temperature)


def _chromaticity(temperature: float) -> tuple[float, float]:
    """Return CIE 1931 x and y of a black body, by the cubic splines of Kim, Jeong, Hong et al. (2002)."""
    inverse = 1000.0 / temperature
    if temperature <= 4000.0:
        x = ((-0.2661239 * inverse - 0.2343589) * inverse + 0.8776956) * inverse + 0.179910
    else:
        x = ((-3.0258469 * inverse + 2.1070379) * inverse + 0.2226347) * inverse + 0.240390
    if temperature <= 2222.0:
        y = ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
    elif temperature <= 4000.0:
        y = ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
    else:
        y = ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483
    return x, y
