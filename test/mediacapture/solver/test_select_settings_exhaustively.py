# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SelectSettings against a literal reading of the specification, which writes out all possible settings."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from fixtures.device_state import streaming
from fixtures.random_devices import constraint_sets, grid, problems
from hypothesis import given, settings
from hypothesis import strategies as st

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, Settings, aspect_ratio
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.solver.select_settings import Selection, select_settings

SIGNED = ('pan', 'exposure_compensation')
EQUAL = 1e-9

COUPLINGS = {
    'exposure_time': ('exposure_mode', {'manual'}),
    'exposure_compensation': ('exposure_mode', {'single-shot', 'continuous'}),
    'color_temperature': ('white_balance_mode', {'manual'}),
}


@dataclass(frozen=True)
class Possible:
    """One settings dictionary, and what of it the device may change at any moment."""

    values: Mapping[str, Any]
    idle: frozenset[str] = frozenset()
    mode: NativeMode | None = None
    """What a stream is made of."""


def attainable(device: ScriptedState, name: str) -> list[Any]:
    """Return the steps of a property, and what the device holds or does by default although it lies beside them."""
    values = grid(device.capabilities[name])
    coupling = COUPLINGS.get(name)
    chosen = coupling is None or device.settings.get(coupling[0], 'manual') in (*coupling[1], *(
        () if coupling[0] in device.capabilities else ('manual',)))
    held = [device.defaults[name], *([device.settings[name]] if chosen else [])]
    return values + [value for value in dict.fromkeys(held) if not any(near(value, step) for step in values)]


def near(one: Any, other: Any) -> bool:
    if isinstance(one, (str, bool)) or isinstance(other, (str, bool)):
        return bool(one == other)
    return abs(one - other) <= EQUAL


def possible_controls(device: ScriptedState) -> Iterator[Possible]:
    grids = {name: attainable(device, name) for name in device.capabilities}
    for values in itertools.product(*grids.values()):
        asked = dict(zip(grids, values, strict=True))
        idle = {
            name for name, (mode, effective) in COUPLINGS.items()
            if name in asked and mode in asked and asked[mode] not in effective
        }
        # What the device decides itself has one value, whichever the product gave it.
        if all(asked[name] == grids[name][0] for name in idle):
            yield Possible({**asked, **{name: device.settings[name] for name in idle}}, frozenset(idle))


def possible_streams(device: ScriptedState, slowest: int = 10) -> Iterator[Possible]:
    for mode in device.native_modes:
        yield Possible(_stream(mode.width, mode.height, mode.frame_rate, 'none'), mode=mode)
        # Every lower rate is possible; of those that are no whole fraction, only ones that a test asks for matter.
        rates = [mode.frame_rate / every for every in range(1, slowest + 1)]
        rates += [rate for rate in WISHED_RATES if rate < mode.frame_rate and not any(near(rate, one) for one in rates)]
        for width, height, rate in itertools.product(range(1, mode.width + 1), range(1, mode.height + 1), rates):
            yield Possible(_stream(width, height, rate, 'crop-and-scale'), mode=mode)


def _stream(width: int, height: int, rate: float, resize_mode: str) -> dict[str, Any]:
    return {'width': width, 'height': height, 'aspect_ratio': aspect_ratio(width, height), 'frame_rate': rate,
            'resize_mode': resize_mode}


def meeting(candidates: Sequence[Possible], constraints: ConstraintSet) -> list[Possible]:
    """Return the candidates that meet a set.

    Where a value can still count, requiring it calls for a mode in which it does: that a device holds the value by
    chance is not enough.
    """
    modes = {name: one for name, one in constraints.items() if name.endswith('_mode')}
    left = [one for one in candidates if meets(one, modes)]
    counting = {
        name for name, constraint in constraints.items()
        if constraint.required and any(name not in one.idle for one in left)
    }
    return [one for one in left if meets(one, constraints) and not one.idle & counting]


def meets(candidate: Possible, constraints: ConstraintSet) -> bool:
    for name, constraint in constraints.items():
        if not constraint.required:
            continue
        if name not in candidate.values:
            return False
        value, exact = candidate.values[name], constraint.exact
        if isinstance(exact, tuple) and value not in exact:
            return False
        if isinstance(exact, bool) and value is not exact:
            return False
        if isinstance(exact, float) and abs(value - exact) > EQUAL:
            return False
        if constraint.min is not None and value < constraint.min - EQUAL:
            return False
        if constraint.max is not None and value > constraint.max + EQUAL:
            return False
    return True


def distance(values: Settings, basic: Sequence[ConstraintSet]) -> float:
    total = 0.0
    for constraints in basic:
        for name, constraint in constraints.items():
            ideal, value = constraint.ideal, values.get(name)
            if ideal is None or value is None:
                continue
            if isinstance(ideal, tuple):
                total += value not in ideal
            elif isinstance(ideal, bool) or isinstance(value, bool):
                total += value is not ideal
            elif isinstance(value, (int, float)) and abs(value - ideal) > 1e-10:
                difference = abs(value - ideal)
                # The relative rule is made for positive numbers only.
                absolute = name in SIGNED or value * ideal < 0.0
                total += difference if absolute else difference / max(abs(value), abs(ideal))
    return total


def meeting_all(candidates: Sequence[Possible], sets: Sequence[ConstraintSet]) -> list[Possible]:
    remaining = list(candidates)
    for constraints in sets:
        remaining = meeting(remaining, constraints)
    return remaining


def exhaustively(
    candidates: Sequence[Possible], basic: Sequence[ConstraintSet], advanced: Sequence[ConstraintSet],
) -> tuple[list[Possible], tuple[int, ...]]:
    """Return the settings dictionaries that SelectSettings may choose from, and the advanced sets it skips."""
    remaining = meeting_all(candidates, basic)
    skipped = []
    for index, constraints in enumerate(advanced):
        narrowed = meeting(remaining, constraints)
        if narrowed:
            remaining = narrowed
        else:
            skipped.append(index)
    least = min((distance(one.values, basic) for one in remaining), default=0.0)
    return [one for one in remaining if distance(one.values, basic) <= least + EQUAL], tuple(skipped)


def solved(
    device: ScriptedState, basic: Sequence[ConstraintSet], advanced: Sequence[ConstraintSet],
    in_force: Sequence[ConstraintSet] = (),
) -> Selection | OverconstrainedError:
    try:
        return select_settings(device, basic, advanced, in_force=in_force)
    except OverconstrainedError as error:
        return error


def same(one: Settings, other: Settings) -> bool:
    return one.keys() == other.keys() and all(
        value == other[name] if isinstance(value, (str, bool)) else abs(value - other[name]) <= EQUAL  # type: ignore
        for name, value in one.items()
    )


Rank = tuple[float, ...]


def first_choices(best: Sequence[Possible], device: ScriptedState) -> list[Possible]:
    """Return which of equally near streams are most as they are by default.

    Each mode offers what shows most of its picture, or the default size, and is offered as it is; these compete.
    """
    offered = []
    for mode, derived in itertools.product(dict.fromkeys(device.native_modes), (False, True)):
        of_mode = [one for one in best if one.mode == mode and (one.values['resize_mode'] != 'none') is derived]
        least = min((_rank_in_mode(one, device) for one in of_mode), default=())
        offered += [one for one in of_mode if _rank_in_mode(one, device) == least]
    first = min(_rank(one, device) for one in offered)
    return [one for one in offered if _rank(one, device) == first]


def _rank_in_mode(one: Possible, device: ScriptedState) -> Rank:
    size = sum(_away(one, device, name) for name in ('width', 'height'))
    return float(size > 0.0), _cropped(one), size, _uneven(one), _away(one, device, 'frame_rate')


def _rank(one: Possible, device: ScriptedState) -> Rank:
    assert one.mode is not None
    rate = _away(one, device, 'frame_rate')
    return (max(_away(one, device, name) for name in ('width', 'height')),
            rate if one.values['frame_rate'] < device.defaults['frame_rate'] else 0.0,  # type: ignore[operator]
            _uneven(one), round(_cropped(one), 2), float(one.values['resize_mode'] != device.defaults['resize_mode']),
            rate, float(not near(one.values['frame_rate'], one.mode.frame_rate)))


def _uneven(one: Possible) -> float:
    assert one.mode is not None
    every = one.mode.frame_rate / one.values['frame_rate']
    return float(not near(every, round(every)))


def _away(one: Possible, device: ScriptedState, name: str) -> float:
    value, default = one.values[name], device.defaults[name]
    assert isinstance(default, (int, float))
    return round(abs(value - default) / max(value, default), 9)


def _cropped(one: Possible) -> float:
    assert one.mode is not None
    width, height = one.values['width'], one.values['height']
    shares = width * one.mode.height / (height * one.mode.width), height * one.mode.width / (width * one.mode.height)
    return round(1.0 - min(shares), 9)


def check(
    device: ScriptedState, candidates: Sequence[Possible], basic: Sequence[ConstraintSet],
    advanced: Sequence[ConstraintSet], in_force: Sequence[ConstraintSet] = (),
) -> None:
    outcome = solved(device, basic, advanced, in_force)
    best, skipped = exhaustively(candidates, [*in_force, *basic], advanced)
    if isinstance(outcome, OverconstrainedError):
        assert best == []
        allowed = meeting_all(candidates, in_force)
        alone = {
            name for constraints in basic for name, constraint in constraints.items()
            if constraint.required and not meeting(allowed, {name: constraint})
        }
        assert outcome.constraint in alone if alone and allowed else outcome.constraint == ''
        return
    assert best != []
    assert outcome.skipped_advanced == skipped
    assert any(same(outcome.settings, one.values) for one in best)
    missing = sum(name not in device.capabilities for one in (*in_force, *basic) for name in one)
    assert outcome.distance == pytest.approx(distance(best[0].values, [*in_force, *basic]) + missing)
    if device.native_modes:
        first = first_choices(best, device)
        assert any(same(outcome.settings, one.values) and outcome.mode == one.mode for one in first)
    for name in device.capabilities.keys() & {'zoom', 'pan', 'torch'}:
        # Equal otherwise, the value nearest to the default is taken.
        default = device.defaults[name]
        away = [abs(one.values[name] - default) for one in best]
        assert abs(outcome.settings[name] - default) <= min(away) + EQUAL  # type: ignore[operator]


# Controls.

@settings(max_examples=250)
@given(problems())
def test_controls_are_chosen_as_by_writing_out_all_settings(
    problem: tuple[ScriptedState, list[ConstraintSet], list[ConstraintSet]],
) -> None:
    device, basic, advanced = problem
    check(device, list(possible_controls(device)), basic, advanced)


@settings(max_examples=100)
@given(problems(), st.data())
def test_what_is_in_force_holds_and_is_not_to_blame(
    problem: tuple[ScriptedState, list[ConstraintSet], list[ConstraintSet]], data: st.DataObject,
) -> None:
    device, basic, advanced = problem
    check(device, list(possible_controls(device)), basic, advanced, [data.draw(constraint_sets(device))])


@settings(max_examples=150)
@given(problems())
def test_what_is_chosen_lies_within_the_capabilities_and_can_be_required(
    problem: tuple[ScriptedState, list[ConstraintSet], list[ConstraintSet]],
) -> None:
    device, basic, advanced = problem
    outcome = solved(device, basic, advanced)
    if isinstance(outcome, OverconstrainedError):
        return
    assert outcome.settings.keys() == device.capabilities.keys()
    for name, value in outcome.settings.items():
        capability = device.capabilities[name]
        if isinstance(capability, MediaSettingsRange):
            assert isinstance(value, (int, float))
            assert any(near(value, one) for one in (*attainable(device, name), device.settings[name]))
        else:
            assert value in capability
    there = ScriptedState(device.capabilities, outcome.settings, device.defaults)
    again = {name: Constraint(exact=(value,) if isinstance(value, str) else value)
             for name, value in outcome.settings.items()}
    assert same(select_settings(there, [again]).settings, outcome.settings)


# Streams.

SIZES = ((8, 6), (16, 9), (12, 9), (20, 12), (7, 7))
RATES = (30.0, 15.0, 60.0, 25.0)
WISHED_RATES = (30.0, 15.0, 10.0, 7.5, 6.0, 12.0, 20.0, 25.0, 29.0, 31.0)
RATIOS = (1.0, 4 / 3, 1.5, 16 / 9, 2.0, 0.75, 9 / 16, 1.33, 1.78, 0.1, 9.0)


def random_stream(rng: random.Random) -> ScriptedState:
    width, height = rng.choice(SIZES)
    others = [(rng.randint(1, width), rng.randint(1, height), rng.choice(RATES)) for _ in range(rng.randint(0, 2))]
    return streaming((width, height, 30.0), *others)


def random_number(rng: random.Random, name: str, mode: NativeMode) -> float:
    if name == 'width':
        return float(rng.randint(3, mode.width + 2))
    if name == 'height':
        return float(rng.randint(3, mode.height + 2))
    if name == 'frame_rate':
        return rng.choice(WISHED_RATES)
    return rng.choice((*RATIOS, aspect_ratio(rng.randint(1, mode.width), rng.randint(1, mode.height))))


def random_set(rng: random.Random, mode: NativeMode) -> ConstraintSet:
    likely = {'exact': 0.15, 'ideal': 0.5, 'min': 0.3, 'max': 0.3}
    constraints = {
        name: Constraint(**{
            member: random_number(rng, name, mode) for member, share in likely.items() if rng.random() < share
        })
        for name in ('width', 'height', 'aspect_ratio', 'frame_rate') if rng.random() < 0.5
    }
    if rng.random() < 0.2:
        constraints['resize_mode'] = Constraint(ideal=(rng.choice(['none', 'crop-and-scale']),))
    return {name: constraint for name, constraint in constraints.items() if not constraint.empty}


@pytest.mark.parametrize('seed', range(8))
def test_streams_are_chosen_as_by_writing_out_all_sizes_and_rates(seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for _ in range(40):
        device = random_stream(rng)
        basic = [random_set(rng, device.native_modes[0]) for _ in range(rng.choice([1, 1, 2]))]
        advanced = [random_set(rng, device.native_modes[0]) for _ in range(rng.choice([0, 0, 1, 2]))]
        check(device, list(possible_streams(device)), basic, advanced)
        refused += isinstance(solved(device, basic, advanced), OverconstrainedError)
    assert 0 < refused < 30
