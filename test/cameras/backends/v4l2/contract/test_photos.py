# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos: in the size of the stream without a gap, in any other with the stream restored."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2.bench import Bench
from fixtures.v4l2.scene import jpeg

from imagecapture_ros.cameras.backends.v4l2 import camera as camera_module
from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.cameras.backends.v4l2.stream import Stream
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.errors import UnknownError
from imagecapture_ros.mediacapture.frames import Frame

LARGE, SMALL = PhotoSettings(), PhotoSettings(image_width=640.0, image_height=480.0)


def test_a_photo_is_taken_in_the_largest_mode_and_the_stream_goes_on(streaming: V4L2Camera) -> None:
    streaming.apply({**streaming.settings, 'zoom': 2.0, 'focus_mode': 'manual', 'focus_distance': 50.0},
                    streaming.mode)
    last, settings = streaming.read(PATIENCE).sequence, dict(streaming.settings)
    photo = streaming.take_photo(LARGE).result()
    assert isinstance(photo.frame.data, bytes)
    assert photo.frame.data.startswith(jpeg(1280, 720))
    assert (photo.frame.encoding, photo.frame.width, photo.frame.height) == ('jpeg', 1280, 720)
    assert (photo.settings.image_width, photo.settings.image_height) == (1280.0, 720.0)
    assert photo.device_settings == settings
    assert streaming.mode == NativeMode(640, 480, 30.0)
    assert dict(streaming.settings) == settings
    frame = streaming.read(PATIENCE)
    assert (frame.width, frame.encoding) == (640, 'yuv422_yuy2')
    assert frame.sequence > last


def test_a_photo_in_the_size_of_the_stream_is_its_next_frame_and_the_stream_has_it_too(streaming: V4L2Camera) -> None:
    before = streaming.read(PATIENCE)
    asked_at = time.monotonic_ns()
    photo = streaming.take_photo(SMALL).result()
    assert photo.frame.exposed_at >= asked_at
    frames = [before]
    while frames[-1].sequence < photo.frame.sequence:
        frames.append(streaming.read(PATIENCE))
    assert frames[-1] is photo.frame
    assert all(after.exposed_at > earlier.exposed_at for earlier, after in pairwise(frames))


@pytest.mark.parametrize('streams', [True, False])
def test_a_driver_that_forgets_its_controls_with_the_mode_is_told_them_again(
    camera: V4L2Camera, bench: Bench, streams: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:
    held: list[int] = []
    take = camera_module.Stream.take

    def looking(stream: Stream, timeout: float) -> Frame | None:
        held.append(bench.read(ioctl.CID_ZOOM_ABSOLUTE))
        return take(stream, timeout)

    if streams:
        camera.start()
    camera.apply({**camera.settings, 'zoom': 2.0, 'brightness': 40.0}, camera.mode)
    bench.command('forget 1')
    monkeypatch.setattr(camera_module.Stream, 'take', looking)
    photo = camera.take_photo(LARGE).result()
    assert photo.device_settings['zoom'] == camera.settings['zoom'] == 2.0
    assert (bench.read(ioctl.CID_ZOOM_ABSOLUTE), bench.read(ioctl.CID_BRIGHTNESS)) == (200, 40)
    assert set(held) == {200}, 'it filmed with what the driver had made of the zoom'
    camera.apply({**camera.settings, 'zoom': 3.0}, NativeMode(320, 240, 30.0))
    assert (bench.read(ioctl.CID_ZOOM_ABSOLUTE), bench.read(ioctl.CID_BRIGHTNESS)) == (300, 40)


def test_a_photo_without_a_stream_leaves_none_behind(camera: V4L2Camera) -> None:
    for wishes, width in ((LARGE, 1280), (SMALL, 640)):
        assert camera.take_photo(wishes).result().frame.width == width
        assert camera.mode == NativeMode(640, 480, 30.0)
    camera.start()
    assert camera.read(PATIENCE).width == 640


def test_after_a_photo_that_failed_all_is_as_before(
    streaming: V4L2Camera, bench: Bench, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_module, 'PHOTO_FRAME_TIMEOUT', 0.3)
    streaming.apply({'zoom': 3.0}, streaming.mode)
    streaming.read(PATIENCE)
    bench.command('freeze 1')
    with pytest.raises(UnknownError, match='no frame for the photo'):
        streaming.take_photo(LARGE).result()
    bench.command('freeze 0')
    assert streaming.mode == NativeMode(640, 480, 30.0)
    assert streaming.settings['zoom'] == 3.0
    assert streaming.read(PATIENCE).width == 640


def test_a_photo_that_the_driver_refuses_is_told_and_the_stream_goes_on(streaming: V4L2Camera, bench: Bench) -> None:
    streaming.read(PATIENCE)
    bench.command('fail 18 28 1')  # STREAMON, ENOSPC
    with pytest.raises(Exception, match='USB bandwidth'):
        streaming.take_photo(LARGE).result()
    assert streaming.read(PATIENCE).width == 640


def test_a_stream_that_cannot_be_restored_is_tried_again_by_the_next_read(
    streaming: V4L2Camera, bench: Bench, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_module, 'WARM_UP_FRAMES', 0)
    streaming.read(PATIENCE)
    bench.command('fail 18 28 2')  # the photo's start and the stream's
    with pytest.raises(Exception, match='USB bandwidth'):
        streaming.take_photo(LARGE).result()
    assert streaming.mode == NativeMode(640, 480, 30.0)
    assert streaming.read(PATIENCE).width == 640
