"""SelectSettings: the settings a device should take for a set of constraints (Media Capture and Streams, 11.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imagecapture_ros.mediacapture.candidates import (
    ANY_POINTS,
    EQUAL_NUMBERS,
    Box,
    DeviceState,
    Domain,
    Group,
    groups_of,
)
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, Settings, SettingValue
from imagecapture_ros.mediacapture.constraints import ConstraintSet, ConstraintValue
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind

Wishes = Mapping[str, Sequence[ConstraintValue]]
"""The ideals of all basic sets, by property."""


@dataclass(frozen=True)
class Selection:
    """What was chosen: one value per property, and the native mode that the stream comes from."""

    settings: Settings
    mode: NativeMode | None
    skipped_advanced: tuple[int, ...] = ()
    """Indices of the advanced sets that could not be met together with what came before them."""


def select_settings(
    source: DeviceState, basic: Sequence[ConstraintSet], advanced: Sequence[ConstraintSet] = (),
) -> Selection:
    """Return the settings with the smallest fitness distance.

    All of ``basic`` must hold and all of their ideals count; each set of ``advanced`` is taken whole or not at all,
    in order. Properties that nobody constrains return to the device's defaults.

    :raises OverconstrainedError: when the basic sets cannot be met; nothing has changed then.
    """
    groups = groups_of(source, (*basic, *advanced))
    remaining = _meeting_all(source, groups, basic)
    if remaining is None:
        raise _overconstrained(source, groups, basic)
    skipped = []
    for index, constraints in enumerate(advanced):
        narrowed = _meeting(source, remaining, constraints)
        if narrowed is None:
            skipped.append(index)
        else:
            remaining = narrowed
    wishes = _wishes_of(basic)
    settings: dict[str, SettingValue] = {}
    mode = None
    for group in remaining:
        best = _best_of(group, wishes, source)
        settings.update(best.values)
        mode = best.box.mode or mode
    return Selection({name: settings[name] for name in VOCABULARY if name in settings}, mode, tuple(skipped))


def _meeting(source: DeviceState, groups: Sequence[Group], constraints: ConstraintSet) -> tuple[Group, ...] | None:
    """Return what of ``groups`` meets all that ``constraints`` requires, or ``None`` if nothing does."""
    required = {name: constraint for name, constraint in constraints.items() if constraint.required}
    if any(name not in source.capabilities for name in required):
        return None
    narrowed = []
    for group in groups:
        concerned = {name: required[name] for name in group[0].domains if name in required}
        boxes = group
        if concerned:
            boxes = tuple(kept for box in group if (kept := box.restricted(concerned)) is not None)
        if not boxes:
            return None
        narrowed.append(boxes)
    return tuple(narrowed)


def _meeting_all(
    source: DeviceState, groups: Sequence[Group], sets: Sequence[ConstraintSet],
) -> tuple[Group, ...] | None:
    remaining: tuple[Group, ...] | None = tuple(groups)
    for constraints in sets:
        remaining = None if remaining is None else _meeting(source, remaining, constraints)
    return remaining


def _overconstrained(
    source: DeviceState, groups: Sequence[Group], basic: Sequence[ConstraintSet],
) -> OverconstrainedError:
    for constraints in basic:
        for name, constraint in constraints.items():
            if constraint.required and _meeting(source, groups, {name: constraint}) is None:
                return OverconstrainedError(name, _why_impossible(source, name, str(constraint.without_ideal())))
    conflict = [
        f'{name} {constraint.without_ideal()}'
        for constraints in _smallest_conflict(source, groups, basic) for name, constraint in constraints.items()
    ]
    return OverconstrainedError('', f'{" and ".join(conflict)} are possible each, but not together on this device; '
                                    f'make one of them ideal or leave it out')


def _smallest_conflict(
    source: DeviceState, groups: Sequence[Group], basic: Sequence[ConstraintSet],
) -> Sequence[ConstraintSet]:
    """Return of the basic sets only what cannot be met together: without any one of them the rest can be."""
    for group in groups:
        if _meeting_all(source, [group], basic) is None:
            groups = [group]
            break
    conflict = [{name: one for name, one in constraints.items() if one.required} for constraints in basic]
    for index, constraints in enumerate(conflict):
        for name in list(constraints):
            rest = {other: one for other, one in conflict[index].items() if other != name}
            others = [*conflict[:index], rest, *conflict[index + 1:]]
            if _meeting_all(source, groups, others) is None:
                conflict = others
    return conflict


def _why_impossible(source: DeviceState, name: str, asked: str) -> str:
    if name not in source.capabilities:
        return f'{name}: this device does not have it; it has {", ".join(source.capabilities)}'
    row = VOCABULARY[name]
    capability = source.capabilities[name]
    if isinstance(capability, MediaSettingsRange):
        allowed = f'{capability} (unit: {row.unit})'
    else:
        allowed = ', '.join(str(value).lower() if isinstance(value, bool) else value for value in capability)
    text = f'{name}: {asked} is not possible on this device; it allows {allowed}'
    if name in ('width', 'height', 'frame_rate', 'aspect_ratio') and source.native_modes:
        text += f'; native modes are {", ".join(map(str, source.native_modes))}'
    if row.coupling is not None and row.coupling.mode in source.capabilities:
        text += f', and only in the {row.coupling.mode} {" or ".join(sorted(row.coupling.effective_in))}'
    return text


def _wishes_of(basic: Sequence[ConstraintSet]) -> Wishes:
    wishes: dict[str, list[ConstraintValue]] = {}
    for constraints in basic:
        for name, constraint in constraints.items():
            if constraint.ideal is not None:
                wishes.setdefault(name, []).append(constraint.ideal)
    return wishes


@dataclass(frozen=True)
class _Fit:
    """The best values of one box."""

    box: Box
    values: Settings
    distance: float
    """The fitness distance, rounded so that equal ones are equal."""


def _best_of(group: Group, wishes: Wishes, source: DeviceState) -> _Fit:
    fits = [_fit(box, wishes, source) for box in group]
    least = min(fit.distance for fit in fits)
    nearest = [fit for fit in fits if fit.distance == least]
    return nearest[0] if len(nearest) == 1 else min(nearest, key=lambda fit: _strangeness(fit, wishes, source))


def _strangeness(fit: _Fit, wishes: Wishes, source: DeviceState) -> tuple[float, ...]:
    """Return what decides between settings of equal fitness distance: the device's defaults (SelectSettings, step 6).

    Before that: a wish met by chance, because the device itself holds the value just now, is not met.
    """
    by_chance = sum(name in wishes for name in fit.box.idle)
    not_default = sum(
        value != source.defaults.get(name) for name, value in fit.values.items()
        if VOCABULARY[name].kind is Kind.STRING
    )
    away = sum(
        _distance(value, default, plain=False) for name, value in fit.values.items()
        if VOCABULARY[name].numeric and (default := source.defaults.get(name)) is not None
    )
    return by_chance, not_default, round(away, 12)


def _fit(box: Box, wishes: Wishes, source: DeviceState) -> _Fit:
    total = 0.0
    values: dict[str, SettingValue] = {}
    for name, domain in box.domains.items():
        wished = wishes.get(name, ())
        if not wished and isinstance(domain, tuple) and len(domain) == 1:
            values[name] = domain[0]
        else:
            values[name], distance = _nearest_value(name, domain, wished, source)
            total += distance
    return _Fit(box, values, round(total, 12))


def _nearest_value(
    name: str, domain: Domain, wishes: Sequence[ConstraintValue], source: DeviceState,
) -> tuple[SettingValue, float]:
    default = source.defaults.get(name)
    candidates: list[SettingValue]
    if isinstance(domain, MediaSettingsRange):
        numbers = [wish for wish in (*wishes, default) if isinstance(wish, (int, float))] or [domain.min]
        candidates = []
        for number in numbers:
            inside = min(max(float(number), domain.min), domain.max)
            candidates += [domain.at_or_below(inside), domain.at_or_above(inside)]
    elif domain == ANY_POINTS:
        candidates = [points for points in (*wishes, default, ()) if isinstance(points, tuple)]  # type: ignore[misc]
    else:
        candidates = list(domain)
    capability = source.capabilities.get(name)
    plain = VOCABULARY[name].signed or (isinstance(capability, MediaSettingsRange) and capability.min < 0.0)
    ranked = []
    for candidate in candidates:
        distance = sum(_distance(candidate, wish, plain=plain) for wish in wishes)
        away = 0.0 if default is None else _distance(candidate, default, plain=True)
        ranked.append((round(distance, 12), away, candidate))
    best = min(ranked, key=lambda entry: entry[:2])
    return best[2], best[0]


def _distance(value: SettingValue, ideal: object, *, plain: bool) -> float:
    """Return the fitness distance of ``value`` from ``ideal``; ``plain`` asks for the difference itself."""
    if isinstance(value, str):
        return 0.0 if ideal == value or (isinstance(ideal, tuple) and value in ideal) else 1.0
    if isinstance(value, (int, float)) and isinstance(ideal, (int, float)):
        difference = abs(value - ideal)
        if difference <= EQUAL_NUMBERS:
            return 0.0
        # The relative rule is made for positive properties; across zero it would prefer the far end.
        return difference if plain or value * ideal < 0.0 else difference / max(abs(value), abs(ideal))
    return 0.0 if value == ideal else 1.0
