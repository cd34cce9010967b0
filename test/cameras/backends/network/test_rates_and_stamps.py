# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rates and stamps of real streams: what they say is what the pictures show."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from fixtures.clock_camera import clock_camera, moment_shown
from fixtures.limits import PATIENCE, Stopwatch
from fixtures.opencv_cameras import opened, read_frames, streaming
from fixtures.rtsp_server import rtsp_server
from fixtures.videos import moving_frames, number_in, run_ffmpeg, write_video

from imagecapture_ros.cameras.api import Camera, DeviceGone, ReadTimeout
from imagecapture_ros.cameras.backends.opencv.live_camera import LiveCamera
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.frames import Frame

OLD = 0.2
"""Promised seconds by which a stamp may be away from the time that the picture shows, at most."""


def read_for(camera: Camera, seconds: float) -> list[Frame]:
    """Return the frames that come within some seconds."""
    frames, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            frames.append(camera.read(0.1))
        except ReadTimeout:
            continue
    return frames


def check_stamps(frames: list[Frame], watch: Stopwatch) -> None:
    """Fail unless the stamps are the times that the frames show."""
    assert frames
    late = [(frame.exposed_at - moment_shown(frame.data, frame.exposed_at)) / 1e9 for frame in frames]
    assert max(late) <= watch.limit(OLD), (late, str(watch))
    assert min(late) >= -0.01


@pytest.mark.parametrize('rate', [30.0, 10.0, 2.0, 0.4])
def test_a_rate_that_nobody_states_is_measured(rate: float) -> None:
    with clock_camera(rate) as server, opened(server.url) as camera:
        assert isinstance(camera, LiveCamera)
        assert camera.mode.frame_rate == pytest.approx(rate, rel=0.15)
        assert camera.rate_origin == 'measured; the source states none'


def test_a_rate_that_changes_for_good_is_followed(caplog: pytest.LogCaptureFixture) -> None:
    with clock_camera(20.0) as server, streaming(server.url) as camera:
        assert camera.mode.frame_rate == pytest.approx(20.0, rel=0.15)
        changed_at = time.monotonic_ns()
        server.interval = lambda _: 0.2
        while camera.mode.frame_rate > 7.0:
            camera.read(PATIENCE)
        assert camera.mode.frame_rate == pytest.approx(5.0, rel=0.15)
        assert camera.in_force_since > changed_at
    assert 'frames a second, and not 20' in caplog.text


def test_what_was_made_before_the_server_sends_is_not_shown() -> None:
    with clock_camera(10.0, waits=2.0) as server, Stopwatch() as watch, streaming(server.url) as camera:
        frames = read_frames(camera, 10)
        assert camera.mode.frame_rate == pytest.approx(10.0, rel=0.15)
    check_stamps(frames, watch)


@pytest.mark.parametrize('rate', [30.0, 10.0])
def test_what_has_waited_on_the_way_is_not_shown(rate: float) -> None:
    with clock_camera(rate) as server, Stopwatch() as watch, streaming(server.url) as camera:
        frames = read_frames(camera, 5)
        server.hold(2.0)
        resumed_at = time.monotonic_ns()
        frames += read_for(camera, 2.0)
    check_stamps(frames, watch)
    assert sum(frame.exposed_at > resumed_at for frame in frames) > rate / 2  # they go on soon


def test_a_camera_that_pauses_itself_goes_on_with_a_new_frame() -> None:
    def interval(number: int) -> float:
        return 1.5 if number % 30 == 20 else 0.05

    with clock_camera(interval=interval) as server, Stopwatch() as watch, streaming(server.url) as camera:
        frames = read_for(camera, 8.0)
    check_stamps(frames, watch)
    assert len(frames) > 40


def test_a_photo_of_a_slow_camera_does_not_hold_others_up() -> None:
    with clock_camera(0.4) as server, streaming(server.url) as camera:
        with Stopwatch() as watch:
            photo = camera.take_photo(PhotoSettings())
        watch.check(1.0, 'the request')
        asked_at = time.monotonic_ns()
        assert photo.result(PATIENCE).frame.exposed_at > asked_at - 100_000_000


def test_a_photo_is_not_waited_for_when_the_camera_is_closed() -> None:
    with clock_camera(0.4) as server, opened(server.url) as camera:
        photo = camera.take_photo(PhotoSettings())
        camera.close()
        assert 'was closed' in str(photo.exception(PATIENCE))


def test_a_camera_that_is_slower_than_the_time_out_can_be_had_with_a_longer_one() -> None:
    with clock_camera(0.4) as server:
        with pytest.raises(DeviceGone, match=r'has sent nothing for 1 s \(read_timeout\)'):
            open_opencv_camera(server.url, read_timeout=1.0).open()
        with streaming(server.url, read_timeout=20.0) as camera:
            assert camera.read(PATIENCE).sequence >= 0


@pytest.fixture(scope='module')
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('video') / 'a.mkv'
    return write_video(path, moving_frames(900), codec='h264', options=('-bf', '0'))


def test_rtsp_does_not_show_what_was_buffered(video: Path) -> None:
    with rtsp_server(video) as server, Stopwatch() as watch, streaming(server.url()) as camera:
        frames = read_for(camera, 4.0)
        assert camera.mode.frame_rate == 30.0
    # How long after its time in the video each frame has come.
    late = [frame.exposed_at / 1e9 - number_in(frame.data) / 30.0 for frame in frames]
    assert max(late) - min(late) <= watch.limit(OLD), late
    assert all(later.exposed_at > earlier.exposed_at for earlier, later in pairwise(frames))


def test_a_rate_that_is_stated_wrong_by_far_is_not_believed(tmp_path: Path) -> None:
    stated = write_video(tmp_path / 'a.mkv', moving_frames(100), codec='h264', rate=25.0, options=('-bf', '0'))
    run_ffmpeg('-itsscale', '5', '-i', str(stated), '-c', 'copy', str(tmp_path / 'b.mkv'))
    with rtsp_server(tmp_path / 'b.mkv') as server, streaming(server.url()) as camera:
        deadline = time.monotonic() + PATIENCE
        while camera.mode.frame_rate > 7.0 and time.monotonic() < deadline:
            camera.read(PATIENCE)
        assert camera.mode.frame_rate == pytest.approx(5.0, rel=0.15)
        assert isinstance(camera, LiveCamera)
        assert camera.rate_origin == 'measured; the source states 25 Hz'
