# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The values that one property may still take, and which of them is nearest to what is wished."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from imagecapture_ros.mediacapture.capabilities import Capability, DeviceState, MediaSettingsRange, SettingValue
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintValue
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Point2D, Property

EQUAL_NUMBERS = 1e-10
"""Numbers this close are one number: the specification's tolerance for aspect ratios."""

DIGITS = 12
"""Decimals of a fitness distance that count: equal ones must compare as equal."""


class Domain(Protocol):
    """Values of one property; immutable."""

    def restricted(self, constraint: Constraint) -> Domain | None:
        """Return the values that meet what ``constraint`` requires, or ``None`` if none does."""

    def nearest(
        self, wishes: Sequence[ConstraintValue], default: SettingValue | None,
    ) -> tuple[SettingValue, float]:
        """Return the value with the smallest sum of fitness distances from ``wishes``, and that sum.

        Among equally near values it is the one nearest to ``default``.
        """


class NumberDomain(NamedTuple):
    """The attainable numbers from ``low`` to ``high``, which are attainable if there are any, and some beside them."""

    grid: MediaSettingsRange
    low: float
    high: float
    plain: bool
    """Whether the fitness distance is the difference itself: zero is a position like any other."""
    beside: tuple[float, ...] = ()
    """What the device holds, or does by default, although it lies beside its own steps."""

    def restricted(self, constraint: Constraint) -> NumberDomain | None:
        """See :meth:`Domain.restricted`."""
        grid, exact = self.grid, constraint.exact
        if isinstance(exact, bool):
            # Not a value but the question whether the device has the property; it does.
            return self if exact else None
        beside = self.beside and tuple(value for value in self.beside if satisfies(value, constraint))
        low, high = self.low, self.high
        if constraint.min is not None:
            low = max(low, grid.at_or_above(constraint.min) if constraint.min <= grid.max + EQUAL_NUMBERS else math.inf)
        if constraint.max is not None:
            high = min(high, grid.at_or_below(constraint.max) if constraint.max >= grid.min - EQUAL_NUMBERS
                       else -math.inf)
        if exact is not None:
            value = grid.nearest(exact) if isinstance(exact, (int, float)) and grid.attains(exact) else math.nan
            low, high = (value, value) if low - EQUAL_NUMBERS <= value <= high + EQUAL_NUMBERS else _NONE
        low, high = (low, max(low, high)) if low <= high + EQUAL_NUMBERS else _NONE
        return NumberDomain(grid, low, high, self.plain, beside) if low <= high or beside else None

    def nearest(
        self, wishes: Sequence[ConstraintValue], default: SettingValue | None,
    ) -> tuple[SettingValue, float]:
        """See :meth:`Domain.nearest`."""
        numbers = [wish for wish in wishes if isinstance(wish, (int, float)) and not isinstance(wish, bool)]
        if len(numbers) == 1 and (self.plain or numbers[0] != 0.0):
            near = self._next_to(numbers[0])[0]
            if near == numbers[0]:
                return near, sum(distance(near, wish, plain=self.plain) for wish in wishes)
        elif default is not None:
            # Where nothing pulls, or wishes pull with the same force from both sides, the default decides.
            assert isinstance(default, (int, float))
            if not numbers:
                near = self._next_to(default)[0]
                return near, sum(distance(near, wish, plain=self.plain) for wish in wishes)
            numbers.append(default)
        # The distance rises on both sides of each wish, ever more slowly: its minimum lies at a wish or at a limit.
        candidates = [value for number in numbers or [self.low] for value in self._next_to(number)]
        ranked = [
            (round(sum(distance(value, wish, plain=self.plain) for wish in wishes), DIGITS),
             0.0 if default is None else distance(value, default, plain=True), value)
            for value in candidates
        ]
        best = min(ranked)
        return best[2], best[0]

    def _next_to(self, number: float) -> tuple[float, ...]:
        """Return the attainable values on both sides of ``number``, the nearest first."""
        if self.beside:
            return tuple(sorted((*self._steps_next_to(number), *self.beside), key=lambda value: abs(value - number)))
        return self._steps_next_to(number)

    def _steps_next_to(self, number: float) -> tuple[float, ...]:
        if self.low > self.high:
            return ()
        inside = min(max(float(number), self.low), self.high)
        below, above = self.grid.at_or_below(inside), self.grid.at_or_above(inside)
        if below == above:
            return (below,)
        return (below, above) if inside - below <= above - inside else (above, below)


_NONE = (math.inf, -math.inf)
"""The ends of an interval without numbers."""


class ChoiceDomain(NamedTuple):
    """An enumeration: strings, booleans, or the one value that a device holds."""

    values: tuple[SettingValue, ...]

    def restricted(self, constraint: Constraint) -> ChoiceDomain | None:
        """See :meth:`Domain.restricted`."""
        values = tuple(value for value in self.values if satisfies(value, constraint))
        return ChoiceDomain(values) if values else None

    def nearest(
        self, wishes: Sequence[ConstraintValue], default: SettingValue | None,
    ) -> tuple[SettingValue, float]:
        """See :meth:`Domain.nearest`."""
        best, least = self.values[0], math.inf
        for value in self.values:
            away = sum(distance(value, wish, plain=False) for wish in wishes)
            if away < least or (away == least and value == default):
                best, least = value, away
        return best, least


class PointsDomain(NamedTuple):
    """Points of interest: any list of them, or the one that is required."""

    required: tuple[Point2D, ...] | None = None

    def restricted(self, constraint: Constraint) -> PointsDomain | None:
        """See :meth:`Domain.restricted`."""
        exact = constraint.exact
        if not isinstance(exact, tuple):
            return self
        possible = self.required is None or self.required == exact
        return PointsDomain(exact) if possible else None  # type: ignore[arg-type]

    def nearest(
        self, wishes: Sequence[ConstraintValue], default: SettingValue | None,
    ) -> tuple[SettingValue, float]:
        """See :meth:`Domain.nearest`."""
        if self.required is not None:
            candidates: list[SettingValue] = [self.required]
        else:
            candidates = [points for points in (default, *wishes, ()) if isinstance(points, tuple)]  # type: ignore
        away = [sum(distance(points, wish, plain=False) for wish in wishes) for points in candidates]
        return candidates[away.index(min(away))], min(away)


def whole_domain(name: str, device: DeviceState, *, by_choice: bool = True) -> Domain:
    """Return all values that a property of ``device`` can be set to.

    ``by_choice`` tells whether its present value is one of them, or what an automatic happens to have found.
    """
    row, capability = VOCABULARY[name], device.capabilities[name]
    if not isinstance(capability, MediaSettingsRange):
        return PointsDomain() if row.kind is Kind.POINTS else ChoiceDomain(capability)
    held = device.settings.get(name) if by_choice else None
    return _number_domain(capability, device.defaults.get(name), held, has_plain_distance(row, capability))


@functools.lru_cache(maxsize=1024)
def _number_domain(grid: MediaSettingsRange, default: object, held: object, plain: bool) -> NumberDomain:
    beside = tuple(
        value for value in dict.fromkeys((default, held))
        if isinstance(value, (int, float)) and grid.step and grid.min <= value <= grid.max and not grid.attains(value))
    return NumberDomain(grid, grid.min, grid.max, plain, beside)


def has_plain_distance(row: Property, capability: Capability) -> bool:
    """Return whether the fitness distance of a property is the difference itself (its rule 7 is for positive ones)."""
    return row.signed or (isinstance(capability, MediaSettingsRange) and capability.min < 0.0)


def satisfies(value: SettingValue, constraint: Constraint) -> bool:
    """Return whether ``value`` meets what ``constraint`` requires (fitness distance, rule 2)."""
    exact = constraint.exact
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (
            (constraint.min is None or value >= constraint.min - EQUAL_NUMBERS)
            and (constraint.max is None or value <= constraint.max + EQUAL_NUMBERS)
            and (exact is None or exact is True or (
                not isinstance(exact, bool) and isinstance(exact, (int, float))
                and abs(value - exact) <= EQUAL_NUMBERS))
        )
    if exact is None:
        return True
    if isinstance(value, str):
        return isinstance(exact, tuple) and value in exact
    return value == exact


def distance(value: SettingValue, ideal: object, *, plain: bool) -> float:
    """Return the fitness distance of ``value`` from ``ideal`` (rules 4, 7 and 8).

    ``plain`` asks for the difference itself. Below zero it is that in any case: the relative rule is made for positive
    properties and would prefer the far end there. No rule covers points of interest: equal or not.
    """
    if isinstance(value, str):
        return 0.0 if ideal == value or (isinstance(ideal, tuple) and value in ideal) else 1.0
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(ideal, bool):
            return 0.0 if ideal else 1.0
        if isinstance(ideal, (int, float)):
            difference = abs(value - ideal)
            if difference <= EQUAL_NUMBERS:
                return 0.0
            return difference if plain or min(value, ideal) < 0.0 else difference / max(value, ideal)
    return 0.0 if value == ideal else 1.0


def fulfils(value: SettingValue, constraint: Constraint) -> bool:
    """Return whether ``value`` is all that ``constraint`` asks, what it requires and what it wishes."""
    return satisfies(value, constraint) and (
        constraint.ideal is None or distance(value, constraint.ideal, plain=True) == 0.0)
