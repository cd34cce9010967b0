# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames: their pixels, numbers and times, and what happens when they break or cease to come."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2.bench import Bench
from fixtures.v4l2.scene import jpeg

from imagecapture_ros.cameras.api import DeviceGone, ReadTimeout
from imagecapture_ros.cameras.backends.v4l2 import stream as v4l2_stream
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotReadableError
from imagecapture_ros.mediacapture.frames import Frame, Pixels


def pixels(frame: Frame) -> Pixels:
    assert isinstance(frame.data, np.ndarray)
    return frame.data


def test_frames_are_those_of_the_device_in_order(streaming: V4L2Camera) -> None:
    frames = [streaming.read(PATIENCE) for _ in range(10)]
    for frame in frames:
        assert (frame.width, frame.height, frame.encoding) == (640, 480, 'yuv422_yuy2')
        assert pixels(frame).shape == (480, 640, 2)
        assert pixels(frame)[100:, :, 0].min() == pixels(frame)[100:, :, 0].max() == 128
    numbers = [frame.sequence for frame in frames]
    assert all(after > before for before, after in pairwise(numbers))
    shown = [int(pixels(frame)[0, 0, 0]) for frame in frames]
    # The picture shows the number that the device gave it.
    assert len({(number - show) % 256 for number, show in zip(numbers, shown, strict=True)}) == 1


def test_a_frame_keeps_its_pixels_while_the_buffers_go_on(streaming: V4L2Camera) -> None:
    first = streaming.read(PATIENCE)
    before = pixels(first).copy()
    for _ in range(8):
        streaming.read(PATIENCE)
    assert np.array_equal(pixels(first), before)


def test_what_is_set_shows_in_the_picture(streaming: V4L2Camera) -> None:
    streaming.apply({'brightness': 40.0}, streaming.mode)
    deadline = time.monotonic() + PATIENCE
    while pixels(streaming.read(PATIENCE))[100, 100, 0] != 168:
        assert time.monotonic() < deadline


def test_frames_in_jpeg_keep_their_bytes(camera: V4L2Camera) -> None:
    camera.apply({}, NativeMode(1280, 720, 30.0))
    camera.start()
    for _ in range(3):
        frame = camera.read(PATIENCE)
        assert isinstance(frame.data, bytes)
        assert frame.data.startswith(jpeg(1280, 720))
        assert (frame.width, frame.height) == (1280, 720)


def test_exposures_are_on_the_monotonic_clock_and_never_to_come(streaming: V4L2Camera) -> None:
    began = time.monotonic_ns()
    streaming.read(PATIENCE)
    frames = [(streaming.read(PATIENCE), time.monotonic_ns()) for _ in range(5)]
    assert streaming.has_capture_timestamps
    assert all(began - 2e9 < frame.exposed_at <= read_at for frame, read_at in frames)
    assert all(after[0].exposed_at > before[0].exposed_at for before, after in pairwise(frames))


def test_without_a_clock_of_the_driver_the_time_is_that_of_reading(bench: Bench, camera: V4L2Camera) -> None:
    bench.command('clockless 1')
    camera.close()
    camera.open()
    assert not camera.has_capture_timestamps
    camera.start()
    began = time.monotonic_ns()
    assert began <= camera.read(PATIENCE).exposed_at <= time.monotonic_ns()


def test_a_frame_that_the_device_lost_is_a_gap_in_the_numbers(streaming: V4L2Camera, bench: Bench) -> None:
    before = streaming.read(PATIENCE).sequence
    bench.command('drop 5')
    deadline = time.monotonic() + PATIENCE
    while (after := streaming.read(PATIENCE).sequence) - before < 5:
        assert time.monotonic() < deadline
        before = after


def test_a_faulty_frame_is_counted_and_not_delivered(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    bench.command('faulty 2')
    deadline = time.monotonic() + PATIENCE
    while streaming.faulty_frames < 2:
        streaming.read(PATIENCE)
        assert time.monotonic() < deadline
    assert streaming.faulty_frames == 2


@pytest.mark.parametrize('mode', [NativeMode(640, 480, 30.0), NativeMode(1280, 720, 30.0)])
def test_a_frame_that_came_incomplete_is_not_delivered(camera: V4L2Camera, bench: Bench, mode: NativeMode) -> None:
    camera.apply({}, mode)
    camera.start()
    before = camera.read(PATIENCE).sequence
    bench.command('shorten 2')
    lost = 0
    deadline = time.monotonic() + PATIENCE
    while lost < 2:
        frame = camera.read(PATIENCE)
        assert len(frame.data) > 0
        lost, before = lost + frame.sequence - before - 1, frame.sequence
        assert time.monotonic() < deadline


def test_padding_of_rows_is_left_out(bench: Bench, camera: V4L2Camera) -> None:
    bench.command('padding 48')
    camera.close()
    camera.open()
    camera.start()
    frame = camera.read(PATIENCE)
    assert pixels(frame).shape == (480, 640, 2)
    assert set(np.unique(pixels(frame)[16:])) == {128}


def test_a_driver_may_have_fewer_buffers(bench: Bench, camera: V4L2Camera) -> None:
    bench.command('limit 2')
    camera.close()
    camera.open()
    camera.start()
    assert [camera.read(PATIENCE).width for _ in range(6)] == [640] * 6


def test_silence_is_a_timeout_and_frames_go_on_after_it(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    bench.command('freeze 1')
    began = time.monotonic()
    with pytest.raises(ReadTimeout, match='no frame'):
        while True:  # what was filled before may still come
            streaming.read(0.2)
    assert time.monotonic() - began < PATIENCE
    bench.command('freeze 0')
    streaming.read(PATIENCE)


def test_a_stream_that_is_silent_for_long_is_started_again(
    streaming: V4L2Camera, bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(v4l2_stream, 'RESTART_AFTER', 0.1)
    last = streaming.read(PATIENCE).sequence
    bench.command('freeze 1')
    deadline = time.monotonic() + PATIENCE
    while 'the stream is started again' not in caplog.text:
        assert time.monotonic() < deadline
        try:
            last = streaming.read(0.05).sequence
        except ReadTimeout:
            continue
    bench.command('freeze 0')
    assert streaming.read(PATIENCE).sequence > last


def test_the_numbers_go_on_in_another_mode(streaming: V4L2Camera) -> None:
    last = [streaming.read(PATIENCE) for _ in range(4)][-1].sequence
    streaming.apply({}, NativeMode(320, 240, 30.0))
    frame = streaming.read(PATIENCE)
    assert frame.width == 320
    assert frame.sequence > last


def test_a_stream_that_is_stopped_can_be_started_again(streaming: V4L2Camera) -> None:
    streaming.read(PATIENCE)
    streaming.stop()
    with pytest.raises(InvalidStateError, match='does not stream'):
        streaming.read(0.1)
    streaming.start()
    streaming.read(PATIENCE)


def test_an_unplugged_camera_is_told_at_once_and_found_again(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    bench.unplug()
    began = time.monotonic()
    with pytest.raises(DeviceGone, match='unplugged'):
        while True:
            streaming.read(PATIENCE)
    assert time.monotonic() - began < PATIENCE  # it did not wait for the end of a read
    node = streaming.info.path
    streaming.close()
    assert bench.plug() == node
    streaming.open()
    streaming.start()
    streaming.read(PATIENCE)


def test_a_camera_that_does_not_stream_tells_that_it_was_unplugged(camera: V4L2Camera, bench: Bench) -> None:
    bench.unplug()
    deadline = time.monotonic() + PATIENCE
    with pytest.raises(DeviceGone, match='unplugged'):
        while time.monotonic() < deadline:
            camera.refresh()


def test_a_camera_is_found_under_another_node(camera: V4L2Camera, bench: Bench) -> None:
    info = camera.info
    bench.unplug()
    other = bench.plug()  # while its descriptors and mappings are still held
    assert other != info.path
    camera.open()
    assert camera.info == replace(info, path=other)
    camera.start()
    camera.read(PATIENCE)


def test_a_stream_that_the_driver_gave_up_is_an_error_and_no_spin(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    bench.command('fatal 1')
    with pytest.raises(NotReadableError, match=r'EIO.* opened again'):
        while True:
            streaming.read(1.0)
    bench.command('fatal 0')
    streaming.close()
    streaming.open()
    streaming.start()
    streaming.read(PATIENCE)


def test_a_buffer_that_the_driver_does_not_take_back_is_an_error(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    bench.command('fail 15 22 1')
    with pytest.raises(NotReadableError, match=r'take a buffer back.*EINVAL'):
        for _ in range(3):
            streaming.read(PATIENCE)
