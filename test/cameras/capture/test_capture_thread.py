# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns a device: jobs, frames, and the end."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import SMALL, Recorder, ScriptedCamera, apply, exactly, nothing

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.job_queue import MAX_JOBS
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import (
    InvalidStateError,
    NotReadableError,
    OperationError,
    OverconstrainedError,
    UnknownError,
)
from imagecapture_ros.mediacapture.solver.select_settings import Selection, select_settings
from imagecapture_ros.mediacapture.source import SourceState

WISHES = PhotoSettings(image_width=100.0)


class Occupied:
    """Keeps the device's thread busy with one job until it is let go."""

    def __init__(self, thread: CaptureThread) -> None:
        self._began, self._go_on = threading.Event(), threading.Event()
        self.job = thread.apply(self._solve, nothing)
        assert self._began.wait(PATIENCE)

    def _solve(self, state: SourceState) -> Selection:
        self._began.set()
        assert self._go_on.wait(PATIENCE)
        return select_settings(state, [])

    def let_go(self) -> None:
        self._go_on.set()


# Opening.

def test_the_device_is_opened_and_described(thread: CaptureThread, camera: ScriptedCamera) -> None:
    assert camera.is_open
    assert thread.snapshot.settings['zoom'] == 1.0
    assert thread.snapshot.settings['width'] == 8
    assert thread.status.muted
    assert not thread.status.ended


def test_without_a_device_there_is_no_snapshot(camera: ScriptedCamera, recorder: Recorder) -> None:
    with pytest.raises(InvalidStateError, match='has not been opened'):
        _ = CaptureThread(camera, recorder).snapshot


def test_a_failure_to_open_reaches_the_caller_and_leaves_nothing_behind(
    camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('open', NotReadableError('another program holds it'))
    capture = CaptureThread(camera, recorder)
    with pytest.raises(NotReadableError, match='another program holds it'):
        capture.open().result(PATIENCE)
    with pytest.raises(UnknownError, match='the device is not there: it has not been opened'):
        capture.take_photo(WISHES).result(PATIENCE)
    assert capture.close(PATIENCE)
    assert camera.calls[-1] == ('close', None)


def test_a_thread_that_was_never_opened_can_be_closed(camera: ScriptedCamera, recorder: Recorder) -> None:
    capture = CaptureThread(camera, recorder)
    assert capture.close()
    assert camera.calls == []


def test_only_its_own_thread_touches_the_device_and_calls_the_listener(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(0)
    recorder.wait_for_frames(0)
    apply(stream, zoom=2.0)
    stream.take_photo(WISHES).result(PATIENCE)
    stream.stop_stream().result(PATIENCE)
    assert stream.close(PATIENCE)
    assert len(camera.threads) == 1
    assert recorder.threads == camera.threads
    assert threading.get_ident() not in camera.threads


# Jobs.

def test_jobs_are_done_in_order(thread: CaptureThread, camera: ScriptedCamera) -> None:
    busy = Occupied(thread)
    jobs: list[Future[Any]] = [
        thread.take_photo(WISHES), thread.apply(exactly(zoom=2.0), nothing), thread.start_stream(),
        thread.take_photo(WISHES), thread.stop_stream(),
    ]
    assert not any(job.done() for job in jobs)
    camera.calls.clear()
    busy.let_go()
    for job in (busy.job, *jobs):
        job.result(PATIENCE)
    assert [name for name, _ in camera.calls] == ['apply', 'take_photo', 'apply', 'start', 'take_photo', 'stop']


def test_a_full_queue_is_an_error_and_not_a_wait(thread: CaptureThread) -> None:
    busy = Occupied(thread)
    waiting = [thread.take_photo(WISHES) for _ in range(MAX_JOBS)]
    photo, selection = thread.take_photo(WISHES), thread.apply(exactly(), nothing)
    with pytest.raises(UnknownError, match=f'{MAX_JOBS} requests are waiting'):
        photo.result(0)
    with pytest.raises(OperationError, match=f'{MAX_JOBS} requests are waiting'):
        selection.result(0)
    busy.let_go()
    assert all(job.result(PATIENCE).photo.settings == WISHES for job in waiting)
    assert thread.take_photo(WISHES).result(PATIENCE).photo.settings == WISHES


def test_a_job_that_nobody_wants_any_more_is_not_done(thread: CaptureThread, camera: ScriptedCamera) -> None:
    busy = Occupied(thread)
    photo = thread.take_photo(WISHES)
    assert photo.cancel()
    busy.let_go()
    thread.stop_stream().result(PATIENCE)
    assert camera.named('take_photo') == []


def test_frames_get_their_turn_between_many_jobs(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    endless = threading.Event()

    def again(_: Future[Any]) -> None:
        if not endless.is_set():
            stream.take_photo(WISHES).add_done_callback(again)

    stream.take_photo(WISHES).add_done_callback(again)
    camera.deliver(0, 1, 2)
    try:
        recorder.wait_for_frames(0, 1, 2)
    finally:
        endless.set()


# Applying.

def test_applying_brings_device_and_stream_to_the_selection(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    accepted: list[object] = []
    thread.apply(
        exactly(zoom=2.0, frame_rate=60.0, width=3.0, height=2.0),
        lambda: accepted.append(dict(thread.snapshot.settings)),
    ).result(PATIENCE)
    assert camera.named('apply') == [({'exposure_mode': 'continuous', 'exposure_time': 156.0, 'zoom': 2.0}, SMALL)]
    assert thread.snapshot.settings['zoom'] == 2.0
    assert (thread.snapshot.framing.mode, thread.snapshot.framing.width) == (SMALL, 3)
    assert accepted == [thread.snapshot.settings]
    assert recorder.snapshots == [thread.snapshot]


def test_the_snapshot_tells_what_the_device_really_took(thread: CaptureThread, camera: ScriptedCamera) -> None:
    camera.takes = NativeMode(8, 6, 29.97)
    apply(thread, width=5.0, height=4.0)
    assert thread.snapshot.framing.mode == camera.takes
    assert (thread.snapshot.settings['width'], thread.snapshot.settings['frame_rate']) == (5, 29.97)


def test_what_cannot_be_solved_changes_nothing(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    before = thread.snapshot
    job = thread.apply(exactly(zoom=99.0), lambda: pytest.fail('accepted'))
    with pytest.raises(OverconstrainedError):
        job.result(PATIENCE)
    assert camera.named('apply') == []
    assert thread.snapshot is before
    assert recorder.snapshots == []


@pytest.mark.parametrize('error', [OperationError('value refused'), ValueError('a bug in a driver')])
def test_a_device_that_refuses_gets_its_earlier_settings_back(
    thread: CaptureThread, camera: ScriptedCamera, error: Exception,
) -> None:
    apply(thread, exposure_mode='manual', exposure_time=50.0, width=4.0)
    before, device_before = thread.snapshot, dict(camera.settings)
    camera.fail('apply', error)
    job = thread.apply(exactly(exposure_mode='continuous', zoom=2.0), lambda: pytest.fail('accepted'))
    with pytest.raises(OperationError, match=f'the device refused: {error}; its earlier settings are restored'):
        job.result(PATIENCE)
    assert camera.settings == device_before
    assert camera.mode == before.framing.mode
    assert thread.snapshot == before


def test_a_device_that_cannot_go_back_is_described_as_it_is(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('apply', OperationError('value refused'), OperationError('nor the old one'))
    job = thread.apply(exactly(exposure_mode='manual', zoom=2.0), nothing)
    with pytest.raises(OperationError, match='its earlier settings could not be restored: nor the old one'):
        job.result(PATIENCE)
    assert thread.snapshot.settings == {**thread.snapshot.settings, **camera.settings}
    assert not thread.status.ended


def test_what_the_device_changes_by_itself_is_told(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.settings = {**camera.settings, 'exposure_time': 90.0}
    camera.deliver(0)
    recorder.wait_for_frames(0)
    camera.deliver(1)
    recorder.wait_for_frames(0, 1)
    assert [snapshot.settings['exposure_time'] for snapshot in recorder.snapshots] == [90.0]
    assert recorder.frames[0][1] is recorder.snapshots[0]


# The end.

def test_closing_closes_the_device_and_ends_the_thread(
    stream: CaptureThread, camera: ScriptedCamera,
) -> None:
    running = [thread for thread in threading.enumerate() if thread.ident in camera.threads]
    assert len(running) == 1
    assert stream.close(PATIENCE)
    assert not running[0].is_alive()
    assert not camera.is_open
    assert camera.calls[-1] == ('close', None)
    assert stream.status.ended
    assert stream.close(PATIENCE)


def test_closing_answers_everyone_who_waits(stream: CaptureThread) -> None:
    busy = Occupied(stream)
    photo, stop = stream.take_photo(WISHES), stream.stop_stream()
    frame = stream.next_frame()
    closing = threading.Thread(target=stream.close, args=(PATIENCE,))
    closing.start()
    assert isinstance(photo.exception(PATIENCE), UnknownError)
    assert isinstance(stop.exception(PATIENCE), InvalidStateError)
    assert isinstance(frame.exception(PATIENCE), UnknownError)
    assert not busy.job.done()
    busy.let_go()
    busy.job.result(PATIENCE)
    closing.join(PATIENCE)
    assert not closing.is_alive()


def test_closing_in_the_middle_of_a_photo_lets_it_finish(thread: CaptureThread, camera: ScriptedCamera) -> None:
    gate = camera.block('take_photo')
    photo = thread.take_photo(WISHES)
    assert camera.entered['take_photo'].wait(PATIENCE)
    closed: list[bool] = []
    closing = threading.Thread(target=lambda: closed.append(thread.close(PATIENCE)))
    closing.start()
    gate.set()
    closing.join(PATIENCE)
    assert closed == [True]
    assert photo.result(PATIENCE).photo.settings == WISHES
    assert not camera.is_open


def test_closing_does_not_wait_for_ever_for_a_photo_and_the_device_is_closed_all_the_same(
    thread: CaptureThread, camera: ScriptedCamera,
) -> None:
    gate = camera.block('take_photo')
    photo, waiting = thread.take_photo(WISHES), thread.take_photo(WISHES)
    assert camera.entered['take_photo'].wait(PATIENCE)
    assert thread.close(0.05) is False
    assert isinstance(waiting.exception(PATIENCE), UnknownError)
    with pytest.raises(UnknownError, match=r'did not finish this within 0\.05 s of being closed'):
        photo.result(PATIENCE)
    gate.set()
    assert thread.close(PATIENCE)
    assert not camera.is_open


def test_a_device_that_fails_to_close_does_not_keep_the_thread(camera: ScriptedCamera, recorder: Recorder) -> None:
    camera.fail('close', DeviceGone('pulled out'))
    capture = CaptureThread(camera, recorder)
    capture.open().result(PATIENCE)
    assert capture.close(PATIENCE)


def test_after_closing_every_request_is_refused_at_once(thread: CaptureThread) -> None:
    assert thread.close(PATIENCE)
    requests: list[Future[Any]] = [
        thread.take_photo(WISHES), thread.next_frame(), thread.apply(exactly(zoom=2.0), nothing),
        thread.start_stream(), thread.stop_stream(),
    ]
    assert [type(request.exception(0)) for request in requests] == [UnknownError] * 2 + [InvalidStateError] * 3


def test_requests_that_come_while_the_device_is_closed_are_all_answered(
    stream: CaptureThread, camera: ScriptedCamera,
) -> None:
    requests: list[Future[Any]] = []
    enough = threading.Event()

    def ask() -> None:
        for _ in range(2000):
            if stream.status.ended:
                break
            requests.append(stream.take_photo(WISHES))
            requests.append(stream.next_frame())
            if len(requests) > 200:
                enough.set()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    assert enough.wait(PATIENCE)
    assert stream.close(PATIENCE)
    for asker in askers:
        asker.join(PATIENCE)
    unanswered = wait(requests, PATIENCE).not_done
    assert unanswered == set()
