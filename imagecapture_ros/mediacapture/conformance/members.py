# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What may stand in a vector: a member that nobody would look at is an error, lest it seem to be tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from imagecapture_ros.mediacapture.vocabulary import BY_W3C_NAME

_ALWAYS = {'name', 'op', 'expected', 'allowed', 'spec_reference', 'comment'}
_DEVICE = {'capabilities', 'settings', 'defaults', 'native_modes', 'photo_capabilities', 'photo_sizes',
           'photo_defaults', 'photo_state'}
_TRACK = _DEVICE | {'context', 'previous_constraints', 'supported', 'policy'}

VECTOR_MEMBERS: Mapping[str, Set[str]] = {
    'applyConstraints': _TRACK | {'constraints'},
    'sequence': _TRACK | {'steps'},
    'getUserMedia': _DEVICE | {'context', 'supported', 'policy', 'constraints', 'devices'},
    'takePhoto': _TRACK | {'photo_settings'},
    'grabFrame': _TRACK,
    'getPhotoCapabilities': _TRACK,
    'getPhotoSettings': _TRACK | {'photo_settings'},
    'getSettings': _TRACK,
    'getCapabilities': _TRACK,
    'getConstraints': _TRACK | {'constraints'},
    'getSupportedConstraints': {'supported'},
    'construct': _TRACK,
    'track': _TRACK,
    'clone': _TRACK | {'constraints'},
}
"""What a vector may have besides what all have, by its ``op``."""

_PRESENT = {'readyState', 'enabled', 'muted', 'visible', 'ptzPermission'}
_RUNNING = {'deviceFails', 'busy'}

CONTEXT_MEMBERS: Mapping[str, Set[str]] = {
    **dict.fromkeys(VECTOR_MEMBERS, _PRESENT),
    'applyConstraints': _PRESENT | _RUNNING,
    'sequence': _PRESENT | {'deviceFails'},
    'getUserMedia': {'ptzPermission', 'cameraPermission', 'deviceFails'},
    **{op: _PRESENT | _RUNNING | {'endsDuring'}
       for op in ('takePhoto', 'grabFrame', 'getPhotoCapabilities', 'getPhotoSettings')},
    'construct': _PRESENT | {'kind'},
}
"""What the context may tell, by the vector's ``op``; all but the ready state and the kind are true or false."""

_STEP = {'track', 'wait', 'apply', 'takePhoto', 'grabFrame', 'clone', 'stop', 'enabled', 'error', 'constraint'}
_OUTCOME = {'error', 'constraint', 'settings', 'settings_after', 'constraints_after', 'skipped_advanced', 'resolves',
            'photo', 'frame', 'value', 'value_subset', 'device', 'pending', 'same_object'}
_PHOTO = {'fillLightMode', 'imageHeight', 'imageWidth', 'redEyeReduction'}
_RANGE = {'min', 'max', 'step'}
_MATCHERS = ({'$absent'}, {'$in'}, {'$min'}, {'$max'}, {'$min', '$max'})


def unknown_members(vector: Mapping[str, Any]) -> list[str]:
    """Return where in ``vector``, whose ``op`` is known, something stands that nobody would look at."""
    return list(_unknown(vector))


def _unknown(vector: Mapping[str, Any]) -> Iterator[str]:
    op = vector['op']
    yield from _others(vector, _ALWAYS | VECTOR_MEMBERS[op], '')
    yield from _in_device(vector, '')
    for number, device in enumerate(vector.get('devices', ())):
        yield from _others(device, _DEVICE | {'id', 'busy'}, f'devices[{number}].')
        yield from _in_device(device, f'devices[{number}].')
    context = vector.get('context', {})
    yield from _others(context, CONTEXT_MEMBERS[op], 'context.')
    for name, value in context.items():
        known = {'readyState': ('live', 'ended'), 'kind': ('video', 'audio')}.get(name, (True, False))
        if not any(value is one or (isinstance(value, str) and value == one) for one in known):
            yield f'context.{name}: {value!r}'
    if vector.get('policy', 'coupled-modes') != 'coupled-modes':
        yield f'policy: {vector["policy"]!r}'
    for number, step in enumerate(vector.get('steps', ())):
        yield from _others(step, _STEP, f'steps[{number}].')
    for number, outcome in enumerate([vector['expected'], *vector.get('allowed', ())]):
        place = 'expected.' if number == 0 else f'allowed[{number - 1}].'
        yield from _others(outcome, _OUTCOME, place)
        yield from _others(outcome.get('photo', {}), _PHOTO, f'{place}photo.')
        yield from _others(outcome.get('frame', {}), {'width', 'height'}, f'{place}frame.')
        yield from _not_matchers(outcome, place)


def _in_device(device: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in ('capabilities', 'settings', 'defaults'):
        yield from _others(device.get(name, {}), BY_W3C_NAME.keys(), f'{place}{name}.')
    for name in ('photo_defaults', 'photo_state', 'photo_capabilities'):
        yield from _others(device.get(name, {}), _PHOTO, f'{place}{name}.')
    for name in ('capabilities', 'photo_capabilities'):
        for member, value in device.get(name, {}).items():
            yield from _others(value, _RANGE, f'{place}{name}.{member}.')


def _others(members: Any, known: Set[str], place: str) -> Iterator[str]:
    """Yield the members that are not ``known``; what has no members has none, and matchers are no members."""
    if isinstance(members, Mapping):
        yield from (f'{place}{name}' for name in members if name not in known and not name.startswith('$'))


def _not_matchers(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if any(name.startswith('$') for name in value) and set(value) not in _MATCHERS:
            yield f'{place}{{{", ".join(value)}}}'
        for name, inner in value.items():
            yield from _not_matchers(inner, f'{place}{name}.')
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _not_matchers(inner, f'{place}[{number}].')
