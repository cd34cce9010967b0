# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Width, height, aspect ratio, frame rate and resize mode: native modes, and what is made of them.

A native mode can be delivered as it is, or cropped and scaled down to any size that fits into it and decimated to any
whole fraction of its rate. That is millions of settings, which nobody writes out: what is required are intervals, of
which the intersection is kept, and for each mode whether anything is left of it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.mediacapture.capabilities import (
    DeviceState,
    MediaSettingsRange,
    NativeMode,
    SettingValue,
    aspect_ratio,
)
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet, ConstraintValue
from imagecapture_ros.mediacapture.controls import Choice, Wishes
from imagecapture_ros.mediacapture.domains import DIGITS, EQUAL_NUMBERS, distance
from imagecapture_ros.mediacapture.stream_sizes import (
    Floats,
    Limits,
    SizeSearch,
    lowest_row,
    sum_of_distances,
)
from imagecapture_ros.mediacapture.vocabulary import RESIZE_MODES, STREAM_PROPERTIES

NATIVE, DERIVED = RESIZE_MODES

SLOWEST_RATE = 1.0 / 600.0
"""Hz; no stream is decimated further, however low a rate is wished for: one frame in ten minutes is hardly meant."""

Flags = NDArray[np.bool_]


MARGIN = 1e-9
"""By so much a bound of a distance may be off: sums that are equal come out differently in another order."""

_any_number = np.errstate(over='ignore', invalid='ignore')
"""Whoever asks for 1e308 gets an answer; that infinity turns up on the way to it is no news."""


class ModeTable(NamedTuple):
    """The native modes of a device, column by column."""

    modes: tuple[NativeMode, ...]
    columns: Mapping[str, Floats]
    """Width, height, aspect ratio and frame rate, one number per mode."""
    largest: tuple[int, int]
    """The greatest width and the greatest height."""


@functools.lru_cache(maxsize=64)
def _table_of(modes: tuple[NativeMode, ...]) -> ModeTable:
    return ModeTable(
        modes,
        {
            'width': np.array([float(mode.width) for mode in modes]),
            'height': np.array([float(mode.height) for mode in modes]),
            'aspect_ratio': np.array([aspect_ratio(mode.width, mode.height) for mode in modes]),
            'frame_rate': np.array([mode.frame_rate for mode in modes]),
        },
        (max(mode.width for mode in modes), max(mode.height for mode in modes)),
    )


class _Rate(NamedTuple):
    """One of so many frames, and how well that fits."""

    rank: float
    """The fitness distance, rounded."""
    away: float
    """How far it is from the device's default."""
    every: int
    distance: float
    """Not rounded."""


class _Fit(NamedTuple):
    """What can be delivered, and how well it fits; better ones first (SelectSettings, steps 3 and 6)."""

    distance: float
    unusual: bool
    """Whether the resize mode is not the device's default."""
    ratio_away: float
    away: float
    cropped: float
    """What part of the native picture is cut off."""
    derived: bool
    place: int
    """Of the native mode; devices prefer the earlier ones."""
    width: int
    height: int
    every: int


class StreamPart(NamedTuple):
    """The size and rate of a stream; a :class:`~imagecapture_ros.mediacapture.controls.Part`."""

    device: DeviceState
    table: ModeTable
    limits: Mapping[str, Limits]
    native: Flags
    """Which modes may be delivered as they are."""
    derived: Flags
    """Of which modes something within the limits can be made."""

    @classmethod
    def of(cls, device: DeviceState) -> StreamPart:
        """Return the whole stream of a device that has native modes."""
        table = _table_of(tuple(device.native_modes))
        offered = device.capabilities.get('resize_mode', (NATIVE,))
        derivable = not isinstance(offered, MediaSettingsRange) and DERIVED in offered
        count = len(table.modes)
        return cls(device, table, {name: Limits() for name in table.columns},
                   np.ones(count, dtype=bool), np.full(count, derivable))

    @property
    def names(self) -> tuple[str, ...]:
        """See :class:`Part`."""
        return STREAM_PROPERTIES

    @_any_number
    def restricted(self, sets: Sequence[ConstraintSet]) -> StreamPart | None:
        """See :class:`Part`."""
        limits = dict(self.limits)
        native, derived = self.native, self.derived
        narrowed = set()
        for name, constraint in ((name, one) for constraints in sets for name, one in constraints.items()):
            if name == 'resize_mode':
                allowed = constraint.exact if isinstance(constraint.exact, tuple) else (NATIVE, DERIVED)
                native = native & (NATIVE in allowed)
                derived = derived & (DERIVED in allowed)
                continue
            narrowed.add(name)
            limits[name] = low, high = _narrowed(limits[name], constraint)
            column = self.table.columns[name]
            native = native & (column >= low - EQUAL_NUMBERS) & (column <= high + EQUAL_NUMBERS)
        # The limits only ever narrow: what has not changed needs no second look.
        if derived.any() and narrowed - {'frame_rate'}:
            derived = derived & _shrinkable(self.table, limits)
        if derived.any() and 'frame_rate' in narrowed:
            fewest, most = _divisors(self.table.columns['frame_rate'], limits['frame_rate'])
            derived = derived & (fewest <= most)
        if not (derived.any() or native.any()):
            return None
        return StreamPart(self.device, self.table, limits, native, derived)

    @_any_number
    def choose(self, wishes: Wishes) -> Choice:
        """See :class:`Part`."""
        best = self._best_native(wishes)
        best = self._best_derived(wishes, best)
        assert best is not None
        mode = self.table.modes[best.place]
        settings: dict[str, SettingValue] = {
            'width': best.width, 'height': best.height, 'aspect_ratio': aspect_ratio(best.width, best.height),
            'frame_rate': mode.frame_rate / best.every, 'resize_mode': DERIVED if best.derived else NATIVE,
        }
        offered = self.device.capabilities
        return Choice({name: value for name, value in settings.items() if name in offered}, best.distance, mode)

    def _best_native(self, wishes: Wishes) -> _Fit | None:
        left = np.flatnonzero(self.native)
        if not left.size:
            return None
        common, unusual = self._of_resize_mode(NATIVE, wishes)
        sizes = {name: column[left] for name, column in self.table.columns.items()}
        rates = {'frame_rate': sizes.pop('frame_rate')}
        # The ratio as it is, not as it is rounded: so equally near sizes are equally near.
        sizes['aspect_ratio'] = sizes['width'] / sizes['height']
        total = np.round((common + sum_of_distances(rates, wishes)) + sum_of_distances(sizes, wishes), DIGITS)
        defaults = {name: [value] for name, value in self.device.defaults.items() if name in self.table.columns}
        ratio_away = np.round(sum_of_distances({'aspect_ratio': sizes.pop('aspect_ratio')}, defaults), DIGITS)
        away = np.round(sum_of_distances(sizes, defaults) + sum_of_distances(rates, defaults), DIGITS)
        best = np.lexsort((away, ratio_away, total))[0]
        mode = self.table.modes[left[best]]
        return _Fit(float(total[best]), unusual, float(ratio_away[best]), float(away[best]), 0.0, False,
                    int(left[best]), mode.width, mode.height, 1)

    def _best_derived(self, wishes: Wishes, best: _Fit | None) -> _Fit | None:
        """Return the best of what can be made and of ``best``."""
        common, unusual = self._of_resize_mode(DERIVED, wishes)
        left = np.flatnonzero(self.derived)
        if not left.size or (best is not None and (common, unusual) > best[:2]):
            return best
        columns = {name: column[left] for name, column in self.table.columns.items()}
        native_rates = columns['frame_rate'].tolist()
        divisors = (found.tolist() for found in _divisors(columns['frame_rate'], self.limits['frame_rate']))
        rates = {rate: self._best_rate(rate, int(fewest), int(most), wishes.get('frame_rate', ()))
                 for rate, fewest, most in set(zip(native_rates, *divisors, strict=True))}
        totals = common + np.array([rates[rate].distance for rate in native_rates])
        sizes = SizeSearch(self.limits, wishes, self.device.defaults)
        widths, heights = columns['width'], columns['height']
        at_least = totals + sizes.at_least(widths, heights) - MARGIN
        # The most promising first, and large ones before small ones: whatever lies between a size and the best that can
        # be made of it has the same best, and need not be searched.
        waiting = np.ones(left.shape, dtype=bool)
        for one in np.lexsort((-widths * heights, at_least)):
            if not waiting[one]:
                continue
            if best is not None and (at_least[one], unusual) > best[:2]:
                break
            mode, rate = self.table.modes[left[one]], rates[native_rates[one]]
            size = sizes.best(mode.width, mode.height)
            alike = np.flatnonzero(
                (columns['frame_rate'] == mode.frame_rate) & (widths <= mode.width) & (widths >= size.width)
                & (heights <= mode.height) & (heights >= size.height))
            waiting[alike] = False
            scales = np.minimum(widths[alike] / size.width, heights[alike] / size.height)
            cropped = np.round(
                1.0 - size.width * size.height * scales * scales / (widths[alike] * heights[alike]), DIGITS)
            least = cropped.argmin()
            fit = _Fit(round(float(totals[one]) + size.distance, DIGITS), unusual, size.ratio_away,
                       round(size.size_away + rate.away, DIGITS), float(cropped[least]), True,
                       int(left[alike[least]]), size.width, size.height, rate.every)
            best = fit if best is None else min(best, fit)
        return best

    def _of_resize_mode(self, mode: str, wishes: Wishes) -> tuple[float, bool]:
        """Return the fitness distance of a resize mode, and whether it is not the device's default."""
        away = sum(distance(mode, wish, plain=False) for wish in wishes.get('resize_mode', ()))
        return away, mode != self.device.defaults.get('resize_mode')

    def _best_rate(self, native: float, fewest: int, most: int, wished: Sequence[ConstraintValue]) -> _Rate:
        default = self.device.defaults.get('frame_rate')
        candidates = {fewest}
        for wish in (*wished, *(() if default is None else (default,))):
            if isinstance(wish, (int, float)):
                near = math.floor(min(native / wish, most)) if wish > 0.0 else most
                candidates |= {min(max(every, fewest), most) for every in (near, near + 1)}
        return min(_rate(native / every, every, wished, default) for every in candidates)


def _rate(rate: float, every: int, wished: Sequence[ConstraintValue], default: object) -> _Rate:
    total = sum(distance(rate, wish, plain=False) for wish in wished)
    away = 0.0 if default is None else distance(rate, default, plain=False)
    return _Rate(round(total, DIGITS), round(away, DIGITS), every, total)


def _narrowed(limits: Limits, constraint: Constraint) -> Limits:
    exact = constraint.exact if isinstance(constraint.exact, (int, float)) else None
    lows = [bound for bound in (limits.low, constraint.min, exact) if bound is not None]
    highs = [bound for bound in (limits.high, constraint.max, exact) if bound is not None]
    return Limits(max(lows), min(highs))


def _shrinkable(table: ModeTable, limits: Mapping[str, Limits]) -> Flags:
    """Return which modes can be cropped and scaled to a size within ``limits``."""
    widest, highest = table.largest
    first, last = limits['width'].whole(widest)
    lowest, uppermost = limits['height'].whole(highest)
    if first > last or lowest > uppermost:
        return np.zeros(len(table.modes), dtype=bool)
    if limits['aspect_ratio'].given:
        # The width that a row needs grows with the row, so that the lowest possible one asks least of a mode.
        found = lowest_row((first, last), (lowest, uppermost), limits['aspect_ratio'])
        if found is None:
            return np.zeros(len(table.modes), dtype=bool)
        lowest, first = found
    possible: Flags = (table.columns['width'] >= first) & (table.columns['height'] >= lowest)
    return possible


def _divisors(rates: Floats, limits: Limits) -> tuple[Floats, Floats]:
    """Return the least and the greatest divisor that bring each rate within ``limits``; none if least is more."""
    low, high = limits.low - EQUAL_NUMBERS, limits.high + EQUAL_NUMBERS
    fewest = np.maximum(np.ceil(rates / high), 1.0) if high > 0.0 else np.full(rates.shape, np.inf)
    return fewest, np.maximum(np.floor(rates / max(low, SLOWEST_RATE)), rates >= low)
