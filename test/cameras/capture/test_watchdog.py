# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A device in which its thread hangs: somebody else says so, and answers who waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, ScriptedCamera, exactly, nothing
from fixtures.scripted_server import Visit, scripted_server

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.capture import capture_thread
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.watchdog import Watchdog
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.imaging.codecs import encode_jpeg
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, MediaCaptureError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.track import VideoTrack

WISHES = PhotoSettings()


class PipeCamera(ScriptedCamera):
    """A driver that reads its frames from a pipe, and waits in it without a time-out when none come."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._pipe = -1
        self._sequence = 0

    def open(self) -> None:
        super().open()
        self._pipe = os.open(self._path, os.O_RDONLY)

    def read(self, timeout: float) -> Frame:
        if not os.read(self._pipe, 1):
            raise DeviceGone('the pipe has ended')
        self._sequence += 1
        return self.frame(self._sequence)

    def close(self) -> None:
        super().close()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that writes into a pipe ten times a second."""
    os.mkfifo(tmp_path / 'pipe')
    program = '''
import sys, time
with open(sys.argv[1], 'wb', 0) as pipe:
    while True:
        pipe.write(b'x')
        time.sleep(0.1)
'''
    process = subprocess.Popen([sys.executable, '-c', program, str(tmp_path / 'pipe')])
    yield process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait(PATIENCE)


@pytest.fixture
def stuck(tmp_path: Path, writer: subprocess.Popen[bytes], recorder: Recorder) -> Iterator[CaptureThread]:
    """Return the thread of a camera that has delivered, and in whose driver it now hangs."""
    thread = CaptureThread(PipeCamera(tmp_path / 'pipe'), recorder)
    thread.open().result(PATIENCE)
    thread.start_stream().result(PATIENCE)
    recorder.wait_for(lambda: len(recorder.frames) >= 3)
    writer.send_signal(signal.SIGSTOP)
    yield thread
    writer.send_signal(signal.SIGCONT)
    assert thread.close(PATIENCE)


def test_a_read_that_does_not_come_back_mutes_and_the_next_frame_unmutes(
    stuck: CaptureThread, writer: subprocess.Popen[bytes], recorder: Recorder,
) -> None:
    status = recorder.wait_for_status(muted=True)
    assert status.reason.startswith('no frame for 2.') or status.reason.startswith('no frame for')
    assert 'does not come back' in status.reason
    assert (stuck.counters.stalls, stuck.status) == (1, status)
    writer.send_signal(signal.SIGCONT)
    recorder.wait_for_status(muted=False, times=2)
    stuck.take_photo(WISHES).result(PATIENCE)
    stuck.apply(exactly(zoom=2.0), nothing).result(PATIENCE)
    stuck.next_frame().result(PATIENCE)


def test_who_waits_and_who_asks_while_the_driver_hangs_is_answered(stuck: CaptureThread, recorder: Recorder) -> None:
    waiting = [stuck.take_photo(WISHES), stuck.apply(exactly(zoom=2.0), nothing), stuck.next_frame()]
    recorder.wait_for_status(muted=True)
    assert [type(one.exception(PATIENCE)) for one in waiting] == [UnknownError, OperationError, UnknownError]
    at_once = [stuck.take_photo(WISHES), stuck.apply(exactly(zoom=2.0), nothing), stuck.next_frame(),
               stuck.set_driver_controls({}), stuck.start_stream()]
    errors = [one.exception(0) for one in at_once]
    assert [type(error) for error in errors] == [
        UnknownError, OperationError, UnknownError, OperationError, OperationError]
    assert all('the device does not answer' in str(error) for error in errors)
    # As clients of the standard see it.
    with pytest.raises(InvalidStateError):
        ImageCapture(VideoTrack(stuck)).grab_frame().result(0)


def test_a_device_that_hangs_can_be_given_up(stuck: CaptureThread, recorder: Recorder) -> None:
    recorder.wait_for_status(muted=True)
    stopped = stuck.stop_stream()
    assert not stopped.done()
    assert not stuck.close(0.2)
    assert isinstance(stopped.exception(PATIENCE), InvalidStateError)


def test_a_read_that_returns_later_without_a_frame_is_lost_as_ever(
    stuck: CaptureThread, writer: subprocess.Popen[bytes], recorder: Recorder,
) -> None:
    recorder.wait_for_status(muted=True)
    writer.kill()
    recorder.wait_for(lambda: recorder.statuses[-1].reason == 'the pipe has ended')
    refused = stuck.take_photo(WISHES).exception(0)
    assert 'the device is not there: the pipe has ended' in str(refused)


def test_a_job_that_hangs_is_noticed_and_others_are_answered(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    thread.start_stream().result(PATIENCE)
    gate = camera.block('apply')
    monkeypatch.setattr(capture_thread, 'JOB_TIMEOUT', 0.1)
    hanging = thread.apply(exactly(zoom=2.0), nothing)
    assert camera.entered['apply'].wait(PATIENCE)
    waiting = thread.take_photo(WISHES)
    assert 'the device does not answer' in str(waiting.exception(PATIENCE))
    assert recorder.wait_for_status(muted=True).reason.endswith('does not come back')
    gate.set()
    hanging.result(PATIENCE)
    camera.deliver(0)
    recorder.wait_for_status(muted=False, times=2)
    thread.take_photo(WISHES).result(PATIENCE)


def test_a_photo_that_is_made_beside_the_stream_is_not_waited_for_in_a_driver_that_hangs(
    stuck: CaptureThread, recorder: Recorder,
) -> None:
    recorder.wait_for_status(muted=True)
    before = threading.active_count()
    for _ in range(50):
        assert stuck.take_photo(WISHES).exception(0) is not None
    assert (threading.active_count(), stuck.waiting) == (before, 0)


JPEG = encode_jpeg(ScriptedCamera().frame(0).data, 'mono8')


@pytest.mark.parametrize('cut', [0, 1, len(JPEG) // 2, len(JPEG) - 1])
def test_a_server_that_stops_in_the_middle_of_an_image_is_noticed(recorder: Recorder, cut: int) -> None:
    def script(visit: Visit) -> None:
        visit.send('HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=a\r\n\r\n')
        whole = f'--a\r\nContent-Length: {len(JPEG)}\r\n\r\n'.encode() + JPEG + b'\r\n'
        for _ in range(20):
            visit.send(whole)
            time.sleep(0.02)
        visit.send(whole[:len(whole) - len(JPEG) - 2 + cut])
        visit.ended.wait()

    with scripted_server(script) as server:
        thread = CaptureThread(open_opencv_camera(server.url(), read_timeout=20.0), recorder)
        thread.open().result(PATIENCE)
        thread.start_stream().result(PATIENCE)
        muted = recorder.wait_for_status(muted=True)
        assert muted.reason.startswith('no frame for')
        assert isinstance(thread.take_photo(WISHES).exception(PATIENCE), UnknownError)
        assert isinstance(thread.next_frame().exception(PATIENCE), MediaCaptureError)
        thread.close(PATIENCE)


# The watchdog alone.

def test_it_barks_once_for_what_takes_too_long_and_never_for_what_does_not() -> None:
    barks: list[float] = []
    watchdog = Watchdog(lambda: barks.append(time.monotonic()))
    watchdog.start()
    for _ in range(200):
        with watchdog.over(PATIENCE):
            pass
    assert barks == []
    began = time.monotonic()
    with watchdog.over(0.2):
        wait_until(lambda: barks)
    assert barks[0] - began >= 0.2
    time.sleep(0.3)
    assert len(barks) == 1
    with watchdog.over(0.1):
        wait_until(lambda: len(barks) == 2)
    watchdog.close()


def test_what_is_watched_goes_on_only_when_it_has_barked() -> None:
    order: list[str] = []
    barking = threading.Event()

    def bark() -> None:
        barking.set()
        time.sleep(0.3)
        order.append('barked')

    watchdog = Watchdog(bark)
    watchdog.start()
    with watchdog.over(0.01):
        assert barking.wait(PATIENCE)
    order.append('went on')
    assert order == ['barked', 'went on']
    watchdog.close()


def test_its_thread_ends_with_it() -> None:
    watchdog = Watchdog(lambda: None)
    watchdog.start()
    assert 'watchdog' in {thread.name for thread in threading.enumerate()}
    watchdog.close()
    wait_until(lambda: 'watchdog' not in {thread.name for thread in threading.enumerate()})


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
