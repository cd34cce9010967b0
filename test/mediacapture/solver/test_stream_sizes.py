# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The best size within limits, against writing out all sizes."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import numpy as np
import pytest

from imagecapture_ros.mediacapture.capabilities import aspect_ratio
from imagecapture_ros.mediacapture.solver import stream_sizes
from imagecapture_ros.mediacapture.solver.domains import distance
from imagecapture_ros.mediacapture.solver.stream_sizes import (
    Limits,
    SizeFit,
    SizeSearch,
    first_column,
    last_column,
    lowest_row,
    sum_of_distances,
)

NO_LIMITS = {name: Limits() for name in ('width', 'height', 'aspect_ratio')}
DEFAULTS = {'width': 12, 'height': 9, 'aspect_ratio': 1.3333333333}


def cropped(columns: int, rows: int, width: int, height: int) -> float:
    """Return what part of a picture is not in the largest rectangle of the shape ``columns`` to ``rows`` in it."""
    if columns * height > rows * width:
        return round(1.0 - width * rows / columns / height, 12)
    return round(1.0 - height * columns / rows / width, 12)


def all_fits(
    width: int, height: int, limits: Mapping[str, Limits], wishes: Mapping[str, tuple[float, ...]],
) -> list[SizeFit]:
    fits = []
    for columns in range(1, width + 1):
        for rows in range(1, height + 1):
            values = {'width': columns, 'height': rows, 'aspect_ratio': aspect_ratio(columns, rows)}
            if any(not limits[name].low - 1e-10 <= value <= limits[name].high + 1e-10
                   for name, value in values.items()):
                continue
            values['aspect_ratio'] = columns / rows
            away = {name: distance(value, DEFAULTS[name], plain=False) for name, value in values.items()}
            total = sum(distance(values[name], wish, plain=False) for name in values for wish in wishes.get(name, ()))
            sides = away['width'], away['height']
            fits.append(SizeFit(
                round(total, 12), max(sides) > 0.0, cropped(columns, rows, width, height), round(sum(sides), 12),
                round(max(sides), 12), columns, rows))
    return sorted(fits)


@pytest.mark.parametrize('many_rows', [0, 300])
@pytest.mark.parametrize('seed', range(6))
def test_no_size_is_better_than_the_one_found(
    seed: int, many_rows: int, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_sizes, 'MANY_ROWS', many_rows)
    rng = random.Random(seed)
    ratios = [1.0, 4 / 3, 1.5, 16 / 9, 0.75, 9 / 16, 0.3, 7.0]
    impossible = 0
    for _ in range(60):
        size = rng.randint(4, 24), rng.randint(4, 18)
        wishes = {
            name: tuple(draw() for _ in range(rng.choice([0, 0, 1, 1, 2])))
            for name, draw in (('width', lambda: float(rng.randint(0, 26))),
                               ('height', lambda: float(rng.randint(0, 20))),
                               ('aspect_ratio', lambda: rng.choice([*ratios, -1.0])))
        }
        limits = dict(NO_LIMITS)
        for name, numbers in (('width', range(1, 26)), ('height', range(1, 20)), ('aspect_ratio', ratios)):
            if rng.random() < 0.3:
                limits[name] = Limits(*sorted((float(rng.choice(numbers)), float(rng.choice(numbers)))))
        fits = all_fits(*size, limits, wishes)
        if not fits:
            impossible += 1
            continue
        found = SizeSearch(limits, wishes, DEFAULTS).best(*size)
        assert found[:4] == pytest.approx(fits[0][:4], abs=1e-9)
        assert found[5:] in [fit[5:] for fit in fits if fit[:4] == pytest.approx(fits[0][:4], abs=1e-9)]
    assert impossible < 30


@pytest.mark.parametrize('wishes, limits', [
    ({'width': (10.0,), 'height': (7.0,)}, NO_LIMITS),
    ({'width': (10.0,)}, NO_LIMITS),
    ({'height': (7.0,)}, NO_LIMITS),
    ({'aspect_ratio': (1.0,)}, NO_LIMITS),
    ({}, {**NO_LIMITS, 'width': Limits(-math.inf, 10.0), 'height': Limits(8.0, 8.0)}),
])
def test_what_was_found_for_a_size_does_not_change_what_is_found_for_the_next(
    wishes: dict[str, tuple[float, ...]], limits: dict[str, Limits],
) -> None:
    search = SizeSearch(limits, wishes, DEFAULTS)
    for size in (20, 15), (12, 9), (16, 9), (11, 20), (8, 9):
        assert search.best(*size) == SizeSearch(limits, wishes, DEFAULTS).best(*size)


def test_no_size_falls_short_of_the_distance_that_is_promised() -> None:
    wishes = {'width': (10.0, 14.0), 'height': (7.0,), 'aspect_ratio': (1.0,)}
    limits = {**NO_LIMITS, 'height': Limits(3.0, 5.0)}
    search = SizeSearch(limits, wishes, DEFAULTS)
    sizes = [(4, 9), (9, 4), (12, 9), (20, 15)]
    promised = search.at_least(*(np.array(side, dtype=float) for side in zip(*sizes, strict=True)))
    away = search.least_away(*(np.array(side, dtype=float) for side in zip(*sizes, strict=True)))
    for (width, height), least, least_away in zip(sizes, promised, away, strict=True):
        fits = all_fits(width, height, limits, wishes)
        assert least <= fits[0].distance + 1e-12
        assert least_away <= min(fit.farther for fit in fits)


@pytest.mark.parametrize('limits, whole', [
    (Limits(), (1, 100)), (Limits(2.5, 7.5), (3, 7)), (Limits(3.0, 3.0), (3, 3)), (Limits(-5.0, 0.0), (1, 0)),
    (Limits(99.5, 1e308), (100, 100)), (Limits(101.0, 200.0), (101, 100)), (Limits(3.0 + 5e-11, 3.0), (3, 3)),
])
def test_limits_hold_these_whole_numbers(limits: Limits, whole: tuple[int, int]) -> None:
    assert limits.whole(100) == whole


@pytest.mark.parametrize('ratio', [4 / 3, 1.3333333333, 16 / 9, 1.0, 0.5625, 2.39, 1.00000000014, 0.99999999985])
def test_the_columns_of_a_ratio_are_those_whose_rounded_ratio_meets_it(ratio: float) -> None:
    rows = np.arange(1.0, 1081.0)
    for row, first, last in zip(rows, first_column(rows, ratio), last_column(rows, ratio), strict=True):
        assert aspect_ratio(int(first), int(row)) >= ratio - 1e-10
        assert first == 1 or aspect_ratio(int(first) - 1, int(row)) < ratio - 1e-10
        assert last == 0 or aspect_ratio(int(last), int(row)) <= ratio + 1e-10
        assert aspect_ratio(int(last) + 1, int(row)) > ratio + 1e-10


@pytest.mark.parametrize('ratio', [
    Limits(4 / 3, 4 / 3), Limits(1.0, 2.0), Limits(-math.inf, 0.5), Limits(3.0, math.inf), Limits(1.77, 1.78),
    Limits(1.41421, 1.41422), Limits(5.0, 5.0), Limits(-1.0, -0.5), Limits(1e-12, 1e-11),
])
@pytest.mark.parametrize('columns', [(1, 60), (13, 40), (59, 60)])
@pytest.mark.parametrize('rows', [(1, 50), (17, 50), (50, 50)])
def test_the_lowest_possible_row_is_found(ratio: Limits, columns: tuple[int, int], rows: tuple[int, int]) -> None:
    sizes = [
        (height, width) for height in range(rows[0], rows[1] + 1) for width in range(columns[0], columns[1] + 1)
        if ratio.low - 1e-10 <= aspect_ratio(width, height) <= ratio.high + 1e-10
    ]
    assert lowest_row(columns, rows, ratio) == min(sizes, default=None)


@pytest.mark.parametrize('ideal', [0.0, 3.0, 640.0, 1e9, -2.0, 4 / 3])
def test_distances_of_columns_are_those_of_their_numbers(ideal: float) -> None:
    numbers = np.array([1.0, 1.3333333333, 3.0, 640.0, 5e5])
    totals = sum_of_distances({'width': numbers, 'height': numbers}, {'width': [ideal, 7.0]})
    assert totals.tolist() == pytest.approx(
        [distance(number, ideal, plain=False) + distance(number, 7.0, plain=False) for number in numbers.tolist()])
