# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a vector asks to be done, done to the model; the outcome has the specification's names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from imagecapture_ros.mediacapture.conformance.devices import state_of
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.conformance.vectors import Outcome, Vector
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotReadableError, OverconstrainedError
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.source import CompletedApply, SourceStatus
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
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


class UnknownOperation(Exception):
    """A vector asks for something that is not in the format."""


@dataclass(frozen=True)
class _AudioTrack:
    kind: str = 'audio'


def perform(vector: Vector) -> Outcome:
    """Do what ``vector`` asks and return what came of it."""
    try:
        operation = _OPERATIONS.get(vector['op'])
        if operation is None:
            raise UnknownOperation(f'op {vector["op"]!r} is none of {", ".join(_OPERATIONS)}')
        return operation(vector)
    except UnknownOperation as error:
        return {'error': f'not in the format: {error}'}
    except MediaCaptureError as error:
        return _failure(error)
    except Exception as error:
        return {'error': f'crashed: {error!r}'}


class _Stage:
    """The device of a vector with its first track, in the context that the vector tells."""

    def __init__(self, vector: Vector) -> None:
        self.source = ScriptedSource(state_of(vector))
        context = dict(vector.get('context', {}))
        visible, permission = context.pop('visible', True), context.pop('ptzPermission', True)
        ptz = PanTiltZoom.ALLOWED if visible and permission else (
            PanTiltZoom.HIDDEN if visible else PanTiltZoom.REFUSED)
        self.kind = context.pop('kind', 'video')
        self.recognised = vector.get('supported')
        self.track = VideoTrack(self.source)
        if 'previous_constraints' in vector:
            state = self.source.state
            self.apply(self.track, vector['previous_constraints']).result()
            self.source.state = state
        self.track.ptz = ptz
        self.track.enabled = context.pop('enabled', True)
        if context.pop('readyState', 'live') == 'ended':
            self.source.status = SourceStatus(muted=True, ended=True, reason='the vector says so')
        elif context.pop('muted', False):
            self.source.status = SourceStatus(muted=True, ended=False, reason='the vector says so')
        self.source.ends_when_read = context.pop('endsDuring', False)
        context.pop('muted', None)
        if context:
            raise UnknownOperation(f'context {context}')

    def apply(self, track: VideoTrack[ScriptedState], constraints: Any) -> Future[CompletedApply[ScriptedState] | None]:
        """Apply W3C constraints of which only the recognised names are known."""
        return track.apply_constraints(constraints_from_json(_recognised(constraints, self.recognised)))

    def after(self, track: VideoTrack[ScriptedState]) -> dict[str, Any]:
        """Return what the track says now."""
        settings = settings_to_json(track.settings)
        return {'settings': settings, 'settings_after': settings,
                'constraints_after': constraints_to_json(track.constraints)}

    def picture(self, photo_settings: Any) -> dict[str, Any]:
        """Take a photo and return what it was taken with."""
        photo = ImageCapture(self.track).take_photo(photo_settings_from_json(photo_settings)).result().photo
        return {'photo': photo_settings_to_json(photo.settings)}


def _recognised(constraints: Any, names: Any) -> Any:
    if names is None or not isinstance(constraints, Mapping):
        return constraints
    kept = {name: value for name, value in constraints.items() if name in names}
    if isinstance(constraints.get('advanced'), list):
        kept['advanced'] = [_recognised(one, names) for one in constraints['advanced']]
    return kept


def _failure(error: MediaCaptureError) -> dict[str, Any]:
    outcome = {'error': error.name}
    if isinstance(error, OverconstrainedError):
        outcome['constraint'] = VOCABULARY[error.constraint].w3c_name if error.constraint else ''
    return outcome


def _apply_constraints(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    try:
        stage.apply(stage.track, vector.get('constraints')).result()
    except MediaCaptureError as error:
        return {**_failure(error), **stage.after(stage.track)}
    skipped = [index for selection in stage.source.applied[-1:] for index in selection.skipped_advanced]
    return {'resolves': True, 'skipped_advanced': skipped, **stage.after(stage.track)}


def _sequence(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    tracks = {1: stage.track}
    outcome: dict[str, Any] = {}
    track = stage.track
    for step in vector['steps']:
        number = step.get('track', 1)
        track = tracks[number] = tracks.get(number) or VideoTrack(stage.source)
        try:
            result = _step(stage, track, tracks, step)
        except MediaCaptureError as error:
            outcome = {**outcome, **_failure(error), 'resolves': False}
        else:
            outcome = {**outcome, **result, 'resolves': True}
    return {**outcome, **stage.after(track)}


def _step(
    stage: _Stage, track: VideoTrack[ScriptedState], tracks: dict[int, VideoTrack[ScriptedState]],
    step: Mapping[str, Any],
) -> dict[str, Any]:
    for action in step.keys() - {'track', 'wait'}:
        if action == 'apply':
            stage.apply(track, step['apply']).result()
        elif action == 'takePhoto':
            return stage.picture(step['takePhoto'])
        elif action == 'grabFrame':
            return _frame(track)
        elif action == 'clone':
            tracks[step['clone'] if type(step['clone']) is int else len(tracks) + 1] = track.clone()
        elif action == 'stop':
            track.stop()
        elif action == 'enabled':
            track.enabled = step['enabled']
        else:
            raise UnknownOperation(f'step {action!r}')
    return {}


@dataclass(frozen=True)
class _Device:
    """A camera that a vector offers for selection; implements ``MediaDevice``."""

    description: Mapping[str, Any]

    def open(self) -> ScriptedSource:
        """See ``MediaDevice``."""
        name = self.description['id']
        if self.description.get('busy'):
            raise NotReadableError(f'{name} is busy')
        return ScriptedSource(_identified(state_of(self.description), name), name)


def _identified(state: ScriptedState, name: str) -> ScriptedState:
    """Return ``state`` with a device id, as every device has one."""
    if 'device_id' in state.capabilities:
        return state
    return replace(state, capabilities={**state.capabilities, 'device_id': (name,)},
                   settings={**state.settings, 'device_id': name}, defaults={**state.defaults, 'device_id': name})


def _get_user_media(vector: Vector) -> Outcome:
    video = video_constraints_from_json(vector.get('constraints'))
    context = vector.get('context', {})
    ptz = PanTiltZoom.ALLOWED if context.get('ptzPermission', True) else PanTiltZoom.HIDDEN
    track = get_user_media([_Device(one) for one in vector.get('devices', [{'id': 'some'}])], video, ptz=ptz)
    return {'resolves': True, 'device': track.label, 'settings': settings_to_json(track.settings),
            'constraints_after': constraints_to_json(track.constraints)}


def _take_photo(vector: Vector) -> Outcome:
    return {'resolves': True, **_Stage(vector).picture(vector.get('photo_settings'))}


def _grab_frame(vector: Vector) -> Outcome:
    return {'resolves': True, **_frame(_Stage(vector).track)}


def _frame(track: VideoTrack[ScriptedState]) -> dict[str, Any]:
    frame = ImageCapture(track).grab_frame().result().frame
    return {'frame': {'width': frame.width, 'height': frame.height}}


def _get_photo_capabilities(vector: Vector) -> Outcome:
    value = photo_capabilities_to_json(ImageCapture(_Stage(vector).track).get_photo_capabilities())
    return _value(value)


def _get_photo_settings(vector: Vector) -> Outcome:
    stage = _Stage({'photo_defaults': vector.get('photo_settings', {}), **vector})
    return _value(photo_settings_to_json(ImageCapture(stage.track).get_photo_settings()))


def _get_settings(vector: Vector) -> Outcome:
    return _value(settings_to_json(_Stage(vector).track.settings))


def _get_capabilities(vector: Vector) -> Outcome:
    return _value(capabilities_to_json(_Stage(vector).track.capabilities))


def _get_constraints(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    if 'constraints' in vector:
        stage.apply(stage.track, vector['constraints']).result()
    return {**_value(constraints_to_json(stage.track.constraints)), **stage.after(stage.track)}


def _get_supported_constraints(vector: Vector) -> Outcome:
    return _value(_recognised(get_supported_constraints(), vector.get('supported')))


def _value(value: Any) -> Outcome:
    return {'resolves': True, 'value': value, 'value_subset': value}


def _construct(vector: Vector) -> Outcome:
    if 'context' not in vector:
        ImageCapture(None)  # type: ignore[arg-type]
        return {'resolves': True}
    stage = _Stage(vector)
    ImageCapture(stage.track if stage.kind == 'video' else _AudioTrack(stage.kind))  # type: ignore[arg-type]
    return {'resolves': True}


def _track(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    capture = ImageCapture(stage.track)
    with contextlib.suppress(AttributeError):
        capture.track = VideoTrack(stage.source)  # type: ignore[misc]
    return {'resolves': True, 'same_object': capture.track is stage.track}


def _clone(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    if 'constraints' in vector:
        stage.apply(stage.track, vector['constraints']).result()
    clone = stage.track.clone()
    return {**_value({'readyState': clone.ready_state, 'enabled': clone.enabled, 'muted': clone.muted}),
            **stage.after(clone)}


_OPERATIONS: Mapping[str, Callable[[Vector], Outcome]] = {
    'applyConstraints': _apply_constraints, 'sequence': _sequence, 'getUserMedia': _get_user_media,
    'takePhoto': _take_photo, 'grabFrame': _grab_frame, 'getPhotoCapabilities': _get_photo_capabilities,
    'getPhotoSettings': _get_photo_settings, 'getSettings': _get_settings, 'getCapabilities': _get_capabilities,
    'getConstraints': _get_constraints, 'getSupportedConstraints': _get_supported_constraints,
    'construct': _construct, 'track': _track, 'clone': _clone,
}
