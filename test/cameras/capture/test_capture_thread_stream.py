# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns a device: what becomes of its frames."""

from __future__ import annotations

import logging
import time
from concurrent.futures import wait
from dataclasses import replace

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, ScriptedCamera, apply, exactly, nothing

from imagecapture_ros.cameras.capture import capture_thread
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.job_queue import MAX_JOBS
from imagecapture_ros.cameras.capture.timeline import BUFFERED
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import (
    NotReadableError,
    UnknownError,
)
from imagecapture_ros.mediacapture.frames import Frame

WISHES = PhotoSettings(image_width=100.0)


# The stream.

def test_frames_come_while_the_stream_runs(thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder) -> None:
    thread.start_stream().result(PATIENCE)
    assert recorder.wait_for_status(muted=False).reason == ''
    camera.deliver(0, 1)
    recorder.wait_for_frames(0, 1)
    thread.stop_stream().result(PATIENCE)
    assert recorder.wait_for_status(muted=True).reason == 'the stream is stopped'
    reads = camera.reads
    thread.take_photo(WISHES).result(PATIENCE)
    assert camera.reads == reads
    assert thread.counters.frames == 2


def test_starting_twice_starts_once(stream: CaptureThread, camera: ScriptedCamera) -> None:
    stream.start_stream().result(PATIENCE)
    assert len(camera.named('start')) == 1


def test_a_stream_that_cannot_start_stays_stopped(thread: CaptureThread, camera: ScriptedCamera) -> None:
    camera.fail('start', NotReadableError('no bandwidth on the bus'))
    with pytest.raises(NotReadableError):
        thread.start_stream().result(PATIENCE)
    assert thread.status.muted
    thread.start_stream().result(PATIENCE)
    assert not thread.status.muted


def test_decimation_delivers_every_nth_frame(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=10.0, width=8.0)
    camera.deliver(*range(7))
    recorder.wait_for_frames(0, 3, 6)
    assert stream.counters.decimated == 4


def test_decimation_delivers_also_when_the_frame_that_was_its_turn_is_lost(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=15.0, width=8.0)
    camera.deliver(1, 3, 5, 7)
    recorder.wait_for_frames(1, 3, 5, 7)


def test_decimation_is_by_time_where_frames_do_not_come_as_the_mode_says(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=10.0, width=8.0)
    began = time.monotonic_ns()
    period = 1_000_000_000 // 15
    camera.deliver(*(replace(camera.frame(number), exposed_at=began + number * period) for number in range(90)))
    camera.deliver(Frame(camera.frame(0).data, 'mono8', 8, 6, began + 10 ** 10, 1000))
    recorder.wait_for(lambda: recorder.sequences[-1:] == [1000])
    # Of 15 a second two of three, once it is known that it is 15.
    assert sum(30 <= number < 90 for number in recorder.sequences) == 40


def test_a_change_of_the_rate_takes_effect_at_once(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(98, 99)
    recorder.wait_for_frames(98, 99)
    apply(stream, frame_rate=10.0, width=8.0)
    camera.deliver(*range(100, 107))
    recorder.wait_for_frames(98, 99, 102, 105)
    apply(stream)
    camera.deliver(107)
    recorder.wait_for_frames(98, 99, 102, 105, 107)


@pytest.mark.parametrize('rate, sequences', [
    (25.0, [0, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]), (20.0, [0, 2, 3, 5, 6, 8, 9, 11, 12]),
])
def test_a_rate_that_is_no_whole_fraction_leaves_frames_out_evenly(
    rate: float, sequences: list[int], stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=rate, width=8.0)
    assert (stream.snapshot.settings['frame_rate'], stream.snapshot.settings['resize_mode']) == (rate, 'crop-and-scale')
    frames = [camera.frame(number) for number in range(13)]
    camera.deliver(*frames)
    recorder.wait_for_frames(*sequences)
    assert [frame.exposed_at for frame, _ in recorder.frames] == [frames[number].exposed_at for number in sequences]
    assert stream.counters.decimated == 13 - len(sequences)


def test_a_lost_frame_is_replaced_by_the_next_one_of_its_period(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=12.0, width=8.0)
    camera.deliver(*(number for number in range(16) if number not in (3, 5, 6, 7)))
    recorder.wait_for_frames(0, 4, 8, 10, 13, 15)


def test_an_uneven_rate_may_change_in_mid_stream(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=25.0, width=8.0)
    camera.deliver(*range(100, 108))
    recorder.wait_for_frames(100, 101, 102, 104, 105, 106, 107)
    apply(stream, frame_rate=20.0, width=8.0)
    camera.deliver(*range(108, 116))
    recorder.wait_for_frames(100, 101, 102, 104, 105, 106, 107, 108, 110, 111, 113, 114)
    apply(stream)
    camera.deliver(116, 117)
    recorder.wait_for(lambda: len(recorder.frames) == 14)


def test_gaps_in_the_sequence_are_lost_frames(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(5, 6, 9, 10, 0, 1)
    recorder.wait_for_frames(5, 6, 9, 10, 0, 1)
    assert (stream.counters.frames, stream.counters.lost) == (6, 2)


def test_no_frame_is_lost_between_two_streams(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(0)
    recorder.wait_for_frames(0)
    stream.stop_stream().result(PATIENCE)
    stream.start_stream().result(PATIENCE)
    camera.deliver(50)
    recorder.wait_for_frames(0, 50)
    assert stream.counters.lost == 0


# The next frame.

def test_the_next_frame_is_the_one_after_the_request(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(0)
    recorder.wait_for_frames(0)
    asked = [stream.next_frame(), stream.next_frame()]
    assert not any(future.done() for future in asked)
    camera.deliver(1)
    frames = [future.result(PATIENCE) for future in asked]
    assert [completed.frame.sequence for completed in frames] == [1, 1]
    later = stream.next_frame()
    camera.deliver(2)
    assert later.result(PATIENCE).frame.sequence == 2


def test_the_next_frame_is_rendered_as_it_is_delivered(camera: ScriptedCamera, recorder: Recorder) -> None:
    capture = CaptureThread(camera, recorder, rotation=90)
    capture.open().result(PATIENCE)
    capture.start_stream().result(PATIENCE)
    apply(capture, width=4.0, height=3.0, frame_rate=30.0)
    asked = capture.next_frame()
    camera.deliver(7)
    frame = asked.result(PATIENCE).frame
    assert (frame.width, frame.height) == (3, 4)
    assert isinstance(frame.data, np.ndarray)
    assert frame.data.shape == (4, 3)
    assert capture.close(PATIENCE)


def test_the_next_frame_is_the_cameras_next_one_also_where_the_stream_leaves_it_out(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, frame_rate=10.0, width=8.0)
    camera.deliver(0)
    recorder.wait_for_frames(0)
    asked = stream.next_frame()
    camera.deliver(1, 2, 3, 4)
    frame = asked.result(PATIENCE).frame
    assert (frame.sequence, frame.width) == (1, 8)


def test_a_frame_that_does_not_come_is_an_error_after_a_while(
    stream: CaptureThread, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'FRAME_TIMEOUT', 0.1)
    with pytest.raises(UnknownError, match=r'no frame came within 0\.1 s'):
        stream.next_frame().result(PATIENCE)


def test_a_frame_that_cannot_come_is_an_error_after_a_while_too(
    thread: CaptureThread, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'FRAME_TIMEOUT', 0.1)
    assert thread.status.muted
    with pytest.raises(UnknownError, match='no frame came within'):
        thread.next_frame().result(PATIENCE)


def test_the_limit_is_two_seconds() -> None:
    assert capture_thread.FRAME_TIMEOUT == 2.0


def test_the_limit_grows_with_the_time_between_two_frames(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'FRAME_TIMEOUT', 0.05)
    camera = ScriptedCamera(NativeMode(8, 6, 0.05))
    capture = CaptureThread(camera, recorder)
    capture.open().result(PATIENCE)
    asked = capture.next_frame()
    assert not wait([asked], 0.3).done
    capture.start_stream().result(PATIENCE)
    camera.deliver(0)
    assert asked.result(PATIENCE).frame.sequence == 0
    assert capture.close(PATIENCE)


def test_so_many_may_wait_for_a_frame_and_no_more(stream: CaptureThread, camera: ScriptedCamera) -> None:
    waiting = [stream.next_frame() for _ in range(MAX_JOBS)]
    assert isinstance(stream.next_frame().exception(0), UnknownError)
    camera.deliver(0)
    assert {future.result(PATIENCE).frame.sequence for future in waiting} == {0}


def test_who_waits_for_a_frame_hears_that_the_stream_is_stopped(stream: CaptureThread) -> None:
    asked = stream.next_frame()
    stream.stop_stream().result(PATIENCE)
    with pytest.raises(UnknownError, match='no frame came: the stream was stopped'):
        asked.result(PATIENCE)


def test_a_frame_that_cannot_be_shown_fails_those_who_asked_and_nothing_else(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, width=5.0, height=4.0)
    asked = stream.next_frame()
    camera.deliver(Frame(b'not a JPEG file', 'jpeg', 8, 6, time.monotonic_ns(), 0))
    with pytest.raises(UnknownError, match=r'the frame cannot be shown: .* no JPEG image'):
        asked.result(PATIENCE)
    camera.deliver(1)
    recorder.wait_for_frames(0, 1)
    assert len(camera.named('open')) == 1


def test_a_request_for_a_frame_can_be_withdrawn(stream: CaptureThread, camera: ScriptedCamera) -> None:
    withdrawn, wanted = stream.next_frame(), stream.next_frame()
    assert withdrawn.cancel()
    camera.deliver(0)
    assert wanted.result(PATIENCE).frame.sequence == 0


# The state of a frame.

def test_a_frame_is_told_with_the_state_of_its_exposure(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    early = camera.frame(0)
    apply(stream, zoom=2.0)
    camera.deliver(early, 1)
    recorder.wait_for_frames(0, 1)
    assert [state.settings['zoom'] for _, state in recorder.frames] == [1.0, 2.0]


def test_a_frame_that_is_asked_for_shows_what_was_applied_before(stream: CaptureThread, camera: ScriptedCamera) -> None:
    early = camera.frame(0)
    apply(stream, zoom=2.0)
    asked = stream.next_frame()
    camera.deliver(early, 1)
    completed = asked.result(PATIENCE)
    assert (completed.frame.sequence, completed.state.settings['zoom']) == (1, 2.0)


def test_an_answer_has_the_state_that_its_own_request_led_to(stream: CaptureThread) -> None:
    zooms = [float(zoom) for zoom in (2, 3, 4, 5)]
    applied = [stream.apply(exactly(zoom=zoom), nothing) for zoom in zooms]
    assert [future.result(PATIENCE).state.settings['zoom'] for future in applied] == zooms
    # What a caller puts back is what was there before its own request, whoever asked for that.
    assert [future.result(0).before.settings['zoom'] for future in applied] == [1.0, *zooms[:-1]]


def test_a_change_is_told_once_frames_are_taken_with_it(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    moment = time.monotonic_ns() + 200_000_000
    camera.tells_since = moment
    apply(stream, zoom=2.0)
    assert stream.snapshot.settings['zoom'] == 2.0
    assert recorder.snapshots == [] or time.monotonic_ns() >= moment
    recorder.wait_for(lambda: recorder.snapshots)
    assert time.monotonic_ns() >= moment
    assert recorder.snapshots[-1].in_force_since == moment


def test_a_change_under_way_is_told_when_the_stream_ends(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.tells_since = time.monotonic_ns() + 10 ** 15
    apply(stream, zoom=2.0)
    assert recorder.snapshots == []
    stream.stop_stream().result(PATIENCE)
    assert [snapshot.settings['zoom'] for snapshot in recorder.snapshots] == [2.0]
    assert recorder.snapshots[-1].in_force_since <= time.monotonic_ns()


def test_nothing_is_delivered_of_a_stream_that_is_to_stop_however_long_that_takes(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    gate = camera.block('apply')
    applied = stream.apply(exactly(zoom=2.0), nothing)
    assert camera.entered['apply'].wait(PATIENCE)
    stopped = stream.stop_stream()
    camera.deliver(0)
    gate.set()
    applied.result(PATIENCE)
    stopped.result(PATIENCE)
    assert recorder.frames == []


# Listeners.

def test_a_failing_listener_is_logged_once_and_harms_nobody(
    camera: ScriptedCamera, recorder: Recorder, caplog: pytest.LogCaptureFixture,
) -> None:
    recorder.failure = ValueError('a bug in a listener')
    capture = CaptureThread(camera, recorder)
    with caplog.at_level(logging.ERROR, capture_thread.__name__):
        capture.open().result(PATIENCE)
        capture.start_stream().result(PATIENCE)
        asked = capture.next_frame()
        camera.deliver(0, 1, 2)
        recorder.wait_for_frames(0, 1, 2)
        assert asked.result(PATIENCE).frame.sequence in (0, 1, 2)
        apply(capture, zoom=2.0)
        capture.stop_stream().result(PATIENCE)
        recorder.failure = None
    assert capture.close(PATIENCE)
    assert len(camera.named('open')) == 1
    logged = [record.getMessage().split()[0] for record in caplog.records]
    assert sorted(logged) == ['on_frame', 'on_snapshot', 'on_status']


def test_a_stream_that_is_stopped_while_it_starts_delivers_nothing(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    going_on = camera.block('start')
    started = thread.start_stream()
    assert camera.entered['start'].wait(PATIENCE)
    stopped = thread.stop_stream()
    camera.deliver(0)
    going_on.set()
    started.result(PATIENCE)
    stopped.result(PATIENCE)
    assert recorder.sequences == []
    thread.start_stream().result(PATIENCE)
    camera.deliver(1)
    recorder.wait_for(lambda: recorder.sequences[-1:] == [1])


def test_a_frame_can_be_had_of_a_driver_whose_clock_is_far_behind(
    stream: CaptureThread, camera: ScriptedCamera,
) -> None:
    apply(stream, zoom=2.0)
    asked = stream.next_frame()
    for number in range(2 * BUFFERED):
        camera.deliver(replace(camera.frame(number), exposed_at=1_000_000_000))
    completed = asked.result(PATIENCE)
    assert completed.frame.sequence == BUFFERED
    assert completed.state.settings['zoom'] == 2.0
