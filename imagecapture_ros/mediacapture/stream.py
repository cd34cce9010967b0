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
    first_column,
    last_column,
    sum_of_distances,
)
from imagecapture_ros.mediacapture.vocabulary import STREAM_PROPERTIES

NATIVE, DERIVED = 'none', 'crop-and-scale'

SLOWEST = 10**9
"""Of so many frames at least one is delivered, however low a rate is wished for."""

Flags = NDArray[np.bool_]


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

    distance: float
    away: float
    """How far it is from the device's default."""
    every: int


class _Fit(NamedTuple):
    """What can be delivered, and how well it fits; better ones first (SelectSettings, steps 3 and 6)."""

    distance: float
    unusual: bool
    """Whether the resize mode is not the device's default."""
    ratio_away: float
    away: float
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
    def restricted(self, constraints: ConstraintSet) -> StreamPart | None:
        """See :class:`Part`."""
        limits = dict(self.limits)
        native, derived = self.native, self.derived
        for name, constraint in constraints.items():
            if name == 'resize_mode':
                allowed = constraint.exact if isinstance(constraint.exact, tuple) else (NATIVE, DERIVED)
                native = native & (NATIVE in allowed)
                derived = derived & (DERIVED in allowed)
                continue
            limits[name] = low, high = _narrowed(limits[name], constraint)
            column = self.table.columns[name]
            native = native & (column >= low - EQUAL_NUMBERS) & (column <= high + EQUAL_NUMBERS)
        if derived.any() and not constraints.keys() <= {'resize_mode'}:
            # The limits only ever narrow: what has not changed needs no second look.
            if constraints.keys() != {'frame_rate'}:
                derived = derived & _shrinkable(self.table, limits)
            if 'frame_rate' in constraints:
                derived = derived & _decimable(self.table.columns['frame_rate'], limits['frame_rate'])
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
        columns = {name: column[left] for name, column in self.table.columns.items()}
        total = np.round(common + sum_of_distances(columns, wishes), DIGITS)
        defaults = {name: [value] for name, value in self.device.defaults.items() if name in columns}
        ratio_away = np.round(sum_of_distances({'aspect_ratio': columns.pop('aspect_ratio')}, defaults), DIGITS)
        away = np.round(sum_of_distances(columns, defaults), DIGITS)
        best = np.lexsort((away, ratio_away, total))[0]
        mode = self.table.modes[left[best]]
        return _Fit(float(total[best]), unusual, float(ratio_away[best]), float(away[best]), False, int(left[best]),
                    mode.width, mode.height, 1)

    def _best_derived(self, wishes: Wishes, best: _Fit | None) -> _Fit | None:
        """Return the best of what can be made and of ``best``."""
        common, unusual = self._of_resize_mode(DERIVED, wishes)
        left = np.flatnonzero(self.derived)
        if not left.size or (best is not None and (common, unusual) > best[:2]):
            return best
        columns = {name: column[left] for name, column in self.table.columns.items()}
        native_rates = columns['frame_rate'].tolist()
        rates = {rate: self._best_rate(rate, wishes.get('frame_rate', ())) for rate in set(native_rates)}
        totals = common + np.array([rates[rate].distance for rate in native_rates])
        sizes = SizeSearch(self.limits, wishes, self.device.defaults)
        at_least = np.round(totals + sizes.at_least(columns['width'], columns['height']), DIGITS)
        # The most promising first, and large ones before small ones: whatever lies between a size and the best that can
        # be made of it has the same best, and need not be searched.
        widths, heights = columns['width'], columns['height']
        waiting = np.ones(left.shape, dtype=bool)
        for one in np.lexsort((-widths * heights, at_least)):
            if not waiting[one]:
                continue
            if best is not None and (at_least[one], unusual) > best[:2]:
                break
            mode, rate = self.table.modes[left[one]], rates[native_rates[one]]
            size = sizes.best(mode.width, mode.height)
            alike = ((columns['frame_rate'] == mode.frame_rate) & (widths <= mode.width) & (widths >= size.width)
                     & (heights <= mode.height) & (heights >= size.height))
            waiting &= ~alike
            fit = _Fit(round(float(totals[one]) + size.distance, DIGITS), unusual, size.ratio_away,
                       round(size.size_away + rate.away, DIGITS), True, int(left[alike].min()), size.width, size.height,
                       rate.every)
            best = fit if best is None else min(best, fit)
        return best

    def _of_resize_mode(self, mode: str, wishes: Wishes) -> tuple[float, bool]:
        """Return the fitness distance of a resize mode, and whether it is not the device's default."""
        away = sum(distance(mode, wish, plain=False) for wish in wishes.get('resize_mode', ()))
        return away, mode != self.device.defaults.get('resize_mode')

    def _best_rate(self, native: float, wished: Sequence[ConstraintValue]) -> _Rate:
        fewest, most = _every(native, self.limits['frame_rate'])
        default = self.device.defaults.get('frame_rate')
        candidates = {fewest}
        for wish in (*wished, *(() if default is None else (default,))):
            if isinstance(wish, (int, float)):
                near = math.floor(min(native / wish, SLOWEST)) if wish > 0.0 else SLOWEST
                candidates |= {min(max(every, fewest), most) for every in (near, near + 1)}
        return min(
            _Rate(round(sum(distance(native / every, wish, plain=False) for wish in wished), DIGITS),
                  round(_away(native / every, default), DIGITS), every)
            for every in candidates
        )


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
    widths, heights = table.columns['width'], table.columns['height']
    possible: Flags = (widths >= first) & (heights >= lowest)
    if limits['aspect_ratio'].given:
        rows = np.arange(lowest, uppermost + 1, dtype=float)
        low = np.maximum(first_column(rows, limits['aspect_ratio'].low), first)
        high = np.minimum(last_column(rows, limits['aspect_ratio'].high), last)
        # The narrowest width that any row up to this one allows: a mode must be as wide as that.
        narrowest = np.minimum.accumulate(np.where(low <= high, low, np.inf))
        row = np.minimum(np.maximum(heights - lowest, 0.0), len(rows) - 1.0).astype(int)
        possible &= narrowest[row] <= widths
    return possible


def _decimable(rates: Floats, limits: Limits) -> Flags:
    """Return which rates have a whole fraction within ``limits``."""
    if limits.high + EQUAL_NUMBERS <= 0.0:
        return np.zeros(len(rates), dtype=bool)
    fewest = np.maximum(np.ceil(rates / (limits.high + EQUAL_NUMBERS)), 1.0)
    if limits.low - EQUAL_NUMBERS <= 0.0:
        return fewest <= SLOWEST
    return fewest <= np.minimum(np.floor(rates / (limits.low - EQUAL_NUMBERS)), SLOWEST)


def _every(rate: float, limits: Limits) -> tuple[int, int]:
    """Return the least and the greatest divisor that bring ``rate`` within ``limits``; there is one."""
    fewest = max(math.ceil(rate / (limits.high + EQUAL_NUMBERS)), 1)
    low = limits.low - EQUAL_NUMBERS
    return fewest, min(math.floor(rate / low), SLOWEST) if low > 0.0 and rate / low < SLOWEST else SLOWEST


def _away(value: float, default: object) -> float:
    return 0.0 if default is None else distance(value, default, plain=False)
