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
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource
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
     {**ISO, 'defaults': {'iso': 300}, 'constraints': {'frobnicate': {'exact': 1}}}),
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


@pytest.mark.parametrize('op, members, place', [
    ('frobnicate', {}, "op 'frobnicate' is none of applyConstraints"),
    ('getSettings', {'frobnicate': 1}, 'frobnicate'),
    ('getSettings', {'steps': []}, 'steps'),
    ('applyConstraints', {'constrains': {}}, 'constrains'),
    ('applyConstraints', {'devices': []}, 'devices'),
    ('getUserMedia', {'previous_constraints': {}}, 'previous_constraints'),
    ('getSettings', {'context': {'raining': True}}, 'context.raining'),
    ('getSettings', {'context': {'deviceFails': True}}, 'context.deviceFails'),
    ('getUserMedia', {'context': {'muted': True}}, 'context.muted'),
    ('takePhoto', {'context': {'cameraPermission': False}}, 'context.cameraPermission'),
    ('takePhoto', {'context': {'kind': 'audio'}}, 'context.kind'),
    ('takePhoto', {'context': {'busy': 1}}, 'context.busy: 1'),
    ('takePhoto', {'context': {'readyState': 'over'}}, "context.readyState: 'over'"),
    ('sequence', {'steps': [{'apply': {}}, {'dance': 1}]}, 'steps[1].dance'),
    ('getUserMedia', {'devices': [{'id': 'a'}, {'id': 'b', 'bussy': True}]}, 'devices[1].bussy'),
    ('getUserMedia', {'devices': [{'id': 'a', 'settings': {'isso': 1}}]}, 'devices[0].settings.isso'),
    ('getSettings', {'capabilities': {'frobnicate': {}}}, 'capabilities.frobnicate'),
    ('getSettings', {'capabilities': {'iso': {'min': 1, 'max': 2, 'stepp': 1}}}, 'capabilities.iso.stepp'),
    ('getSettings', {'defaults': {'isso': 1}}, 'defaults.isso'),
    ('takePhoto', {'photo_capabilities': {'imageSize': {}}}, 'photo_capabilities.imageSize'),
    ('takePhoto', {'photo_capabilities': {'imageWidth': {'from': 1}}}, 'photo_capabilities.imageWidth.from'),
    ('getPhotoSettings', {'photo_state': {'imageSize': 1}}, 'photo_state.imageSize'),
    ('applyConstraints', {'policy': 'independent'}, "policy: 'independent'"),
])
def test_what_is_not_in_the_format_fails_and_says_where(op: str, members: dict[str, Any], place: str) -> None:
    assert perform(vector(op, {}, **members))['error'].startswith(f'not in the format: {place}')
    assert not passed(op, {}, **members)


@pytest.mark.parametrize('outcome, place', [
    ({'setings': {}}, 'setings'), ({'settings': {'iso': {'$mim': 1}}}, 'settings.iso.{$mim}'),
    ({'settings': {'iso': {'$min': 1, 'max': 2}}}, 'settings.iso.{$min, max}'),
    ({'value': [{'$inn': []}]}, 'value.[0].{$inn}'), ({'photo': {'width': 1}}, 'photo.width'),
    ({'frame': {'imageWidth': 1}}, 'frame.imageWidth'),
])
def test_an_outcome_that_is_not_in_the_format_fails_wherever_it_stands(outcome: dict[str, Any], place: str) -> None:
    assert perform(vector('getSettings', outcome))['error'] == f'not in the format: expected.{place}'
    allowed = vector('getSettings', {'value': {}}, allowed=[{'value': {}}, outcome])
    assert perform(allowed)['error'] == f'not in the format: allowed[1].{place}'
    assert not judge(allowed, perform(allowed)).passed


def test_what_pages_say_is_for_the_page_and_may_have_unknown_members() -> None:
    assert passed('applyConstraints', {'constraints_after': {}}, constraints={'frobnicate': 1})
    assert passed('takePhoto', {'photo': {}}, photo_settings={'frobnicate': 1})
    assert passed('getSettings', {'value': {'iso': 400}}, **ISO, spec_reference='x', comment='y')


# Steps.

def test_the_operations_of_a_step_are_done_in_the_order_in_which_they_are_written() -> None:
    assert passed('sequence', {'frame': {}, 'resolves': True}, steps=[{'grabFrame': True, 'stop': True}])
    assert passed('sequence', {'error': 'InvalidStateError'}, steps=[{'stop': True, 'grabFrame': True}])
    both = [{'takePhoto': {}, 'apply': {'iso': {'exact': 200}}}]
    assert passed('sequence', {'photo': {}, 'settings': {'iso': 200}}, steps=both, **ISO)
    assert passed('sequence', {'error': 'InvalidStateError'}, steps=[{'enabled': False, 'grabFrame': True}])
    assert passed('sequence', {'frame': {}, 'resolves': True}, steps=[{'grabFrame': True, 'enabled': False}])


REFUSED = {'apply': {'iso': {'exact': 999}}}


@pytest.mark.parametrize('steps, why', [
    ([{**REFUSED, 'error': 'OverconstrainedError', 'constraint': 'iso'}], ''),
    ([{**REFUSED, 'constraint': 'iso'}, {'apply': {'iso': 300}}], ''),
    ([{'stop': True}, {'grabFrame': True, 'error': 'InvalidStateError'}], ''),
    ([{**REFUSED, 'error': 'TypeError'}, {'apply': {}}], "step 0 failed with {'error': 'OverconstrainedError'"),
    ([{**REFUSED, 'error': 'OverconstrainedError', 'constraint': ''}, {'apply': {}}], 'step 0 failed with'),
    ([{'apply': {}}, {'apply': {}, 'error': 'OverconstrainedError'}], 'step 1 did not fail with'),
])
def test_a_step_fails_as_it_says(steps: list[dict[str, Any]], why: str) -> None:
    one = vector('sequence', {'settings': {'iso': {'$min': 0}}} if 'stop' not in steps[0] else {'resolves': True},
                 steps=steps, **ISO)
    actual = perform(one)
    assert judge(one, actual).passed is (why == '')
    if why:
        assert actual['error'].startswith(why)


def test_steps_that_do_not_wait_are_done_in_order_with_the_next_that_does() -> None:
    steps: list[dict[str, Any]] = [
        {'apply': {'iso': {'exact': 200}}}, {**REFUSED, 'error': 'OverconstrainedError'},
        {'apply': {'iso': {'exact': 300}}}]
    steps = [{**step, 'wait': False} for step in steps]
    after = {'settings': {'iso': 300}, 'constraints_after': {'iso': {'exact': 300}}}
    assert passed('sequence', after, steps=steps, **ISO)
    assert passed('sequence', {'settings': {'iso': 500}}, steps=[*steps, {'apply': {'iso': 500}}], **ISO)
    wrong = vector('sequence', {}, steps=[{**REFUSED, 'wait': False, 'error': 'TypeError'}, {'apply': {}}], **ISO)
    assert perform(wrong)['error'].startswith('step 0 failed with')


# Devices and contexts.

@pytest.mark.parametrize('op, error, members', [
    ('applyConstraints', 'OperationError', {**ISO, 'constraints': {'iso': 200}}),
    ('takePhoto', 'UnknownError', {}), ('grabFrame', 'UnknownError', {}),
    ('getPhotoCapabilities', 'OperationError', {}), ('getPhotoSettings', 'OperationError', {}),
    ('getUserMedia', 'AbortError', {'constraints': {'video': {'deviceId': 'a'}}, 'devices': [{'id': 'a'}]}),
    ('sequence', 'OperationError', {**ISO, 'steps': [{'apply': {'iso': 200}}]}),
])
def test_a_device_may_fail(op: str, error: str, members: dict[str, Any]) -> None:
    assert passed(op, {'error': error}, context={'deviceFails': True}, **members)
    assert not passed(op, {'error': error}, context={}, **members)
    if op == 'applyConstraints':
        assert passed(op, {'error': error, 'settings_after': {'iso': 400}, 'constraints_after': {}},
                      context={'deviceFails': True}, **members)


@pytest.mark.parametrize('op, outcome, members', [
    ('takePhoto', {'photo': {'imageWidth': 640}}, {'photo_defaults': {'imageWidth': 640}}),
    ('grabFrame', {'frame': {'width': 1}}, {}), ('getPhotoCapabilities', {'value_subset': {}}, {}),
    ('getPhotoSettings', {'value_subset': {}}, {}),
    ('applyConstraints', {'settings': {'iso': 200}}, {**ISO, 'constraints': {'iso': 200}}),
])
def test_another_request_of_the_same_kind_may_be_running(
    op: str, outcome: dict[str, Any], members: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited = []
    go_on = ScriptedSource.go_on
    monkeypatch.setattr(ScriptedSource, 'go_on', lambda self: (waited.append(len(self._waiting)), go_on(self)))
    assert passed(op, outcome, context={'busy': True}, **members)
    # What is answered at once waits for nobody.
    assert waited == ([] if op.startswith('getPhoto') else [2])


def test_the_camera_may_be_forbidden() -> None:
    for devices in [{'id': 'a'}], [{'id': 'a'}, {'id': 'b', 'busy': True}]:
        assert passed('getUserMedia', {'error': 'NotAllowedError'}, constraints={'video': True}, devices=devices,
                      context={'cameraPermission': False})
    assert passed('getUserMedia', {'error': 'NotFoundError'}, constraints={'video': True}, devices=[],
                  context={'cameraPermission': False})
    assert passed('getUserMedia', {'error': 'TypeError'}, constraints={}, context={'cameraPermission': False})


def test_a_vector_without_a_list_of_devices_describes_the_only_one() -> None:
    assert passed('getUserMedia', {'settings': {'iso': 200}}, constraints={'video': {'iso': 200}}, **ISO)
    assert passed('getUserMedia', {'settings': {'iso': 400}, 'constraints_after': {}}, supported=['zoom'],
                  constraints={'video': {'iso': 200}}, **ISO)


def test_the_photo_state_is_what_a_photo_would_be_taken_with() -> None:
    state = {'imageWidth': 640, 'fillLightMode': 'auto', 'redEyeReduction': False}
    assert passed('getPhotoSettings', {'value': state}, photo_state=state)
    assert passed('getPhotoSettings', {'value': state}, photo_state=state, photo_settings={'imageWidth': 1})
    assert passed('takePhoto', {'photo': state}, photo_state=state)


FIXED = {'settings': {'deviceId': 'me', 'facingMode': 'user', 'width': 640, 'torch': False, 'frameRate': 29.97}}


@pytest.mark.parametrize('constraints, outcome', [
    ({}, {'settings': FIXED['settings']}),
    ({'width': 300, 'torch': True, 'facingMode': 'left'}, {'settings': FIXED['settings']}),
    ({name: {'exact': value} for name, value in FIXED['settings'].items()}, {'settings': FIXED['settings']}),
    ({'width': {'exact': 641}}, {'error': 'OverconstrainedError', 'constraint': 'width'}),
    ({'frameRate': {'min': 30}}, {'error': 'OverconstrainedError', 'constraint': 'frameRate'}),
    ({'torch': {'exact': True}}, {'error': 'OverconstrainedError', 'constraint': 'torch'}),
    ({'facingMode': {'exact': 'left'}}, {'error': 'OverconstrainedError', 'constraint': 'facingMode'}),
    ({'iso': {'exact': 1}}, {'error': 'OverconstrainedError', 'constraint': 'iso'}),
])
def test_settings_without_capabilities_are_those_of_a_device_that_nobody_can_change(
    constraints: dict[str, Any], outcome: dict[str, Any],
) -> None:
    assert passed('applyConstraints', outcome, constraints=constraints, **FIXED)


def test_settings_without_capabilities_are_no_capabilities() -> None:
    assert passed('getSettings', {'value': FIXED['settings']}, **FIXED)
    assert passed('getCapabilities', {'value': {}}, **FIXED)
    both = {**ISO, 'settings': {**ISO['settings'], **FIXED['settings']}}
    assert passed('getCapabilities', {'value': ISO['capabilities']}, **both)
    assert passed('applyConstraints', {'settings': {'iso': 200, 'width': 640}}, constraints={'iso': 200}, **both)


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
    ('[{"name": "x", "op": "track"}]', 'vector 0 lacks expected'), ('[' * 100_000, 'recursion'),
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


def test_a_device_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(['/dev/zero']) == 2
    assert 'is a device and no file' in capsys.readouterr().err
