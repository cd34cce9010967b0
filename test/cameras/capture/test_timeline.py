# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which state was in force when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fixtures.scripted_camera import SMALL, ScriptedCamera

from imagecapture_ros.cameras.capture.snapshot import Snapshot, snapshot_of
from imagecapture_ros.cameras.capture.timeline import KEPT, Timeline
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import SettingValue


@pytest.fixture
def first() -> Snapshot:
    camera = ScriptedCamera()
    camera.open()
    return replace(snapshot_of(camera, Framing.native(camera.mode)), in_force_since=100)


def changed(state: Snapshot, since: int, **settings: SettingValue) -> Snapshot:
    return replace(state, settings={**state.settings, **settings}, in_force_since=since)


def test_a_state_counts_from_its_moment_on(first: Snapshot) -> None:
    timeline = Timeline(first)
    second = changed(first, 200, zoom=2.0)
    assert timeline.add(second) is timeline.newest is second
    assert [timeline.at(moment) for moment in (0, 100, 199, 200, 10 ** 18)] == [first, first, first, second, second]


def test_several_changes_may_be_under_way(first: Snapshot) -> None:
    timeline = Timeline(first)
    timeline.add(changed(first, 300, zoom=2.0))
    timeline.add(changed(first, 400, zoom=3.0))
    assert [timeline.at(moment).settings['zoom'] for moment in (299, 300, 399, 400)] == [1.0, 2.0, 2.0, 3.0]


def test_what_changes_meanwhile_holds_before_and_after_what_is_under_way(first: Snapshot) -> None:
    timeline = Timeline(first)
    pending = timeline.add(changed(first, 300, zoom=2.0))
    newest = timeline.add(changed(pending, 200, exposure_time=9.0))
    told = [(timeline.at(moment).settings['zoom'], timeline.at(moment).settings['exposure_time'])
            for moment in (199, 200, 299, 300)]
    assert told == [(1.0, 156.0), (1.0, 9.0), (1.0, 9.0), (2.0, 9.0)]
    assert newest is timeline.newest
    # Who records them one after the other never sees time go back.
    assert newest.in_force_since == 300


def test_of_states_that_begin_together_the_last_counts(first: Snapshot) -> None:
    timeline = Timeline(first)
    timeline.add(changed(first, 200, zoom=2.0))
    timeline.add(changed(first, 200, zoom=3.0))
    assert timeline.at(200).settings['zoom'] == 3.0


def test_with_another_mode_the_stream_begins_anew(first: Snapshot) -> None:
    timeline = Timeline(first)
    timeline.add(changed(first, 300, zoom=2.0))
    small = replace(changed(first, 250, zoom=2.0), framing=Framing.native(SMALL))
    assert timeline.add(small) is small
    assert timeline.at(0) is timeline.at(299) is small


def test_a_new_stream_has_the_newest_state_from_its_first_frame_on(first: Snapshot) -> None:
    timeline = Timeline(first)
    timeline.add(changed(first, 300, zoom=2.0))
    timeline.begin_anew(150)
    assert timeline.at(0).settings['zoom'] == timeline.at(150).settings['zoom'] == 2.0
    assert timeline.newest.in_force_since == 150


def test_only_so_many_are_kept(first: Snapshot) -> None:
    timeline = Timeline(first)
    for number in range(1, 2 * KEPT):
        timeline.add(changed(first, 100 + number, exposure_time=float(number)))
    assert timeline.at(0).settings['exposure_time'] == float(KEPT)
    assert timeline.newest.settings['exposure_time'] == 2.0 * KEPT - 1
