# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Choosing a camera, and opening it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from fixtures.device_state import controls, streaming

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.errors import (
    AbortError,
    ConstraintTypeError,
    MediaCaptureError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    OperationError,
    OverconstrainedError,
    SecurityError,
)
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.track import PanTiltZoom
from imagecapture_ros.mediacapture.vocabulary import SELECTING, VOCABULARY, Kind, Point2D

PLAIN = controls({'brightness': MediaSettingsRange(0, 10)}, {'brightness': 5.0})
TURNING = controls({'pan': MediaSettingsRange(-9, 9, 1), 'brightness': MediaSettingsRange(0, 10)},
                   {'pan': 0.0, 'brightness': 5.0})
SMALL = streaming((640, 480, 30.0))
LARGE = streaming((1920, 1080, 30.0))


@dataclass
class Device:
    name: str
    state: ScriptedState = PLAIN
    error: Exception | None = None
    failure: Exception | None = None
    opened: list[ScriptedSource] = field(default_factory=list)

    def open(self) -> ScriptedSource:
        if self.error is not None:
            raise self.error
        source = ScriptedSource(self.state, self.name)
        source.failure = self.failure
        self.opened.append(source)
        return source

    @property
    def held(self) -> bool:
        return any(not source.released for source in self.opened)


def test_a_rate_that_nearly_is_a_native_one_may_mean_that() -> None:
    device = Device('ntsc', streaming((640, 480, 30000 / 1001)))
    wish = Constraints({'frame_rate': Constraint(ideal=29.97)})
    assert get_user_media([device], wish).settings['frame_rate'] == 29.97
    track = get_user_media([device], wish, snap=True)
    assert (track.settings['frame_rate'], track.settings['resize_mode']) == (30000 / 1001, 'none')


@pytest.mark.parametrize('constraints, name', [
    ({}, 'small'),
    ({'width': Constraint(ideal=1920.0)}, 'large'),
    ({'width': Constraint(min=1000.0)}, 'large'),
    ({'width': Constraint(ideal=640.0)}, 'small'),
    ({'frame_rate': Constraint(exact=30.0)}, 'small'),
    ({'zoom': Constraint(ideal=2.0)}, 'small'),
])
def test_the_camera_that_suits_best_is_taken_and_all_others_are_released(
    constraints: dict[str, Constraint], name: str,
) -> None:
    devices = [Device('small', SMALL), Device('large', LARGE)]
    track = get_user_media(devices, Constraints(constraints))
    assert track.label == name
    assert [device.held for device in devices] == [device.name == name for device in devices]
    assert track.constraints == Constraints(constraints)


@pytest.mark.parametrize('wish, name', [(True, 'turning'), (False, 'plain'), (3.0, 'turning')])
def test_a_camera_with_or_without_pan_can_be_preferred(wish: bool | float, name: str) -> None:
    for order in (1, -1):
        devices = [Device('plain', PLAIN), Device('turning', TURNING)][::order]
        assert get_user_media(devices, Constraints({'pan': Constraint(ideal=wish)})).label == name


def test_an_advanced_set_does_not_choose_the_camera_but_is_applied() -> None:
    devices = [Device('plain', PLAIN), Device('turning', TURNING)]
    track = get_user_media(devices, Constraints({}, ({'brightness': Constraint(exact=7.0)},)))
    assert (track.label, track.settings['brightness']) == ('plain', 7.0)


def test_opening_brings_the_camera_to_the_constraints() -> None:
    track = get_user_media([Device('some')], Constraints({'brightness': Constraint(ideal=7.0)}))
    assert track.settings['brightness'] == 7.0


@pytest.mark.parametrize('name', sorted(VOCABULARY.keys() - SELECTING))
def test_only_what_selects_a_camera_may_be_required(name: str) -> None:
    kinds: dict[Kind, Any] = {Kind.STRING: ('x',), Kind.BOOLEAN: True, Kind.POINTS: (Point2D(0.1, 0.2),)}
    exact = kinds.get(VOCABULARY[name].kind, 1.0)
    device = Device('some')
    with pytest.raises(ConstraintTypeError, match=f'{name}: exact .* cannot be required .* Required may be aspect_'):
        get_user_media([device], Constraints({name: Constraint(exact=exact)}))
    assert device.opened == []


def test_a_value_of_the_wrong_type_is_refused_before_anything_is_opened() -> None:
    device = Device('some')
    with pytest.raises(ConstraintTypeError):
        get_user_media([device], Constraints({'width': Constraint(ideal='wide')}))  # type: ignore[arg-type]
    assert device.opened == []


def test_no_camera_at_all_is_not_found() -> None:
    with pytest.raises(NotFoundError, match='no camera'):
        get_user_media([], Constraints())


def test_a_camera_that_cannot_be_opened_is_passed_over() -> None:
    errors = [NotReadableError('busy'), NotAllowedError('no'), NotFoundError('gone')]
    devices = [*(Device('lost', error=error) for error in errors), Device('free')]
    assert get_user_media(devices, Constraints()).label == 'free'


@pytest.mark.parametrize('error', [NotReadableError('busy'), NotAllowedError('no'), NotFoundError('gone')])
def test_when_none_can_be_opened_the_first_error_is_told(error: MediaCaptureError) -> None:
    devices = [Device('small', SMALL), Device('one', error=error), Device('two', error=NotReadableError('two'))]
    with pytest.raises(type(error), match=str(error)):
        get_user_media(devices, Constraints({'width': Constraint(exact=1920.0)}))
    assert not devices[0].held


def test_when_none_can_meet_what_is_required_the_first_says_why() -> None:
    devices = [Device('small', SMALL), Device('plain', PLAIN)]
    with pytest.raises(OverconstrainedError) as caught:
        get_user_media(devices, Constraints({'width': Constraint(exact=1920.0)}))
    assert caught.value.constraint == 'width'
    assert [device.held for device in devices] == [False, False]


def test_a_device_that_fails_while_it_is_set_up_is_an_abort_error() -> None:
    device = Device('weak', failure=OperationError('it burnt down'))
    with pytest.raises(AbortError, match='weak could not be set up: it burnt down'):
        get_user_media([device], Constraints())
    assert not device.held


def test_a_failure_that_nobody_foresaw_releases_what_was_opened() -> None:
    devices = [Device('some'), Device('broken', error=RuntimeError('boom'))]
    with pytest.raises(RuntimeError):
        get_user_media(devices, Constraints())
    assert devices[0].opened
    assert not devices[0].held


def test_an_empty_device_id_is_none() -> None:
    for constraint in (Constraint(exact=('',)), Constraint(ideal=('',))):
        assert get_user_media([Device('some')], Constraints({'device_id': constraint})).constraints == Constraints()
    with pytest.raises(OverconstrainedError):
        get_user_media([Device('some')], Constraints({'device_id': Constraint(exact=('', 'other'))}))


def test_without_permission_a_camera_is_chosen_as_if_it_had_no_pan() -> None:
    devices = [Device('turning', TURNING), Device('plain', PLAIN)]
    track = get_user_media(devices, Constraints({'pan': Constraint(ideal=3.0)}), ptz=PanTiltZoom.HIDDEN)
    assert track.label == 'turning'
    assert set(track.settings) == {'brightness'}


def test_where_pan_is_refused_it_cannot_be_given_at_the_start_either() -> None:
    device = Device('turning', TURNING)
    with pytest.raises(SecurityError):
        get_user_media([device], Constraints({'pan': Constraint(ideal=3.0)}), ptz=PanTiltZoom.REFUSED)
    assert device.opened == []


def test_every_constraint_that_is_known_is_supported() -> None:
    supported = get_supported_constraints()
    assert len(supported) == len(VOCABULARY)
    assert {'whiteBalanceMode', 'pointsOfInterest', 'zoom', 'torch', 'frameRate'} <= supported.keys()
    assert all(value is True for value in supported.values())
