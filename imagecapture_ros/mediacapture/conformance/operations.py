# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a vector asks to be done, done to the model; the outcome has the specification's names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from imagecapture_ros.mediacapture.conformance.devices import fixed_names, state_of
from imagecapture_ros.mediacapture.conformance.members import unknown_members
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.conformance.vectors import Outcome, Vector
from imagecapture_ros.mediacapture.errors import (
    MediaCaptureError,
    NotAllowedError,
    NotReadableError,
    OverconstrainedError,
)
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.source import CompletedApply, CompletedFrame, CompletedPhoto, SourceStatus
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
from imagecapture_ros.testing import audio_track

T = TypeVar('T')


class NotInTheFormat(Exception):
    """A vector says something that is not in the format, or that is not looked at where it stands."""


class StepFailed(Exception):
    """A step of a sequence did not fail as it says it must."""


def perform(vector: Vector) -> Outcome:
    """Do what ``vector`` asks and return what came of it."""
    try:
        operation = _OPERATIONS.get(vector['op'])
        if operation is None:
            raise NotInTheFormat(f'op {vector["op"]!r} is none of {", ".join(_OPERATIONS)}')
        unknown = unknown_members(vector)
        if unknown:
            raise NotInTheFormat(', '.join(unknown))
        return operation(vector)
    except NotInTheFormat as error:
        return {'error': f'not in the format: {error}'}
    except StepFailed as error:
        return {'error': str(error)}
    except MediaCaptureError as error:
        return _failure(error)
    except Exception as error:
        return {'error': f'crashed: {error!r}'}


class _Stage:
    """The device of a vector with its first track, in the context that the vector tells."""

    def __init__(self, vector: Vector) -> None:
        self.source = ScriptedSource(state_of(vector))
        context = vector.get('context', {})
        visible, permission = context.get('visible', True), context.get('ptzPermission', True)
        ptz = PanTiltZoom.ALLOWED if visible and permission else (
            PanTiltZoom.HIDDEN if visible else PanTiltZoom.REFUSED)
        self.kind = context.get('kind', 'video')
        self.recognised = vector.get('supported')
        self.track = VideoTrack(self.source)
        if 'previous_constraints' in vector:
            state = self.source.state
            self.apply(self.track, vector['previous_constraints']).result()
            self.source.state = state
        self.track.ptz = ptz
        self.track.enabled = context.get('enabled', True)
        if context.get('readyState', 'live') == 'ended':
            self.source.status = SourceStatus(muted=True, ended=True, reason='the vector says so')
        elif context.get('muted', False):
            self.source.status = SourceStatus(muted=True, ended=False, reason='the vector says so')
        self.source.ends_when_read = context.get('endsDuring', False)
        self.source.fails = context.get('deviceFails', False)
        self.busy = context.get('busy', False)

    def apply(self, track: VideoTrack[ScriptedState], constraints: Any) -> Future[CompletedApply[ScriptedState] | None]:
        """Apply W3C constraints of which only the recognised names are known."""
        return track.apply_constraints(constraints_from_json(_recognised(constraints, self.recognised)))

    def after(self, track: VideoTrack[ScriptedState]) -> dict[str, Any]:
        """Return what the track says now."""
        settings = settings_to_json(track.settings)
        return {'settings': settings, 'settings_after': settings,
                'constraints_after': constraints_to_json(track.constraints)}

    def asked(self, ask: Callable[[], Future[T]]) -> T:
        """Return the answer of the source; where another request of the same kind is running, it comes after that."""
        if self.busy:
            self.source.held = True
            ask()
        future = ask()
        self.source.go_on()
        return future.result()

    def answered(self, ask: Callable[[], T]) -> T:
        """Return an answer that comes at once, so that no other request of the same kind can be running."""
        self.source.reading_fails = self.source.fails
        return ask()


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
        stage.asked(lambda: stage.apply(stage.track, vector.get('constraints')))
    except MediaCaptureError as error:
        return {**_failure(error), **stage.after(stage.track)}
    skipped = [index for selection in stage.source.applied[-1:] for index in selection.skipped_advanced]
    return {'resolves': True, 'skipped_advanced': skipped, **stage.after(stage.track)}


def _sequence(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    tracks = {1: stage.track}
    outcome: dict[str, Any] = {}
    track = stage.track
    issued: list[_Issued] = []
    for number, step in enumerate(vector['steps']):
        waits = step.get('wait', True)
        if waits:
            stage.source.go_on()
        stage.source.held = not waits
        name = step.get('track', 1)
        track = tracks[name] = tracks.get(name) or VideoTrack(stage.source)
        issued.append(_Issued(number, step, _begun(stage, track, tracks, step)))
        if waits or step is vector['steps'][-1]:
            stage.source.go_on()
            for one in issued:
                outcome = {**outcome, **one.outcome}
            issued = []
    return {**outcome, **stage.after(track)}


def _begun(
    stage: _Stage, track: VideoTrack[ScriptedState], tracks: dict[int, VideoTrack[ScriptedState]],
    step: Mapping[str, Any],
) -> Sequence[Callable[[], dict[str, Any]]] | MediaCaptureError:
    """Begin what a step asks, in the order in which it is written, and return what gives the answers, or an error."""
    answers: list[Callable[[], dict[str, Any]]] = []
    try:
        for action in step:
            if action == 'apply':
                answers.append(_after(stage.apply(track, step['apply']), lambda _: {}))
            elif action == 'takePhoto':
                answers.append(_after(_photo(track, step['takePhoto']), _photo_outcome))
            elif action == 'grabFrame':
                answers.append(_after(ImageCapture(track).grab_frame(), _frame_outcome))
            elif action == 'clone':
                tracks[step['clone'] if type(step['clone']) is int else len(tracks) + 1] = track.clone()
            elif action == 'stop':
                track.stop()
            elif action == 'enabled':
                track.enabled = step['enabled']
    except MediaCaptureError as error:
        return error
    return answers


def _after(future: Future[T], outcome: Callable[[T], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    return lambda: outcome(future.result())


@dataclass(frozen=True)
class _Issued:
    """A step that was begun."""

    number: int
    step: Mapping[str, Any]
    begun: Sequence[Callable[[], dict[str, Any]]] | MediaCaptureError

    @property
    def outcome(self) -> dict[str, Any]:
        """What came of it.

        :raises StepFailed: it did not fail as the step says it must.
        """
        wanted = {name: self.step[name] for name in ('error', 'constraint') if name in self.step}
        try:
            if isinstance(self.begun, MediaCaptureError):
                raise self.begun
            answers = [answer() for answer in self.begun]
        except MediaCaptureError as error:
            failure = _failure(error)
            if any(failure.get(name) != value for name, value in wanted.items()):
                raise StepFailed(f'step {self.number} failed with {failure} instead of {wanted}') from error
            return {**failure, 'resolves': bool(wanted)}
        if wanted:
            raise StepFailed(f'step {self.number} did not fail with {wanted}')
        return {name: value for answer in answers for name, value in answer.items()} | {'resolves': True}


@dataclass(frozen=True)
class _Device:
    """A camera that a vector offers for selection; implements ``MediaDevice``."""

    description: Mapping[str, Any]
    context: Mapping[str, Any]

    def open(self) -> ScriptedSource:
        """See ``MediaDevice``."""
        name = self.description.get('id', 'some')
        if not self.context.get('cameraPermission', True):
            raise NotAllowedError(f'{name} may not be used')
        if self.description.get('busy'):
            raise NotReadableError(f'{name} is busy')
        source = ScriptedSource(_identified(state_of(self.description), name), name)
        source.fails = self.context.get('deviceFails', False)
        return source


def _identified(state: ScriptedState, name: str) -> ScriptedState:
    """Return ``state`` with a device id, as every device has one."""
    if 'device_id' in state.capabilities:
        return state
    return replace(state, capabilities={**state.capabilities, 'device_id': (name,)},
                   settings={**state.settings, 'device_id': name}, defaults={**state.defaults, 'device_id': name})


def _get_user_media(vector: Vector) -> Outcome:
    asked, context = vector.get('constraints'), vector.get('context', {})
    if isinstance(asked, Mapping) and 'video' in asked:
        asked = {**asked, 'video': _recognised(asked['video'], vector.get('supported'))}
    video = video_constraints_from_json(asked)
    ptz = PanTiltZoom.ALLOWED if context.get('ptzPermission', True) else PanTiltZoom.HIDDEN
    # Without a list of devices the vector itself describes the only one.
    devices = [_Device(one, context) for one in vector.get('devices', [vector])]
    track = get_user_media(devices, video, ptz=ptz)
    return {'resolves': True, 'device': track.label, 'settings': settings_to_json(track.settings),
            'constraints_after': constraints_to_json(track.constraints)}


def _photo(track: VideoTrack[ScriptedState], settings: Any) -> Future[CompletedPhoto[ScriptedState]]:
    return ImageCapture(track).take_photo(photo_settings_from_json(settings))


def _photo_outcome(completed: CompletedPhoto[ScriptedState]) -> dict[str, Any]:
    return {'photo': photo_settings_to_json(completed.photo.settings)}


def _frame_outcome(completed: CompletedFrame[ScriptedState]) -> dict[str, Any]:
    return {'frame': {'width': completed.frame.width, 'height': completed.frame.height}}


def _take_photo(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    completed = stage.asked(lambda: _photo(stage.track, vector.get('photo_settings')))
    return {'resolves': True, **_photo_outcome(completed)}


def _grab_frame(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    return {'resolves': True, **_frame_outcome(stage.asked(ImageCapture(stage.track).grab_frame))}


def _get_photo_capabilities(vector: Vector) -> Outcome:
    stage = _Stage(vector)
    return _value(photo_capabilities_to_json(stage.answered(ImageCapture(stage.track).get_photo_capabilities)))


def _get_photo_settings(vector: Vector) -> Outcome:
    stage = _Stage({'photo_state': vector.get('photo_settings', vector.get('photo_defaults', {})), **vector})
    return _value(photo_settings_to_json(stage.answered(ImageCapture(stage.track).get_photo_settings)))


def _get_settings(vector: Vector) -> Outcome:
    return _value(settings_to_json(_Stage(vector).track.settings))


def _get_capabilities(vector: Vector) -> Outcome:
    capabilities, fixed = _Stage(vector).track.capabilities, fixed_names(vector)
    return _value(capabilities_to_json({name: one for name, one in capabilities.items() if name not in fixed}))


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
    ImageCapture(stage.track if stage.kind == 'video' else audio_track())
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
