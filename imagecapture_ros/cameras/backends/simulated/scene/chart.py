# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The test chart and the wall behind it: what in the scene stands still."""

from __future__ import annotations

import colorsys
import math

import numpy as np

from imagecapture_ros.cameras.backends.simulated.scene.shapes import (
    Materials,
    Shape,
    disc,
    discs,
    polygon,
    rectangle,
    ring,
    sector,
    text,
    turned,
)

WALL_DEPTH, BOARD_DEPTH, NEAR_DEPTH = 3.0, 1.0, 0.3
"""Metres from the camera: the wall, the chart's board with the moving targets, and the nearest card."""

BOARD = (0.54, 0.262)
"""Half the width and height of the chart's board, which fits into a 16:9 image at zoom 1; the unit is the distance."""

WALL = (1.0, 0.85)
"""Half the width and height of what the camera can see of the wall, turned as far as it goes."""

STAR_RADIUS = 0.1
"""The Siemens star has its centre where the resting optical axis meets the board, and ``STAR_PAIRS`` pairs of rays."""

STAR_PAIRS = 36

FIDUCIALS = ((-0.125, -0.078), (0.125, -0.078), (-0.125, 0.078), (0.125, 0.078))
"""Centres of the four round quartered marks, all of them visible up to zoom 4 in a 4:3 image."""

STARS = ((-0.134, -0.03), (-0.134, 0.03), (0.134, -0.03), (0.134, 0.03), (-0.155, 0.0), (0.155, 0.0))
"""Centres of bright points on black discs, the first four of them visible up to zoom 4."""

STAR_SIZE = 0.0015
"""Radius of these points: less than a pixel at 640x480 and zoom 1."""

SLANTED_EDGES = {
    NEAR_DEPTH: (-0.46, 0.366, 0.034), BOARD_DEPTH: (0.29, -0.128, 0.068), WALL_DEPTH: (0.46, 0.366, 0.034),
}
"""Centre and half the side of a dark square on a bright card at each depth, turned clockwise by ``EDGE_ANGLE``."""

EDGE_ANGLE = math.radians(5.0)
"""What ISO 12233 asks of an edge for measuring the spatial frequency response."""

GREY_STEPS = tuple(0.9 * 2.0 ** (-0.5 * step) for step in range(12))
"""Linear reflectances of the grey steps from left to right: each half a stop below the one before."""

GREY_ROW = (-0.5, 0.5, 0.178, 0.238)
"""Left, right, top and bottom of the row of grey steps."""

LANE = (-0.5, 0.5, 0.118, 0.162)
"""Left, right, top and bottom of the lane that a ball runs in."""

DIAL = (0.415, 0.04, 0.06)
"""Centre and radius of the dial."""

GRID_DEGREES = 5
"""A line of the grid meets the centre of the image when the camera is turned by a multiple of this."""


def wall(materials: Materials, seed: int) -> list[Shape]:
    """Return what is on the wall, what is behind first; only the speckles depend on the seed."""
    return [*_speckles(materials, seed), *_grid(materials), *_slanted_edge(materials, WALL_DEPTH)]


def board(materials: Materials) -> list[Shape]:
    """Return the chart on its board, what is behind first."""
    return [
        *_board(materials),
        *_colour_patches(materials),
        *_star(materials),
        *_fiducials(materials),
        *_points(materials),
        *_slanted_edge(materials, BOARD_DEPTH),
        *_line_pairs(materials),
        *_dial(materials),
        *_lane(materials),
        *_grey_steps(materials),
        *_checkerboard(materials),
        text(materials.grey(0.03), 'imagecapture_ros', -0.334, 0.045, 0.332),
        text(materials.grey(0.03), 'simulated camera', -0.334, 0.09, 0.2),
    ]


def near_card(materials: Materials) -> list[Shape]:
    """Return the card that stands nearest."""
    return _slanted_edge(materials, NEAR_DEPTH)


def colour_patches() -> list[tuple[float, float, float, tuple[float, float, float]]]:
    """Return left, top, size and linear reflectance (red, green, blue) of 24 patches: twelve hues, vivid and pale."""
    patches = []
    for index in range(24):
        row, column = divmod(index, 6)
        hue = (index % 12) / 12.0
        saturation, value = (0.9, 0.88) if row < 2 else (0.4, 0.8)
        encoded = colorsys.hsv_to_rgb(hue, saturation, value)
        red, green, blue = (0.9 * ((channel + 0.055) / 1.055) ** 2.4 for channel in encoded)
        patches.append((-0.5 + 0.056 * column, -0.228 + 0.056 * row, 0.052, (red, green, blue)))
    return patches


def _speckles(materials: Materials, seed: int) -> list[Shape]:
    random = np.random.default_rng(seed)
    tints = ((0.22, 0.24, 0.27), (0.50, 0.52, 0.54), (0.46, 0.36, 0.28), (0.24, 0.33, 0.44))
    shapes: list[Shape] = []
    for red, green, blue in tints:
        centres = random.uniform((-WALL[0], -WALL[1]), WALL, (140, 2))
        shapes += discs(materials.add(red, green, blue), centres, random.uniform(0.002, 0.007, len(centres)))
    return shapes


def _grid(materials: Materials) -> list[Shape]:
    line, axis, ink = materials.grey(0.20), materials.grey(0.08), materials.grey(0.05)
    shapes = []
    for degrees in range(-45, 46, GRID_DEGREES):
        at = math.tan(math.radians(degrees))
        width = 0.002 if degrees % 10 else 0.003
        if abs(at) <= WALL[0]:
            shapes.append(rectangle(line if degrees else axis, at - 0.5 * width, -WALL[1], at + 0.5 * width, WALL[1]))
        if abs(at) <= WALL[1]:
            shapes.append(rectangle(line if degrees else axis, -WALL[0], at - 0.5 * width, WALL[0], at + 0.5 * width))
    for degrees in range(-40, 41, 2 * GRID_DEGREES):
        at = math.tan(math.radians(degrees))
        if abs(at) > BOARD[1]:
            # Elevation is positive upwards, the scene's y downwards.
            shapes.append(text(ink, f'{-degrees:+d}', 0.028, at - 0.016, 0.042))
        if degrees:
            shapes += [text(ink, f'{degrees:+d}', at + 0.026, y, 0.042) for y in (-BOARD[1] - 0.022, BOARD[1] + 0.022)]
    return shapes


def _board(materials: Materials) -> list[Shape]:
    width, height = BOARD
    black, white = materials.grey(0.03), materials.grey(0.85)
    border = 0.01
    shapes = [rectangle(black, -width, -height, width, height)]
    columns, rows = round(2.0 * width / 0.02), round(2.0 * height / 0.02)
    for index in range(0, columns, 2):
        left, right = (2.0 * width * edge / columns - width for edge in (index, index + 1))
        shapes.append(rectangle(white, left, -height, right, height))
    for index in range(1, rows, 2):
        top, bottom = (2.0 * height * edge / rows - height for edge in (index, index + 1))
        shapes.append(rectangle(black, -width, top, -width + border, bottom))
        shapes.append(rectangle(white, width - border, top, width, bottom))
    shapes.append(rectangle(materials.grey(0.54), -width + border, -height + border, width - border, height - border))
    return shapes


def _colour_patches(materials: Materials) -> list[Shape]:
    return [
        rectangle(materials.add(*colour), left, top, left + size, top + size)
        for left, top, size, colour in colour_patches()
    ]


def _star(materials: Materials) -> list[Shape]:
    black, white = materials.grey(0.03), materials.grey(0.85)
    angle = math.pi / STAR_PAIRS
    rays = [
        sector(black, 0.0, 0.0, STAR_RADIUS, 2 * ray * angle, (2 * ray + 1) * angle) for ray in range(STAR_PAIRS)
    ]
    return [
        disc(white, 0.0, 0.0, STAR_RADIUS + 0.006), *rays, ring(black, 0.0, 0.0, STAR_RADIUS + 0.006, 0.002),
        *_quartered(materials, 0.0, 0.0, 0.012),
    ]


def _fiducials(materials: Materials) -> list[Shape]:
    return [shape for x, y in FIDUCIALS for shape in _quartered(materials, x, y, 0.014)]


def _quartered(materials: Materials, x: float, y: float, radius: float) -> list[Shape]:
    black, white = materials.grey(0.03), materials.grey(0.85)
    return [
        disc(white, x, y, radius),
        sector(black, x, y, radius, 0.0, 0.5 * math.pi),
        sector(black, x, y, radius, math.pi, 1.5 * math.pi),
        ring(black, x, y, radius, 0.0012),
    ]


def _points(materials: Materials) -> list[Shape]:
    black, white = materials.grey(0.03), materials.grey(0.9)
    return [
        *(disc(black, x, y, 0.009) for x, y in STARS),
        *(disc(white, x, y, STAR_SIZE) for x, y in STARS),
    ]


def _slanted_edge(materials: Materials, depth: float) -> list[Shape]:
    x, y, half = SLANTED_EDGES[depth]
    square = rectangle(materials.grey(0.06), -half, -half, half, half)
    around = 1.47 * half
    return [
        rectangle(materials.grey(0.85), x - around, y - around, x + around, y + around),
        turned(square, x, y, EDGE_ANGLE),
    ]


def _line_pairs(materials: Materials) -> list[Shape]:
    black = materials.grey(0.03)
    shapes = [rectangle(materials.grey(0.85), 0.41, -0.228, 0.5, -0.028)]
    top = -0.220
    for width in (0.006, 0.0045, 0.003, 0.002, 0.0015, 0.001, 0.0007, 0.0005):
        height = 0.021
        for bar in range(5):
            left = 0.42 + 2 * bar * width
            shapes.append(rectangle(black, left, top, left + width, top + height))
        shapes.append(rectangle(black, 0.48, top + 0.25 * height, 0.48 + 2.0 * width, top + 0.75 * height))
        top += height + 0.0025
    return shapes


def _checkerboard(materials: Materials) -> list[Shape]:
    black, white = materials.grey(0.03), materials.grey(0.85)
    left, top, square = 0.19, -0.008, 0.02
    shapes = [rectangle(white, left, top, left + 8 * square, top + 6 * square)]
    for row in range(1, 5):
        for column in range(2 - row % 2, 7, 2):
            x, y = left + column * square, top + row * square
            shapes.append(rectangle(black, x, y, x + square, y + square))
    return shapes


def _dial(materials: Materials) -> list[Shape]:
    x, y, radius = DIAL
    black, white = materials.grey(0.03), materials.grey(0.85)
    shapes = [disc(black, x, y, radius), disc(white, x, y, radius - 0.004)]
    for hour in range(60):
        length, width = (0.010, 0.003) if hour % 5 == 0 else (0.005, 0.001)
        tick = rectangle(black, -0.5 * width, -radius + 0.006, 0.5 * width, -radius + 0.006 + length)
        shapes.append(turned(tick, x, y, math.tau * hour / 60))
    return shapes


def _lane(materials: Materials) -> list[Shape]:
    left, right, top, bottom = LANE
    mark = materials.grey(0.5)
    shapes = [rectangle(materials.grey(0.04), left, top, right, bottom)]
    for tenth in range(1, 20):
        x = left + (right - left) * tenth / 20
        height = 0.010 if tenth % 5 == 0 else 0.005
        shapes.append(polygon(mark, [(x - 0.004, bottom), (x, bottom - height), (x + 0.004, bottom)]))
    return shapes


def _grey_steps(materials: Materials) -> list[Shape]:
    left, right, top, bottom = GREY_ROW
    width = (right - left) / len(GREY_STEPS)
    return [
        rectangle(materials.grey(reflectance), left + step * width, top, left + (step + 1) * width, bottom)
        for step, reflectance in enumerate(GREY_STEPS)
    ]
