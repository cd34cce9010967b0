# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The best size that fits into a native mode: the one place where width, height and their ratio pull together.

The fitness distance rises on both sides of each wish, ever more slowly. So in each row of the plane of sizes the best
width lies at a wished width, beside the line of a wished ratio, or at a limit; the rows are searched all at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.mediacapture.capabilities import RATIO_DIGITS, Settings
from imagecapture_ros.mediacapture.constraints import ConstraintValue
from imagecapture_ros.mediacapture.solver.domains import DIGITS, EQUAL_NUMBERS

Floats = NDArray[np.float64]

_FEW_ROWS = 8
"""Mostly the lowest possible row is among the first."""

MANY_ROWS = 300
"""In so many rows the best size is found sooner when the hopeless ones are left out first."""


class Limits(NamedTuple):
    """An inclusive interval of numbers."""

    low: float = -math.inf
    high: float = math.inf

    @property
    def given(self) -> bool:
        """Whether there is a limit at all."""
        return self.low > -math.inf or self.high < math.inf

    def whole(self, largest: int) -> tuple[int, int]:
        """Return the least and the greatest whole number inside, of those from 1 to ``largest``."""
        return math.ceil(max(self.low - EQUAL_NUMBERS, 1.0)), math.floor(min(self.high + EQUAL_NUMBERS, largest))


class SizeFit(NamedTuple):
    """A size that is made of a native one, and how well it fits, better ones first."""

    distance: float
    """Fitness distance of width, height and aspect ratio, not rounded."""
    unusual: bool
    """Whether it is not the device's default size."""
    cropped: float
    """What part of the native picture is cut off: what nobody constrains should show the whole view."""
    away: float
    """How far width and height are from the device's defaults."""
    farther: float
    """How far the side is that is farther."""
    width: int
    height: int


class SizeSearch:
    """Finds the best size within ``limits`` for native sizes, one after the other."""

    def __init__(
        self, limits: Mapping[str, Limits], wishes: Mapping[str, Sequence[ConstraintValue]], defaults: Settings,
    ) -> None:
        self._limits = limits
        self._widths, self._heights, self._ratios = (
            tuple(float(wish) for wish in wishes.get(name, ()) if isinstance(wish, (int, float)))
            for name in ('width', 'height', 'aspect_ratio')
        )
        self._pulled = any(wish != 0.0 for wish in (*self._widths, *self._ratios))
        """Whether some width in a row is nearer than others; a wish for 0 is equally far from all."""
        self._default_width, self._default_height = (
            (float(value),) if isinstance(value := defaults.get(name), (int, float)) else ()
            for name in ('width', 'height')
        )
        self._found: dict[tuple[int, int], SizeFit] = {}
        self._without_rival: dict[tuple[int, int], SizeFit] = {}
        """Of what was found, the sizes than which no other is as near."""

    def at_least(self, widths: Floats, heights: Floats) -> Floats:
        """Return, for native sizes, a fitness distance that no size within each falls short of, but for rounding."""
        return (_least(self._widths, self._limits['width'], widths)
                + _least(self._heights, self._limits['height'], heights))

    def least_away(self, widths: Floats, heights: Floats) -> Floats:
        """Return, for native sizes, how far the farther side of each size within is from its default at least."""
        farther: Floats = np.maximum(_least(self._default_width, self._limits['width'], widths),
                                     _least(self._default_height, self._limits['height'], heights))
        return farther.round(DIGITS)

    def best(self, width: int, height: int) -> SizeFit:
        """Return the best size within ``width`` and ``height``, into which a size within the limits must fit."""
        found = self._found.get((width, height))
        if found is None:
            # What alone is nearest in a larger size, and fits into this one, alone is nearest here.
            larger = (fit._replace(cropped=float(cut_off(fit.width, fit.height, width, height)))
                      for (columns, rows), fit in self._without_rival.items()
                      if columns >= width >= fit.width and rows >= height >= fit.height)
            found = self._found[width, height] = next(larger, None) or self._search(width, height)
        return found

    def _search(self, width: int, height: int) -> SizeFit:
        columns = self._limits['width'].whole(width)
        lowest, highest = self._limits['height'].whole(height)
        rows, low, high = self._possible(np.arange(lowest, highest + 1, dtype=float), columns)
        if self._heights and len(rows) > MANY_ROWS:
            rows, low, high = self._possible(self._promising(rows, low, high, width / height), columns)
        widths = self._candidates(rows, low, high, width / height)
        exactly = self._distance(widths, rows)
        away = np.round(exactly, DIGITS)
        lines, best = np.nonzero(away == away.min())
        widths, heights = widths[lines, best], rows[best]
        sides = _total(widths, self._default_width), _total(heights, self._default_height)
        unusual, farther = np.round(sides[0] + sides[1], DIGITS), np.round(np.maximum(*sides), DIGITS)
        cropped = cut_off(widths, heights, width, height)
        one = np.lexsort((unusual, cropped, unusual > 0.0))[0]
        fit = SizeFit(float(exactly[lines[one], best[one]]), bool(unusual[one] > 0.0), float(cropped[one]),
                      float(unusual[one]), float(farther[one]), int(widths[one]), int(heights[one]))
        if self._pulled and np.all((widths == fit.width) & (heights == fit.height)):
            self._without_rival[width, height] = fit
        return fit

    def _possible(self, rows: Floats, columns: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
        """Return the ``rows`` in which there are sizes within the limits, and the least and greatest width in each."""
        ratio = self._limits['aspect_ratio']
        if not ratio.given:
            return rows, np.full(rows.shape, float(columns[0])), np.full(rows.shape, float(columns[1]))
        low = np.maximum(first_column(rows, ratio.low), columns[0])
        high = np.minimum(last_column(rows, ratio.high), columns[1])
        possible = low <= high
        return rows[possible], low[possible], high[possible]

    def _promising(self, rows: Floats, low: Floats, high: Floats, native: float) -> Floats:
        """Return the ``rows`` in which the best size may lie: a height alone makes all others worse than that."""
        wanted = [*self._heights, *(width / ratio for width in self._widths for ratio in self._ratios if ratio > 0.0)]
        probes = np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)
        widths = self._candidates(rows[probes], low[probes], high[probes], native)
        enough = self._distance(widths, rows[probes]).min() + EQUAL_NUMBERS
        promising: Floats = rows[_total(rows, self._heights) <= enough]
        return promising

    def _candidates(self, rows: Floats, low: Floats, high: Floats, native: float) -> Floats:
        """Return widths, one column for each of ``rows``, among which the best one of each row is.

        ``native`` is the aspect ratio of the picture of which they are made.
        """
        if self._pulled:
            widths, ratios = self._widths, self._ratios
        else:  # nothing pulls, so the default size is best, and after it what shows the whole view
            widths, ratios = self._default_width, (native,)
        candidates = [np.full(rows.shape, wish) for wish in widths]
        for ratio in ratios:
            line = np.floor(rows * ratio)
            candidates += [line, line + 1.0]
        inside: Floats = np.minimum(np.maximum(np.array(candidates or [low]), low), high)
        return inside

    def _distance(self, widths: Floats, rows: Floats) -> Floats:
        total = _total(widths, self._widths) + _total(rows, self._heights)
        # The ratio as it is, not as it is rounded: so equally near sizes are equally near.
        return total + _total(widths / rows, self._ratios) if self._ratios else total


def cut_off(
    widths: Floats | int, heights: Floats | int, native_width: int, native_height: int,
) -> Floats:
    """Return what part of a native picture is cut off for each size that fits into it."""
    scales = np.minimum(native_width / widths, native_height / heights)
    cropped: Floats = np.round(1.0 - widths * heights * scales * scales / (native_width * native_height), DIGITS)
    return cropped


def first_column(rows: Floats, ratio: float) -> Floats:
    """Return the least width in each of ``rows`` whose aspect ratio, as it is rounded, is not below ``ratio``."""
    columns: Floats = np.ceil((ratio - 2.0 * EQUAL_NUMBERS) * rows)
    return columns + (np.round(columns / rows, RATIO_DIGITS) < ratio - EQUAL_NUMBERS)


def last_column(rows: Floats, ratio: float) -> Floats:
    """Return the greatest width in each of ``rows`` whose aspect ratio, as it is rounded, is not above ``ratio``."""
    columns: Floats = np.floor((ratio + 2.0 * EQUAL_NUMBERS) * rows)
    return columns - (np.round(columns / rows, RATIO_DIGITS) > ratio + EQUAL_NUMBERS)


def lowest_row(columns: tuple[int, int], rows: tuple[int, int], ratio: Limits) -> tuple[int, int] | None:
    """Return the least height, and the least width with it, within ``columns`` and ``rows`` that meet ``ratio``."""
    start = rows[0]
    if 0.0 < ratio.high < math.inf:
        start = max(start, math.floor(columns[0] / (ratio.high + EQUAL_NUMBERS)))  # below, rows are too short
    for end in (min(start + _FEW_ROWS, rows[1]), rows[1]):
        heights = np.arange(start, end + 1, dtype=float)
        low = np.maximum(first_column(heights, ratio.low), columns[0])
        possible = np.flatnonzero(low <= np.minimum(last_column(heights, ratio.high), columns[1]))
        if possible.size:
            return int(heights[possible[0]]), int(low[possible[0]])
    return None


def sum_of_distances(columns: Mapping[str, Floats], ideals: Mapping[str, Sequence[object]]) -> Floats:
    """Return the sums, element by element, of the fitness distances of positive ``columns`` from ``ideals``."""
    totals = [_total(column, [one for one in ideals.get(name, ()) if isinstance(one, (int, float))])
              for name, column in columns.items()]
    return sum(totals[1:], totals[0])


def _total(values: Floats, ideals: Sequence[float]) -> Floats:
    total = np.zeros(values.shape)
    for ideal in ideals:
        difference = np.abs(values - ideal)
        away = difference if ideal < 0.0 else difference / np.maximum(values, ideal)
        total = total + np.where(difference <= EQUAL_NUMBERS, 0.0, away)
    return total


def _least(ideals: Sequence[float], limits: Limits, largest: Floats) -> Floats:
    """Return the least total distance from ``ideals`` of a whole number within ``limits`` and up to ``largest``."""
    low, high = limits.whole(int(largest.max()))
    least = np.full(largest.shape, math.inf if ideals else 0.0)
    for at in ideals:
        nearest = np.minimum(np.minimum(max(at, low), high), largest)
        least = np.minimum(least, _total(nearest, ideals))
    return least
