# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constraints, settings and capabilities as W3C JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from fixtures.device_state import EXPOSURE, streaming
from hypothesis import given
from hypothesis import strategies as st

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Point2D
from imagecapture_ros.mediacapture.w3c_json import (
    capabilities_to_json,
    constraints_from_json,
    constraints_to_json,
    photo_capabilities_to_json,
    photo_settings_from_json,
    photo_settings_to_json,
    settings_to_json,
    video_constraints_from_json,
)


def basic(**members: Any) -> Constraint:
    (constraint,) = constraints_from_json(members).basic.values()
    return constraint


@pytest.mark.parametrize('members, constraint', [
    ({'zoom': 2}, Constraint(ideal=2.0)),
    ({'zoom': {'exact': 2, 'min': 1, 'max': 3, 'ideal': 2.5}}, Constraint(exact=2.0, min=1.0, max=3.0, ideal=2.5)),
    ({'zoom': '2.5'}, Constraint(ideal=2.5)),
    ({'zoom': {'exact': ' 1e1 '}}, Constraint(exact=10.0)),
    ({'zoom': True}, Constraint(ideal=True)),
    ({'zoom': False}, Constraint(ideal=False)),
    ({'zoom': None}, Constraint()),
    ({'zoom': {}}, Constraint()),
    ({'zoom': {'maximum': 3}}, Constraint()),
    ({'torch': True}, Constraint(ideal=True)),
    ({'torch': {'exact': False}}, Constraint(exact=False)),
    ({'exposureMode': 'manual'}, Constraint(ideal=('manual',))),
    ({'exposureMode': ['manual', 'none']}, Constraint(ideal=('manual', 'none'))),
    ({'exposureMode': {'exact': ['manual'], 'ideal': 'none'}}, Constraint(exact=('manual',), ideal=('none',))),
    ({'exposureMode': {'min': 3}}, Constraint()),
    ({'exposureMode': []}, Constraint()),
    ({'deviceId': {'exact': 5}}, Constraint(exact=('5',))),
    ({'deviceId': [5.0, 0.5]}, Constraint(ideal=('5', '0.5'))),
    ({'width': 640.5}, Constraint(ideal=640.0)),
    ({'width': {'exact': 641.5}}, Constraint(exact=642.0)),
    ({'width': {'min': -5, 'max': 10**400}}, Constraint(min=0.0, max=4294967295.0)),
    ({'width': {'exact': math.nan, 'min': -math.inf}}, Constraint(exact=0.0, min=0.0)),
    ({'pointsOfInterest': [{'x': 0.7}, {}, None]},
     Constraint(ideal=(Point2D(0.7, 0.0), Point2D(0.0, 0.0), Point2D(0.0, 0.0)))),
    ({'pointsOfInterest': {'exact': [{'x': 1.5, 'y': -0.2}]}}, Constraint(exact=(Point2D(1.0, 0.0),))),
    ({'pointsOfInterest': {}}, Constraint()),
])
def test_members_convert_as_webidl_says(members: dict[str, Any], constraint: Constraint) -> None:
    assert basic(**members) == constraint


@pytest.mark.parametrize('value, message', [
    (5, 'constraints: 5 is not an object'),
    ([], r'constraints: \[\] is not an object'),
    ({'iso': 'abc'}, "iso: 'abc' is not a number"),
    ({'iso': '0x10'}, "iso: '0x10' is not a number"),
    ({'iso': ''}, "iso: '' is not a number"),
    ({'iso': '1_0'}, "iso: '1_0' is not a number"),
    ({'iso': 'nan'}, "iso: 'nan' is not a number"),
    ({'iso': math.nan}, 'iso: nan is not a finite number'),
    ({'iso': {'max': math.inf}}, 'iso.max: inf is not a finite number'),
    ({'iso': True}, 'iso: True is not a number'),
    ({'pan': {'ideal': True}}, 'pan.ideal: True is not a number'),
    ({'iso': {'exact': None}}, 'iso.exact: null is not a number'),
    ({'iso': [200]}, r'iso: \[200\] is not a number'),
    ({'width': 'wide'}, "width: 'wide' is not a number"),
    ({'torch': 'on'}, "torch: 'on' is not a boolean; give true or false"),
    ({'torch': {'exact': 1}}, 'torch.exact: 1 is not a boolean'),
    ({'focusMode': {'exact': None}}, 'focusMode.exact: null is not a string'),
    ({'focusMode': ['manual', True]}, 'focusMode: True is not a string'),
    ({'pointsOfInterest': {'x': 0.1, 'y': 0.1}}, 'pointsOfInterest: .* is one point; give a list'),
    ({'pointsOfInterest': 3}, 'pointsOfInterest: 3 is not a list of points'),
    ({'pointsOfInterest': [3]}, r'pointsOfInterest\[0\]: 3 is not an object'),
    ({'pointsOfInterest': [{}, {'x': math.nan}]}, r'pointsOfInterest\[1\].x: nan is not a finite number'),
    ({'advanced': None}, 'advanced: None is not a list'),
    ({'advanced': {}}, 'advanced: {} is not a list'),
    ({'advanced': [5]}, r'advanced\[0\]: 5 is not an object'),
    ({'advanced': [{}, {'iso': 'x'}]}, r"advanced\[1\].iso: 'x' is not a number"),
])
def test_a_type_error_names_the_member_and_the_value(value: Any, message: str) -> None:
    with pytest.raises(ConstraintTypeError, match=message):
        constraints_from_json(value)


def test_a_bare_value_is_an_ideal_in_the_basic_set_and_exact_in_an_advanced_one() -> None:
    assert constraints_from_json({'iso': 200, 'advanced': [{'iso': 300, 'pan': True}, {'iso': {'ideal': 1}}]}) == (
        Constraints({'iso': Constraint(ideal=200.0)}, (
            {'iso': Constraint(exact=300.0), 'pan': Constraint(exact=True)}, {'iso': Constraint(ideal=1.0)})))


def test_unknown_names_are_dropped_and_known_ones_put_in_order() -> None:
    constraints = constraints_from_json({
        'zoom': 1, 'echoCancellation': True, 'iso': 2, 'mandatory': {'iso': 'x'}, 'color_temperature': 'x',
        'advanced': [{'frobnicate': 1}, None, {'advanced': 5}]})
    assert list(constraints.basic) == ['iso', 'zoom']
    assert constraints.advanced == ({}, {}, {})


@pytest.mark.parametrize('value', [None, {}, {'advanced': []}])
def test_nothing_is_no_constraints(value: Any) -> None:
    assert constraints_from_json(value) == Constraints()


def constraint_of(name: str) -> st.SearchStrategy[Constraint]:
    row = VOCABULARY[name]
    if row.kind is Kind.STRING:
        values: st.SearchStrategy[Any] = st.lists(st.text(max_size=5), min_size=1, max_size=3).map(tuple)
    elif row.kind is Kind.BOOLEAN:
        values = st.booleans()
    elif row.kind is Kind.POINTS:
        values = st.lists(st.builds(Point2D, st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=3).map(tuple)
    elif row.kind is Kind.INTEGER:
        values = st.integers(0, 2**32 - 1).map(float)
    else:
        values = st.floats(allow_nan=False, allow_infinity=False)
    limits = st.none() | values if row.numeric else st.none()
    built = st.builds(Constraint, exact=st.none() | values, ideal=st.none() | values, min=limits, max=limits)
    return built | st.booleans().map(lambda wish: Constraint(ideal=wish)) if row.movement else built


sets = st.fixed_dictionaries({}, optional={name: constraint_of(name) for name in VOCABULARY})


@given(sets, st.lists(sets.map(lambda one: {
    name: constraint for name, constraint in one.items() if not isinstance(constraint.ideal, bool)}), max_size=3))
def test_what_is_written_as_json_is_read_as_it_was(one: Any, advanced: Any) -> None:
    constraints = Constraints({name: one[name] for name in VOCABULARY if name in one}, tuple(
        {name: each[name] for name in VOCABULARY if name in each} for each in advanced))
    assert constraints_from_json(json.loads(json.dumps(constraints_to_json(constraints)))) == constraints


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(['zoom', 'width', 'torch', 'focusMode', 'pointsOfInterest', 'advanced', 'exact', 'ideal', 'min',
                         'x', 'y', 'fillLightMode', 'imageWidth', 'redEyeReduction', 'video']), inner, max_size=4),
    max_leaves=12))
def test_any_json_is_constraints_or_a_type_error(value: Any) -> None:
    for convert in (constraints_from_json, video_constraints_from_json, photo_settings_from_json):
        try:
            convert(value)
        except ConstraintTypeError as error:
            assert str(error)


def test_video_constraints_are_true_or_constraints() -> None:
    assert video_constraints_from_json({'video': True, 'audio': True}) == Constraints()
    assert video_constraints_from_json({'video': None}) == video_constraints_from_json({'video': {}}) == Constraints()
    assert video_constraints_from_json({'video': {'zoom': 2}}) == Constraints({'zoom': Constraint(ideal=2.0)})
    for nothing in (None, {}, {'video': False}, {'audio': True}, {'doesnotexist': True}):
        with pytest.raises(ConstraintTypeError, match='no video is asked for'):
            video_constraints_from_json(nothing)


def test_settings_and_capabilities_have_the_names_and_shapes_of_the_specification() -> None:
    stream = streaming((640, 480, 30.0))
    assert settings_to_json({**stream.settings, 'points_of_interest': (Point2D(0.1, 0.2),)}) == {
        'width': 640, 'height': 480, 'aspectRatio': 1.3333333333, 'frameRate': 30.0, 'resizeMode': 'none',
        'pointsOfInterest': [{'x': 0.1, 'y': 0.2}]}
    capabilities = {**EXPOSURE.capabilities, **stream.capabilities, 'device_id': ('me',), 'facing_mode': ('user',),
                    'points_of_interest': (), 'torch': (False,)}
    converted = capabilities_to_json(capabilities)
    assert converted['deviceId'] == 'me'
    assert converted['facingMode'] == ['user']
    assert converted['torch'] == [False]
    assert converted['width'] == {'min': 1, 'max': 640}
    assert set(converted['exposureTime']) == {'min', 'max', 'step'}
    assert 'pointsOfInterest' not in converted


def test_photo_settings_and_capabilities_are_read_and_written() -> None:
    members = {'imageWidth': 640.0, 'fillLightMode': 'flash', 'redEyeReduction': True}
    assert photo_settings_from_json({**members, 'unknown': 1}) == PhotoSettings('flash', 640.0, None, True)
    assert photo_settings_to_json(PhotoSettings('flash', 640.0, None, True)) == members
    assert photo_settings_from_json(None) == PhotoSettings()
    assert photo_capabilities_to_json(PhotoCapabilities(
        'never', MediaSettingsRange(1, 10, 1), MediaSettingsRange(1, 20), ('auto',))) == {
            'redEyeReduction': 'never', 'imageWidth': {'min': 1, 'max': 10, 'step': 1},
            'imageHeight': {'min': 1, 'max': 20, 'step': 0.0}, 'fillLightMode': ['auto']}


@pytest.mark.parametrize('value, message', [
    (5, 'photoSettings: 5 is not an object'),
    ({'imageWidth': 'wide'}, "imageWidth: 'wide' is not a number"),
    ({'imageWidth': None}, 'imageWidth: null is not a number'),
    ({'redEyeReduction': 'yes'}, "redEyeReduction: 'yes' is not a boolean"),
    ({'fillLightMode': False}, 'fillLightMode: False is not a string'),
])
def test_a_type_error_of_photo_settings_names_the_member_and_the_value(value: Any, message: str) -> None:
    with pytest.raises(ConstraintTypeError, match=message):
        photo_settings_from_json(value)
