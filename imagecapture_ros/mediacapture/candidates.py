"""All settings a device could hold, as independent groups of properties, without writing each one out.

Properties that no mode and no size ties together form a group of their own; a mode and the values it governs form
one; width, height, aspect ratio, frame rate and resize mode form one. Any choice from one group goes with any choice
from another, so requirements and distances can be worked out group by group.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Union

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    MediaSettingsRange,
    NativeMode,
    Settings,
    SettingValue,
    aspect_ratio,
)
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.vocabulary import STREAM_PROPERTIES, VOCABULARY, Kind, Property, dependents

Domain = Union[MediaSettingsRange, tuple[SettingValue, ...]]
"""The values one property may still take: a range or an enumeration."""

ANY_POINTS: Domain = ()
"""The domain of points of interest that nobody has constrained: every list of points is possible."""

EQUAL_NUMBERS = 1e-10
"""Numbers this close are one number: the specification's tolerance for aspect ratios."""

SLOWEST = 1e9
"""Of so many frames at least one is delivered, however low a rate is wished for."""


class DeviceState(Protocol):
    """What the solver needs to know of a device; a consistent snapshot."""

    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def defaults(self) -> Settings: ...
    @property
    def native_modes(self) -> Sequence[NativeMode]: ...


@dataclass(frozen=True)
class Box:
    """Settings of one group that the device can hold: any combination of values from the domains."""

    domains: Mapping[str, Domain]
    mode: NativeMode | None = None
    """The native mode behind a stream size and rate."""
    idle: frozenset[str] = frozenset()
    """Properties that the device decides here, because their mode is automatic; their value may change any time."""

    def restricted(self, constraints: ConstraintSet) -> Box | None:
        """Return the part that meets what ``constraints`` requires of this group, or ``None`` if nothing does.

        What is required of an idle property is met by its present value only if the same set requires its mode too:
        so the settings of a camera can be required as they are, while an exposure time alone calls for the manual mode.
        """
        narrowed = {}
        for name, constraint in constraints.items():
            if name not in self.domains or not constraint.required:
                continue
            if name in self.idle and not _requires_mode_of(name, constraints):
                return None
            domain = _restricted_domain(self.domains[name], constraint)
            if domain is None:
                return None
            if domain != self.domains[name]:
                narrowed[name] = domain
        return replace(self, domains={**self.domains, **narrowed}) if narrowed else self


Group = tuple[Box, ...]


def _requires_mode_of(name: str, constraints: ConstraintSet) -> bool:
    coupling = VOCABULARY[name].coupling
    mode = None if coupling is None else constraints.get(coupling.mode)
    return mode is not None and mode.required


def groups_of(source: DeviceState, constraint_sets: Iterable[ConstraintSet]) -> tuple[Group, ...]:
    """Return the groups of ``source``; of all sizes and rates that cropping, scaling and decimation can make, only
    those near a number in ``constraint_sets``: an optimum lies at a wish or at a limit.
    """
    capabilities = source.capabilities
    groups: list[Group] = []
    taken: set[str] = set()
    if source.native_modes:
        groups.append(tuple(_stream_boxes(source, tuple(constraint_sets))))
        taken.update(STREAM_PROPERTIES)
    for name in VOCABULARY:
        if name in taken or name not in capabilities:
            continue
        coupled = [row for row in dependents(name) if row.name in capabilities]
        if coupled:
            groups.append(tuple(_coupled_boxes(source, name, coupled)))
            taken.update(row.name for row in coupled)
        else:
            groups.append((Box({name: _whole_domain(source, name)}),))
    return tuple(groups)


def _whole_domain(source: DeviceState, name: str) -> Domain:
    return ANY_POINTS if VOCABULARY[name].kind is Kind.POINTS else source.capabilities[name]


def _coupled_boxes(source: DeviceState, mode: str, coupled: Sequence[Property]) -> Iterator[Box]:
    modes = source.capabilities[mode]
    assert not isinstance(modes, MediaSettingsRange)
    for value in modes:
        domains: dict[str, Domain] = {mode: (value,)}
        idle = set()
        for row in coupled:
            assert row.coupling is not None
            if value in row.coupling.effective_in:
                domains[row.name] = source.capabilities[row.name]
            else:
                # The device decides: only what it holds now can be promised.
                held = source.settings if row.name in source.settings else source.defaults
                domains[row.name] = (held[row.name],)
                idle.add(row.name)
        yield Box(domains, idle=frozenset(idle))


def _stream_boxes(source: DeviceState, constraint_sets: tuple[ConstraintSet, ...]) -> Iterator[Box]:
    for mode in source.native_modes:
        yield _stream_box(mode, mode.width, mode.height, mode.frame_rate, 'none', source)
    offered = source.capabilities.get('resize_mode', ('none',))
    if isinstance(offered, MediaSettingsRange) or 'crop-and-scale' not in offered:
        return
    # The defaults matter too: a side that nobody constrains stays as near to its default as the others allow.
    widths, heights, frame_rates = (
        _numbers(constraint_sets, name) | _number(source.defaults.get(name))
        for name in ('width', 'height', 'frame_rate')
    )
    ratios = _numbers(constraint_sets, 'aspect_ratio')
    sizes_of = {
        (mode.width, mode.height): _derived_sizes(mode, widths, heights, ratios) for mode in source.native_modes
    }
    seen = set()
    for mode in source.native_modes:
        for rate in _derived_rates(mode, frame_rates):
            for width, height in sizes_of[mode.width, mode.height]:
                # What several modes can make is made of the first: the device's own preference.
                if (width, height, rate) not in seen:
                    seen.add((width, height, rate))
                    yield _stream_box(mode, width, height, rate, 'crop-and-scale', source)


def _stream_box(mode: NativeMode, width: int, height: int, rate: float, resize_mode: str, source: DeviceState) -> Box:
    values: dict[str, SettingValue] = {
        'width': width, 'height': height, 'aspect_ratio': aspect_ratio(width, height), 'frame_rate': rate,
        'resize_mode': resize_mode,
    }
    return Box({name: (value,) for name, value in values.items() if name in source.capabilities}, mode)


def _numbers(constraint_sets: tuple[ConstraintSet, ...], name: str) -> set[float]:
    return {
        float(value)
        for constraints in constraint_sets if (constraint := constraints.get(name)) is not None
        for value in (constraint.exact, constraint.ideal, constraint.min, constraint.max)
        if isinstance(value, (int, float))
    }


def _number(value: SettingValue | None) -> set[float]:
    return {float(value)} if isinstance(value, (int, float)) else set()


def _derived_sizes(
    mode: NativeMode, wanted_widths: set[float], wanted_heights: set[float], ratios: set[float],
) -> set[tuple[int, int]]:
    widths = {mode.width} | {_clipped(value, mode.width) for value in wanted_widths}
    heights = {mode.height} | {_clipped(value, mode.height) for value in wanted_heights}
    sizes = {(width, height) for width in widths for height in heights}
    for ratio in ratios:
        if ratio <= 0.0:
            continue
        ratio = min(max(ratio, 1.0 / mode.height), float(mode.width))
        for width in widths:
            row = math.floor(width / ratio)
            sizes |= {(width, _clipped(height, mode.height)) for height in (row, row + 1)}
            sizes |= set(_sizes_of_ratio(mode, ratio, width, mode.height))
        for height in heights:
            column = math.floor(height * ratio)
            sizes |= {(_clipped(width, mode.width), height) for width in (column, column + 1)}
            sizes |= set(_sizes_of_ratio(mode, ratio, mode.width, height))
    return sizes


def _sizes_of_ratio(mode: NativeMode, ratio: float, width: int, height: int) -> Iterator[tuple[int, int]]:
    """Yield the sizes nearest to ``ratio``, on both sides of it, next below and above a width and height."""
    for columns, rows in {*_nearest_ratios(ratio, width, height), *_nearest_ratios(ratio, mode.width, mode.height)}:
        largest = min(mode.width // columns, mode.height // rows)
        scale = min(width // columns, height // rows)
        for multiple in {max(scale, 1), min(scale + 1, largest)}:
            yield multiple * columns, multiple * rows


@functools.lru_cache(maxsize=256)
def _nearest_ratios(ratio: float, width: int, height: int) -> tuple[tuple[int, int], ...]:
    """Return the fractions next to ``ratio``, one not above and one not below it, that fit into a size."""
    low, high = (0, 1), (1, 0)
    while True:  # down the Stern-Brocot tree, in which every fraction lies between its neighbours
        columns, rows = low[0] + high[0], low[1] + high[1]
        if columns > width or rows > height:
            return tuple(fraction for fraction in (low, high) if 0 not in fraction)
        if ratio * rows >= columns:
            low = columns, rows
        if ratio * rows <= columns:
            high = columns, rows
        if low == high:
            return (low,)


def _derived_rates(mode: NativeMode, frame_rates: set[float]) -> set[float]:
    rates = {mode.frame_rate}
    for wanted in frame_rates:
        if 0.0 < wanted < mode.frame_rate:
            every = min(mode.frame_rate / wanted, SLOWEST)
            rates |= {mode.frame_rate / whole for whole in (int(every), int(every) + 1)}
    return rates


def _clipped(value: float, largest: int) -> int:
    return int(min(max(round(value), 1), largest))


def _restricted_domain(domain: Domain, constraint: Constraint) -> Domain | None:
    if isinstance(domain, MediaSettingsRange):
        return _restricted_range(domain, constraint)
    if domain == ANY_POINTS and isinstance(constraint.exact, tuple):
        return (constraint.exact,)  # type: ignore[return-value]
    values = tuple(value for value in domain if satisfies(value, constraint))
    return values or None


def _restricted_range(domain: MediaSettingsRange, constraint: Constraint) -> Domain | None:
    low = domain.min if constraint.min is None else max(domain.min, constraint.min)
    high = domain.max if constraint.max is None else min(domain.max, constraint.max)
    if low > high:
        return None
    if constraint.exact is not None:
        if not isinstance(constraint.exact, (int, float)) or not domain.attains(constraint.exact):
            return None
        value = domain.nearest(constraint.exact)
        return (value,) if low - EQUAL_NUMBERS <= value <= high + EQUAL_NUMBERS else None
    low, high = domain.at_or_above(low), domain.at_or_below(high)
    if low > high + EQUAL_NUMBERS:
        return None
    # The topmost value, max, may lie off the grid that starts at the new minimum just as it did before.
    return MediaSettingsRange(low, max(low, high), domain.step)


def satisfies(value: SettingValue, constraint: Constraint) -> bool:
    """Return whether ``value`` meets what ``constraint`` requires."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        exact = constraint.exact
        return (
            (constraint.min is None or value >= constraint.min - EQUAL_NUMBERS)
            and (constraint.max is None or value <= constraint.max + EQUAL_NUMBERS)
            and (exact is None or (isinstance(exact, (int, float)) and abs(value - exact) <= EQUAL_NUMBERS))
        )
    if constraint.exact is None:
        return True
    if isinstance(value, str):
        return isinstance(constraint.exact, tuple) and value in constraint.exact
    return value == constraint.exact
