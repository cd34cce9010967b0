# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera whose rate is found and not set: settings, stream and limits follow it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, ScriptedCamera

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.capture import capture_thread
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.frame_times import RateFollowingCamera
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.track import VideoTrack


class FollowingCamera(ScriptedCamera, RateFollowingCamera):
    """Has one mode, whose rate the test changes."""

    rate_origin = 'measured'
    patience = 0.0

    def follow(self, rate: float) -> None:
        """Have another rate from now on, and deliver a frame."""
        self.native_modes = (NativeMode(8, 6, rate),)
        self.mode = self.native_modes[0]
        self.deliver(int(1000 * rate))


@pytest.fixture
def camera() -> FollowingCamera:
    return FollowingCamera(NativeMode(8, 6, 10.0))


@pytest.fixture
def thread(camera: FollowingCamera, recorder: Recorder) -> Iterator[CaptureThread]:
    capture = CaptureThread(camera, recorder)
    capture.open().result(PATIENCE)
    yield capture
    assert capture.close(PATIENCE)


def rate_after(recorder: Recorder, camera: FollowingCamera, rate: float) -> tuple[float, str]:
    """Let the camera have another rate; return the rate that the stream has then, and its resize mode."""
    camera.follow(rate)
    recorder.wait_for(lambda: recorder.snapshots and recorder.snapshots[-1].framing.mode.frame_rate == rate)
    settings = recorder.snapshots[-1].settings
    assert recorder.snapshots[-1].capabilities['frame_rate'].max == rate  # type: ignore[union-attr]
    return settings['frame_rate'], settings['resize_mode']  # type: ignore[return-value]


def test_where_nobody_asks_for_a_rate_the_stream_has_that_of_the_camera(
    thread: CaptureThread, camera: FollowingCamera, recorder: Recorder,
) -> None:
    track = VideoTrack(thread)
    track.apply_constraints(Constraints({'width': Constraint(ideal=8.0)})).result(PATIENCE)
    assert thread.rate_origin == 'measured'
    thread.start_stream().result(PATIENCE)
    assert [rate_after(recorder, camera, rate) for rate in (5.0, 30.0, 10.0)] == [
        (5.0, 'none'), (30.0, 'none'), (10.0, 'none')]


def test_what_is_asked_for_is_had_again_as_soon_as_the_camera_makes_it_possible(
    thread: CaptureThread, camera: FollowingCamera, recorder: Recorder,
) -> None:
    track = VideoTrack(thread)
    track.apply_constraints(Constraints({'frame_rate': Constraint(ideal=10.0)})).result(PATIENCE)
    thread.start_stream().result(PATIENCE)
    assert [rate_after(recorder, camera, rate) for rate in (5.0, 30.0, 10.0)] == [
        (5.0, 'none'), (10.0, 'crop-and-scale'), (10.0, 'none')]


def test_what_is_required_and_cannot_be_had_is_had_as_far_as_it_goes(
    thread: CaptureThread, camera: FollowingCamera, recorder: Recorder,
) -> None:
    track = VideoTrack(thread)
    track.apply_constraints(Constraints({'frame_rate': Constraint(exact=8.0)})).result(PATIENCE)
    thread.start_stream().result(PATIENCE)
    assert rate_after(recorder, camera, 5.0)[0] == 5.0
    assert rate_after(recorder, camera, 12.0)[0] == 8.0


def test_a_camera_that_comes_back_with_another_rate_does_not_warn(
    thread: CaptureThread, camera: FollowingCamera, recorder: Recorder,
) -> None:
    track = VideoTrack(thread)
    track.apply_constraints(Constraints({'width': Constraint(ideal=8.0)})).result(PATIENCE)
    thread.start_stream().result(PATIENCE)
    camera.native_modes = (NativeMode(8, 6, 12.0),)
    camera.deliver(DeviceGone('unplugged'))
    recorder.wait_for(lambda: recorder.snapshots and recorder.snapshots[-1].settings['frame_rate'] == 12.0)
    assert thread.conflict == ''


def test_a_silence_that_the_camera_calls_none_is_none(
    thread: CaptureThread, camera: FollowingCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'STALL_AFTER', 0.05)
    camera.patience = 1e9
    thread.start_stream().result(PATIENCE)
    camera.deliver(0)
    recorder.wait_for_frames(0)
    camera.wait_for_reads(8)  # each waits 0.1 s
    assert not thread.status.muted
    camera.patience = 0.0
    recorder.wait_for_status(muted=True, times=1)
    assert thread.counters.stalls == 1
