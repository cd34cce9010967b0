# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns a device, when the device is lost, falls silent or comes to its end."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import LARGE, SMALL, Recorder, ScriptedCamera, apply, exactly, nothing

from imagecapture_ros.cameras.api import DeviceGone, EndOfStream
from imagecapture_ros.cameras.capture import capture_thread, recovery
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.driver_controls import DriverControlCamera
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotFoundError, OperationError, UnknownError
from imagecapture_ros.mediacapture.source import SourceStatus
from imagecapture_ros.mediacapture.track import VideoTrack

UNPLUGGED = DeviceGone('the cable was pulled out')
WISHES = PhotoSettings()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lost device be opened again at once."""
    monkeypatch.setattr(recovery, 'REOPEN_DELAYS', (0.01,))


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a lost device be opened again much later than any test takes."""
    monkeypatch.setattr(recovery, 'REOPEN_DELAYS', (3600.0,))


# Lost.

@pytest.mark.usefixtures('never')
def test_a_lost_device_mutes_with_the_reason_and_is_let_go(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(UNPLUGGED)
    status = recorder.wait_for_status(muted=True)
    assert status == SourceStatus(muted=True, ended=False, reason='the cable was pulled out')
    assert stream.status == status
    assert not camera.is_open


@pytest.mark.usefixtures('never')
def test_while_the_device_is_lost_every_request_is_answered_at_once(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=True)
    reason = 'the device is not there: the cable was pulled out'
    for request, error in (
        (stream.apply(exactly(zoom=2.0), nothing), OperationError), (stream.start_stream(), OperationError),
        (stream.take_photo(WISHES), UnknownError), (stream.next_frame(), UnknownError),
    ):
        assert type(request.exception(0)) is error
        assert reason in str(request.exception(0))
    stream.stop_stream().result(PATIENCE)
    assert stream.status.reason == 'the cable was pulled out'
    assert stream.snapshot.settings['zoom'] == 1.0


def test_even_while_the_device_is_being_opened_requests_are_answered_at_once(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, soon: None,
) -> None:
    camera.entered['open'].clear()
    gate = camera.block('open')
    camera.deliver(UNPLUGGED)
    assert camera.entered['open'].wait(PATIENCE)
    assert isinstance(stream.take_photo(WISHES).exception(0), UnknownError)
    assert isinstance(stream.apply(exactly(zoom=2.0), nothing).exception(0), OperationError)
    gate.set()
    recorder.wait_for_status(muted=False, times=2)
    stream.take_photo(WISHES).result(PATIENCE)


@pytest.mark.usefixtures('never')
def test_who_waits_when_the_device_is_lost_hears_the_reason(
    stream: CaptureThread, camera: ScriptedCamera,
) -> None:
    frame = stream.next_frame()
    camera.deliver(UNPLUGGED)
    with pytest.raises(UnknownError, match='no frame came: the cable was pulled out'):
        frame.result(PATIENCE)


@pytest.mark.usefixtures('never')
def test_jobs_behind_the_one_that_lost_the_device_are_answered_too(
    stream: CaptureThread, camera: ScriptedCamera,
) -> None:
    gate = camera.block('take_photo')
    camera.fail('take_photo', UNPLUGGED)
    photos = [stream.take_photo(WISHES) for _ in range(3)]
    assert camera.entered['take_photo'].wait(PATIENCE)
    gate.set()
    assert [str(photo.exception(PATIENCE)) for photo in photos] == [
        'the device was lost: the cable was pulled out', 'the device is not there: the cable was pulled out',
        'the device is not there: the cable was pulled out',
    ]
    assert len(camera.named('take_photo')) == 1


@pytest.mark.usefixtures('soon')
@pytest.mark.parametrize('method', ['apply', 'take_photo'])
def test_a_device_lost_during_a_job_fails_the_job_and_is_brought_back(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, method: str,
) -> None:
    camera.fail(method, UNPLUGGED)
    job = stream.take_photo(WISHES) if method == 'take_photo' else stream.apply(exactly(zoom=2.0), nothing)
    error = job.exception(PATIENCE)
    assert type(error) is (UnknownError if method == 'take_photo' else OperationError)
    assert str(error) == 'the device was lost: the cable was pulled out'
    recorder.wait_for_status(muted=False, times=2)
    assert stream.counters.reopened == 1
    assert stream.snapshot.settings['zoom'] == 1.0


@pytest.mark.usefixtures('soon')
def test_a_device_lost_while_it_makes_a_photo_fails_the_photo_and_is_brought_back(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.photos_take_time = True
    photo = thread.take_photo(WISHES)
    apply(thread, zoom=2.0)
    camera.photos[0][0].set_exception(UNPLUGGED)
    error = photo.exception(PATIENCE)
    assert (type(error), str(error)) == (UnknownError, 'the device was lost: the cable was pulled out')
    recorder.wait_for(lambda: len(camera.opened_at) == 2)


@pytest.mark.usefixtures('never')
def test_a_photo_that_the_loss_of_the_device_ends_says_so(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.photos_take_time = True
    photo = stream.take_photo(WISHES)
    apply(stream, zoom=2.0)
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=True)
    camera.photos[0][0].set_exception(UnknownError('closed meanwhile'))
    error = photo.exception(PATIENCE)
    assert (type(error), str(error)) == (UnknownError, 'the device was lost: the cable was pulled out')


@pytest.mark.usefixtures('soon')
def test_a_device_lost_while_earlier_settings_are_restored_is_brought_back(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('apply', OperationError('refused'), UNPLUGGED)
    error = stream.apply(exactly(zoom=2.0), nothing).exception(PATIENCE)
    assert str(error) == 'the device was lost: the cable was pulled out'
    recorder.wait_for_status(muted=False, times=2)


@pytest.mark.usefixtures('soon')
def test_an_unexpected_failure_of_a_driver_is_a_loss_and_is_logged(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, capture_thread.__name__):
        camera.deliver(ZeroDivisionError('a bug in a driver'))
        assert recorder.wait_for_status(muted=True).reason == 'unexpected failure: a bug in a driver'
        recorder.wait_for_status(muted=False, times=2)
    assert 'the camera failed in an unexpected way' in caplog.text


class DrivenCamera(ScriptedCamera, DriverControlCamera):
    """A camera whose driver is asked what others do with it, also while nothing streams."""

    faulty_frames = 0
    revision = 0

    def __init__(self) -> None:
        super().__init__()
        self.trouble: list[Exception] = []

    @property
    def driver_controls(self) -> dict[str, Any]:
        if self.trouble:
            raise self.trouble.pop()
        return {}

    @property
    def driver_settings(self) -> dict[str, Any]:
        return {}

    def set_driver_controls(self, values: Any) -> None:
        """Set nothing."""

    def refresh(self) -> None:
        """Find nothing new, but settings that another program has changed."""
        self.settings['zoom'] = 9.0 - float(self.settings['zoom'])


@pytest.mark.usefixtures('soon')
@pytest.mark.parametrize('error', [ZeroDivisionError('a bug in a driver'), DeviceGone('pulled out')])
def test_a_device_that_fails_while_nothing_streams_is_brought_back(recorder: Recorder, error: Exception) -> None:
    camera = DrivenCamera()
    capture = CaptureThread(camera, recorder)
    capture.open().result(PATIENCE)
    camera.trouble.append(error)
    assert str(error) in recorder.wait_for_status(muted=True).reason
    recorder.wait_for(lambda: recorder.statuses[-1].reason == 'the stream is stopped')
    apply(capture, zoom=2.0)
    assert not capture.status.ended
    assert capture.close(PATIENCE)


@pytest.mark.usefixtures('soon')
def test_a_device_that_fails_to_be_let_go_is_brought_back_all_the_same(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('close', OSError('bad file descriptor'))
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=False, times=2)


# Brought back.

@pytest.mark.usefixtures('soon')
def test_a_device_that_is_back_has_its_settings_again_and_streams(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, exposure_time=50.0, zoom=2.0, width=3.0, height=2.0, frame_rate=60.0)
    before = stream.snapshot
    asked = camera.named('apply')[-1]
    camera.deliver(5, UNPLUGGED)
    recorder.wait_for_status(muted=False, times=2)
    assert camera.named('apply')[-1] == asked
    assert stream.snapshot == before
    assert stream.status == SourceStatus(muted=False, ended=False)
    camera.deliver(0, 1)
    recorder.wait_for_frames(5, 0, 1)
    assert (stream.counters.reopened, stream.counters.lost) == (1, 0)


@pytest.mark.usefixtures('soon')
def test_a_device_on_automatic_stays_on_automatic_whatever_it_holds_by_then(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, zoom=2.0)
    camera.defaults['exposure_time'] = 900.0
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=False, times=2)
    assert camera.settings == {'exposure_mode': 'continuous', 'exposure_time': 900.0, 'zoom': 2.0}


@pytest.mark.usefixtures('soon')
def test_a_device_that_was_never_set_up_is_left_as_it_comes(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=False, times=2)
    assert camera.named('apply') == []
    assert stream.snapshot.framing.mode == LARGE


@pytest.mark.usefixtures('soon')
def test_a_device_that_comes_back_with_other_modes_and_ranges_gets_the_nearest(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, caplog: pytest.LogCaptureFixture,
) -> None:
    apply(stream, zoom=8.0, frame_rate=60.0)
    assert stream.snapshot.framing.mode == SMALL
    camera.native_modes = (NativeMode(6, 4, 15.0), NativeMode(4, 3, 30.0))
    camera.capabilities['zoom'] = MediaSettingsRange(1, 4, 1)
    with caplog.at_level(logging.WARNING, capture_thread.__name__):
        camera.deliver(UNPLUGGED)
        recorder.wait_for_status(muted=False, times=2)
    assert camera.mode == NativeMode(4, 3, 30.0)
    assert stream.snapshot.framing.mode == camera.mode
    assert stream.snapshot.native_modes == camera.native_modes
    assert stream.snapshot.settings['zoom'] == 4.0
    assert 'zoom: was 8, can be no nearer than 4; frame_rate: was 60.0, can be no nearer than 30' in caplog.text


@pytest.mark.usefixtures('soon')
def test_a_device_that_refuses_its_earlier_settings_streams_as_it_is(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    apply(stream, zoom=2.0, frame_rate=60.0)
    camera.fail('apply', OperationError('not any more'))
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=False, times=2)
    assert stream.snapshot.framing.mode == LARGE
    assert stream.snapshot.settings['zoom'] == 1.0


@pytest.mark.usefixtures('soon')
def test_a_stream_that_was_stopped_meanwhile_stays_stopped(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('stop', UNPLUGGED)
    stream.stop_stream().result(PATIENCE)
    recorder.wait_for(lambda: recorder.statuses[-1].reason == 'the stream is stopped')
    assert [status.reason for status in recorder.statuses] == ['', 'the cable was pulled out', 'the stream is stopped']
    assert len(camera.named('start')) == 1
    stream.start_stream().result(PATIENCE)
    assert not stream.status.muted


@pytest.mark.usefixtures('soon')
def test_a_device_lost_at_the_start_of_the_stream_fails_the_start(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('start', UNPLUGGED)
    with pytest.raises(OperationError, match='the device was lost'):
        thread.start_stream().result(PATIENCE)
    recorder.wait_for(lambda: recorder.statuses and recorder.statuses[-1].reason == 'the stream is stopped')
    thread.start_stream().result(PATIENCE)


def test_attempts_become_rarer(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    delays = (0.02, 0.04, 0.08)
    monkeypatch.setattr(recovery, 'REOPEN_DELAYS', delays)
    camera.fail('open', *(NotFoundError(f'attempt {attempt}') for attempt in range(4)))
    camera.opened_at.clear()
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=False, times=2)
    pauses = [later - earlier for earlier, later in zip(camera.opened_at, camera.opened_at[1:], strict=False)]
    assert len(pauses) == 4
    assert all(pause >= delay for pause, delay in zip(pauses, (0.04, 0.08, 0.08, 0.08), strict=True))
    reasons = [status.reason for status in recorder.statuses if status.muted]
    assert reasons == ['the cable was pulled out', 'attempt 0', 'attempt 1', 'attempt 2', 'attempt 3']


def test_a_device_that_comes_back_only_to_be_lost_again_does_not_start_from_the_shortest_delay(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, 'REOPEN_DELAYS', (0.01, 0.01, 3600.0))
    camera.deliver(UNPLUGGED, UNPLUGGED, UNPLUGGED)
    recorder.wait_for_status(muted=True, times=3)
    assert stream.counters.reopened == 2
    assert stream.close(PATIENCE)


def test_after_a_frame_the_delays_start_from_the_shortest_again(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, 'REOPEN_DELAYS', (0.01, 3600.0))
    for times in (1, 2, 3):
        camera.deliver(times, UNPLUGGED)
        recorder.wait_for_status(muted=False, times=times + 1)
    assert stream.counters.reopened == 3


def test_without_a_stream_a_device_that_is_back_counts_as_well_again(
    thread: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery, 'REOPEN_DELAYS', (0.01, 3600.0))
    for times in (1, 2, 3):
        camera.fail('take_photo', UNPLUGGED)
        assert isinstance(thread.take_photo(WISHES).exception(PATIENCE), UnknownError)
        # Muted with the reason of the loss, and then for want of a stream.
        assert recorder.wait_for_status(muted=True, times=2 * times).reason == 'the stream is stopped'
    assert thread.counters.reopened == 3


@pytest.mark.usefixtures('never')
def test_closing_does_not_wait_for_the_next_attempt(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.deliver(UNPLUGGED)
    recorder.wait_for_status(muted=True)
    assert stream.close(PATIENCE)


# Silent.

def test_a_silent_device_mutes_and_its_next_frame_unmutes(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'STALL_AFTER', 0.05)
    asked = stream.next_frame()
    status = recorder.wait_for_status(muted=True)
    assert status.reason.startswith('no frame for 0.')
    assert status.reason.endswith('nothing was delivered')
    with pytest.raises(UnknownError, match='no frame came: no frame for'):
        asked.result(PATIENCE)
    assert stream.counters.stalls == 1
    camera.deliver(0)
    recorder.wait_for_status(muted=False, times=2)
    assert stream.status == SourceStatus(muted=False, ended=False)
    assert len(camera.named('open')) == 1


def test_a_slow_stream_is_not_silent(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_thread, 'STALL_AFTER', 0.05)
    camera = ScriptedCamera(NativeMode(8, 6, 0.1))
    capture = CaptureThread(camera, recorder)
    capture.open().result(PATIENCE)
    capture.start_stream().result(PATIENCE)
    # Five reads without a frame take half a second.
    camera.wait_for_reads(5)
    assert recorder.statuses == [SourceStatus(muted=False, ended=False)]
    assert capture.close(PATIENCE)


def test_during_a_photo_the_stream_is_not_silent(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_thread, 'STALL_AFTER', 1.0)
    gate = camera.block('take_photo')
    photo = stream.take_photo(WISHES)
    assert camera.entered['take_photo'].wait(PATIENCE)
    assert not gate.wait(1.2)
    gate.set()
    # The first read after the photo finds no frame; the second one shows that this was not taken for a stall.
    camera.wait_for_reads(2)
    assert stream.counters.stalls == 0
    camera.deliver(0)
    assert photo.result(PATIENCE).photo.stream_gap > 1.0


def test_a_stream_that_stays_silent_after_a_photo_is_told_with_that_reason(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, monkeypatch: pytest.MonkeyPatch,
) -> None:
    camera.photos_interrupt = True
    stream.take_photo(WISHES)
    assert 'a photo is being taken' in recorder.wait_for_status(muted=True).reason
    monkeypatch.setattr(capture_thread, 'STALL_AFTER', 0.05)
    assert recorder.wait_for_status(muted=True, times=2).reason.startswith('no frame for 0.')
    assert stream.counters.stalls == 1


# At the end.

def test_the_end_of_a_source_is_final(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    asked = stream.next_frame()
    camera.deliver(EndOfStream('the film is over'))
    status = recorder.wait_for_status(muted=True)
    assert status == SourceStatus(muted=True, ended=True, reason='the film is over')
    with pytest.raises(UnknownError, match='no frame came: the film is over'):
        asked.result(PATIENCE)
    stream.stop_stream().result(PATIENCE)
    with pytest.raises(InvalidStateError, match='the source has ended: the film is over'):
        stream.start_stream().result(PATIENCE)
    assert stream.status == status
    assert stream.close(PATIENCE)
    assert stream.status == status
    assert len(camera.named('start')) == 1


@pytest.mark.usefixtures('never')
@pytest.mark.parametrize('error', [UNPLUGGED, OSError('the driver refuses')])
def test_a_device_that_fails_to_stop_is_lost(stream: CaptureThread, camera: ScriptedCamera, error: Exception) -> None:
    camera.fail('stop', error)
    waiting = stream.next_frame()
    stream.stop_stream().result(PATIENCE)
    assert str(error) in stream.status.reason and stream.status.muted
    assert isinstance(waiting.exception(PATIENCE), UnknownError)


def test_a_source_that_cannot_even_stop_ends(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('stop', OSError('bad file descriptor'))
    camera.deliver(EndOfStream('the film is over'))
    assert recorder.wait_for_status(muted=True).ended


@pytest.mark.usefixtures('soon')
def test_a_source_that_has_ended_when_it_comes_back_ends(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder,
) -> None:
    camera.fail('open', EndOfStream('the stream is over'))
    camera.deliver(UNPLUGGED)
    recorder.wait_for(lambda: recorder.statuses[-1].ended)
    attempts = len(camera.opened_at)
    stream.stop_stream().result(PATIENCE)
    assert len(camera.opened_at) == attempts == 2


# Another size.

@pytest.mark.parametrize('lost', [True, False])
@pytest.mark.usefixtures('soon')
def test_of_a_source_with_another_size_only_what_was_asked_is_asked_again(
    stream: CaptureThread, camera: ScriptedCamera, recorder: Recorder, lost: bool,
) -> None:
    track: VideoTrack[Snapshot] = VideoTrack(stream)
    track.apply_constraints(Constraints({'zoom': Constraint(exact=2.0)})).result(PATIENCE)
    for mode in (NativeMode(40, 30, 30.0), NativeMode(16, 9, 30.0), LARGE):
        camera.native_modes = (mode,)
        if lost:
            reopened = stream.counters.reopened
            camera.deliver(UNPLUGGED)
            recorder.wait_for(lambda before=reopened: stream.counters.reopened > before)
        else:
            camera.mode, camera.tells_since = mode, None
            camera.deliver(0)
            recorder.wait_for(lambda mode=mode: stream.snapshot.framing.mode == mode)
        settings = stream.snapshot.settings
        assert (settings['width'], settings['height'], settings['resize_mode']) == (mode.width, mode.height, 'none')
        assert settings['zoom'] == camera.settings['zoom'] == 2.0
    track.apply_constraints(Constraints({'width': Constraint(exact=4)})).result(PATIENCE)
    camera.native_modes = (NativeMode(40, 30, 30.0),)
    camera.deliver(UNPLUGGED)
    recorder.wait_for(lambda: stream.snapshot.framing.mode.width == 40)
    assert stream.snapshot.settings['width'] == 4
    assert stream.conflict == ''
