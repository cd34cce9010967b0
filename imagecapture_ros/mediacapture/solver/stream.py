# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Width, height, aspect ratio, frame rate and resize mode: native modes, and what is made of them.

A native mode can be delivered as it is, or cropped and scaled down to any size that fits into it, at any lower rate.
Nobody writes out all these settings: what is required are intervals, of which the intersection is kept, and for each
mode whether anything is left of it.
"""

from __future__ import annotations

import functools
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
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.solver.controls import Choice, Wishes
from imagecapture_ros.mediacapture.solver.domains import DIGITS, EQUAL_NUMBERS, distance
from imagecapture_ros.mediacapture.solver.stream_rates import best_rate, reachable
from imagecapture_ros.mediacapture.solver.stream_sizes import (
    Floats,
    Limits,
    SizeSearch,
    lowest_row,
    sum_of_distances,
)
from imagecapture_ros.mediacapture.vocabulary import RESIZE_MODES, STREAM_PROPERTIES

NATIVE, DERIVED = RESIZE_MODES

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


class _Fit(NamedTuple):
    """What can be delivered, and how well it fits; better ones first (SelectSettings, steps 3 and 6).

    Each native mode offers itself, and the one size made of it that shows most of it; these compete.
    """

    distance: float
    size_away: float
    """How far the side is from the device's default that is farther from it."""
    slower: float
    """How far the rate falls short of the device's default; that it is higher counts only after the resize mode."""
    uneven: bool
    """Whether frames are left out so that the gaps differ."""
    cropped: float
    """What part of the native picture is cut off, in hundredths: what rounding to whole pixels takes is none."""
    unusual: bool
    """Whether the resize mode is not the device's default."""
    rate_away: float
    thinned: bool
    """Whether frames are left out at all."""
    derived: bool
    place: int
    """Of the native mode; devices prefer the earlier ones."""
    width: int
    height: int
    rate: float


class StreamPart(NamedTuple):
    """The size and rate of a stream; a :class:`~imagecapture_ros.mediacapture.solver.controls.Part`."""

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
            derived = derived & reachable(self.table.columns['frame_rate'], limits['frame_rate'])
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
            'frame_rate': best.rate, 'resize_mode': DERIVED if best.derived else NATIVE,
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
        size_away = np.round(np.maximum(*(
            sum_of_distances({name: sizes[name]}, defaults) for name in ('width', 'height'))), DIGITS)
        rate_away = np.round(sum_of_distances(rates, defaults), DIGITS)
        slower = np.where(rates['frame_rate'] < self._default_rate, rate_away, 0.0)
        best = np.lexsort((rate_away, slower, size_away, total))[0]
        mode = self.table.modes[left[best]]
        return _Fit(float(total[best]), float(size_away[best]), float(slower[best]), False, 0.0, unusual,
                    float(rate_away[best]), False, False, int(left[best]), mode.width, mode.height, mode.frame_rate)

    def _best_derived(self, wishes: Wishes, best: _Fit | None) -> _Fit | None:
        """Return the best of what can be made and of ``best``."""
        common, unusual = self._of_resize_mode(DERIVED, wishes)
        left = np.flatnonzero(self.derived)
        if not left.size or (best is not None and common > best.distance):
            return best
        columns = {name: column[left] for name, column in self.table.columns.items()}
        native_rates = columns['frame_rate'].tolist()
        wished, default = wishes.get('frame_rate', ()), self.device.defaults.get('frame_rate')
        rates = {native: best_rate(native, self.limits['frame_rate'], wished, default) for native in set(native_rates)}
        slower = {native: rate.away if rate.rate < self._default_rate else 0.0 for native, rate in rates.items()}
        totals = common + np.array([rates[rate].distance for rate in native_rates])
        sizes = SizeSearch(self.limits, wishes, self.device.defaults)
        widths, heights = columns['width'], columns['height']
        at_least = totals + sizes.at_least(widths, heights) - MARGIN
        least_away = sizes.least_away(widths, heights)
        nearest = at_least.min() + 2.0 * MARGIN
        # The most promising first. Once it is clear that none is nearer, most lose for their size without a search.
        for one in np.lexsort((-widths * heights, least_away, at_least)):
            rate, short = rates[native_rates[one]], slower[native_rates[one]]
            if best is not None:
                if at_least[one] > best.distance:
                    break
                if best.distance <= nearest and (least_away[one], short, rate.uneven, 0.0, unusual) > best[1:6]:
                    continue
            mode = self.table.modes[left[one]]
            size = sizes.best(mode.width, mode.height)
            fit = _Fit(round(float(totals[one]) + size.distance, DIGITS), size.farther, short, rate.uneven,
                       round(size.cropped, 2), unusual, rate.away, rate.rate != mode.frame_rate, True, int(left[one]),
                       size.width, size.height, rate.rate)
            best = fit if best is None else min(best, fit)
        return best

    @property
    def _default_rate(self) -> float:
        default = self.device.defaults.get('frame_rate')
        return default if isinstance(default, (int, float)) else 0.0

    def _of_resize_mode(self, mode: str, wishes: Wishes) -> tuple[float, bool]:
        """Return the fitness distance of a resize mode, and whether it is not the device's default."""
        away = sum(distance(mode, wish, plain=False) for wish in wishes.get('resize_mode', ()))
        return away, mode != self.device.defaults.get('resize_mode')


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
