# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Outlines: which way round they run, and where they lie."""

import math

import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated.scene.shapes import (
    Materials,
    Shape,
    disc,
    polygon,
    rectangle,
    ring,
    sector,
    text,
    turned,
)


def area(shape: Shape) -> float:
    """Return what is enclosed, holes taken off; positive when it runs clockwise as seen."""
    total = 0.0
    for contour in shape.contours:
        x, y = contour.T
        total += 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return total


@pytest.mark.parametrize(('shape', 'expected'), [
    (rectangle(0, -1.0, -2.0, 3.0, 5.0), 28.0),
    (polygon(0, [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]), 0.5),
    (disc(0, 0.3, 0.2, 0.1), math.pi * 0.01),
    (sector(0, 0.0, 0.0, 0.1, 0.0, 0.5 * math.pi), 0.25 * math.pi * 0.01),
    (ring(0, 0.0, 0.0, 0.1, 0.02), 2.0 * math.pi * 0.1 * 0.02),
    (turned(rectangle(0, -0.1, -0.2, 0.1, 0.2), 5.0, 6.0, 1.0), 0.08),
])
def test_outlines_run_clockwise_and_holes_do_not(shape: Shape, expected: float) -> None:
    assert area(shape) == pytest.approx(expected, rel=0.01)


def test_text_is_centred_as_wide_as_asked_and_mostly_ink_not_hole() -> None:
    shape = text(0, 'gap 08', 0.3, -0.2, 0.5)
    points = np.concatenate(shape.contours)
    assert np.ptp(points[:, 0]) == pytest.approx(0.5)
    assert points.min(axis=0) + points.max(axis=0) == pytest.approx([0.6, -0.4])
    areas = [area(Shape(0, (contour,))) for contour in shape.contours]
    # Each of g, a, p and 8 has holes; OpenCV's font may put a stroke through the zero.
    assert sum(enclosed < 0.0 for enclosed in areas) >= 5
    assert sum(areas) > 0.0


def test_turning_is_clockwise_as_seen() -> None:
    hand = turned(polygon(0, [(0.0, -1.0), (0.0, 0.0)]), 10.0, 10.0, 0.5 * math.pi)
    np.testing.assert_allclose(hand.contours[0], [(11.0, 10.0), (10.0, 10.0)], atol=1e-12)


def test_equal_materials_are_one() -> None:
    materials = Materials()
    assert [materials.add(0.1, 0.2, 0.3), materials.grey(0.5), materials.add(0.1, 0.2, 0.3)] == [0, 1, 0]
    np.testing.assert_allclose(materials.reflectances, [(0.3, 0.2, 0.1), (0.5, 0.5, 0.5)], rtol=1e-6)
