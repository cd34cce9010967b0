# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tracks that share a source, stop one by one, or may not move the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fixtures.device_state import EXPOSURE, ZOOM, controls, streaming

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints, ConstraintSet
from imagecapture_ros.mediacapture.errors import (
    InvalidStateError,
    MediaCaptureError,
    OperationError,
    OverconstrainedError,
    SecurityError,
)
from imagecapture_ros.mediacapture.solver.select_settings import Selection
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack

TORCH = controls({'torch': (False, True), 'iso': MediaSettingsRange(100, 800, 100)}, {'torch': False, 'iso': 100.0})
VIEW = controls(
    {'pan': MediaSettingsRange(-10, 10, 1), 'zoom': MediaSettingsRange(1, 8, 0.5), 'iso': MediaSettingsRange(100, 800)},
    {'pan': 0.0, 'zoom': 1.0, 'iso': 100.0}, pan=3.0,
)


def two_tracks(device: ScriptedState = TORCH) -> tuple[VideoTrack, VideoTrack, ScriptedSource]:
    source = ScriptedSource(device)
    return VideoTrack(source), VideoTrack(source), source


def apply(track: VideoTrack, basic: Mapping[str, Constraint], *advanced: ConstraintSet) -> None:
    track.apply_constraints(Constraints(basic, advanced)).result()


# Sharing.

def test_the_call_that_would_create_a_conflict_fails_and_changes_nothing_for_anybody() -> None:
    first, second, _ = two_tracks()
    apply(first, {'torch': Constraint(exact=False)})
    with pytest.raises(OverconstrainedError) as caught:
        apply(second, {'torch': Constraint(exact=True), 'iso': Constraint(exact=200.0)})
    assert caught.value.constraint == 'torch'
    assert caught.value.message == (
        'torch exact true cannot be met together with what is required already, torch exact false; change that first, '
        'with apply_constraints')
    assert first.settings == second.settings == TORCH.settings
    assert first.constraints == Constraints({'torch': Constraint(exact=False)})
    assert second.constraints == Constraints()


def test_what_another_track_requires_stays_when_something_else_is_asked() -> None:
    first, second, _ = two_tracks()
    apply(first, {'torch': Constraint(exact=True)})
    apply(second, {'iso': Constraint(exact=200.0)})
    assert first.settings == second.settings == {'torch': True, 'iso': 200.0}
    apply(second, {})
    assert first.settings == {'torch': True, 'iso': 100.0}


def test_a_wish_of_another_track_stays_until_the_same_is_asked_for() -> None:
    first, second, _ = two_tracks()
    apply(first, {'iso': Constraint(ideal=800.0)})
    apply(second, {'torch': Constraint(ideal=True)})
    assert second.settings == {'torch': True, 'iso': 800.0}
    apply(second, {'iso': Constraint(ideal=200.0)})
    assert second.settings == {'torch': False, 'iso': 200.0}


def test_a_wish_of_another_track_does_not_undo_the_mode_that_is_asked_for() -> None:
    first, second, _ = two_tracks(EXPOSURE)
    apply(first, {'exposure_time': Constraint(ideal=333.0)})
    assert first.settings['exposure_mode'] == 'manual'
    apply(second, {'exposure_mode': Constraint(ideal=('continuous',))})
    assert first.settings['exposure_mode'] == 'continuous'


def test_own_advanced_sets_come_before_those_of_other_tracks() -> None:
    first, second, source = two_tracks()
    apply(first, {}, {'iso': Constraint(exact=800.0)})
    apply(second, {}, {'iso': Constraint(exact=200.0)}, {'iso': Constraint(exact=300.0)})
    assert second.settings['iso'] == 200.0
    assert source.applied[-1].skipped_advanced == (1,)


def test_a_parameter_of_one_track_is_a_wish_for_the_others() -> None:
    first, second, _ = two_tracks()
    first.apply_exact({'iso': Constraint(exact=400.0)}).result()
    apply(second, {'torch': Constraint(exact=True)})
    assert second.settings == {'torch': True, 'iso': 400.0}
    second.apply_exact({'iso': Constraint(exact=200.0)}).result()
    assert first.settings['iso'] == 200.0


def test_a_stopped_track_asks_for_nothing_any_more() -> None:
    first, second, _ = two_tracks()
    apply(first, {'torch': Constraint(exact=False)})
    first.stop()
    apply(second, {'torch': Constraint(exact=True)})
    assert second.settings['torch'] is True


def test_a_value_that_an_automatic_held_when_it_was_required_is_not_required_for_ever() -> None:
    source = ScriptedSource(EXPOSURE)
    track, other = VideoTrack(source), VideoTrack(source)
    held = {'exposure_mode': Constraint(exact=('continuous',)), 'exposure_time': Constraint(exact=156.0)}
    apply(track, held)
    source.state = replace(source.state, settings={**source.state.settings, 'exposure_time': 90.0})
    track.apply_exact({'exposure_compensation': Constraint(exact=1.0)}).result()
    apply(other, {'exposure_compensation': Constraint(ideal=2.0)})
    assert other.settings['exposure_compensation'] == 2.0
    assert track.constraints == Constraints(held)


def test_the_order_of_tracks_makes_no_difference_to_what_holds_already() -> None:
    first, second, _ = two_tracks(EXPOSURE)
    apply(first, {'exposure_mode': Constraint(exact=('continuous',))})
    apply(second, {'exposure_time': Constraint(exact=156.0)})
    apply(first, {'exposure_mode': Constraint(exact=('continuous',))})
    apply(second, {'exposure_time': Constraint(exact=156.0)})


# Clones and their end.

def test_a_clone_has_its_own_identity_and_the_same_state() -> None:
    source = ScriptedSource(TORCH)
    track = VideoTrack(source)
    apply(track, {'iso': Constraint(exact=200.0)})
    track.enabled = False
    clone = track.clone()
    assert clone.id != track.id
    assert (clone.kind, clone.label, clone.enabled, clone.ready_state) == ('video', 'scripted', False, 'live')
    assert clone.source is source
    assert clone.constraints == track.constraints
    assert clone.settings == track.settings
    assert clone.capabilities == track.capabilities


def test_constraints_of_a_clone_are_its_own_from_then_on() -> None:
    track = VideoTrack(ScriptedSource(TORCH))
    apply(track, {'iso': Constraint(ideal=200.0)})
    clone = track.clone()
    apply(clone, {'torch': Constraint(ideal=True)})
    assert track.constraints == Constraints({'iso': Constraint(ideal=200.0)})
    assert clone.constraints == Constraints({'torch': Constraint(ideal=True)})


def test_the_source_is_released_with_its_last_track() -> None:
    source = ScriptedSource(TORCH)
    track = VideoTrack(source)
    clone = track.clone()
    track.stop()
    assert (track.ready_state, clone.ready_state, source.released) == ('ended', 'live', False)
    clone.stop()
    clone.stop()
    assert source.released


def test_the_clone_of_an_ended_track_has_ended() -> None:
    source = ScriptedSource(TORCH)
    track, other = VideoTrack(source), VideoTrack(source)
    track.stop()
    assert track.clone().ready_state == 'ended'
    assert other.ready_state == 'live'
    assert not source.released


def test_the_clone_of_a_track_that_cannot_see_pan_tilt_and_zoom_cannot_either() -> None:
    assert 'zoom' not in VideoTrack(ScriptedSource(ZOOM), ptz=PanTiltZoom.HIDDEN).clone().capabilities


class CloningSource(ScriptedSource):
    """Clones its first track while the device is being set."""

    clone: VideoTrack | None = None

    def _fail_if_told(self, error: type[MediaCaptureError]) -> None:
        if self.clone is None:
            self.clone = self.tracks.others(None)[0].clone()  # type: ignore[arg-type]
        super()._fail_if_told(error)


def test_a_clone_made_while_a_request_is_carried_out_has_its_outcome() -> None:
    source = CloningSource(TORCH)
    track = VideoTrack(source)
    apply(track, {'iso': Constraint(exact=200.0)})
    assert source.clone is not None
    assert source.clone.constraints == track.constraints != Constraints()
    later = track.clone()
    apply(track, {'iso': Constraint(ideal=300.0)})
    assert later.constraints == source.clone.constraints == Constraints({'iso': Constraint(exact=200.0)})


class StoppingSource(ScriptedSource):
    """Serves a request only after the track that asked was stopped."""

    def _apply(self, solve: Any, accept: Any) -> Selection:
        for track in self.tracks.others(None):  # type: ignore[arg-type]
            track.stop()
        return super()._apply(solve, accept)


def test_what_a_stopped_track_asked_before_is_not_carried_out() -> None:
    source = StoppingSource(TORCH)
    track = VideoTrack(source)
    with pytest.raises(InvalidStateError, match='the track was stopped before this could be done'):
        apply(track, {'iso': Constraint(exact=200.0)})
    assert source.state == TORCH
    assert track.constraints == Constraints()


# Pan, tilt and zoom.

@pytest.fixture
def blind() -> VideoTrack:
    return VideoTrack(ScriptedSource(VIEW), ptz=PanTiltZoom.HIDDEN)


def test_without_permission_pan_tilt_and_zoom_seem_not_to_be_there(blind: VideoTrack) -> None:
    assert set(blind.capabilities) == set(blind.settings) == {'iso'}
    with pytest.raises(OverconstrainedError) as caught:
        apply(blind, {'pan': Constraint(exact=2.0)})
    assert caught.value.constraint == 'pan'
    apply(blind, {'zoom': Constraint(ideal=2.0), 'iso': Constraint(ideal=300.0)}, {'pan': Constraint(exact=True)})
    assert blind.settings == {'iso': 300.0}
    assert isinstance(blind.source, ScriptedSource)
    assert blind.source.applied[-1].skipped_advanced == (0,)


def test_who_may_not_move_the_view_leaves_it_where_it_is(blind: VideoTrack) -> None:
    apply(blind, {'iso': Constraint(exact=300.0)})
    assert isinstance(blind.source, ScriptedSource)
    assert blind.source.state.settings == {'pan': 3.0, 'zoom': 1.0, 'iso': 300.0}


def test_true_keeps_the_view_and_no_constraint_brings_it_back() -> None:
    track = VideoTrack(ScriptedSource(VIEW))
    apply(track, {'pan': Constraint(ideal=True)})
    assert track.settings['pan'] == 3.0
    apply(track, {})
    assert track.settings['pan'] == 0.0


@pytest.mark.parametrize('device, wanted, taken', [
    (VIEW, True, True), (VIEW, False, False), (TORCH, True, False), (TORCH, False, True),
])
def test_an_advanced_set_can_ask_for_a_device_with_or_without_pan(
    device: ScriptedState, wanted: bool, taken: bool,
) -> None:
    track = VideoTrack(ScriptedSource(device))
    apply(track, {}, {'pan': Constraint(exact=wanted), 'iso': Constraint(exact=200.0)})
    assert (track.settings['iso'] == 200.0) is taken


def test_where_the_view_may_not_be_moved_all_settings_can_be_loaded_as_they_are() -> None:
    track = VideoTrack(ScriptedSource(VIEW), ptz=PanTiltZoom.REFUSED)
    track.apply_exact({name: Constraint(exact=value) for name, value in VIEW.settings.items()}).result()  # type: ignore
    track.apply_exact({'pan': Constraint(exact=3.0), 'iso': Constraint(exact=300.0)}).result()
    assert track.settings == {'pan': 3.0, 'zoom': 1.0, 'iso': 300.0}
    with pytest.raises(SecurityError):
        track.apply_exact({'pan': Constraint(exact=4.0)})


# Values beside the steps.

def test_an_exact_value_beside_the_steps_is_refused_unless_it_may_be_snapped() -> None:
    track = VideoTrack(ScriptedSource(TORCH))
    with pytest.raises(OverconstrainedError):
        apply(track, {'iso': Constraint(exact=240.0)})
    track.apply_constraints(
        Constraints({'iso': Constraint(exact=240.0)}, ({'iso': Constraint(exact=180.0)},)), snap=True).result()
    assert track.settings['iso'] == 200.0
    assert track.constraints == Constraints({'iso': Constraint(exact=200.0)}, ({'iso': Constraint(exact=200.0)},))
    track.apply_exact({'torch': Constraint(exact=True)}).result()
    assert track.settings == {'torch': True, 'iso': 200.0}


def test_outside_the_range_nothing_is_snapped() -> None:
    track = VideoTrack(ScriptedSource(TORCH))
    with pytest.raises(OverconstrainedError, match='it allows 100 to 800'):
        track.apply_constraints(Constraints({'iso': Constraint(exact=801.0)}), snap=True).result()


def test_a_parameter_is_snapped_and_stays_where_it_was_snapped_to() -> None:
    track = VideoTrack(ScriptedSource(TORCH))
    # The nearest step is 100, but as a wish 149 would go to 200: the decision lies at the geometric mean.
    track.apply_exact({'iso': Constraint(exact=149.0)}).result()
    assert track.settings['iso'] == 100.0
    track.apply_exact({'torch': Constraint(exact=True)}).result()
    assert track.settings['iso'] == 100.0


def test_a_device_that_refuses_leaves_constraints_as_they_were() -> None:
    source = ScriptedSource(TORCH)
    track = VideoTrack(source)
    source.failure = OperationError('no')
    with pytest.raises(OperationError):
        apply(track, {'iso': Constraint(exact=200.0)})
    assert track.constraints == Constraints()
    assert track.settings == TORCH.settings


@pytest.mark.parametrize('name, given, taken', [
    ('frame_rate', 29.97, 30000 / 1001), ('frame_rate', 14.985, 15000 / 1001), ('frame_rate', 60.0, 60.0),
    ('frame_rate', 59.94, 60.0), ('frame_rate', 60.06, 60.0), ('frame_rate', 14.99, 15000 / 1001),
    ('frame_rate', 14.0, 14.0), ('frame_rate', 50.0, 50.0), ('frame_rate', 7.0, 7.0), ('frame_rate', 0.5, 0.5),
    ('aspect_ratio', 1.333, 1.3333333333), ('aspect_ratio', 1.78, 1.7777777778), ('aspect_ratio', 1.5, 1.5),
])
def test_a_rate_or_ratio_given_by_hand_means_the_nearest_that_there_is(name: str, given: float, taken: float) -> None:
    source = ScriptedSource(streaming((640, 480, 30000 / 1001), (1280, 720, 60.0)))
    track = VideoTrack(source)
    track.apply_exact({name: Constraint(exact=given)}).result()
    assert track.settings[name] == pytest.approx(taken, rel=1e-9)


def test_a_rate_that_the_camera_does_not_reach_is_refused_unless_it_nearly_does() -> None:
    track = VideoTrack(ScriptedSource(streaming((640, 480, 30000 / 1001))))
    track.apply_exact({'frame_rate': Constraint(exact=30.0)}).result()
    assert (track.settings['frame_rate'], track.settings['resize_mode']) == (30000 / 1001, 'none')
    with pytest.raises(OverconstrainedError, match=r'it allows 0 to 29\.97'):
        track.apply_exact({'frame_rate': Constraint(exact=31.0)}).result()


def test_a_wish_for_a_rate_may_be_snapped_too() -> None:
    tracks = [VideoTrack(ScriptedSource(streaming((640, 480, 30000 / 1001)))) for _ in range(2)]
    for track, snap in zip(tracks, (False, True), strict=True):
        track.apply_constraints(Constraints({'frame_rate': Constraint(ideal=29.97)}), snap=snap).result()
    assert [(track.settings['frame_rate'], track.settings['resize_mode']) for track in tracks] == [
        (29.97, 'crop-and-scale'), (30000 / 1001, 'none')]
    # What it is set to already is not taken for something else.
    track = tracks[0]
    track.apply_exact({'frame_rate': Constraint(exact=29.97)}).result()
    assert track.settings['frame_rate'] == 29.97
