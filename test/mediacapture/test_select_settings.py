"""SelectSettings by example: one device, one wish, one outcome."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from fixtures.device_state import EXPOSURE, WHITE_BALANCE, ZOOM, StateOfDevice, controls, streaming

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, Settings
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.select_settings import select_settings
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Point2D

WEBCAM = streaming((640, 480, 30.0), (1280, 720, 30.0), (1280, 720, 60.0), (320, 240, 30.0))


def chosen(device: StateOfDevice, *basic: ConstraintSet, advanced: tuple[ConstraintSet, ...] = ()) -> Settings:
    return select_settings(device, basic, advanced).settings


def subset(settings: Settings, *names: str) -> Settings:
    return {name: settings[name] for name in names}


def size_and_rate(settings: Settings) -> tuple[object, ...]:
    return settings['width'], settings['height'], settings['frame_rate'], settings['resize_mode']


def failure(device: StateOfDevice, *basic: ConstraintSet) -> OverconstrainedError:
    with pytest.raises(OverconstrainedError) as caught:
        select_settings(device, basic)
    return caught.value


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


def test_an_advanced_value_held_by_chance_does_not_undo_an_earlier_set() -> None:
    selection = select_settings(EXPOSURE, [], [
        {'exposure_mode': Constraint(exact=('continuous',))}, {'exposure_time': Constraint(exact=156.0)},
    ])
    assert selection.settings['exposure_mode'] == 'continuous'
    assert selection.skipped_advanced == (1,)


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
    silent = StateOfDevice(capabilities, {'white_balance_mode': 'continuous'}, defaults)
    assert chosen(silent)['color_temperature'] == 4600.0
    no_default = StateOfDevice(capabilities, WHITE_BALANCE.settings, {'white_balance_mode': 'continuous'})
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
    assert error.message.endswith('and only in the white_balance_mode manual')


def test_a_value_whose_mode_the_device_does_not_have_is_free() -> None:
    device = controls({'color_temperature': MediaSettingsRange(2800, 6500, 10)}, {'color_temperature': 4600.0})
    assert chosen(device, {'color_temperature': Constraint(exact=3000.0)}) == {'color_temperature': 3000.0}


# The stream.

@pytest.mark.parametrize('constraints, expected', [
    ({}, (640, 480, 30.0, 'none')),
    ({'width': Constraint(exact=1280.0)}, (1280, 720, 30.0, 'none')),
    ({'frame_rate': Constraint(min=31.0)}, (1280, 720, 60.0, 'none')),
    ({'frame_rate': Constraint(exact=15.0)}, (640, 480, 15.0, 'crop-and-scale')),
    ({'frame_rate': Constraint(exact=20.0)}, (640, 480, 20.0, 'crop-and-scale')),
    ({'width': Constraint(exact=300.0), 'height': Constraint(exact=200.0)}, (300, 200, 30.0, 'crop-and-scale')),
    ({'width': Constraint(max=500.0)}, (320, 240, 30.0, 'none')),
    ({'width': Constraint(exact=1280.0), 'height': Constraint(exact=240.0)}, (1280, 240, 30.0, 'crop-and-scale')),
    ({'width': Constraint(ideal=320.0), 'height': Constraint(ideal=240.0)}, (320, 240, 30.0, 'none')),
    ({'aspect_ratio': Constraint(exact=1.0)}, (480, 480, 30.0, 'crop-and-scale')),
    ({'aspect_ratio': Constraint(exact=16 / 9), 'width': Constraint(ideal=1000.0)},
     (1008, 567, 30.0, 'crop-and-scale')),
    ({'aspect_ratio': Constraint(exact=1.3333333333), 'width': Constraint(max=301.0)},
     (300, 225, 30.0, 'crop-and-scale')),
    ({'aspect_ratio': Constraint(min=1.3333, max=1.3334), 'width': Constraint(max=301.0)},
     (300, 225, 30.0, 'crop-and-scale')),
    ({'resize_mode': Constraint(exact=('none',)), 'width': Constraint(ideal=700.0)}, (640, 480, 30.0, 'none')),
    ({'resize_mode': Constraint(exact=('none',)), 'frame_rate': Constraint(ideal=50.0)}, (1280, 720, 60.0, 'none')),
    ({'resize_mode': Constraint(exact=('crop-and-scale',))}, (640, 480, 30.0, 'crop-and-scale')),
])
def test_the_stream_takes_a_native_mode_or_is_cropped_scaled_and_decimated(
    constraints: ConstraintSet, expected: tuple[object, ...],
) -> None:
    assert size_and_rate(chosen(WEBCAM, constraints)) == expected


@pytest.mark.parametrize('native, constraints, size', [
    ((12, 9), {'width': Constraint(ideal=2.0), 'aspect_ratio': Constraint(exact=1.25)}, (5, 4)),
    ((20, 12), {'height': Constraint(max=7.0), 'aspect_ratio': Constraint(ideal=16 / 9)}, (9, 5)),
])
def test_a_ratio_is_met_as_exactly_as_the_size_allows(
    native: tuple[int, int], constraints: ConstraintSet, size: tuple[int, int],
) -> None:
    assert size_and_rate(chosen(streaming((*native, 30.0)), constraints))[:2] == size


def test_the_aspect_ratio_is_that_of_the_size() -> None:
    settings = chosen(WEBCAM, {'width': Constraint(exact=300.0), 'height': Constraint(exact=225.0)})
    assert settings['aspect_ratio'] == 1.3333333333


def test_sizes_are_whole_numbers() -> None:
    settings = chosen(WEBCAM, {'width': Constraint(exact=300.0), 'height': Constraint(ideal=200.0)})
    assert (type(settings['width']), type(settings['height'])) == (int, int)


@pytest.mark.parametrize('constraints, mode', [
    ({}, (640, 480, 30.0)),
    ({'width': Constraint(exact=1000.0)}, (1280, 720, 30.0)),
    ({'width': Constraint(exact=300.0)}, (640, 480, 30.0)),
    ({'frame_rate': Constraint(exact=20.0)}, (1280, 720, 60.0)),
])
def test_the_selection_names_the_native_mode_behind_the_stream(
    constraints: ConstraintSet, mode: tuple[int, int, float],
) -> None:
    assert select_settings(WEBCAM, [constraints]).mode == NativeMode(*mode)


@pytest.mark.parametrize('constraints', [
    {'width': Constraint(exact=1281.0)}, {'height': Constraint(min=721.0)}, {'frame_rate': Constraint(exact=29.0)},
    {'frame_rate': Constraint(exact=0.0)}, {'frame_rate': Constraint(min=60.1)}, {'width': Constraint(exact=0.0)},
    {'aspect_ratio': Constraint(min=1281.0)}, {'aspect_ratio': Constraint(exact=-1.0)},
    {'resize_mode': Constraint(exact=('stretch',))}, {'frame_rate': Constraint(min=21.0, max=29.0)},
])
def test_nothing_is_upscaled_or_invented(constraints: ConstraintSet) -> None:
    assert failure(WEBCAM, constraints).constraint == next(iter(constraints))


def test_a_large_picture_at_a_rate_of_another_mode_has_the_empty_name() -> None:
    device = streaming((1920, 1080, 30.0), (640, 480, 60.0))
    error = failure(device, {'width': Constraint(min=1000.0), 'frame_rate': Constraint(min=50.0)})
    assert error.constraint == ''


def test_a_device_that_does_not_scale_offers_its_native_modes_only() -> None:
    fixed = streaming((640, 480, 30.0), (320, 240, 30.0), resize_modes=('none',))
    assert size_and_rate(chosen(fixed, {'width': Constraint(ideal=400.0)})) == (320, 240, 30.0, 'none')
    assert failure(fixed, {'width': Constraint(exact=400.0)}).constraint == 'width'


def test_a_wished_ratio_can_be_met_near_the_default_size() -> None:
    settings = chosen(WEBCAM, {'aspect_ratio': Constraint(ideal=1.5)})
    assert size_and_rate(settings) == (720, 480, 30.0, 'crop-and-scale')


def test_the_stream_and_the_controls_are_chosen_independently() -> None:
    both = StateOfDevice(
        {**EXPOSURE.capabilities, **WEBCAM.capabilities}, {**EXPOSURE.settings, **WEBCAM.settings},
        {**EXPOSURE.defaults, **WEBCAM.defaults}, WEBCAM.native_modes,
    )
    settings = chosen(both, {'width': Constraint(exact=320.0), 'exposure_time': Constraint(exact=50.0)})
    assert size_and_rate(settings)[:2] == (320, 240)
    assert settings['exposure_time'] == 50.0
    assert list(settings) == [name for name in VOCABULARY if name in both.capabilities]


@pytest.mark.parametrize('number', [5e-324, 1e-320, 1e-9, 0.0, -1e308, 1e308])
@pytest.mark.parametrize('member', ['exact', 'ideal', 'min', 'max'])
@pytest.mark.parametrize('name', ['width', 'height', 'aspect_ratio', 'frame_rate', 'zoom', 'exposure_compensation'])
def test_every_finite_number_has_an_answer(name: str, member: str, number: float) -> None:
    device = EXPOSURE if name == 'exposure_compensation' else ZOOM if name == 'zoom' else WEBCAM
    constraints = {name: Constraint(**{member: number})}
    if member == 'ideal' or (member == 'min' and number < 1e-8) or (member == 'max' and number == 1e308):
        assert chosen(device, constraints).keys() == device.capabilities.keys()
    elif member == 'exact':
        try:
            assert chosen(device, constraints)[name] == pytest.approx(number, abs=1e-9)
        except OverconstrainedError as error:
            assert error.constraint == name
    elif number < 0.0 or number == 1e308:
        assert failure(device, constraints).constraint == name


# What the errors say.

def test_the_error_says_what_was_asked_the_range_and_the_unit() -> None:
    error = failure(EXPOSURE, {'exposure_time': Constraint(exact=20000.0, ideal=3.0)})
    assert error.message == ('exposure_time: exact 20000 is not possible on this device; it allows 1 to 10000 in steps '
                             'of 1 (unit: 100 us), and only in the exposure_mode manual')


def test_the_error_about_a_stream_lists_the_native_modes() -> None:
    error = failure(streaming((640, 480, 30.0), (320, 240, 30000 / 1001)), {'width': Constraint(min=800.0)})
    assert error.message == (
        'width: min 800 is not possible on this device; it allows 1 to 640 in steps of 1 (unit: pixels); '
        'native modes are 640x480@30, 320x240@29.97002997')


def test_the_error_of_a_conflict_names_only_what_is_in_conflict_and_the_next_step() -> None:
    device = StateOfDevice(
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


def test_a_side_that_nobody_constrains_stays_near_its_default() -> None:
    device = streaming((640, 480, 30.0), (1280, 720, 30.0), (1920, 1080, 30.0))
    settings = select_settings(device, [{'width': Constraint(exact=641.0)}]).settings
    assert (settings['width'], settings['height'], settings['resize_mode']) == (641, 480, 'crop-and-scale')
