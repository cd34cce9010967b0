# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A Linux camera on the thread that owns it: gaps, changes from outside, and a loss that is made good."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, apply
from fixtures.v4l2.bench import Bench
from fixtures.v4l2.scene import GAIN

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.registry import cameras_for
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import OperationError


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def thread(bench: Bench, recorder: Recorder) -> Iterator[CaptureThread]:
    [camera] = cameras_for('')
    thread = CaptureThread(camera, recorder)
    thread.open().result(PATIENCE)
    yield thread
    assert thread.close(PATIENCE)


def test_only_a_photo_in_another_size_interrupts_the_stream(thread: CaptureThread, recorder: Recorder) -> None:
    apply(thread, width=320.0, height=240.0)
    thread.start_stream().result(PATIENCE)
    recorder.wait_for(lambda: len(recorder.frames) > 2)
    large = thread.take_photo(PhotoSettings()).result(PATIENCE).photo
    assert large.frame.width == 1280
    assert large.stream_gap > 0.0
    count = len(recorder.frames)
    recorder.wait_for(lambda: len(recorder.frames) > count + 2)
    same = thread.take_photo(PhotoSettings(image_width=320.0, image_height=240.0)).result(PATIENCE).photo
    assert same.frame.width == 320
    recorder.wait_for(lambda: recorder.sequences[-1] > same.frame.sequence)
    assert same.frame.sequence in recorder.sequences


@pytest.mark.parametrize('streams', [True, False])
def test_a_change_from_outside_is_a_new_snapshot(
    thread: CaptureThread, recorder: Recorder, bench: Bench, streams: bool,
) -> None:
    if streams:
        thread.start_stream().result(PATIENCE)
    bench.write(ioctl.CID_ZOOM_ABSOLUTE, 250)
    bench.write(GAIN, 33)
    recorder.wait_for(lambda: any(
        (one.settings['zoom'], one.driver_settings['v4l2.gain']) == (2.5, 33) for one in recorder.snapshots))


def test_a_lost_camera_comes_back_with_all_that_was_set(
    thread: CaptureThread, recorder: Recorder, bench: Bench,
) -> None:
    apply(thread, zoom=2.0, focus_mode='manual', focus_distance=50.0)
    thread.set_driver_controls({'v4l2.gain': 44}).result(PATIENCE)
    thread.start_stream().result(PATIENCE)
    recorder.wait_for(lambda: len(recorder.frames) > 2)
    bench.unplug()
    lost = recorder.wait_for_status(muted=True)
    assert 'unplugged' in lost.reason
    bench.plug()
    recorder.wait_for_status(muted=False, times=2)
    count = len(recorder.frames)
    recorder.wait_for(lambda: len(recorder.frames) > count + 2)
    held = [bench.read(one) for one in (ioctl.CID_ZOOM_ABSOLUTE, ioctl.CID_FOCUS_ABSOLUTE, GAIN)]
    assert held == [200, 50, 44]
    assert thread.counters.reopened == 1


def test_a_camera_that_is_lost_while_nothing_streams_is_noticed_and_found_again(
    thread: CaptureThread, recorder: Recorder, bench: Bench,
) -> None:
    bench.unplug()
    recorder.wait_for(lambda: recorder.statuses and 'unplugged' in recorder.statuses[-1].reason)
    with pytest.raises(OperationError, match='the device is not there'):
        thread.set_driver_controls({'v4l2.gain': 1}).result(PATIENCE)
    bench.plug()
    recorder.wait_for(lambda: recorder.statuses[-1].reason == 'the stream is stopped')


def test_faulty_frames_are_counted(thread: CaptureThread, recorder: Recorder, bench: Bench) -> None:
    thread.start_stream().result(PATIENCE)
    recorder.wait_for(lambda: len(recorder.frames) > 2)
    bench.command('faulty 2')
    recorder.wait_for(lambda: thread.counters.faulty == 2)
