"""SelectSettings: the settings a device should take for a set of constraints (Media Capture and Streams, 11.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imagecapture_ros.mediacapture.candidates import ANY_POINTS, EQUAL_NUMBERS, Box, DeviceState, Domain, Group, groups_of
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, Settings, SettingValue
from imagecapture_ros.mediacapture.constraints import ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind


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
    remaining: tuple[Group, ...] | None = groups
    for constraints in basic:
        remaining = None if remaining is None else _restricted(source, remaining, constraints)
    if remaining is None:
        raise _overconstrained(source, groups, basic)
    skipped = []
    for index, constraints in enumerate(advanced):
        narrowed = _restricted(source, remaining, constraints)
        if narrowed is None:
            skipped.append(index)
        else:
            remaining = narrowed
    settings: dict[str, SettingValue] = {}
    mode = None
    for group in remaining:
        chosen, values = min((_nearest_in(box, source, basic) for box in group), key=lambda ranked: ranked[0])[1]
        settings.update(values)
        mode = chosen.mode or mode
    return Selection({name: settings[name] for name in VOCABULARY if name in settings}, mode, tuple(skipped))


def _restricted(source: DeviceState, groups: tuple[Group, ...], constraints: ConstraintSet) -> tuple[Group, ...] | None:
    if any(constraint.required and name not in source.capabilities for name, constraint in constraints.items()):
        return None
    narrowed = []
    for group in groups:
        boxes = tuple(kept for box in group if (kept := box.restricted(constraints)) is not None)
        if not boxes:
            return None
        narrowed.append(boxes)
    return tuple(narrowed)


def _overconstrained(
    source: DeviceState, groups: tuple[Group, ...], basic: Sequence[ConstraintSet],
) -> OverconstrainedError:
    for constraints in basic:
        for name, constraint in constraints.items():
            if constraint.required and _restricted(source, groups, {name: constraint}) is None:
                return OverconstrainedError(name, _why_impossible(source, name))
    names = sorted({name for constraints in basic for name, constraint in constraints.items() if constraint.required})
    return OverconstrainedError('', f'each of {", ".join(names)} is possible, but not all together on this device; '
                                    f'make one of them ideal or leave it out')


def _why_impossible(source: DeviceState, name: str) -> str:
    if name not in source.capabilities:
        return f'{name}: this device does not have it; it has {", ".join(source.capabilities)}'
    capability = source.capabilities[name]
    allowed = str(capability) if isinstance(capability, MediaSettingsRange) else ', '.join(map(str, capability))
    unit = VOCABULARY[name].unit
    text = f'{name}: not possible on this device; it allows {allowed}{" " + unit if unit else ""}'
    if name in ('width', 'height', 'frame_rate', 'aspect_ratio') and source.native_modes:
        text += f'; native modes are {", ".join(map(str, source.native_modes))}'
    return text


_Ranked = tuple[tuple[float, ...], tuple[Box, dict[str, SettingValue]]]


def _nearest_in(box: Box, source: DeviceState, basic: Sequence[ConstraintSet]) -> _Ranked:
    """Rank ``box`` by its best values: fitness distance first, then how far they are from the defaults."""
    total = 0.0
    values: dict[str, SettingValue] = {}
    for name, domain in box.domains.items():
        ideals = [constraints[name].ideal for constraints in basic if name in constraints]
        wishes = [ideal for ideal in ideals if ideal is not None]
        values[name], distance = _nearest_value(name, domain, wishes, source)
        total += distance
    not_default = sum(
        values[name] != source.defaults.get(name) for name in values if VOCABULARY[name].kind is Kind.STRING
    )
    away = sum(
        _distance(values[name], default, plain=False)
        for name in values if (default := source.defaults.get(name)) is not None and VOCABULARY[name].numeric
    )
    return (round(total, 12), not_default, round(away, 12)), (box, values)


def _nearest_value(
    name: str, domain: Domain, wishes: Sequence[object], source: DeviceState,
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
        candidates = [points for points in (*wishes, default, ()) if isinstance(points, tuple)]
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
