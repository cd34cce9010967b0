"""All settings a device could hold, as independent groups of properties, without writing each one out.

Properties that no mode and no size ties together form a group of their own; a mode and the values it governs form
one; width, height, aspect ratio, frame rate and resize mode form one. Any choice from one group goes with any choice
from another, so requirements and distances can be worked out group by group.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Union

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities, MediaSettingsRange, NativeMode, Settings, SettingValue, aspect_ratio,
)
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.vocabulary import STREAM_PROPERTIES, VOCABULARY, Kind, dependents

Domain = Union[MediaSettingsRange, tuple[SettingValue, ...]]
"""The values one property may still take: a range or an enumeration."""

ANY_POINTS: Domain = ()
"""The domain of points of interest that nobody has constrained: every list of points is possible."""

EQUAL_NUMBERS = 1e-10
"""Numbers this close are one number: the specification's tolerance for aspect ratios."""


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

    def restricted(self, constraints: ConstraintSet) -> Box | None:
        """Return the part that meets what ``constraints`` requires of this group, or ``None`` if nothing does."""
        narrowed = dict(self.domains)
        for name, constraint in constraints.items():
            if name in narrowed and constraint.required:
                domain = _restricted_domain(narrowed[name], constraint)
                if domain is None:
                    return None
                narrowed[name] = domain
        return Box(narrowed, self.mode)


Group = tuple[Box, ...]


def groups_of(source: DeviceState, constraint_sets: Iterable[ConstraintSet]) -> tuple[Group, ...]:
    """Return the groups of ``source``; sizes and rates by cropping, scaling and decimation are those that matter to
    ``constraint_sets``, the only ones an optimum can lie at.
    """
    capabilities = source.capabilities
    groups: list[Group] = []
    taken: set[str] = set()
    if source.native_modes:
        groups.append(tuple(_stream_boxes(source, tuple(constraint_sets))))
        taken.update(STREAM_PROPERTIES)
    for name, row in VOCABULARY.items():
        if name in taken or name not in capabilities:
            continue
        coupled = [value for value in dependents(name) if value.name in capabilities]
        if coupled:
            groups.append(tuple(_coupled_boxes(source, name)))
            taken.update(value.name for value in coupled)
        elif row.coupling is None or row.coupling.mode not in capabilities:
            groups.append((Box({name: _whole_domain(source, name)}),))
        taken.add(name)
    return tuple(groups)


def _whole_domain(source: DeviceState, name: str) -> Domain:
    return ANY_POINTS if VOCABULARY[name].kind is Kind.POINTS else source.capabilities[name]


def _coupled_boxes(source: DeviceState, mode: str) -> Iterator[Box]:
    modes = source.capabilities[mode]
    assert not isinstance(modes, MediaSettingsRange)
    for value in modes:
        domains: dict[str, Domain] = {mode: (value,)}
        for row in dependents(mode):
            if row.name not in source.capabilities:
                continue
            assert row.coupling is not None
            if value in row.coupling.effective_in:
                domains[row.name] = source.capabilities[row.name]
            else:
                # The device decides: only what it holds now can be promised.
                domains[row.name] = (source.settings.get(row.name, source.defaults[row.name]),)
        yield Box(domains)


def _stream_boxes(source: DeviceState, constraint_sets: tuple[ConstraintSet, ...]) -> Iterator[Box]:
    offered = source.capabilities.get('resize_mode', ('none',))
    derived = not isinstance(offered, MediaSettingsRange) and 'crop-and-scale' in offered
    for mode in source.native_modes:
        yield _stream_box(mode, mode.width, mode.height, mode.frame_rate, 'none', source)
        if derived:
            for width, height in _derived_sizes(mode, constraint_sets):
                for rate in _derived_rates(mode, constraint_sets):
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


def _derived_sizes(mode: NativeMode, constraint_sets: tuple[ConstraintSet, ...]) -> set[tuple[int, int]]:
    widths = {mode.width} | {_clipped(value, mode.width) for value in _numbers(constraint_sets, 'width')}
    heights = {mode.height} | {_clipped(value, mode.height) for value in _numbers(constraint_sets, 'height')}
    sizes = {(width, height) for width in widths for height in heights}
    for ratio in _numbers(constraint_sets, 'aspect_ratio'):
        if ratio <= 0.0:
            continue
        for width in widths:
            sizes |= {(width, _clipped(width / ratio + nudge, mode.height)) for nudge in (-1, 0, 1)}
        for height in heights:
            sizes |= {(_clipped(height * ratio + nudge, mode.width), height) for nudge in (-1, 0, 1)}
        exact = _largest_of_ratio(mode, ratio)
        if exact is not None:
            sizes.add(exact)
    return sizes


def _largest_of_ratio(mode: NativeMode, ratio: float) -> tuple[int, int] | None:
    for height in range(min(mode.height, int(mode.width / ratio)), 0, -1):
        width = round(height * ratio)
        if 1 <= width <= mode.width and abs(aspect_ratio(width, height) - ratio) <= EQUAL_NUMBERS:
            return width, height
    return None


def _derived_rates(mode: NativeMode, constraint_sets: tuple[ConstraintSet, ...]) -> set[float]:
    rates = {mode.frame_rate}
    for wanted in _numbers(constraint_sets, 'frame_rate'):
        if 0.0 < wanted < mode.frame_rate:
            every = mode.frame_rate / wanted
            rates |= {mode.frame_rate / max(1, int(every) + nudge) for nudge in (0, 1)}
            if abs(every - round(every)) < 1e-9:
                rates.add(mode.frame_rate / round(every))
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
        exact = constraint.exact
        if not isinstance(exact, (int, float)) or not low <= exact <= high or not domain.attains(exact):
            return None
        return (domain.nearest(exact),)
    low, high = domain.at_or_above(low), domain.at_or_below(high)
    if low > high + EQUAL_NUMBERS:
        return None
    if high < domain.max or domain.step == 0.0 or low == high:
        return MediaSettingsRange(low, max(low, high), domain.step)
    # The topmost value, max, may lie off the grid that starts at the new minimum just as it did before.
    return MediaSettingsRange(low, domain.max, domain.step)


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
