# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns a device: photos, beside the stream and instead of it."""

from __future__ import annotations

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import LARGE, Recorder, ScriptedCamera, apply, exactly, nothing

from imagecapture_ros.cameras.capture import capture_thread
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, UnknownError
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.track import VideoTrack

WISHES = PhotoSettings(image_width=100.0)


def test_a_photo_is_taken_with_its_own_settings(thread: CaptureThread, camera: ScriptedCamera) -> None:
    photo = thread.take_photo(WISHES).result(PATIENCE).photo
    assert camera.named('take_photo') == [WISHES]
    assert photo.settings == WISHES
    assert photo.stream_gap == 0.0


def test_a_long_photo_reports_for_how_long_the_stream_stood_still(
    stream: CaptureThread, camera: ScriptedCamera,
) -> None:
    gate = camera.block('take_photo')
    photo = stream.take_photo(WISHES)
    assert camera.entered['take_photo'].wait(PATIENCE)
    # Longer than the frame that was due and one more.
    assert not gate.wait(5.0 / LARGE.frame_rate)
    gate.set()
    # It lasts until the next frame is there.
    camera.wait_for_reads(3)
    assert not photo.done()
    camera.deliver(0)
    assert photo.result(PATIENCE).photo.stream_gap > 5.0 / LARGE.frame_rate
    assert stream.counters.photo_gap == photo.result().photo.stream_gap
    assert (stream.counters.photos, stream.counters.photos_failed) == (1, 0)


def test_a_photo_is_answered_also_when_the_stream_does_not_come_back(
    stream: CaptureThread, camera: ScriptedCamera, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'FRAME_TIMEOUT', 0.3)
    gate = camera.block('take_photo')
    photo = stream.take_photo(WISHES)
    assert camera.entered['take_photo'].wait(PATIENCE)
    assert not gate.wait(3.0 / LARGE.frame_rate)
    gate.set()
    assert photo.result(PATIENCE).photo.stream_gap > 0.3


def test_a_photo_that_interrupts_the_stream_mutes_the_track_until_the_next_frame(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.photos_interrupt = True
    gate = camera.block('take_photo')
    photo = stream.take_photo(WISHES)
    status = recorder.wait_for_status(muted=True)
    assert 'a photo is being taken' in status.reason
    assert not status.ended
    gate.set()
    camera.deliver(0)
    recorder.wait_for_status(muted=False, times=2)
    photo.result(PATIENCE)


def test_a_failed_photo_that_interrupts_the_stream_does_not_leave_the_track_muted(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.photos_interrupt = True
    camera.fail('take_photo', UnknownError('the flash is empty'))
    with pytest.raises(UnknownError, match='the flash is empty'):
        stream.take_photo(WISHES).result(PATIENCE)
    assert stream.status.muted
    camera.deliver(0)
    recorder.wait_for_status(muted=False, times=2)
    assert (stream.counters.photos, stream.counters.photos_failed) == (0, 1)


def test_without_a_stream_no_photo_mutes(thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder) -> None:
    camera.photos_interrupt = True
    thread.take_photo(WISHES).result(PATIENCE)
    assert recorder.statuses == []


@pytest.mark.parametrize('error', [UnknownError('the flash is empty'), RuntimeError('the flash is empty')])
def test_a_failed_photo_is_an_unknown_error_and_the_stream_goes_on(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, error: Exception,
) -> None:
    camera.fail('take_photo', error)
    with pytest.raises(UnknownError, match='the device could not take the photo: the flash is empty'):
        stream.take_photo(WISHES).result(PATIENCE)
    camera.deliver(0)
    recorder.wait_for_frames(0)


# So slow that no load of the machine makes a frame late meanwhile.
@pytest.mark.parametrize('camera', [(NativeMode(8, 6, 1.0 / PATIENCE),)], indirect=True)
def test_a_photo_made_beside_the_stream_lets_frames_and_jobs_go_on(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.photos_take_time = True
    first, second = stream.take_photo(WISHES), stream.take_photo(WISHES)
    apply(stream, zoom=2.0)
    camera.deliver(0, 1)
    recorder.wait_for_frames(0, 1)
    assert not first.done() and not second.done()
    for future, photo in reversed(camera.photos):
        future.set_result(photo)
    for index, photo in enumerate((first, second)):
        assert photo.result(PATIENCE).photo is camera.photos[index][1]
        assert photo.result(0).photo.stream_gap == 0.0


def test_a_photo_that_fails_beside_the_stream_is_an_unknown_error(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.photos_take_time = True
    photo = stream.take_photo(WISHES)
    apply(stream, zoom=2.0)
    camera.photos[0][0].set_exception(RuntimeError('the flash is empty'))
    with pytest.raises(UnknownError, match='the device could not take the photo: the flash is empty'):
        photo.result(PATIENCE)
    camera.deliver(0)
    recorder.wait_for_frames(0)


@pytest.fixture
def track(stream: CaptureThread) -> VideoTrack:
    return VideoTrack(stream)


def test_a_photo_in_flight_when_its_track_is_stopped_is_an_unknown_error(
    stream: CaptureThread, camera: ScriptedCamera, track: VideoTrack,
) -> None:
    camera.photos_take_time = True
    photo = ImageCapture(track).take_photo()
    apply(stream, zoom=2.0)
    track.stop()
    # Image Capture, clause 2.1: the promise is rejected with UnknownError when the track ends before it is resolved.
    assert isinstance(photo.exception(PATIENCE), UnknownError), photo.exception()
    # Too late, and nobody is hurt.
    camera.photos[0][0].set_result(camera.photos[0][1])
    with pytest.raises(InvalidStateError, match='the track has ended'):
        ImageCapture(track).take_photo()


def test_a_photo_that_waits_for_its_turn_when_its_track_is_stopped_is_an_unknown_error(
    stream: CaptureThread, camera: ScriptedCamera, track: VideoTrack,
) -> None:
    gate = camera.block('apply')
    applying = stream.apply(exactly(zoom=2.0), nothing)
    assert camera.entered['apply'].wait(PATIENCE)
    photo, frame = ImageCapture(track).take_photo(), ImageCapture(track).grab_frame()
    track.stop()
    gate.set()
    applying.exception(PATIENCE)
    assert isinstance(photo.exception(PATIENCE), UnknownError), photo.exception()
    assert isinstance(frame.exception(PATIENCE), UnknownError), frame.exception()
    assert camera.named('take_photo') == []


def test_a_photo_that_is_done_and_waits_behind_slow_settings_is_answered_when_the_device_is_closed(
    stream: CaptureThread, camera: ScriptedCamera, track: VideoTrack,
) -> None:
    camera.photos_take_time = True
    photo = ImageCapture(track).take_photo()
    assert camera.entered['take_photo'].wait(PATIENCE)
    gate = camera.block('apply')
    applying, waiting = stream.apply(exactly(zoom=2.0), nothing), stream.apply(exactly(zoom=3.0), nothing)
    assert camera.entered['apply'].wait(PATIENCE)
    camera.photos[0][0].set_result(camera.photos[0][1])
    track.stop()
    gate.set()
    assert stream.close(PATIENCE)
    assert photo.done() and applying.done() and waiting.done()
    assert isinstance(photo.exception(0), UnknownError), photo.exception()
