# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""vivid, the kernel's test driver: many formats, every kind of control, and all the ways in which a driver fails."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2.bench import CHOICE

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.backends.v4l2 import enumeration
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.cameras.backends.v4l2.device import Device
from imagecapture_ros.cameras.backends.v4l2.formats import FORMATS
from imagecapture_ros.cameras.driver_controls import DriverControlKind
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotReadableError, OperationError
from imagecapture_ros.mediacapture.frames import Frame

pytestmark = pytest.mark.skipif(os.environ.get(CHOICE) != 'kernel', reason='needs make test-v4l2')


def vivid() -> enumeration.CameraEntry:
    [entry] = [entry for entry in enumeration.find_all() if entry.bus_info.startswith('platform:vivid')]
    return entry


@pytest.fixture
def camera() -> Iterator[V4L2Camera]:
    camera = V4L2Camera(vivid())
    camera.open()
    yield camera
    camera.close()


@pytest.fixture
def streaming(camera: V4L2Camera) -> V4L2Camera:
    camera.apply({}, NativeMode(320, 180, slowest(camera, 320, 180)))
    camera.start()
    camera.read(PATIENCE)
    return camera


def slowest(camera: V4L2Camera, width: int, height: int) -> float:
    return min(mode.frame_rate for mode in camera.native_modes if (mode.width, mode.height) == (width, height))


def recovered(camera: V4L2Camera) -> Frame:
    """Return a frame after the recovery of a device that was given up: closed and opened again."""
    camera.close()
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            camera.open()
            camera.start()
            return camera.read(PATIENCE)
        except MediaCaptureError:
            camera.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_it_is_identified_by_its_bus(camera: V4L2Camera) -> None:
    assert camera.info.device_id == 'platform:vivid-000'
    assert camera.info.label == 'vivid'


def test_every_pixel_format_that_is_known_delivers(camera: V4L2Camera) -> None:
    device = Device(vivid().node)
    device.open()
    offered = [FORMATS[fourcc] for fourcc in device.fourccs() if fourcc in FORMATS]
    device.close()
    assert {row.name for row in offered} >= {'YUYV', 'UYVY', 'NV12', 'GREY', 'RGB3', 'BGR3', 'Y16 '}
    camera.close()
    for row in offered:
        one = V4L2Camera(vivid(), pixel_format=row.name)
        one.open()
        try:
            one.apply({}, NativeMode(320, 180, slowest(one, 320, 180)))
            one.start()
            frame = one.read(PATIENCE)
            assert (frame.encoding, frame.width, frame.height) == (row.encoding, 320, 180)
            assert isinstance(frame.data, np.ndarray)
            assert frame.data.std() > 5.0, row.name  # colour bars
        finally:
            one.close()


def test_every_control_can_be_written(camera: V4L2Camera) -> None:
    refused = []
    dangerous = ('inject', 'disconnect', 'error', 'dropped', 'standard', 'dv_timings', 'display_present')
    # What an automatic mode governs can be written, and does not stay.
    camera.set_driver_controls({name: False for name in camera.driver_controls if name.endswith('_automatic')})
    for name, control in camera.driver_controls.items():
        if control.read_only or any(word in name for word in dangerous):
            continue
        values = {
            DriverControlKind.BOOLEAN: (True, False), DriverControlKind.BUTTON: (True,),
            DriverControlKind.TEXT: ('x' * max(1, control.minimum),),
            DriverControlKind.INTEGERS: ((control.minimum,) * control.elements,),
            DriverControlKind.INTEGER: tuple(control.items)[:2] or (control.minimum, control.maximum),
        }[control.kind]
        before = camera.driver_settings[name]
        for value in values:
            try:
                camera.set_driver_controls({name: value})
                if control.kind is not DriverControlKind.BUTTON:
                    assert camera.driver_settings[name] == value, name
            except OperationError as error:
                refused.append(str(error))
        if control.kind is not DriverControlKind.BUTTON:
            camera.set_driver_controls({name: before})
    assert refused == []
    assert len(camera.driver_controls) > 20


def test_properties_are_read_back(camera: V4L2Camera) -> None:
    assert {'brightness', 'contrast', 'saturation'} <= camera.capabilities.keys()
    camera.apply({**camera.settings, 'brightness': 100.0, 'contrast': 50.0}, camera.mode)
    assert (camera.settings['brightness'], camera.settings['contrast']) == (100.0, 50.0)


def test_a_photo_in_a_larger_mode(streaming: V4L2Camera) -> None:
    photo = streaming.take_photo(PhotoSettings(image_width=1280.0, image_height=720.0)).result()
    assert (photo.frame.width, photo.frame.height) == (1280, 720)
    assert streaming.read(PATIENCE).width == 320


def press(camera: V4L2Camera, name: str) -> None:
    camera.set_driver_controls({name: True})


def test_buffers_with_the_error_flag_are_counted(streaming: V4L2Camera) -> None:
    press(streaming, 'v4l2.inject_v4l2_buf_flag_error')
    deadline = time.monotonic() + PATIENCE
    while not streaming.faulty_frames:
        streaming.read(PATIENCE)
        assert time.monotonic() < deadline
    streaming.read(PATIENCE)


def test_dropped_buffers_are_gaps(streaming: V4L2Camera) -> None:
    streaming.set_driver_controls({'v4l2.percentage_of_dropped_buffers': 60})
    try:
        numbers = [streaming.read(PATIENCE).sequence for _ in range(12)]
    finally:
        streaming.set_driver_controls({'v4l2.percentage_of_dropped_buffers': 0})
    assert numbers[-1] - numbers[0] > 11


def test_an_error_of_reqbufs_is_told_and_passes(camera: V4L2Camera) -> None:
    press(camera, 'v4l2.inject_vidioc_reqbufs_error')
    with pytest.raises(OperationError, match='EINVAL'):
        camera.apply({}, NativeMode(640, 360, slowest(camera, 640, 360)))
    camera.start()
    camera.read(PATIENCE)


def test_an_error_of_streamon_is_told_and_passes(camera: V4L2Camera) -> None:
    press(camera, 'v4l2.inject_vidioc_streamon_error')
    with pytest.raises(NotReadableError, match=r'does not start the stream.*EINVAL'):
        camera.start()
    camera.start()
    camera.read(PATIENCE)


def test_an_error_of_qbuf_ends_the_stream_and_opening_again_helps(streaming: V4L2Camera) -> None:
    press(streaming, 'v4l2.inject_vidioc_qbuf_error')
    with pytest.raises(NotReadableError, match=r'take a buffer back.*EINVAL'):
        for _ in range(10):
            streaming.read(PATIENCE)
    recovered(streaming)


def test_a_fatal_error_ends_the_stream_and_opening_again_helps(streaming: V4L2Camera) -> None:
    press(streaming, 'v4l2.inject_fatal_streaming_error')
    with pytest.raises(NotReadableError, match='EIO'):
        for _ in range(10):
            streaming.read(PATIENCE)
    recovered(streaming)


def test_a_disconnected_device_is_gone_and_comes_back(streaming: V4L2Camera) -> None:
    with pytest.raises(DeviceGone):
        press(streaming, 'v4l2.disconnect')
        while True:
            streaming.read(PATIENCE)
    assert recovered(streaming).width > 0


def test_nothing_is_left_open(camera: V4L2Camera) -> None:
    camera.start()
    camera.close()
    assert '/dev/video' not in Path('/proc/self/maps').read_text()
    assert not any('/dev/video' in _target(link) for link in Path('/proc/self/fd').iterdir())


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ''  # it was the one that read the folder
