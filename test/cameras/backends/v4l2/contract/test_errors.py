# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that another program has, a stream that does not start, and nothing left behind, ever."""

from __future__ import annotations

import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2.bench import Bench

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.backends.v4l2 import enumeration
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError, OperationError


def test_a_busy_camera_is_told_when_it_is_opened(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    bench.command('hold 1')
    camera = V4L2Camera(entry)
    with pytest.raises(NotReadableError, match=r'busy \(EBUSY\), in use by'):
        camera.open()
    assert bench.held()[1] == 0
    bench.command('hold 0')
    camera.open()
    camera.close()


def test_nobody_can_take_an_open_camera_away(bench: Bench, camera: V4L2Camera) -> None:
    other = V4L2Camera(enumeration.find_all()[0])
    with pytest.raises(NotReadableError, match='busy'):
        other.open()
    camera.start()
    camera.read(PATIENCE)


def test_too_little_bandwidth_is_told_with_what_to_do(camera: V4L2Camera, bench: Bench) -> None:
    bench.command('fail 18 28 1')
    with pytest.raises(NotReadableError, match=r'USB bandwidth for 640x480@30 in YUYV \(ENOSPC\); ask for a smaller'):
        camera.start()
    camera.start()
    camera.read(PATIENCE)


def test_a_mode_that_does_not_start_leaves_the_way_back_open(streaming: V4L2Camera, bench: Bench) -> None:
    before = streaming.mode
    bench.command('fail 18 28 1')
    with pytest.raises((OperationError, NotReadableError), match='USB bandwidth'):
        streaming.apply({}, NativeMode(1280, 720, 30.0))
    streaming.apply({}, before)
    assert streaming.mode == before
    assert streaming.read(PATIENCE).width == 640


def test_a_camera_that_is_not_there_cannot_be_opened(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    bench.unplug()
    with pytest.raises((NotFoundError, DeviceGone), match='is not connected'):
        V4L2Camera(entry).open()


def test_nothing_leaks_however_often_it_is_opened(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    camera = V4L2Camera(entry)
    before = bench.held()
    for _ in range(bench.cycles):
        camera.open()
        camera.close()
    assert bench.held() == before == (0, 0)
    for _ in range(max(1, bench.cycles // 50)):
        camera.open()
        camera.start()
        camera.close()
    assert bench.held() == before


def test_nothing_leaks_however_often_it_is_unplugged(bench: Bench) -> None:
    [entry] = enumeration.find_all()
    camera = V4L2Camera(entry)
    for cycle in range(bench.cycles // 10):
        camera.open()
        camera.start()
        if not cycle % 10:
            camera.read(PATIENCE)
        bench.unplug()
        with pytest.raises(DeviceGone):
            while True:
                camera.read(PATIENCE)
        camera.close()
        assert bench.plug() == str(entry.node)
    assert bench.held() == (0, 0)
