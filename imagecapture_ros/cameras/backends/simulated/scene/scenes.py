# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What stands before the simulated camera, and which scene a device string names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer, VectorLayer
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.scene.chart import (
    BOARD_DEPTH,
    DIAL,
    LANE,
    NEAR_DEPTH,
    WALL_DEPTH,
    board,
    near_card,
    wall,
)
from imagecapture_ros.cameras.backends.simulated.scene.pictures import PictureScene
from imagecapture_ros.cameras.backends.simulated.scene.portrait import PortraitScene
from imagecapture_ros.cameras.backends.simulated.scene.shapes import Materials, Shape, disc, polygon, rectangle, turned

HAND_PERIOD = 2.0
"""Seconds for one clockwise turn of the dial's hand, which points up at time 0."""

_HALF_LANE = 0.47

CHART, PORTRAIT = BUILT_IN_SCENES = ('chart', 'portrait')
"""The scenes that need no file."""


Target = Callable[[float], Shape]
"""Something that moves: its shape at a time in seconds."""


class Scene(Protocol):
    """Layers at several distances that stand still for the length of a frame, and targets that move."""

    @property
    def reflectances(self) -> NDArray[np.float32]:
        """Linear reflectance of each material of the moving targets: shape (n, 3), blue, green, red."""

    @property
    def moving_depth(self) -> float:
        """Metres from the camera to the moving targets."""

    def layers(self, time: float, illumination: Illumination) -> Sequence[Layer]:
        """Return what is to see at ``time`` (seconds), the farthest first; the same objects as long as it is the same.

        :raises NotReadableError: the file of the scene cannot be read any more.
        """

    @property
    def targets(self) -> Sequence[Target]:
        """What moves over the layers, what is behind first."""

    def close(self) -> None:
        """Let go of the scene's file, if it has one."""


def open_scene(name: str, seed: int) -> Scene:
    """Return the scene called ``name``: ``chart``, ``portrait``, or the path of an image or a video.

    :raises NotFoundError: there is no such file.
    :raises NotReadableError: the file is neither an image nor a video.
    """
    if name == CHART:
        return ChartScene(seed)
    if name == PORTRAIT:
        return PortraitScene()
    return PictureScene(Path(name))


class ChartScene:
    """The test chart on its board, the wall behind it and a card before it; equal seeds make equal scenes."""

    moving_depth = BOARD_DEPTH

    def __init__(self, seed: int = 0) -> None:
        materials = Materials()
        background = materials.grey(0.34)
        shapes = ((WALL_DEPTH, wall(materials, seed)), (BOARD_DEPTH, board(materials)),
                  (NEAR_DEPTH, near_card(materials)))
        red = materials.add(0.62, 0.03, 0.03)
        self._ball = disc(red, 0.0, 0.5 * (LANE[2] + LANE[3]), 0.017)
        self._hand = rectangle(red, -0.002, -0.048, 0.002, 0.012)
        self._pin = disc(materials.grey(0.03), DIAL[0], DIAL[1], 0.005)
        self._box = rectangle(materials.add(0.02, 0.42, 0.60), -0.022, -0.022, 0.022, 0.022)
        yellow = materials.add(0.80, 0.55, 0.02)
        self._kite = polygon(yellow, [(0.0, -0.028), (0.017, 0.006), (0.0, 0.02), (-0.017, 0.006)])
        self.reflectances: NDArray[np.float32] = materials.reflectances
        (wall_depth, wall_shapes), *others = shapes
        self._layers = (
            VectorLayer(wall_depth, wall_shapes, self.reflectances, background),
            *(VectorLayer(depth, drawn, self.reflectances) for depth, drawn in others),
        )
        # Another stream of numbers than the speckles', so that neither depends on how many the other takes.
        self._lane, self._flight, self._drift = np.random.default_rng((seed, 1)).uniform(0.0, math.tau, 3).tolist()

    def layers(self, time: float, illumination: Illumination) -> Sequence[Layer]:
        """See :meth:`Scene.layers`."""
        return self._layers

    @property
    def targets(self) -> Sequence[Target]:
        """See :attr:`Scene.targets`."""
        return (self._kite_at, self._box_at, self._hand_at, self._pin_at, self._ball_at)

    def _kite_at(self, time: float) -> Shape:
        angle = math.tau * time / 5.0 + self._flight
        heading = math.atan2(0.07 * math.cos(2.0 * angle), 0.13 * math.cos(angle)) + 0.5 * math.pi
        return turned(self._kite, 0.13 * math.sin(angle), -0.18 + 0.035 * math.sin(2.0 * angle), heading)

    def _box_at(self, time: float) -> Shape:
        drift = math.tau * time / 9.0 + self._drift
        return turned(self._box, 0.5 * math.sin(drift), -0.345 + 0.03 * math.sin(3.0 * drift), math.tau * time / 3.0)

    def _hand_at(self, time: float) -> Shape:
        return turned(self._hand, DIAL[0], DIAL[1], math.tau * time / HAND_PERIOD)

    def _pin_at(self, time: float) -> Shape:
        return self._pin

    def _ball_at(self, time: float) -> Shape:
        return turned(self._ball, _HALF_LANE * math.sin(math.tau * time / 4.0 + self._lane), 0.0, 0.0)

    def close(self) -> None:
        """See :meth:`Scene.close`."""
