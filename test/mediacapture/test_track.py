# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""VideoTrack: constraints that replace one another, and parameters that give way to one another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fixtures.device_state import EXPOSURE, WHITE_BALANCE, ZOOM, controls, streaming

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints, ConstraintSet
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    InvalidStateError,
    MediaCaptureError,
    OperationError,
    OverconstrainedError,
    SecurityError,
)
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack


def joined(*devices: ScriptedState) -> ScriptedState:
    return ScriptedState(
        {name: value for device in devices for name, value in device.capabilities.items()},
        {name: value for device in devices for name, value in device.settings.items()},
        {name: value for device in devices for name, value in device.defaults.items()},
        [mode for device in devices for mode in device.native_modes],
    )


IDENTITY = ScriptedState(
    {'facing_mode': ('user',), 'device_id': ('camera-1',), 'group_id': ('unit-1',)},
    {'facing_mode': 'user', 'device_id': 'camera-1', 'group_id': 'unit-1'},
    {'facing_mode': 'user', 'device_id': 'camera-1', 'group_id': 'unit-1'},
)
CAMERA = joined(EXPOSURE, ZOOM, IDENTITY)


@pytest.fixture
def source() -> ScriptedSource:
    return ScriptedSource(CAMERA)


@pytest.fixture
def track(source: ScriptedSource) -> VideoTrack:
    return VideoTrack(source)


def apply(track: VideoTrack, *advanced: ConstraintSet, **basic: Constraint) -> None:
    track.apply_constraints(Constraints(basic, advanced)).result()


def put(track: VideoTrack, **values: Constraint) -> None:
    """Ask as one parameter request does."""
    track.apply_exact(values).result()


def exact(value: float | str) -> Constraint:
    return Constraint(exact=(value,) if isinstance(value, str) else value)


def ideal(value: float | str) -> Constraint:
    return Constraint(ideal=(value,) if isinstance(value, str) else value)


def forget_compensation(source: ScriptedSource) -> None:
    """Do as some devices do in the manual mode."""
    source.state = replace(source.state, settings={**source.state.settings, 'exposure_compensation': 0.0})


# State.

def test_a_new_track_is_live_and_unconstrained(track: VideoTrack, source: ScriptedSource) -> None:
    assert track.ready_state == 'live'
    assert not track.muted
    assert track.constraints == Constraints()
    assert track.settings == CAMERA.settings
    assert track.capabilities == CAMERA.capabilities
    assert track.source is source


def test_the_source_mutes_and_ends_the_track(track: VideoTrack, source: ScriptedSource) -> None:
    source.status = SourceStatus(muted=True, ended=False, reason='unplugged')
    assert (track.muted, track.ready_state) == (True, 'live')
    source.status = SourceStatus(muted=True, ended=True, reason='end of file')
    assert track.ready_state == 'ended'


def test_a_stopped_track_stays_ended_and_says_only_who_it_was(track: VideoTrack) -> None:
    track.stop()
    track.stop()
    assert track.ready_state == 'ended'
    assert track.settings == {'facing_mode': 'user', 'device_id': 'camera-1', 'group_id': 'unit-1'}
    assert track.capabilities == CAMERA.capabilities


def test_on_an_ended_track_constraints_resolve_and_do_nothing(track: VideoTrack, source: ScriptedSource) -> None:
    apply(track, zoom=exact(2.0))
    track.stop()
    apply(track, zoom=exact(99.0))
    assert len(source.applied) == 1
    assert track.constraints == Constraints({'zoom': exact(2.0)})


def test_on_an_ended_track_values_that_are_set_are_refused(track: VideoTrack) -> None:
    track.stop()
    with pytest.raises(InvalidStateError, match='ended'):
        put(track, zoom=exact(2.0))


def test_a_wrong_type_is_refused_even_on_an_ended_track(track: VideoTrack) -> None:
    track.stop()
    with pytest.raises(ConstraintTypeError):
        track.apply_constraints(Constraints({'zoom': Constraint(exact='far')}))  # type: ignore[arg-type]


def test_settings_are_those_of_the_picture_as_it_is_delivered() -> None:
    track = VideoTrack(ScriptedSource(replace(streaming((640, 480, 30.0)), turned=True)))
    assert (track.settings['width'], track.settings['height']) == (480, 640)
    apply(track, width=exact(320.0), height=exact(100.0))
    assert (track.settings['width'], track.settings['height']) == (100, 320)


# apply_constraints.

def test_constraints_replace_all_earlier_ones(track: VideoTrack) -> None:
    apply(track, zoom=exact(2.0))
    apply(track, exposure_time=exact(50.0))
    assert track.settings['zoom'] == 1.0
    assert track.settings['exposure_time'] == 50.0
    assert track.constraints == Constraints({'exposure_time': exact(50.0)})


def test_no_constraints_bring_the_defaults_back(track: VideoTrack) -> None:
    apply(track, zoom=exact(2.0), exposure_mode=exact('manual'))
    apply(track)
    assert track.settings['zoom'] == 1.0
    assert track.settings['exposure_mode'] == 'continuous'
    assert track.constraints == Constraints()


def test_skipped_advanced_sets_are_remembered_too(track: VideoTrack) -> None:
    sets: tuple[ConstraintSet, ...] = ({'zoom': exact(99.0)}, {'zoom': exact(3.0)})
    apply(track, *sets)
    assert track.settings['zoom'] == 3.0
    assert track.constraints == Constraints({}, sets)


def test_constraints_that_ask_nothing_are_not_remembered(track: VideoTrack) -> None:
    apply(track, {'zoom': Constraint()}, zoom=Constraint(), exposure_mode=Constraint(exact=()))
    assert track.constraints == Constraints({}, ({},))


def test_a_refusal_changes_neither_settings_nor_constraints(track: VideoTrack) -> None:
    apply(track, zoom=exact(2.0))
    before = dict(track.settings)
    with pytest.raises(OverconstrainedError) as caught:
        apply(track, zoom=exact(99.0), exposure_time=exact(50.0))
    assert caught.value.constraint == 'zoom'
    assert track.settings == before
    assert track.constraints == Constraints({'zoom': exact(2.0)})


def test_a_failing_device_leaves_the_constraints_as_they_were(track: VideoTrack, source: ScriptedSource) -> None:
    apply(track, zoom=ideal(2.0))
    source.failure = OperationError('busy')
    with pytest.raises(OperationError):
        apply(track, zoom=ideal(3.0))
    with pytest.raises(OperationError):
        put(track, zoom=exact(4.0))
    source.failure = None
    assert track.constraints == Constraints({'zoom': ideal(2.0)})
    put(track, exposure_time=exact(50.0))
    assert track.settings['zoom'] == 2.0


# Pan, tilt and zoom.

@pytest.mark.parametrize('name', ['pan', 'tilt', 'zoom'])
@pytest.mark.parametrize('constraint', [
    Constraint(exact=2.0), Constraint(ideal=2.0), Constraint(min=1.0), Constraint(), Constraint(ideal=True),
])
def test_without_permission_pan_tilt_and_zoom_are_refused(name: str, constraint: Constraint) -> None:
    track = VideoTrack(ScriptedSource(CAMERA), ptz=PanTiltZoom.REFUSED)
    asked: list[Constraints] = [Constraints({name: constraint}), Constraints({}, ({name: constraint},))]
    for constraints in asked:
        with pytest.raises(SecurityError, match='allow_ptz:=true'):
            track.apply_constraints(constraints)
    with pytest.raises(SecurityError):
        track.apply_exact({name: constraint})


def test_without_permission_everything_else_is_allowed() -> None:
    track = VideoTrack(ScriptedSource(CAMERA), ptz=PanTiltZoom.REFUSED)
    apply(track, exposure_time=ideal(50.0), zoom=Constraint(ideal=False))
    put(track, exposure_time=exact(60.0))
    assert track.settings['exposure_time'] == 60.0


def test_an_ended_track_refuses_nothing() -> None:
    track = VideoTrack(ScriptedSource(CAMERA), ptz=PanTiltZoom.REFUSED)
    track.stop()
    apply(track, zoom=exact(2.0))


# apply_exact: one parameter after the other.

def test_parameters_accumulate(track: VideoTrack) -> None:
    put(track, zoom=exact(2.0))
    put(track, exposure_time=exact(50.0))
    assert (track.settings['zoom'], track.settings['exposure_time']) == (2.0, 50.0)
    assert track.constraints == Constraints()


def test_a_newer_value_of_a_parameter_replaces_the_older(track: VideoTrack) -> None:
    put(track, zoom=exact(2.0))
    put(track, zoom=exact(3.0))
    put(track, exposure_time=exact(50.0))
    assert track.settings['zoom'] == 3.0


def test_manual_a_time_then_automatic_again_and_manual_again(track: VideoTrack) -> None:
    put(track, exposure_mode=exact('manual'))
    put(track, exposure_time=exact(333.0))
    put(track, exposure_mode=exact('continuous'))
    assert track.settings['exposure_mode'] == 'continuous'
    put(track, exposure_mode=exact('manual'))
    assert track.settings['exposure_time'] == 333.0


def test_switching_an_automatic_off_keeps_what_it_has_found(source: ScriptedSource) -> None:
    track = VideoTrack(source)
    source.state = replace(source.state, settings={**source.state.settings, 'exposure_time': 237.0})
    put(track, exposure_mode=exact('manual'))
    assert track.settings['exposure_time'] == 237.0
    put(track, zoom=exact(2.0))
    assert track.settings['exposure_time'] == 237.0
    apply(track, exposure_mode=exact('manual'))
    assert track.settings['exposure_time'] == 156.0  # constraints that leave a value out mean its default


def test_an_earlier_mode_gives_way_to_a_value_and_does_not_come_back_with_the_next_parameter(track: VideoTrack) -> None:
    put(track, exposure_mode=exact('continuous'))
    put(track, exposure_time=exact(333.0))
    put(track, zoom=exact(2.0))
    assert (track.settings['exposure_mode'], track.settings['exposure_time']) == ('manual', 333.0)


def test_a_value_without_effect_in_a_newer_mode_does_not_bring_its_own_mode_back(source: ScriptedSource) -> None:
    track = VideoTrack(source)
    put(track, exposure_compensation=exact(2.0))
    put(track, exposure_mode=exact('manual'))
    forget_compensation(source)
    put(track, zoom=exact(2.0))
    assert track.settings['exposure_mode'] == 'manual'


def test_a_value_that_the_automatic_holds_by_chance_is_still_set_manually(track: VideoTrack) -> None:
    assert track.settings['exposure_time'] == 156.0
    put(track, exposure_time=exact(156.0))
    assert track.settings['exposure_mode'] == 'manual'


def test_all_settings_can_be_asked_for_as_they_are(track: VideoTrack) -> None:
    apply(track, zoom=exact(2.0))
    before = dict(track.settings)
    put(track, **{name: exact(value) for name, value in before.items()})  # type: ignore[arg-type]
    assert track.settings == before


def test_a_refused_parameter_changes_nothing_and_is_not_wished_for_later(track: VideoTrack) -> None:
    put(track, zoom=exact(2.0))
    with pytest.raises(OverconstrainedError) as caught:
        put(track, zoom=exact(99.0))
    assert (caught.value.constraint, caught.value.required_earlier) == ('zoom', False)
    put(track, exposure_time=exact(50.0))
    assert track.settings['zoom'] == 2.0


def test_values_can_be_checked_without_being_set(track: VideoTrack) -> None:
    apply(track, zoom=Constraint(max=3.0))
    before = track.settings, track.constraints, track.asked
    track.check_exact({'zoom': exact(2.0), 'exposure_time': exact(50.0)})
    for name, value in (('zoom', 4.0), ('exposure_time', 1e9), ('torch', 'on')):
        with pytest.raises(MediaCaptureError) as refused:
            put(track, **{name: exact(value)})
        with pytest.raises(type(refused.value)) as caught:
            track.check_exact({name: exact(value)})
        assert caught.value.message == refused.value.message
    assert (track.settings, track.constraints, track.asked) == before


def test_what_the_constraints_require_can_refuse_a_parameter(track: VideoTrack) -> None:
    apply(track, zoom=Constraint(max=3.0))
    put(track, zoom=exact(2.0))
    with pytest.raises(OverconstrainedError) as caught:
        put(track, zoom=exact(4.0))
    assert (caught.value.constraint, caught.value.required_earlier) == ('zoom', True)
    assert 'zoom exact 4 cannot be met together with what is required already, zoom max 3;' in caught.value.message
    assert track.settings['zoom'] == 2.0


def test_what_the_constraints_wish_gives_way_to_a_parameter(track: VideoTrack) -> None:
    apply(track, zoom=ideal(6.0), exposure_mode=ideal('continuous'))
    put(track, zoom=exact(2.0))
    put(track, exposure_time=exact(50.0))
    put(track, exposure_compensation=ideal(1.0))
    assert (track.settings['zoom'], track.settings['exposure_time']) == (2.0, 50.0)
    assert track.constraints == Constraints({'zoom': ideal(6.0), 'exposure_mode': ideal('continuous')})


def test_a_wish_of_the_constraints_for_a_value_does_not_undo_the_mode_of_a_parameter(source: ScriptedSource) -> None:
    track = VideoTrack(source)
    apply(track, exposure_compensation=ideal(2.0))
    put(track, exposure_mode=exact('manual'))
    forget_compensation(source)
    put(track, zoom=exact(2.0))
    assert track.settings['exposure_mode'] == 'manual'


def test_the_advanced_sets_of_the_constraints_stay_in_force(track: VideoTrack) -> None:
    apply(track, {'exposure_time': exact(50.0)})
    put(track, zoom=exact(2.0))
    assert (track.settings['exposure_mode'], track.settings['exposure_time']) == ('manual', 50.0)


def test_new_constraints_forget_the_parameters(track: VideoTrack) -> None:
    put(track, zoom=exact(2.0), exposure_time=exact(50.0))
    apply(track)
    put(track, exposure_compensation=exact(1.0))
    assert track.settings['zoom'] == 1.0
    assert track.settings['exposure_mode'] == 'continuous'


def test_wishes_at_start_are_met_as_far_as_possible(track: VideoTrack) -> None:
    put(track, zoom=ideal(99.0), torch=Constraint(ideal=True), exposure_time=ideal(333.0))
    assert (track.settings['zoom'], track.settings['exposure_mode']) == (8.0, 'manual')
    put(track, exposure_compensation=Constraint(min=-9.0))
    assert track.settings['zoom'] == 8.0


def test_the_dump_of_an_automatic_camera_can_be_loaded_into_a_manual_one() -> None:
    track = VideoTrack(ScriptedSource(WHITE_BALANCE))
    put(track, color_temperature=exact(3000.0))
    put(track, white_balance_mode=exact('continuous'), color_temperature=ideal(4600.0))
    assert track.settings['white_balance_mode'] == 'continuous'


def test_a_value_with_a_mode_that_the_device_does_not_have_is_independent() -> None:
    track = VideoTrack(ScriptedSource(controls({'exposure_time': MediaSettingsRange(1, 100)}, {'exposure_time': 5.0})))
    put(track, exposure_time=exact(7.0))
    put(track, exposure_time=exact(8.0))
    assert track.settings == {'exposure_time': 8.0}
