"""The scene before the simulated camera: the chart that stands still, and the targets that move over it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.simulated.chart import DIAL, LANE, still_scene
from imagecapture_ros.cameras.simulated.shapes import Materials, Shape, disc, polygon, rectangle, turned

HAND_PERIOD = 2.0
"""Seconds for one clockwise turn of the dial's hand, which points up at time 0."""

_HALF_LANE = 0.47


class Scene:
    """All there is to see; equal seeds make equal scenes."""

    def __init__(self, seed: int = 0) -> None:
        self._materials = Materials()
        self.background: int = self._materials.add(0.30, 0.35, 0.40)
        """The material of the wall, which is seen where nothing is drawn."""
        self.still: tuple[Shape, ...] = tuple(still_scene(self._materials, seed))
        """What does not move, what is behind first."""
        self._red = self._materials.add(0.62, 0.03, 0.03)
        self._cyan = self._materials.add(0.02, 0.42, 0.60)
        self._yellow = self._materials.add(0.80, 0.55, 0.02)
        self._pin = self._materials.grey(0.03)
        # Another stream of numbers than the speckles', so that neither depends on how many the other takes.
        self._phases = np.random.default_rng((seed, 1)).uniform(0.0, math.tau, 3)

    @property
    def reflectances(self) -> NDArray[np.float32]:
        """Linear reflectance of each material: shape (n, 3), blue, green, red."""
        return self._materials.reflectances

    def moving(self, time: float) -> tuple[Shape, ...]:
        """Return the targets as they stand at ``time`` (seconds), what is behind first."""
        lane, flight, tumble = self._phases
        ball = disc(self._red, _HALF_LANE * math.sin(math.tau * time / 4.0 + lane), 0.5 * (LANE[2] + LANE[3]), 0.017)
        angle = math.tau * time / 5.0 + flight
        heading = math.atan2(0.07 * math.cos(2.0 * angle), 0.13 * math.cos(angle)) + 0.5 * math.pi
        kite = polygon(self._yellow, [(0.0, -0.028), (0.017, 0.006), (0.0, 0.02), (-0.017, 0.006)])
        box = rectangle(self._cyan, -0.022, -0.022, 0.022, 0.022)
        drift = math.tau * time / 9.0 + tumble
        hand = rectangle(self._red, -0.002, -0.048, 0.002, 0.012)
        x, y, _ = DIAL
        return (
            turned(kite, 0.13 * math.sin(angle), -0.18 + 0.035 * math.sin(2.0 * angle), heading),
            turned(box, 0.5 * math.sin(drift), -0.345 + 0.03 * math.sin(3.0 * drift), math.tau * time / 3.0),
            turned(hand, x, y, math.tau * time / HAND_PERIOD),
            disc(self._pin, x, y, 0.005),
            ball,
        )
