"""The groups of settings that a device can hold, and how constraints narrow them."""

from __future__ import annotations

import pytest
from fixtures.device_state import EXPOSURE, ZOOM, StateOfDevice, controls, streaming

from imagecapture_ros.mediacapture.candidates import ANY_POINTS, Box, groups_of, satisfies
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, SettingValue
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.vocabulary import Point2D


def sizes(device: StateOfDevice, constraints: ConstraintSet) -> set[tuple[object, ...]]:
    (group,) = groups_of(device, [constraints])
    return {tuple(box.domains[name] for name in ('width', 'height')) for box in group}


def rates(device: StateOfDevice, constraints: ConstraintSet) -> set[object]:
    (group,) = groups_of(device, [constraints])
    return {rate for box in group for rate in box.domains['frame_rate']}  # type: ignore[union-attr]


def test_properties_that_nothing_ties_together_are_groups_of_their_own() -> None:
    device = controls(
        {'torch': (False, True), 'zoom': MediaSettingsRange(1, 8), 'points_of_interest': ()},
        {'torch': False, 'zoom': 1.0, 'points_of_interest': ()},
    )
    assert groups_of(device, []) == (
        (Box({'points_of_interest': ANY_POINTS}),), (Box({'zoom': MediaSettingsRange(1, 8)}),),
        (Box({'torch': (False, True)}),),
    )


def test_a_mode_and_its_values_are_one_group_with_one_box_per_mode() -> None:
    assert groups_of(EXPOSURE, []) == ((
        Box({'exposure_mode': ('manual',), 'exposure_compensation': (0.0,),
             'exposure_time': EXPOSURE.capabilities['exposure_time']}, idle=frozenset({'exposure_compensation'})),
        Box({'exposure_mode': ('continuous',),
             'exposure_compensation': EXPOSURE.capabilities['exposure_compensation'], 'exposure_time': (156.0,)},
            idle=frozenset({'exposure_time'})),
    ),)


def test_a_mode_without_values_and_a_value_without_mode_are_independent() -> None:
    device = controls(
        {'focus_mode': ('manual', 'continuous'), 'exposure_time': MediaSettingsRange(1, 100)},
        {'focus_mode': 'continuous', 'exposure_time': 10.0},
    )
    assert groups_of(device, []) == (
        (Box({'focus_mode': ('manual', 'continuous')}),), (Box({'exposure_time': MediaSettingsRange(1, 100)}),),
    )


def test_a_stream_offers_every_native_mode_as_it_is_and_as_if_derived() -> None:
    device = streaming((640, 480, 30.0), (320, 240, 60.0))
    (group,) = groups_of(device, [])
    offered = {
        (box.domains['width'], box.domains['height'], box.domains['frame_rate'], box.domains['resize_mode'])
        for box in group
    }
    for mode in device.native_modes:
        for resize_mode in ('none', 'crop-and-scale'):
            assert ((mode.width,), (mode.height,), (mode.frame_rate,), (resize_mode,)) in offered


def test_what_two_modes_can_make_is_made_of_the_first() -> None:
    device = streaming((640, 480, 30.0), (1280, 720, 30.0))
    (group,) = groups_of(device, [{'width': Constraint(exact=300.0), 'height': Constraint(exact=200.0)}])
    modes = [box.mode for box in group if box.domains['width'] == (300,) and box.domains['height'] == (200,)]
    assert modes == [device.native_modes[0]]


def test_a_stream_has_only_properties_that_the_device_has() -> None:
    device = streaming((640, 480, 30.0))
    capabilities = {name: value for name, value in device.capabilities.items() if name in ('width', 'height')}
    (group,) = groups_of(StateOfDevice(capabilities, {}, {}, device.native_modes), [])
    assert [set(box.domains) for box in group] == [{'width', 'height'}]


def test_every_wished_and_limiting_size_is_a_candidate() -> None:
    asked = {'width': Constraint(min=300.4, max=5000.0), 'height': Constraint(ideal=0.0, exact=200.0)}
    assert sizes(streaming((640, 480, 30.0)), asked) == {
        ((width,), (height,)) for width in (640, 300) for height in (480, 200, 1)
    }


@pytest.mark.parametrize('ratio, limit, expected', [
    (4 / 3, 301.0, (300, 225)), (1.3333333333, 301.0, (300, 225)), (16 / 9, 1279.0, (1264, 711)),
    (16 / 9, 1279.0, (1280, 720)), (1.0, 100.0, (100, 100)), (1920.0, 1920.0, (1920, 1)), (1 / 1080, 1920.0, (1, 1080)),
])
def test_sizes_of_an_exact_ratio_lie_around_each_limit(ratio: float, limit: float, expected: tuple[int, int]) -> None:
    width, height = expected
    asked = {'aspect_ratio': Constraint(exact=ratio), 'width': Constraint(max=limit)}
    assert ((width,), (height,)) in sizes(streaming((1920, 1080, 30.0)), asked)


def test_a_ratio_below_zero_makes_no_size() -> None:
    assert sizes(streaming((640, 480, 30.0)), {'aspect_ratio': Constraint(ideal=-1.0, min=0.0)}) == {((640,), (480,))}


@pytest.mark.parametrize('wanted, expected', [
    (15.0, {30.0, 15.0, 10.0}), (12.0, {30.0, 15.0, 10.0}), (30.0, {30.0}), (31.0, {30.0}), (0.0, {30.0}),
    (29.9, {30.0, 15.0}), (1.0, {30.0, 1.0, 30.0 / 31}),
])
def test_rates_are_native_or_whole_fractions_around_a_wish(wanted: float, expected: set[float]) -> None:
    assert rates(streaming((640, 480, 30.0)), {'frame_rate': Constraint(ideal=wanted)}) == expected


def test_rounding_does_not_lose_the_rate_that_was_asked_for() -> None:
    native = 30000 / 1001
    for every in range(1, 100):
        wanted = native / every
        offered = rates(streaming((640, 480, native)), {'frame_rate': Constraint(exact=wanted)})
        assert any(satisfies(rate, Constraint(exact=wanted)) for rate in offered)  # type: ignore[arg-type]


def test_nothing_is_derived_where_the_device_has_native_modes_only() -> None:
    device = streaming((640, 480, 30.0), resize_modes=('none',))
    assert sizes(device, {'width': Constraint(exact=300.0)}) == {((640,), (480,))}


# Narrowing.

def narrowed(capability: MediaSettingsRange, **members: float) -> object:
    box = Box({'zoom': capability}).restricted({'zoom': Constraint(**members)})
    return None if box is None else box.domains['zoom']


@pytest.mark.parametrize('members, domain', [
    ({'exact': 2.0}, (2.0,)),
    ({'exact': 2.25}, None),
    ({'min': 2.1}, MediaSettingsRange(2.5, 8, 0.5)),
    ({'max': 2.4}, MediaSettingsRange(1, 2.0, 0.5)),
    ({'min': 2.1, 'max': 3.9}, MediaSettingsRange(2.5, 3.5, 0.5)),
    ({'min': 2.1, 'max': 2.4}, None),
    ({'min': 8.0}, MediaSettingsRange(8, 8, 0.5)),
    ({'min': 8.1}, None),
    ({'max': 0.5}, None),
    ({'exact': 3.0, 'max': 2.5}, None),
    ({'exact': 3.0, 'min': 3.0, 'max': 3.0}, (3.0,)),
])
def test_a_range_is_narrowed_to_its_grid(members: dict[str, float], domain: object) -> None:
    assert narrowed(MediaSettingsRange(1, 8, 0.5), **members) == domain


@pytest.mark.parametrize('members, domain', [
    ({'min': 10.0}, MediaSettingsRange(30, 100, 30)),
    ({'min': 91.0}, MediaSettingsRange(100, 100, 30)),
    ({'max': 99.0}, MediaSettingsRange(0, 90, 30)),
    ({'exact': 100.0}, (100,)),
])
def test_an_off_grid_maximum_survives_narrowing(members: dict[str, float], domain: object) -> None:
    assert narrowed(MediaSettingsRange(0, 100, 30), **members) == domain


def test_a_range_without_step_is_cut_at_the_limits() -> None:
    assert narrowed(MediaSettingsRange(0.0, 1.0), min=0.25, max=0.5) == MediaSettingsRange(0.25, 0.5)


def test_narrowing_twice_is_narrowing_by_both() -> None:
    box = Box(ZOOM.capabilities)
    for limits in (Constraint(min=2.1), Constraint(max=3.9), Constraint(exact=3.0)):
        narrower = box.restricted({'zoom': limits})
        assert narrower is not None
        box = narrower
    assert box.domains == {'zoom': (3.0,)}
    assert box.restricted({'zoom': Constraint(exact=2.5)}) is None


def test_an_ideal_or_another_property_narrows_nothing() -> None:
    box = Box(ZOOM.capabilities)
    assert box.restricted({'zoom': Constraint(ideal=5.0), 'torch': Constraint(exact=True)}) is box


def test_an_idle_value_counts_only_for_a_set_that_requires_its_mode() -> None:
    box = Box({'exposure_mode': ('continuous',), 'exposure_time': (156.0,)}, idle=frozenset({'exposure_time'}))
    time = {'exposure_time': Constraint(exact=156.0)}
    assert box.restricted(time) is None
    assert box.restricted({**time, 'exposure_mode': Constraint(ideal=('continuous',))}) is None
    assert box.restricted({**time, 'exposure_mode': Constraint(exact=('continuous',))}) == box


@pytest.mark.parametrize('value, constraint, met', [
    (2.0, Constraint(), True),
    (2.0, Constraint(exact=2.0 + 5e-11), True),
    (2.0, Constraint(exact=2.001), False),
    (2.0, Constraint(min=2.0, max=2.0), True),
    (2.0, Constraint(min=2.1), False),
    (2.0, Constraint(max=1.9), False),
    (1.3333333333, Constraint(exact=4 / 3), True),
    ('manual', Constraint(exact=('none', 'manual')), True),
    ('manual', Constraint(exact=('Manual',)), False),
    ('manual', Constraint(ideal=('none',)), True),
    (True, Constraint(exact=True), True),
    (True, Constraint(exact=False), False),
    (False, Constraint(), True),
    ((Point2D(0.1, 0.2),), Constraint(exact=(Point2D(0.1, 0.2),)), True),
    ((Point2D(0.1, 0.2),), Constraint(exact=(Point2D(0.2, 0.1),)), False),
])
def test_a_value_meets_what_is_required(value: SettingValue, constraint: Constraint, met: bool) -> None:
    assert satisfies(value, constraint) is met
