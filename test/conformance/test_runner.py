# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The runner can fail, says how, and takes any file in the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from imagecapture_ros.mediacapture.conformance.__main__ import main
from imagecapture_ros.mediacapture.conformance.operations import perform
from imagecapture_ros.mediacapture.conformance.vectors import VectorError, difference, judge, load_vectors, matches

ISO = {'capabilities': {'iso': {'min': 100, 'max': 800, 'step': 100}}, 'settings': {'iso': 400}}


def vector(op: str, expected: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {'name': 'made up', 'op': op, 'expected': expected, **members}


def passed(op: str, expected: dict[str, Any], **members: Any) -> bool:
    one = vector(op, expected, **members)
    return judge(one, perform(one)).passed


@pytest.mark.parametrize('wanted, came, same', [
    (1, 1.0, True), (1, 1 + 5e-10, True), (1, 1.001, False), (1, True, False), (True, 1, False), (True, True, True),
    ('a', 'a', True), ('a', ['a'], False), ([1, 2], [1, 2], True), ([1], [1, 2], False),
    ({'a': 1}, {'a': 1, 'b': 2}, True), ({'a': 1, 'b': 2}, {'a': 1}, False),
    ({'$min': 1, '$max': 2}, 1.5, True), ({'$min': 1, '$max': 2}, 2.1, False), ({'$min': 1}, 'x', False),
    ({'$in': [1, 2]}, 2, True), ({'$in': [1, 2]}, 3, False),
    ({'a': {'$absent': True}}, {}, True), ({'a': {'$absent': True}}, {'a': 1}, False),
])
def test_matchers(wanted: Any, came: Any, same: bool) -> None:
    assert matches(wanted, came) is same


def test_a_value_must_be_complete_and_a_subset_need_not() -> None:
    actual = {'resolves': True, 'value': {'a': 1, 'b': 2}, 'value_subset': {'a': 1, 'b': 2}}
    assert difference({'value_subset': {'a': 1}}, actual) == ''
    assert difference({'value': {'a': 1, 'b': 2}}, actual) == ''
    assert 'value: wanted' in difference({'value': {'a': 1}}, actual)


def test_an_error_is_no_success_and_a_success_no_error() -> None:
    assert difference({'settings': {}}, {'error': 'TypeError', 'settings': {}}) == 'failed with TypeError'
    assert 'error: wanted' in difference({'error': 'TypeError'}, {'resolves': True})
    assert 'constraint: wanted' in difference(
        {'error': 'OverconstrainedError', 'constraint': 'iso'}, {'error': 'OverconstrainedError', 'constraint': ''})


def test_equivalent_constraints_are_the_same() -> None:
    actual = {'resolves': True, 'constraints_after': {'iso': {'ideal': 5.0}}}
    assert difference({'constraints_after': {'iso': 5, 'zoom': {}}}, actual) == ''
    assert 'constraints_after: wanted' in difference({'constraints_after': {'iso': {'exact': 5}}}, actual)


@pytest.mark.parametrize('op, expected, members', [
    ('applyConstraints', {'settings': {'iso': 200}, 'constraints_after': {'iso': 200}},
     {**ISO, 'constraints': {'iso': 200}}),
    ('applyConstraints', {'error': 'OverconstrainedError', 'constraint': 'iso', 'settings_after': {'iso': 400}},
     {**ISO, 'constraints': {'iso': {'exact': 250}}}),
    ('applyConstraints', {'settings': {'iso': 400}, 'constraints_after': {}},
     {**ISO, 'constraints': {'iso': {'exact': 999}}, 'supported': ['zoom']}),
    ('applyConstraints', {'error': 'OverconstrainedError', 'constraints_after': {'iso': {'exact': 200}}},
     {**ISO, 'constraints': {'iso': {'exact': 999}}, 'previous_constraints': {'iso': {'exact': 200}}}),
    ('applyConstraints', {'settings': {'iso': {'$absent': True}}, 'constraints_after': {}},
     {**ISO, 'constraints': {'iso': {'exact': 999}}, 'context': {'readyState': 'ended'}}),
    ('applyConstraints', {'settings': {'iso': 300}},
     {**ISO, 'capabilities': {**ISO['capabilities'], 'frobnicate': {}}, 'defaults': {'iso': 300}, 'constraints': {}}),
    ('getSettings', {'value': {'iso': 400}}, ISO),
    ('getSettings', {'value': {'deviceId': 'me'}}, {
        'capabilities': {'deviceId': 'me', 'iso': ISO['capabilities']['iso']},
        'settings': {'deviceId': 'me', 'iso': 400}, 'context': {'readyState': 'ended'}}),
    ('getCapabilities', {'value': ISO['capabilities']}, ISO),
    ('getCapabilities', {'value': {'torch': [False, True]}}, {'capabilities': {'torch': True}}),
    ('getConstraints', {'value': {}}, ISO),
    ('getConstraints', {'constraints_after': {'iso': 200}}, {**ISO, 'previous_constraints': {'iso': 200}}),
    ('getSupportedConstraints', {'value': {'iso': True}}, {'supported': ['iso', 'frobnicate']}),
    ('getPhotoSettings', {'value': {'imageWidth': 640}}, {'photo_settings': {'imageWidth': 640}}),
    ('grabFrame', {'frame': {'width': 640}}, {
        'capabilities': {'width': {'min': 1, 'max': 640}, 'height': {'min': 1, 'max': 480}},
        'settings': {'width': 640, 'height': 480}}),
    ('grabFrame', {'error': 'InvalidStateError'}, {'context': {'enabled': False}}),
    ('grabFrame', {'error': 'UnknownError'}, {'context': {'endsDuring': True}}),
    ('takePhoto', {'error': 'UnknownError'}, {'context': {'endsDuring': True}}),
    ('construct', {'error': 'NotSupportedError'}, {'context': {'kind': 'audio'}}),
    ('clone', {'settings': {'iso': 200}, 'constraints_after': {'iso': 200}, 'value_subset': {'readyState': 'live'}},
     {**ISO, 'constraints': {'iso': 200}}),
    ('clone', {'value_subset': {'readyState': 'ended'}}, {**ISO, 'context': {'readyState': 'ended'}}),
    ('sequence', {'error': 'OverconstrainedError', 'settings': {'iso': 200}},
     {**ISO, 'steps': [{'apply': {'iso': 200}}, {'apply': {'iso': {'exact': 999}}}]}),
    ('sequence', {'settings': {'iso': 300}, 'constraints_after': {'iso': 300}},
     {**ISO, 'steps': [{'apply': {'iso': {'exact': 999}}}, {'apply': {'iso': 300}}]}),
    ('sequence', {'settings': {'iso': 300}}, {**ISO, 'steps': [
        {'clone': 2}, {'track': 2, 'apply': {'iso': {'exact': 200}}}, {'track': 2, 'stop': True},
        {'apply': {'iso': {'exact': 300}}}]}),
    ('sequence', {'error': 'InvalidStateError'}, {**ISO, 'steps': [{'enabled': False}, {'grabFrame': True}]}),
    ('getUserMedia', {'device': 'large', 'settings': {'width': 1280}}, {
        'constraints': {'video': {'width': {'min': 800}}}, 'devices': [
            {'id': 'small', 'capabilities': {'width': {'min': 1, 'max': 640}}},
            {'id': 'large', 'capabilities': {'width': {'min': 1, 'max': 1280}}, 'settings': {'width': 1280}}]}),
    ('getUserMedia', {'device': 'b'}, {
        'constraints': {'video': {'deviceId': {'exact': 'b'}}}, 'devices': [{'id': 'a'}, {'id': 'b'}]}),
])
def test_what_the_format_can_say_is_done(op: str, expected: dict[str, Any], members: dict[str, Any]) -> None:
    one = vector(op, expected, **members)
    verdict = judge(one, perform(one))
    assert verdict.passed, f'{verdict.why}; got {verdict.actual}'


@pytest.mark.parametrize('op, members', [
    ('frobnicate', {}), ('getSettings', {'context': {'raining': True}}), ('sequence', {'steps': [{'dance': 1}]}),
])
def test_what_is_not_in_the_format_fails_and_says_so(op: str, members: dict[str, Any]) -> None:
    assert 'not in the format' in perform(vector(op, {}, **members))['error']
    assert not passed(op, {}, **members)


def test_a_crash_fails_the_vector_and_not_the_run() -> None:
    assert 'crashed' in perform(vector('getSettings', {}, native_modes=[[1]]))['error']


def test_a_failing_vector_is_printed_with_what_was_expected_and_what_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / 'vectors.json'
    file.write_text(json.dumps([
        vector('getSettings', {'value': {'iso': 999}}, allowed=[{'value': {'iso': 998}}], **ISO),
        {**vector('getSettings', {'value': {}}, allowed=[{'value': {'iso': 400}}], **ISO), 'name': 'second'},
        {**vector('getSettings', {'value': {'iso': 400}}, **ISO), 'name': 'third'},
    ]))
    assert main([str(file), str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert 'FAILED: made up' in lines
    assert any('expected {"value": {"iso": 999}}' in line for line in lines)
    assert any('or {"value": {"iso": 998}}' in line for line in lines)
    assert any('got {"resolves": true, "value": {"iso": 400}' in line for line in lines)
    assert any(line.startswith('allowed: second: {"value": {"iso": 400}} instead of') for line in lines)
    assert not any('third' in line for line in lines)
    assert lines[-2:] == ['2 met the expected outcome, 2 another allowed one', '4 passed, 2 failed']
    main(['-v', str(file)])
    assert 'expected: third' in capsys.readouterr().out


@pytest.mark.parametrize('text, message', [
    ('{', 'Expecting'), ('{}', 'not a list of vectors'), ('[5]', 'vector 0 lacks expected, name, op'),
    ('[{"name": "x", "op": "track"}]', 'vector 0 lacks expected'),
])
def test_a_file_without_vectors_is_an_error_of_its_own(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / 'vectors.json'
    file.write_text(text)
    with pytest.raises(VectorError, match=message):
        load_vectors(str(file))
    assert main([str(file)]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['no/such/file.json']) == 2
    assert 'no/such/file.json' in capsys.readouterr().err
