# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SelectSettings: the settings a device should take for a set of constraints (Media Capture and Streams, 11.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from imagecapture_ros.mediacapture.capabilities import DeviceState, MediaSettingsRange, NativeMode, Settings
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet, ConstraintValue
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.solver.controls import Part, Wishes, control_parts
from imagecapture_ros.mediacapture.solver.stream import StreamPart
from imagecapture_ros.mediacapture.solver.stream_rates import SLOWEST_RATE
from imagecapture_ros.mediacapture.vocabulary import STREAM_PROPERTIES, VOCABULARY


@dataclass(frozen=True)
class Selection:
    """What was chosen: one value per property, and the native mode that the stream comes from."""

    settings: Settings
    mode: NativeMode | None
    skipped_advanced: tuple[int, ...] = ()
    """Indices of the advanced sets that could not be met together with what came before them."""
    distance: float = 0.0
    """The fitness distance of the settings from what the basic sets wish."""


def select_settings(
    device: DeviceState, basic: Sequence[ConstraintSet], advanced: Sequence[ConstraintSet] = (), *,
    in_force: Sequence[ConstraintSet] = (),
) -> Selection:
    """Return the settings with the smallest fitness distance.

    All of ``in_force`` and ``basic`` must hold and all of their ideals count; each set of ``advanced`` is taken whole
    or not at all, in order. Properties that nobody constrains return to the device's defaults.

    :raises OverconstrainedError: when the basic sets cannot be met. It names a constraint of ``basic`` that no setting
        meets which ``in_force`` leaves.
    """
    problem = _Problem(device)
    remaining = problem.restricted(problem.parts, [*in_force, *basic])
    if remaining is None:
        raise _overconstrained(problem, in_force, basic)
    skipped = []
    for index, constraints in enumerate(advanced):
        narrowed = problem.restricted(remaining, [constraints])
        if narrowed is None:
            skipped.append(index)
        else:
            remaining = narrowed
    wishes = _wishes_of((*in_force, *basic))
    choices = [part.choose(wishes) for part in remaining]
    values = {name: value for choice in choices for name, value in choice.settings.items()}
    return Selection(
        settings={name: values[name] for name in VOCABULARY if name in values},
        mode=next((choice.mode for choice in choices if choice.mode is not None), None),
        skipped_advanced=tuple(skipped),
        distance=sum(choice.distance for choice in choices) + _distance_of_missing(device, (*in_force, *basic)),
    )


_Parts = Sequence[Part]


class _Problem:
    """A device as parts that are chosen independently of each other."""

    def __init__(self, device: DeviceState) -> None:
        self.device = device
        self.parts: _Parts = tuple(_parts_of(device))
        self._part_of = {name: number for number, part in enumerate(self.parts) for name in part.names
                         if name in device.capabilities}

    def restricted(self, parts: _Parts, sets: Sequence[ConstraintSet]) -> _Parts | None:
        """Return what of ``parts`` meets all that all ``sets`` require, or ``None`` if nothing does."""
        concerned: dict[int, list[dict[str, Constraint]]] = {}
        for number_of_set, constraints in enumerate(sets):
            for name, constraint in constraints.items():
                if not constraint.required:
                    continue
                number = self._part_of.get(name)
                if number is not None:
                    asked = concerned.setdefault(number, [{} for _ in sets])
                    asked[number_of_set][name] = constraint
                elif not (VOCABULARY[name].movement and constraint.exact is False):
                    return None
        narrowed = list(parts)
        for number, asked in concerned.items():
            part = narrowed[number].restricted(asked)
            if part is None:
                return None
            narrowed[number] = part
        return narrowed


def _parts_of(device: DeviceState) -> Iterator[Part]:
    controls = device.capabilities
    if device.native_modes:
        yield StreamPart.of(device)
        controls = {name: one for name, one in controls.items() if name not in STREAM_PROPERTIES}
    yield from control_parts(device, controls)


def _overconstrained(
    problem: _Problem, in_force: Sequence[ConstraintSet], basic: Sequence[ConstraintSet],
) -> OverconstrainedError:
    allowed = problem.restricted(problem.parts, in_force)
    if allowed is None:
        return _conflict('', _smallest_conflict(problem, in_force), [])
    for constraints in basic:
        for name, constraint in constraints.items():
            asked = {name: constraint}
            if not constraint.required or problem.restricted(allowed, [asked]) is not None:
                continue
            if problem.restricted(problem.parts, [asked]) is None:
                return OverconstrainedError(name, _why_impossible(problem.device, name, constraint.without_ideal()))
            *earlier, _ = _smallest_conflict(problem, [*in_force, asked])
            return _conflict(name, earlier, [asked])
    conflict = _smallest_conflict(problem, [*in_force, *basic])
    return _conflict('', conflict[:len(in_force)], conflict[len(in_force):])


def _conflict(name: str, in_force: Sequence[ConstraintSet], asked: Sequence[ConstraintSet]) -> OverconstrainedError:
    return OverconstrainedError(name, _why_conflicting(in_force, asked), required_earlier=any(in_force))


def _smallest_conflict(problem: _Problem, sets: Sequence[ConstraintSet]) -> Sequence[ConstraintSet]:
    """Return of ``sets`` only what cannot be met together: without any one of them the rest can be."""
    conflict = [{name: one for name, one in constraints.items() if one.required} for constraints in sets]
    for index, constraints in enumerate(conflict):
        for name in list(constraints):
            rest = {other: one for other, one in conflict[index].items() if other != name}
            others = [*conflict[:index], rest, *conflict[index + 1:]]
            if problem.restricted(problem.parts, others) is None:
                conflict = others
    return conflict


def _why_conflicting(in_force: Sequence[ConstraintSet], asked: Sequence[ConstraintSet]) -> str:
    earlier, now = _listed(in_force), _listed(asked)
    if earlier and now:
        return (f'{now} cannot be met together with what is required already, {earlier}; change that first, with '
                f'apply_constraints')
    if earlier:
        return f'what is required already, {earlier}, cannot be met any more; change that first, with apply_constraints'
    return f'{now} are possible each, but not together on this device; make one of them ideal or leave it out'


def _listed(sets: Sequence[ConstraintSet]) -> str:
    return ' and '.join(
        f'{name} {constraint.without_ideal()}' for constraints in sets for name, constraint in constraints.items())


def _why_impossible(device: DeviceState, name: str, asked: Constraint) -> str:
    if asked.contradictory:
        return f'{name}: {asked} contradicts itself; no value meets all of it'
    if name not in device.capabilities:
        return f'{name}: this device does not have it; it has {", ".join(device.capabilities)}'
    row = VOCABULARY[name]
    capability = device.capabilities[name]
    if isinstance(capability, MediaSettingsRange):
        allowed = f'{capability} (unit: {row.unit})'
    else:
        allowed = ', '.join(str(value).lower() if isinstance(value, bool) else value for value in capability)
    text = f'{name}: {asked} is not possible on this device; it allows {allowed}'
    if row.numeric and name in STREAM_PROPERTIES and device.native_modes:
        if name == 'frame_rate' and any(
                isinstance(most, (int, float)) and most < SLOWEST_RATE for most in (asked.exact, asked.max)):
            text += f', and no stream is slower than one frame in {1.0 / SLOWEST_RATE:g} s'
        text += f'; native modes are {", ".join(map(str, device.native_modes))}'
    if row.coupling is not None and row.coupling.mode in device.capabilities:
        modes = device.capabilities[row.coupling.mode]
        assert not isinstance(modes, MediaSettingsRange)
        needed = f'the {row.coupling.mode} {" or ".join(sorted(row.coupling.effective_in))}'
        text += (f', and only in {needed}' if row.coupling.effective_in.intersection(map(str, modes))
                 else f', but only in {needed}, which it does not have; leave it out')
    return text


def _wishes_of(sets: Sequence[ConstraintSet]) -> Wishes:
    wishes: dict[str, list[ConstraintValue]] = {}
    for constraints in sets:
        for name, constraint in constraints.items():
            if constraint.ideal is not None:
                wishes.setdefault(name, []).append(constraint.ideal)
    return wishes


def _distance_of_missing(device: DeviceState, sets: Sequence[ConstraintSet]) -> float:
    """Return the fitness distance of the properties that the device lacks (rules 4 and 5)."""
    return sum(
        0.0 if VOCABULARY[name].movement and constraint.ideal is False else 1.0
        for constraints in sets for name, constraint in constraints.items() if name not in device.capabilities
    )
