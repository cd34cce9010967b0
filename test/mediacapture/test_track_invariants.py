# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What holds for every device and whatever is asked of it."""

from __future__ import annotations

from fixtures.random_devices import problems
from hypothesis import given, settings

from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedSource, ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints, ConstraintSet
from imagecapture_ros.mediacapture.errors import OverconstrainedError
from imagecapture_ros.mediacapture.solver.domains import satisfies
from imagecapture_ros.mediacapture.track import VideoTrack

Problem = tuple[ScriptedState, list[ConstraintSet], list[ConstraintSet]]


def applied(track: VideoTrack, constraints: Constraints) -> bool:
    try:
        track.apply_constraints(constraints).result()
    except OverconstrainedError:
        return False
    return True


@settings(max_examples=150)
@given(problems())
def test_a_call_that_fails_changes_nothing_and_one_that_succeeds_is_recorded(problem: Problem) -> None:
    device, basic, advanced = problem
    track = VideoTrack(ScriptedSource(device))
    for one in basic:
        before, remembered = track.settings, track.constraints
        constraints = Constraints(one, tuple(advanced))
        if applied(track, constraints):
            assert track.constraints == constraints.stated
        else:
            assert (track.settings, track.constraints) == (before, remembered)


@settings(max_examples=150)
@given(problems())
def test_requiring_the_settings_as_they_are_changes_none_of_them(problem: Problem) -> None:
    device, basic, advanced = problem
    track = VideoTrack(ScriptedSource(device))
    if applied(track, Constraints(basic[0], tuple(advanced))):
        there = dict(track.settings)
        exact = {name: Constraint(exact=(value,) if isinstance(value, str) else value)
                 for name, value in there.items()}
        assert applied(track, Constraints(exact))
        assert track.settings == there


@settings(max_examples=150)
@given(problems())
def test_what_two_tracks_require_holds_for_both(problem: Problem) -> None:
    device, basic, advanced = problem
    source = ScriptedSource(device)
    tracks = [VideoTrack(source) for _ in basic]
    for track, one in zip(tracks, basic, strict=True):
        before, remembered = source.state.settings, track.constraints
        if not applied(track, Constraints(one, tuple(advanced))):
            assert (source.state.settings, track.constraints) == (before, remembered)
    for track in tracks:
        for name, constraint in track.constraints.basic.items():
            assert not constraint.required or satisfies(track.settings[name], constraint)


@settings(max_examples=100)
@given(problems())
def test_the_same_request_twice_leads_to_the_same_settings(problem: Problem) -> None:
    device, basic, advanced = problem
    track = VideoTrack(ScriptedSource(device))
    constraints = Constraints(basic[0], tuple(advanced))
    if applied(track, constraints):
        once = dict(track.settings)
        assert applied(track, constraints)
        assert track.settings == once
