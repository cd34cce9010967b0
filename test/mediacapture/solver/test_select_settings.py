# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SelectSettings by example: one device, one wish, one outcome."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fixtures.device_state import EXPOSURE, WHITE_BALANCE, ZOOM, chosen, controls, failure, streaming

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, Settings
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.solver.select_settings import select_settings
from imagecapture_ros.mediacapture.vocabulary import Point2D


def subset(settings: Settings, *names: str) -> Settings:
    return {name: settings[name] for name in names}


# Numbers.

def test_without_constraints_the_device_takes_its_defaults() -> None:
    device = controls(dict(ZOOM.capabilities), dict(ZOOM.defaults), zoom=4.0)
    assert chosen(device) == {'zoom': 1.0}


@pytest.mark.parametrize('constraint, zoom', [
    (Constraint(exact=2.5), 2.5),
    (Constraint(exact=1.0), 1.0),
    (Constraint(exact=8.0), 8.0),
    (Constraint(min=3.0), 3.0),
    (Constraint(min=3.1), 3.5),
    (Constraint(max=5.0), 1.0),
    (Constraint(min=2.0, max=2.4), 2.0),
    (Constraint(ideal=100.0), 8.0),
    (Constraint(ideal=-100.0), 1.0),
    (Constraint(ideal=6.0, max=4.0), 4.0),
    (Constraint(ideal=2.0, min=4.2), 4.5),
    (Constraint(exact=4.0, ideal=1.0), 4.0),
    (Constraint(exact=2.5 + 1e-8), 2.5),
])
def test_a_number_goes_to_the_nearest_value_that_is_allowed(constraint: Constraint, zoom: float) -> None:
    assert chosen(ZOOM, {'zoom': constraint}) == {'zoom': zoom}


@pytest.mark.parametrize('constraint', [
    Constraint(exact=9.0), Constraint(exact=0.5), Constraint(exact=2.25), Constraint(min=8.1), Constraint(max=0.9),
    Constraint(min=5.0, max=4.0), Constraint(min=2.1, max=2.4), Constraint(exact=3.0, min=4.0),
    Constraint(exact=3.0, max=2.0),
])
def test_what_no_value_meets_is_refused_with_its_name(constraint: Constraint) -> None:
    assert failure(ZOOM, {'zoom': constraint}).constraint == 'zoom'


@pytest.mark.parametrize('ideal, iso', [(7.0, 5.0), (7.07, 5.0), (7.08, 10.0), (7.5, 10.0)])
def test_the_decision_between_two_values_lies_at_their_geometric_mean(ideal: float, iso: float) -> None:
    device = controls({'iso': MediaSettingsRange(5, 100, 5)}, {'iso': 50.0})
    assert chosen(device, {'iso': Constraint(ideal=ideal)}) == {'iso': iso}


@pytest.mark.parametrize('ideal, compensation', [(0.4, 0.0), (0.6, 1.0), (-0.4, 0.0), (-0.6, -1.0), (-9.0, -2.0)])
def test_the_decision_between_two_signed_values_lies_in_the_middle(ideal: float, compensation: float) -> None:
    device = controls({'exposure_compensation': MediaSettingsRange(-2, 2, 1)}, {'exposure_compensation': 0.0})
    assert chosen(device, {'exposure_compensation': Constraint(ideal=ideal)}) == {'exposure_compensation': compensation}


@pytest.mark.parametrize('name, capability, ideal, value', [
    ('iso', MediaSettingsRange(100, 400), -5.0, 100.0),
    ('pan', MediaSettingsRange(5, 100, 5), 7.3, 5.0),
    ('brightness', MediaSettingsRange(-5, 100, 5), 7.3, 5.0),
    ('brightness', MediaSettingsRange(5, 100, 5), 7.3, 10.0),
])
def test_the_plain_difference_counts_for_whatever_can_be_negative(
    name: str, capability: MediaSettingsRange, ideal: float, value: float,
) -> None:
    device = controls({name: capability}, {name: 100.0})
    assert chosen(device, {name: Constraint(ideal=ideal)}) == {name: value}


def test_an_ideal_of_zero_below_a_positive_range_does_not_pull() -> None:
    device = controls({'iso': MediaSettingsRange(100, 400)}, {'iso': 200.0})
    assert chosen(device, {'iso': Constraint(ideal=0.0)}) == {'iso': 200.0}


def test_an_off_grid_maximum_can_be_reached() -> None:
    device = controls({'iso': MediaSettingsRange(0, 100, 30)}, {'iso': 0.0})
    assert chosen(device, {'iso': Constraint(exact=100.0)}) == {'iso': 100.0}
    assert chosen(device, {'iso': Constraint(min=91.0)}) == {'iso': 100.0}
    assert chosen(device, {'iso': Constraint(ideal=97.0, max=99.0)}) == {'iso': 90.0}


def test_rounding_of_the_grid_does_not_exceed_the_maximum() -> None:
    device = controls({'brightness': MediaSettingsRange(0.0, 0.3, 0.1)}, {'brightness': 0.1})
    assert chosen(device, {'brightness': Constraint(ideal=0.29999999999999993)}) == {'brightness': 0.3}
    assert chosen(device, {'brightness': Constraint(exact=3 * 0.1)}) == {'brightness': 0.3}


def test_several_sets_all_hold_and_all_their_ideals_count() -> None:
    assert chosen(ZOOM, {'zoom': Constraint(min=2.0, ideal=2.0)}, {'zoom': Constraint(max=4.0)}) == {'zoom': 2.0}
    assert failure(ZOOM, {'zoom': Constraint(exact=2.0)}, {'zoom': Constraint(exact=3.0)}).constraint == ''


# Strings, booleans, points.

MODES = controls({'white_balance_mode': ('none', 'manual', 'continuous')}, {'white_balance_mode': 'continuous'})


@pytest.mark.parametrize('constraint, mode', [
    (Constraint(exact=('manual',)), 'manual'),
    (Constraint(exact=('single-shot', 'none')), 'none'),
    (Constraint(exact=('manual', 'continuous')), 'continuous'),
    (Constraint(ideal=('manual',)), 'manual'),
    (Constraint(ideal=('manual', 'continuous')), 'continuous'),
    (Constraint(ideal=('single-shot',)), 'continuous'),
    (Constraint(ideal=('Manual',)), 'continuous'),
    (Constraint(exact=('none', 'manual'), ideal=('manual',)), 'manual'),
])
def test_a_list_of_strings_is_a_choice(constraint: Constraint, mode: str) -> None:
    assert chosen(MODES, {'white_balance_mode': constraint}) == {'white_balance_mode': mode}


def test_an_unknown_string_is_refused_when_required() -> None:
    error = failure(MODES, {'white_balance_mode': Constraint(exact=('single-shot',))})
    assert error.constraint == 'white_balance_mode'
    assert 'exact single-shot' in error.message
    assert 'none, manual, continuous' in error.message


@pytest.mark.parametrize('constraint, torch', [
    (Constraint(), False), (Constraint(exact=True), True), (Constraint(ideal=True), True),
    (Constraint(exact=False), False),
])
def test_a_boolean_can_be_chosen(constraint: Constraint, torch: bool) -> None:
    device = controls({'torch': (False, True)}, {'torch': False})
    assert chosen(device, {'torch': constraint}) == {'torch': torch}


def test_a_light_that_is_always_on_cannot_be_off() -> None:
    device = controls({'torch': (True,)}, {'torch': True})
    assert chosen(device, {'torch': Constraint(ideal=False)}) == {'torch': True}
    error = failure(device, {'torch': Constraint(exact=False)})
    assert error.constraint == 'torch'
    assert 'exact false is not possible on this device; it allows true' in error.message


def test_points_are_taken_as_they_are() -> None:
    device = controls({'points_of_interest': ()}, {'points_of_interest': ()})
    points, others = (Point2D(0.2, 0.3),), (Point2D(0.5, 0.5), Point2D(0.1, 0.9))
    assert chosen(device) == {'points_of_interest': ()}
    assert chosen(device, {'points_of_interest': Constraint(exact=points)}) == {'points_of_interest': points}
    assert chosen(device, {'points_of_interest': Constraint(ideal=others)}) == {'points_of_interest': others}
    both = Constraint(exact=points, ideal=others)
    assert chosen(device, {'points_of_interest': both}) == {'points_of_interest': points}
    asked = [{'points_of_interest': Constraint(exact=value)} for value in (points, others)]
    assert failure(device, *asked).constraint == ''
    assert chosen(device, *asked[:1], advanced=(asked[1],)) == {'points_of_interest': points}


# What the device lacks.

@pytest.mark.parametrize('constraint', [Constraint(exact=False), Constraint(exact=True)])
def test_a_missing_property_cannot_be_required(constraint: Constraint) -> None:
    error = failure(ZOOM, {'torch': constraint})
    assert error.constraint == 'torch'
    assert error.message == 'torch: this device does not have it; it has zoom'


def test_a_missing_property_can_be_wished() -> None:
    assert chosen(ZOOM, {'torch': Constraint(ideal=True), 'zoom': Constraint(ideal=2.0)}) == {'zoom': 2.0}


def test_an_advanced_set_with_a_missing_property_is_skipped_whole() -> None:
    advanced: ConstraintSet = {'zoom': Constraint(exact=2.0), 'torch': Constraint(exact=True)}
    selection = select_settings(ZOOM, [], [advanced])
    assert selection.settings == {'zoom': 1.0}
    assert selection.skipped_advanced == (0,)


# Advanced sets.

def test_advanced_sets_are_taken_in_order_and_whole() -> None:
    device = controls(
        {'zoom': MediaSettingsRange(1, 8, 1), 'torch': (False, True), 'iso': MediaSettingsRange(100, 400, 100)},
        {'zoom': 1.0, 'torch': False, 'iso': 100.0},
    )
    advanced: tuple[ConstraintSet, ...] = (
        {'zoom': Constraint(min=3.0)},
        {'zoom': Constraint(exact=2.0), 'torch': Constraint(exact=True)},
        {'zoom': Constraint(max=5.0), 'iso': Constraint(exact=300.0)},
        {'zoom': Constraint(exact=4.0)},
        {'iso': Constraint(exact=400.0)},
    )
    selection = select_settings(device, [], advanced)
    assert selection.settings == {'zoom': 4.0, 'torch': False, 'iso': 300.0}
    assert selection.skipped_advanced == (1, 4)


def test_an_advanced_set_beats_a_basic_ideal_but_not_what_is_required() -> None:
    advanced: ConstraintSet = {'zoom': Constraint(exact=4.0)}
    assert chosen(ZOOM, {'zoom': Constraint(ideal=2.0)}, advanced=(advanced,)) == {'zoom': 4.0}
    assert chosen(ZOOM, {'zoom': Constraint(max=3.0)}, advanced=(advanced,)) == {'zoom': 1.0}


def test_an_ideal_in_an_advanced_set_has_no_effect() -> None:
    selection = select_settings(ZOOM, [], [{'zoom': Constraint(ideal=4.0)}])
    assert selection.settings == {'zoom': 1.0}
    assert selection.skipped_advanced == ()


def test_the_basic_ideal_chooses_within_what_an_advanced_set_leaves() -> None:
    advanced: ConstraintSet = {'zoom': Constraint(min=2.0, max=5.0)}
    assert chosen(ZOOM, {'zoom': Constraint(ideal=7.0)}, advanced=(advanced,)) == {'zoom': 5.0}


# Modes and the values that they govern.

def test_a_value_pulls_its_mode() -> None:
    for constraint in (Constraint(exact=333.0), Constraint(ideal=333.0), Constraint(min=300.0, ideal=333.0)):
        settings = chosen(EXPOSURE, {'exposure_time': constraint})
        assert subset(settings, 'exposure_mode', 'exposure_time') == {'exposure_mode': 'manual', 'exposure_time': 333.0}


def test_an_advanced_value_pulls_its_mode() -> None:
    settings = chosen(EXPOSURE, advanced=({'exposure_time': Constraint(exact=333.0)},))
    assert subset(settings, 'exposure_mode', 'exposure_time') == {'exposure_mode': 'manual', 'exposure_time': 333.0}


@pytest.mark.parametrize('constraint', [
    Constraint(exact=156.0), Constraint(ideal=156.0), Constraint(min=100.0, max=200.0), Constraint(max=200.0),
])
def test_a_value_that_the_automatic_holds_by_chance_is_not_enough(constraint: Constraint) -> None:
    assert EXPOSURE.settings['exposure_time'] == 156.0
    assert chosen(EXPOSURE, {'exposure_time': constraint})['exposure_mode'] == 'manual'


def test_a_required_value_pulls_its_mode_against_the_wish_for_another() -> None:
    basic = {'exposure_mode': Constraint(ideal=('continuous',)), 'exposure_time': Constraint(exact=156.0)}
    assert chosen(EXPOSURE, basic)['exposure_mode'] == 'manual'


@pytest.mark.parametrize('time, skipped', [(156.0, ()), (157.0, (1,))])
def test_once_its_mode_is_ruled_out_an_advanced_value_is_met_by_what_the_device_holds(
    time: float, skipped: tuple[int, ...],
) -> None:
    selection = select_settings(EXPOSURE, [], [
        {'exposure_mode': Constraint(exact=('continuous',))}, {'exposure_time': Constraint(exact=time)},
    ])
    assert selection.settings['exposure_mode'] == 'continuous'
    assert selection.skipped_advanced == skipped


def test_how_members_are_split_over_sets_makes_no_difference() -> None:
    mode: ConstraintSet = {'exposure_mode': Constraint(exact=('continuous',))}
    time: ConstraintSet = {'exposure_time': Constraint(exact=156.0)}
    other: ConstraintSet = {'exposure_compensation': Constraint(exact=1.0)}
    together = select_settings(EXPOSURE, [{**mode, **time, **other}])
    assert select_settings(EXPOSURE, [mode], [{**time, **other}]).settings == together.settings
    assert select_settings(EXPOSURE, [], [mode, time, other]).settings == together.settings


def test_metering_once_is_not_taken_unasked() -> None:
    device = controls(
        {**EXPOSURE.capabilities, 'exposure_mode': ('manual', 'single-shot', 'continuous')},
        {**EXPOSURE.defaults, 'exposure_mode': 'manual'})
    assert chosen(device, {'exposure_compensation': Constraint(exact=1.0)})['exposure_mode'] == 'continuous'


def test_a_default_beside_its_own_steps_is_taken_as_it_is() -> None:
    device = controls({'zoom': MediaSettingsRange(1, 9, 2)}, {'zoom': 4.0}, zoom=6.5)
    assert chosen(device)['zoom'] == 4.0
    assert chosen(device, {'zoom': Constraint(ideal=True)})['zoom'] == 6.5
    assert chosen(device, {'zoom': Constraint(exact=6.5)})['zoom'] == 6.5
    assert chosen(device, {'zoom': Constraint(max=3.9)})['zoom'] == 3.0


def test_a_wished_mode_outweighs_a_wished_value_that_is_near() -> None:
    basic = {'white_balance_mode': Constraint(ideal=('continuous',)), 'color_temperature': Constraint(ideal=4000.0)}
    assert chosen(WHITE_BALANCE, basic)['white_balance_mode'] == 'continuous'


def test_going_back_to_the_automatic_needs_no_value() -> None:
    manual = controls(dict(EXPOSURE.capabilities), dict(EXPOSURE.defaults), exposure_mode='manual', exposure_time=333.0)
    settings = chosen(manual, {'exposure_mode': Constraint(exact=('continuous',))})
    assert settings == {'exposure_mode': 'continuous', 'exposure_time': 333.0, 'exposure_compensation': 0.0}


def test_a_value_that_its_mode_leaves_to_the_device_stays_as_the_device_holds_it() -> None:
    bright = controls(dict(EXPOSURE.capabilities), dict(EXPOSURE.defaults), exposure_compensation=1.5)
    settings = chosen(bright, {'exposure_mode': Constraint(exact=('manual',))})
    assert settings == {'exposure_mode': 'manual', 'exposure_time': 156.0, 'exposure_compensation': 1.5}


def test_a_held_value_comes_from_the_defaults_when_the_device_does_not_say() -> None:
    capabilities, defaults = dict(WHITE_BALANCE.capabilities), WHITE_BALANCE.defaults
    silent = ScriptedState(capabilities, {'white_balance_mode': 'continuous'}, defaults)
    assert chosen(silent)['color_temperature'] == 4600.0
    no_default = ScriptedState(capabilities, WHITE_BALANCE.settings, {'white_balance_mode': 'continuous'})
    assert chosen(no_default)['color_temperature'] == 4600.0


@pytest.mark.parametrize('basic', [
    {'exposure_mode': Constraint(exact=('continuous',)), 'exposure_time': Constraint(exact=333.0)},
    {'exposure_time': Constraint(exact=333.0), 'exposure_compensation': Constraint(exact=1.0)},
    {'exposure_mode': Constraint(exact=('manual',)), 'exposure_compensation': Constraint(min=1.0)},
])
def test_each_possible_alone_but_not_together_has_the_empty_name(basic: ConstraintSet) -> None:
    assert failure(EXPOSURE, basic).constraint == ''


def test_without_a_mode_in_which_it_counts_a_value_is_impossible() -> None:
    capabilities = {**WHITE_BALANCE.capabilities, 'white_balance_mode': ('continuous',)}
    device = controls(capabilities, dict(WHITE_BALANCE.defaults))
    error = failure(device, {'color_temperature': Constraint(exact=4000.0)})
    assert error.constraint == 'color_temperature'
    assert error.message.endswith('but only in the white_balance_mode manual, which it does not have; leave it out')


def test_a_value_whose_mode_the_device_does_not_have_is_free() -> None:
    device = controls({'color_temperature': MediaSettingsRange(2800, 6500, 10)}, {'color_temperature': 4600.0})
    assert chosen(device, {'color_temperature': Constraint(exact=3000.0)}) == {'color_temperature': 3000.0}


# What the errors say.

def test_the_error_says_what_was_asked_the_range_and_the_unit() -> None:
    error = failure(EXPOSURE, {'exposure_time': Constraint(exact=20000.0, ideal=3.0)})
    assert error.message == ('exposure_time: exact 20000 is not possible on this device; it allows 1 to 10000 in steps '
                             'of 1 (unit: 100 us), and only in the exposure_mode manual')


def test_the_error_about_a_stream_lists_the_native_modes() -> None:
    error = failure(streaming((640, 480, 30.0), (320, 240, 30000 / 1001)), {'width': Constraint(min=800.0)})
    assert error.message == (
        'width: min 800 is not possible on this device; it allows 1 to 640 in steps of 1 (unit: pixels); '
        'native modes are 640x480@30, 320x240@29.97002997003')


def test_the_error_about_a_rate_says_which_there_are() -> None:
    device = streaming((640, 480, 30.0))
    assert failure(device, {'frame_rate': Constraint(exact=31.0)}).message == (
        'frame_rate: exact 31 is not possible on this device; it allows 0 to 30 (unit: Hz); native modes are '
        '640x480@30')
    for asked in Constraint(exact=0.0), Constraint(max=0.001), Constraint(exact=-1.0):
        assert failure(device, {'frame_rate': asked}).message.endswith(
            'it allows 0 to 30 (unit: Hz), and no stream is slower than one frame in 600 s; native modes are '
            '640x480@30')
    fixed = streaming((640, 480, 30.0), resize_modes=('none',))
    assert failure(fixed, {'frame_rate': Constraint(exact=15.0)}).message.endswith(
        'it allows 0 to 30 (unit: Hz); native modes are 640x480@30')
    error = failure(device, {'frame_rate': Constraint(exact=25.0), 'resize_mode': Constraint(exact=('none',))})
    assert (error.constraint, error.message) == ('', (
        'frame_rate exact 25 and resize_mode exact none are possible each, but not together on this device; make one '
        'of them ideal or leave it out'))


@pytest.mark.parametrize('constraint, text', [
    (Constraint(min=3.0, max=2.0), 'zoom: min 3, max 2 contradicts itself; no value meets all of it'),
    (Constraint(exact=2.0, min=3.0), 'zoom: exact 2, min 3 contradicts itself; no value meets all of it'),
])
def test_the_error_about_a_contradiction_does_not_blame_the_device(constraint: Constraint, text: str) -> None:
    assert failure(ZOOM, {'zoom': constraint}).message == text


def test_what_is_in_force_and_cannot_be_met_any_more_is_named_by_itself() -> None:
    with pytest.raises(OverconstrainedError) as caught:
        select_settings(ZOOM, [{'zoom': Constraint(exact=2.0)}], in_force=[{'zoom': Constraint(min=99.0)}])
    assert caught.value.constraint == ''
    assert caught.value.message.startswith('what is required already, zoom min 99, cannot be met any more; change')


def test_basic_sets_may_come_in_any_order() -> None:
    mode: ConstraintSet = {'exposure_mode': Constraint(exact=('continuous',))}
    held: ConstraintSet = {'exposure_time': Constraint(exact=156.0)}
    assert select_settings(EXPOSURE, [mode, held]) == select_settings(EXPOSURE, [held, mode])
    assert select_settings(EXPOSURE, [held], in_force=[mode]) == select_settings(EXPOSURE, [mode], in_force=[held])


def test_the_error_of_a_conflict_names_only_what_is_in_conflict_and_the_next_step() -> None:
    device = ScriptedState(
        {**EXPOSURE.capabilities, **ZOOM.capabilities}, {**EXPOSURE.settings, **ZOOM.settings},
        {**EXPOSURE.defaults, **ZOOM.defaults},
    )
    error = failure(device, {
        'zoom': Constraint(exact=2.0), 'exposure_mode': Constraint(exact=('continuous',)),
        'exposure_time': Constraint(exact=333.0), 'exposure_compensation': Constraint(ideal=1.0),
    })
    assert error.message == (
        'exposure_mode exact continuous and exposure_time exact 333 are possible each, but not together on this '
        'device; make one of them ideal or leave it out')


def test_the_error_names_a_constraint_that_is_impossible_alone_before_any_conflict() -> None:
    error = failure(EXPOSURE, {
        'exposure_mode': Constraint(exact=('continuous',)), 'exposure_time': Constraint(exact=333.0),
        'exposure_compensation': Constraint(exact=7.0),
    })
    assert error.constraint == 'exposure_compensation'


def test_advanced_and_ideal_members_are_never_named() -> None:
    with pytest.raises(OverconstrainedError) as caught:
        select_settings(
            ZOOM, [{'torch': Constraint(ideal=True), 'zoom': Constraint(exact=9.0)}], [{'iso': Constraint(exact=1.0)}])
    assert caught.value.constraint == 'zoom'


# Nothing is changed.

def test_failing_changes_nothing_of_what_was_given() -> None:
    basic: Mapping[str, Constraint] = {'zoom': Constraint(exact=9.0)}
    before = (dict(ZOOM.capabilities), dict(ZOOM.settings), dict(ZOOM.defaults), dict(basic))
    failure(ZOOM, basic)
    assert (dict(ZOOM.capabilities), dict(ZOOM.settings), dict(ZOOM.defaults), dict(basic)) == before
