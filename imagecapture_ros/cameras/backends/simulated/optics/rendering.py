# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the sensor is lit with: the scene's still part, kept from frame to frame, and the targets that move over it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.simulated.optics.layers import (
    NOTHING,
    Drawing,
    Layer,
    Light,
    oversampling_of,
    palette,
)
from imagecapture_ros.cameras.backends.simulated.optics.lens import (
    SensorLight,
    defocused,
    disc_diameter,
    disc_reach,
    lay_over,
    seen_through_lens,
)
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import Region, View, project
from imagecapture_ros.cameras.backends.simulated.scene.scenes import Scene, Target
from imagecapture_ros.cameras.backends.simulated.sensor.levels import Codes, Levels
from imagecapture_ros.cameras.backends.simulated.sensor.noise import Patch

_STRIP = 2_100_000
"""Pixels that are drawn at once, a whole frame of any stream: what is in between takes many times their memory."""

_DARKEST = 1e-9
"""Light that is full scale where there is less, the light of a bright room being 1."""

_LONGEST_STEP = 1.0
"""Pixels a target may move between two moments that its motion blur is made of, unless it moves very far."""

_MOST_MOMENTS = 32


@dataclass(frozen=True)
class Shot:
    """Where the camera looks, what it is focused on, and in which light; equal shots of a scene are equal pictures."""

    view: View
    focus_distance: float
    """Metres."""
    illumination: Illumination


@dataclass(frozen=True, eq=False)
class StillLight:
    """The light of what stands still in a shot."""

    codes: Codes
    levels: Levels


class Renderer:
    """Draws one scene; the stream's still part is kept as long as the shot stays."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._kept: tuple[object, ...] = ()
        self._layers: Sequence[Layer] = ()
        self._still: StillLight | None = None

    def still(self, shot: Shot, layers: Sequence[Layer]) -> StillLight:
        """Return the light of ``layers`` in ``shot``, drawn anew only where something visible has changed."""
        discs = [disc_diameter(shot.view, layer.depth, shot.focus_distance) for layer in layers]
        wanted = (shot.view, shot.illumination, tuple(discs), *map(id, layers))
        if self._still is None or wanted != self._kept:
            self._still = draw_still(shot, layers)
            # The layers are kept too, so that no other object gets their identities.
            self._kept, self._layers = wanted, layers
        return self._still

    def targets(self, shot: Shot, still: StillLight, time: float, duration: float) -> list[Patch]:
        """Return what moves during an exposure of ``duration`` seconds that begins at ``time``, where it is seen."""
        return draw_targets(self._scene, shot, still, time, duration)


def draw_still(shot: Shot, layers: Sequence[Layer], on_strip: Callable[[], None] = lambda: None) -> StillLight:
    """Return the light of ``layers``, the farthest first, in ``shot``; call ``on_strip`` every now and then."""
    view = shot.view
    exact = np.concatenate([layer.exact_light(shot.illumination.at(layer.depth)) for layer in layers])
    # In the dark there is next to nothing, and not nothing: levels need a scale.
    peak = max(_DARKEST, *(float(shot.illumination.at(layer.depth).max()) for layer in layers))
    levels = Levels(exact, peak)
    codes = np.empty((view.height, view.width, 3), np.uint8)
    rows = max(1, _STRIP // view.width)
    for top in range(0, view.height, rows):
        on_strip()
        strip = Region(0, top, view.width, min(top + rows, view.height))
        codes[top:strip.bottom] = levels.codes(
            seen_through_lens(layers, view, strip, shot.illumination, shot.focus_distance))
    return StillLight(codes, levels)


def draw_targets(scene: Scene, shot: Shot, still: StillLight, time: float, duration: float) -> list[Patch]:
    """Return the patches of light that moving targets and what they cover make."""
    view = shot.view
    diameter = disc_diameter(view, scene.moving_depth, shot.focus_distance)
    reach = disc_reach(diameter)
    patches = []
    for group in _groups(scene.targets, view, reach, time, duration):
        visible = group.region & view.region
        needed = visible.grown(reach)
        table = palette(scene.reflectances, shot.illumination.at(scene.moving_depth))
        light = defocused(_averaged(group, view, needed, table, time, duration), diameter)[visible.slices(needed)]
        behind = _light_of(still, visible)
        lay_over(behind, light)
        codes = still.codes[visible.slices(view.region)].copy()
        touched = light[..., 3] > 0.0
        codes[touched] = still.levels.codes(behind[touched])
        patches.append(Patch(visible.top, visible.left, codes))
    return patches


@dataclass(frozen=True)
class _Group:
    """Targets that may cover each other, and so are drawn together."""

    targets: tuple[Target, ...]
    region: Region
    moments: int
    """Positions during the exposure that make their motion blur."""

    def __or__(self, other: _Group) -> _Group:
        return _Group(self.targets + other.targets, self.region | other.region, max(self.moments, other.moments))


def _groups(
    targets: Sequence[Target], view: View, reach: int, time: float, duration: float,
) -> list[_Group]:
    """Return the targets that can be seen, in groups whose regions do not meet."""
    groups: list[_Group] = []
    for target in targets:
        ends = [project(view.homography(), target(moment).contours[0]) for moment in (time, time + duration)]
        moved = float(np.hypot(*(ends[1] - ends[0]).T).max())
        corners = np.concatenate(ends)
        # A turning target reaches beyond its first and last position; a pixel reaches beyond its centre.
        margin = 2 + reach + math.ceil(moved / 8.0)
        (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
        region = Region(int(left), int(top), int(right) + 1, int(bottom) + 1).grown(margin)
        if (region & view.region).empty:
            continue
        group = _Group((target,), region, max(1, min(_MOST_MOMENTS, math.ceil(moved / _LONGEST_STEP))))
        while meeting := [other for other in groups if not (other.region & group.region).empty]:
            groups = [other for other in groups if other not in meeting]
            # In their order, what is behind first.
            group = functools.reduce(_Group.__or__, [*meeting, group])
        groups.append(group)
    return groups


def _averaged(
    group: _Group, view: View, region: Region, table: NDArray[np.float32], time: float, duration: float,
) -> Light:
    """Return the mean light of all positions that a group's targets take during the exposure."""
    oversampling = oversampling_of(view)
    count = len(group.targets)
    drawing = Drawing([
        target(time + duration * (moment + 0.5) / group.moments)
        for moment in range(group.moments) for target in group.targets
    ])
    points = drawing.projected(view, region, oversampling)
    samples = np.empty((region.height * oversampling, region.width * oversampling), np.uint8)
    total = np.zeros((*samples.shape, 4), np.float32)
    for moment in range(group.moments):
        samples[:] = NOTHING
        drawing.fill(samples, points, range(moment * count, (moment + 1) * count))
        total += table.take(samples, axis=0)
    total *= np.float32(1.0 / group.moments)
    return np.asarray(cv2.resize(total, (region.width, region.height), interpolation=cv2.INTER_AREA), np.float32)


def _light_of(still: StillLight, region: Region) -> SensorLight:
    codes = still.codes[region.top:region.bottom, region.left:region.right]
    return np.stack([still.levels.values[:, channel].take(codes[..., channel]) for channel in range(3)], axis=-1)
