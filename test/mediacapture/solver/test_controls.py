# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a device that are chosen independently, and modes with their values."""

from __future__ import annotations

from fixtures.device_state import EXPOSURE, controls

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint
from imagecapture_ros.mediacapture.solver.controls import CoupledPart, Part, control_parts

MANUAL = Constraint(exact=('manual',))
AUTOMATIC = Constraint(exact=('continuous',))


def parts(device: ScriptedState) -> list[Part]:
    return list(control_parts(device, device.capabilities))


def test_what_nothing_ties_together_is_a_part_of_its_own() -> None:
    device = controls(
        {'focus_mode': ('manual', 'continuous'), 'exposure_time': MediaSettingsRange(1, 100), 'torch': (False, True)},
        {'focus_mode': 'continuous', 'exposure_time': 10.0, 'torch': False},
    )
    assert [part.names for part in parts(device)] == [('focus_mode',), ('exposure_time',), ('torch',)]


def test_a_mode_and_its_values_are_one_part() -> None:
    assert [set(part.names) for part in parts(EXPOSURE)] == [
        {'exposure_mode', 'exposure_time', 'exposure_compensation'}]


def exposure() -> CoupledPart:
    (part,) = parts(EXPOSURE)
    assert isinstance(part, CoupledPart)
    return part


def test_a_value_leaves_only_the_modes_in_which_it_counts() -> None:
    manual = exposure().restricted([{'exposure_time': Constraint(min=50.0)}])
    assert manual is not None
    assert manual.states == ('manual',)
    assert manual.restricted([{'exposure_compensation': Constraint(exact=1.0)}]) is None
    assert manual.restricted([{'exposure_mode': AUTOMATIC}]) is None


def test_what_the_device_decides_meets_a_requirement_only_where_the_value_cannot_count_any_more() -> None:
    held = {'exposure_time': Constraint(exact=156.0)}
    either = exposure().restricted([held])
    assert either is not None
    assert either.states == ('manual',)
    automatic = exposure().restricted([{'exposure_mode': AUTOMATIC}])
    assert automatic is not None
    assert automatic.restricted([held]) == exposure().restricted([{**held, 'exposure_mode': AUTOMATIC}])
    assert automatic.restricted([{'exposure_time': Constraint(exact=157.0)}]) is None


def test_restricting_changes_nothing_of_what_is_restricted() -> None:
    part = exposure()
    assert part.restricted([{'exposure_mode': MANUAL}]) is not None
    assert part == exposure()


def test_the_distance_of_a_choice_is_that_of_mode_and_values_together() -> None:
    wishes = {'exposure_mode': [('continuous',)], 'exposure_time': [312.0]}
    choice = exposure().choose(wishes)
    assert choice.settings['exposure_mode'] == 'continuous'
    assert choice.distance == 0.5
