# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A face before a wall, whose pupils are wide in the dark, narrow in the light, and glow red under a flash."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer, VectorLayer
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.scene.shapes import Materials, Shape, disc, ellipse, polygon, rectangle

FACE_DEPTH, WALL_DEPTH = 0.6, 2.0
"""Metres from the camera."""

EYES = ((-0.056, -0.03), (0.056, -0.03))
"""Centres of the pupils."""

GREY_CARD = (0.3, 0.14, 0.07)
"""Centre and half the side of a card beside the face that returns a neutral 18 % of the light."""

_GLOW = (0.75, 0.035, 0.02)
"""What the back of an eye returns of the flash: red, green, blue."""


class PortraitScene:
    """One face that looks into the camera; nothing moves."""

    moving_depth = FACE_DEPTH

    def __init__(self) -> None:
        self._kept: tuple[Illumination, Sequence[Layer]] | None = None
        self.reflectances: NDArray[np.float32] = np.zeros((0, 3), np.float32)
        self.targets: tuple[Callable[[float], Shape], ...] = ()

    def layers(self, time: float, illumination: Illumination) -> Sequence[Layer]:
        """See :meth:`Scene.layers`."""
        if self._kept is None or self._kept[0] != illumination:
            self._kept = (illumination, _layers(illumination))
        return self._kept[1]

    def close(self) -> None:
        """See :meth:`Scene.close`."""


def pupil_radius(illumination: Illumination) -> float:
    """Return the radius of a pupil in tangents: wide in the dark, narrow where there was light before the exposure."""
    light = float(Illumination(illumination.ambient, illumination.torch).at(FACE_DEPTH)[1])
    if illumination.red_eye_reduction:
        light += 8.0
    return 0.002 + 0.004 / (1.0 + 2.0 * light)


def _layers(illumination: Illumination) -> Sequence[Layer]:
    materials = Materials()
    background = materials.grey(0.25)
    behind = [
        rectangle(materials.add(0.16, 0.22, 0.20), -0.8, -0.6, -0.3, 0.6),
        rectangle(materials.add(0.33, 0.28, 0.22), 0.42, -0.6, 0.9, 0.6),
    ]
    face = _face(materials, illumination)
    reflectances = materials.reflectances
    return (VectorLayer(WALL_DEPTH, behind, reflectances, background), VectorLayer(FACE_DEPTH, face, reflectances))


def _face(materials: Materials, illumination: Illumination) -> list[Shape]:
    skin, shade, lips = (materials.add(*colour) for colour in (
        (0.52, 0.32, 0.23), (0.42, 0.24, 0.17), (0.40, 0.12, 0.11)))
    hair, shirt, white = materials.add(0.06, 0.035, 0.02), materials.add(0.07, 0.13, 0.30), materials.grey(0.70)
    x, y, half = GREY_CARD
    shapes = [
        ellipse(shirt, 0.0, 0.50, 0.34, 0.22), rectangle(shade, -0.06, 0.12, 0.06, 0.32),
        ellipse(hair, 0.0, -0.045, 0.165, 0.185), ellipse(shade, -0.14, 0.0, 0.022, 0.04),
        ellipse(shade, 0.14, 0.0, 0.022, 0.04), ellipse(skin, 0.0, 0.01, 0.135, 0.18),
        ellipse(hair, 0.0, -0.15, 0.125, 0.06), polygon(shade, [(0.0, 0.0), (0.022, 0.062), (-0.022, 0.062)]),
        ellipse(lips, 0.0, 0.11, 0.045, 0.015), rectangle(shade, -0.04, 0.109, 0.04, 0.111),
        rectangle(materials.grey(0.18), x - half, y - half, x + half, y + half),
    ]
    for across, down in EYES:
        shapes += [
            rectangle(hair, across - 0.03, down - 0.036, across + 0.03, down - 0.028),
            ellipse(white, across, down, 0.027, 0.0145), disc(materials.add(0.10, 0.16, 0.22), across, down, 0.0125),
            disc(_pupil(materials, illumination), across, down, pupil_radius(illumination)),
        ]
    return shapes


def _pupil(materials: Materials, illumination: Illumination) -> int:
    # The light that is always there comes from everywhere; hardly any of it finds its way out of an eye again.
    part = illumination.flash_part(FACE_DEPTH)
    red, green, blue = (0.004 + part * glow for glow in _GLOW)
    return materials.add(red, green, blue)
