"""The values that one property may still take, and which of them is nearest to what is wished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from imagecapture_ros.mediacapture.capabilities import Capability, MediaSettingsRange, SettingValue
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintValue
from imagecapture_ros.mediacapture.vocabulary import Kind, Point2D, Property

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
    """The attainable numbers from ``low`` to ``high``, both of which are attainable."""

    grid: MediaSettingsRange
    low: float
    high: float
    plain: bool
    """Whether the fitness distance is the difference itself: zero is a position like any other."""

    def restricted(self, constraint: Constraint) -> NumberDomain | None:
        """See :meth:`Domain.restricted`."""
        grid, exact = self.grid, constraint.exact
        low = self.low if constraint.min is None else max(self.low, constraint.min)
        high = self.high if constraint.max is None else min(self.high, constraint.max)
        if low > high:
            return None
        if exact is None:
            low, high = grid.at_or_above(low), grid.at_or_below(high)
            return None if low > high + EQUAL_NUMBERS else NumberDomain(grid, low, max(low, high), self.plain)
        if isinstance(exact, bool):
            # Not a value but the question whether the device has the property; it does.
            return self if exact else None
        if not isinstance(exact, (int, float)) or not grid.attains(exact):
            return None
        value = grid.nearest(exact)
        inside = low - EQUAL_NUMBERS <= value <= high + EQUAL_NUMBERS
        return NumberDomain(grid, value, value, self.plain) if inside else None

    def nearest(
        self, wishes: Sequence[ConstraintValue], default: SettingValue | None,
    ) -> tuple[SettingValue, float]:
        """See :meth:`Domain.nearest`."""
        if not wishes:
            return (self.low if default is None else self._beside(default)[0]), 0.0
        numbers = [wish for wish in wishes if isinstance(wish, (int, float)) and not isinstance(wish, bool)]
        if len(numbers) == 1 and (self.plain or numbers[0] > 0.0):
            near = self._beside(numbers[0])[0]
            if near == numbers[0]:
                return near, sum(distance(near, wish, plain=self.plain) for wish in wishes)
        elif default is not None:
            # Where nothing pulls, or wishes pull with the same force from both sides, the default decides.
            numbers.append(default)  # type: ignore[arg-type]
        # The distance rises on both sides of each wish, ever more slowly: its minimum lies at a wish or at a limit.
        candidates = [value for number in numbers for value in self._beside(number)] or [self.low]
        ranked = [
            (round(sum(distance(value, wish, plain=self.plain) for wish in wishes), DIGITS),
             0.0 if default is None else distance(value, default, plain=True), value)
            for value in candidates
        ]
        best = min(ranked)
        return best[2], best[0]

    def _beside(self, number: object) -> tuple[float, ...]:
        """Return the attainable values next to ``number``, the nearest first."""
        assert isinstance(number, (int, float))
        inside = min(max(float(number), self.low), self.high)
        below, above = self.grid.at_or_below(inside), self.grid.at_or_above(inside)
        if below == above:
            return (below,)
        return (below, above) if inside - below <= above - inside else (above, below)


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
        best, least = self.values[0], float('inf')
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


def whole_domain(row: Property, capability: Capability) -> Domain:
    """Return all values of a property that a device can do as ``capability`` says."""
    if isinstance(capability, MediaSettingsRange):
        return NumberDomain(capability, capability.min, capability.max, row.signed or capability.min < 0.0)
    return PointsDomain() if row.kind is Kind.POINTS else ChoiceDomain(capability)


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

    ``plain`` asks for the difference itself. Across zero it is that in any case: the relative rule is made for
    positive properties and would prefer the far end there. No rule covers points of interest: equal or not.
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
            return difference if plain or value * ideal < 0.0 else difference / max(abs(value), abs(ideal))
    return 0.0 if value == ideal else 1.0
