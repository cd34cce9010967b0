# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table, and the message files that repeat it for other languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagecapture_ros.mediacapture.vocabulary import (
    BY_W3C_NAME,
    DEPENDENTS,
    SELECTING,
    STREAM_PROPERTIES,
    VOCABULARY,
    Kind,
    Property,
)

MESSAGES = Path(__file__).resolve().parents[2] / 'msg'

ORDER = (
    'white_balance_mode', 'exposure_mode', 'focus_mode', 'points_of_interest', 'exposure_compensation',
    'exposure_time', 'color_temperature', 'iso', 'brightness', 'contrast', 'saturation', 'sharpness',
    'focus_distance', 'pan', 'tilt', 'zoom', 'torch', 'background_blur', 'width', 'height', 'aspect_ratio',
    'frame_rate', 'facing_mode', 'resize_mode', 'device_id', 'group_id',
)

CONSTRAINT_TYPES = {
    Kind.STRING: 'ConstrainString', Kind.NUMBER: 'ConstrainDouble', Kind.INTEGER: 'ConstrainDouble',
    Kind.BOOLEAN: 'ConstrainBoolean', Kind.POINTS: 'ConstrainPoint2D',
}
SETTING_TYPES = {
    Kind.STRING: 'string', Kind.NUMBER: 'float64[<=1]', Kind.INTEGER: 'float64[<=1]', Kind.BOOLEAN: 'bool[<=1]',
    Kind.POINTS: 'Point2D[]',
}


def lines_of(message: str) -> list[tuple[str, str, str]]:
    """Return type, name and comment of each field."""
    fields = []
    for line in (MESSAGES / f'{message}.msg').read_text(encoding='utf-8').splitlines():
        declaration, _, comment = line.partition('#')
        if declaration.strip():
            kind, name = declaration.split()
            fields.append((kind, name, comment.strip()))
    return fields


def fields_of(message: str) -> dict[str, str]:
    return {name: kind for kind, name, _ in lines_of(message)}


def test_the_order_is_the_one_used_everywhere() -> None:
    assert tuple(VOCABULARY) == ORDER


@pytest.mark.parametrize('name, w3c_name', [
    ('iso', 'iso'), ('white_balance_mode', 'whiteBalanceMode'), ('points_of_interest', 'pointsOfInterest'),
    ('frame_rate', 'frameRate'), ('device_id', 'deviceId'),
])
def test_w3c_names_are_camel_case(name: str, w3c_name: str) -> None:
    assert VOCABULARY[name].w3c_name == w3c_name
    assert BY_W3C_NAME[w3c_name] is VOCABULARY[name]


def test_every_property_is_found_by_its_w3c_name() -> None:
    assert list(BY_W3C_NAME.values()) == list(VOCABULARY.values())


def test_numbers_have_ranges_and_nothing_else_has() -> None:
    assert {row.kind for row in VOCABULARY.values() if row.numeric} == {Kind.NUMBER, Kind.INTEGER}
    assert [name for name, row in VOCABULARY.items() if row.kind is Kind.INTEGER] == ['width', 'height']


def test_every_property_has_a_meaning_and_every_number_a_unit() -> None:
    assert [name for name, row in VOCABULARY.items() if not row.meaning or (row.numeric and not row.unit)] == []


@pytest.mark.parametrize('mode, expected', [
    ('white_balance_mode', {'color_temperature': {'manual'}}),
    ('exposure_mode', {'exposure_time': {'manual'}, 'exposure_compensation': {'single-shot', 'continuous'}}),
    ('focus_mode', {'focus_distance': {'manual'}}),
    ('resize_mode', {}),
])
def test_values_count_in_these_modes_only(mode: str, expected: dict[str, set[str]]) -> None:
    coupled = {row.name: row.coupling.effective_in for row in DEPENDENTS.get(mode, ()) if row.coupling is not None}
    assert coupled == expected


def test_a_mode_comes_before_the_values_that_it_governs() -> None:
    place = {name: index for index, name in enumerate(VOCABULARY)}
    governed = [row for row in VOCABULARY.values() if row.coupling is not None]
    assert len(governed) == 4
    assert all(place[row.coupling.mode] < place[row.name] for row in governed if row.coupling is not None)


def test_stream_properties_are_properties() -> None:
    assert set(STREAM_PROPERTIES) <= set(VOCABULARY)


def test_a_constraint_set_has_one_constraint_per_property_in_order() -> None:
    expected = {name: CONSTRAINT_TYPES[row.kind] for name, row in VOCABULARY.items()}
    assert list(fields_of('MediaTrackConstraintSet').items()) == list(expected.items())


def test_settings_have_one_value_per_property_in_order() -> None:
    expected = {name: SETTING_TYPES[row.kind] for name, row in VOCABULARY.items()}
    assert list(fields_of('MediaTrackSettings').items()) == [('header', 'std_msgs/Header'), *expected.items()]
    assert lines_of('MediaTrackSettings')[0][:2] == ('std_msgs/Header', 'header')


def capability_type(row: Property) -> str:
    if row.name in ('device_id', 'group_id'):
        return 'string'
    return 'MediaSettingsRange[<=1]' if row.numeric else 'bool[]' if row.kind is Kind.BOOLEAN else 'string[]'


def test_capabilities_have_identifiers_then_ranges_then_lists_each_in_order() -> None:
    has_capability = [row for row in VOCABULARY.values() if row.kind is not Kind.POINTS]
    kinds = ('string', 'MediaSettingsRange[<=1]', 'string[]', 'bool[]')
    expected = {row.name: kind for kind in kinds for row in has_capability if capability_type(row) == kind}
    fields = fields_of('MediaTrackCapabilities')
    assert list(fields.items()) == [*expected.items(), ('supported_constraints', 'string[]')]


@pytest.mark.parametrize('message', ['MediaTrackConstraintSet', 'MediaTrackSettings', 'MediaTrackCapabilities'])
def test_every_field_says_what_it_is(message: str) -> None:
    lines = lines_of(message)
    assert lines
    assert [name for _, name, comment in lines if not comment] == []


@pytest.mark.parametrize('message, fields', [
    ('Point2D', {'x': 'float64', 'y': 'float64'}),
    ('MediaSettingsRange', {'max': 'float64', 'min': 'float64', 'step': 'float64'}),
    ('ConstrainDouble', dict.fromkeys(('exact', 'ideal', 'min', 'max'), 'float64[<=1]')),
    ('ConstrainString', dict.fromkeys(('exact', 'ideal'), 'string[]')),
    ('ConstrainBoolean', dict.fromkeys(('exact', 'ideal'), 'bool[<=1]')),
    ('ConstrainPoint2D', dict.fromkeys(('exact', 'ideal'), 'Point2D[]')),
    ('PhotoCapabilities', {
        'red_eye_reduction': 'string', 'image_height': 'MediaSettingsRange[<=1]',
        'image_width': 'MediaSettingsRange[<=1]', 'fill_light_mode': 'string[]'}),
    ('PhotoSettings', {
        'fill_light_mode': 'string', 'image_height': 'float64[<=1]', 'image_width': 'float64[<=1]',
        'red_eye_reduction': 'bool[<=1]'}),
])
def test_small_messages_have_the_members_of_their_dictionaries(message: str, fields: dict[str, str]) -> None:
    assert fields_of(message) == fields


def test_a_camera_is_chosen_by_its_stream_and_who_it_is() -> None:
    stream, identity = {'width', 'height', 'aspect_ratio', 'frame_rate', 'resize_mode'}, {'facing_mode', 'device_id'}
    assert stream | identity | {'group_id'} == SELECTING


def test_only_pan_tilt_and_zoom_move_the_view() -> None:
    assert [row.name for row in VOCABULARY.values() if row.movement] == ['pan', 'tilt', 'zoom']


@pytest.mark.parametrize(('name', 'modes', 'expected'), [
    ('zoom', {'exposure_mode': 'continuous'}, True),
    ('exposure_time', {}, True),
    ('exposure_time', {'exposure_mode': 'manual'}, True),
    ('exposure_time', {'exposure_mode': 'continuous'}, False),
    ('exposure_time', {'exposure_mode': ('continuous', 'manual')}, True),
    ('exposure_time', {'exposure_mode': ('continuous', 'none')}, False),
    ('exposure_time', {'focus_mode': 'continuous'}, True),
    ('exposure_compensation', {'exposure_mode': 'continuous'}, True),
    ('exposure_compensation', {'exposure_mode': 'manual'}, False),
])
def test_a_mode_says_whether_the_values_that_it_governs_count(name: str, modes: dict, expected: bool) -> None:
    assert VOCABULARY[name].counts(modes) is expected
