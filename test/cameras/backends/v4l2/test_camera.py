# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera makes of drivers that are stranger, and of readers that are slower, than those on every bench."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2 import fake as fake_module
from fixtures.v4l2.fake import FakeCamera
from fixtures.v4l2.scene import BACKLIGHT, jpeg

from imagecapture_ros.cameras.api import ReadTimeout
from imagecapture_ros.cameras.backends.v4l2 import enumeration, ioctl, stream
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.frames import Frame

SMALL = PhotoSettings(image_width=640.0, image_height=480.0)
FRAMES_IN_200_MS = 6
"""At 30 Hz."""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    fake = FakeCamera(tmp_path)
    fake.install(monkeypatch)
    return fake


@pytest.fixture
def camera(fake: FakeCamera) -> Iterator[V4L2Camera]:
    [entry] = enumeration.find_all()
    camera = V4L2Camera(entry)
    camera.open()
    yield camera
    camera.close()
    assert fake.command('held') == '0 0'


@pytest.fixture
def streaming(camera: V4L2Camera) -> V4L2Camera:
    camera.start()
    return camera


def test_a_silent_camera_is_started_again_ever_more_rarely(
    streaming: V4L2Camera, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(stream, 'RESTART_AFTER', 0.0)
    monkeypatch.setattr(stream, 'LONGEST_RESTART', 1.0)
    streaming.apply({}, NativeMode(320, 240, 30.0))
    streaming.read(PATIENCE)  # from here on after a third of a second, then two thirds, then once a second
    fake.command('freeze 1')
    caplog.set_level(logging.WARNING)
    until = time.monotonic() + 4.0
    while time.monotonic() < until:
        with pytest.raises(ReadTimeout):
            while True:
                streaming.read(0.05)
    assert 2 <= caplog.text.count('the stream is started again') <= 5


def test_what_an_automatic_mode_does_shows_while_frames_come(streaming: V4L2Camera, fake: FakeCamera) -> None:
    streaming.read(PATIENCE)
    # No event tells: the camera chooses this itself while its automatic is on.
    fake.controls[ioctl.CID_EXPOSURE_ABSOLUTE].value = 333
    fake.controls[BACKLIGHT].flags |= ioctl.CTRL_FLAG_VOLATILE
    streaming.close()
    streaming.open()
    streaming.start()
    revision = streaming.revision
    fake.controls[BACKLIGHT].value = 2
    fake.controls[ioctl.CID_EXPOSURE_ABSOLUTE].value = 444
    for _ in range(FRAMES_IN_200_MS):
        streaming.read(PATIENCE)
    assert streaming.settings['exposure_time'] == 444.0
    assert streaming.driver_settings['v4l2.backlight_compensation'] == 2
    assert streaming.revision > revision


def test_a_reader_that_is_slower_than_the_camera_hears_of_changes_too(streaming: V4L2Camera, fake: FakeCamera) -> None:
    streaming.read(PATIENCE)
    assert fake.command(f'write {ioctl.CID_ZOOM_ABSOLUTE} 300') == '0'
    for _ in range(FRAMES_IN_200_MS):
        time.sleep(0.08)  # there is always a frame that waits
        streaming.read(PATIENCE)
    assert streaming.settings['zoom'] == 3.0


def test_that_all_frames_are_faulty_is_told(streaming: V4L2Camera, fake: FakeCamera) -> None:
    streaming.read(PATIENCE)
    fake.command('faulty 1000')
    with pytest.raises(ReadTimeout, match=r'delivers only faulty frames, \d+ so far'):
        while True:
            streaming.read(0.5)
    assert streaming.faulty_frames > 0


def test_a_camera_that_never_ends_its_jpeg_files_delivers_them_ended(
    camera: V4L2Camera, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = jpeg(1280, 720)
    end = whole.rindex(b'\xff\xd9')
    monkeypatch.setattr(fake_module, 'jpeg', lambda width, height: whole[:end])
    camera.apply({}, NativeMode(1280, 720, 30.0))
    camera.start()
    data = camera.read(PATIENCE).data
    assert data == whole[:end + 2]


def test_a_stamp_from_before_the_stream_is_none(
    streaming: V4L2Camera, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch,
) -> None:
    dequeue = fake.on_dqbuf

    def stamped_at_boot(fd: int, handle: Any, buffer: Any) -> int | None:
        result = dequeue(fd, handle, buffer)
        buffer.timestamp.tv_sec, buffer.timestamp.tv_usec = 0, 1
        return result

    monkeypatch.setattr(fake, 'on_dqbuf', stamped_at_boot)
    before = time.monotonic_ns()
    # Else it would be told with the settings that were in force then, and no request for a new frame would be met.
    assert max(streaming.read(PATIENCE).exposed_at for _ in range(5)) >= before
    assert not streaming.has_capture_timestamps


def test_without_a_clock_a_photo_is_no_frame_that_waited(
    fake: FakeCamera, monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake.command('clockless 1')
    [entry] = enumeration.find_all()
    camera = V4L2Camera(entry)
    camera.open()
    camera.start()
    camera.read(PATIENCE)
    time.sleep(0.5)  # all buffers are full of old frames
    newest = fake.sequence
    assert camera.take_photo(SMALL).result().frame.sequence >= newest - 1
    camera.close()


LARGEST = (1280, 720)


def test_a_photo_has_the_settings_that_the_device_had_in_its_mode(
    streaming: V4L2Camera, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch,
) -> None:
    zoom = fake.controls[ioctl.CID_ZOOM_ABSOLUTE]
    set_format = fake.on_s_fmt

    def narrow(fd: int, handle: Any, argument: Any) -> int | None:
        code = set_format(fd, handle, argument)
        zoom.maximum = 150 if fake.size == LARGEST else 500
        zoom.value = min(zoom.value, zoom.maximum)
        return code

    monkeypatch.setattr(fake, 'on_s_fmt', narrow)
    streaming.apply({'zoom': 4.0}, streaming.mode)
    since = streaming.in_force_since
    photo = streaming.take_photo(PhotoSettings()).result()
    assert photo.device_settings['zoom'] == 1.5
    assert (streaming.settings['zoom'], zoom.value) == (4.0, 400)
    assert photo.frame.exposed_at < streaming.in_force_since
    assert since < streaming.in_force_since < streaming.read(PATIENCE).exposed_at


def test_a_photo_does_not_have_what_is_changed_while_the_stream_is_restored(
    streaming: V4L2Camera, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_format = fake.on_s_fmt

    def somebody_else(fd: int, handle: Any, argument: Any) -> int | None:
        was = fake.size
        code = set_format(fd, handle, argument)
        if was == LARGEST:
            assert fake.command(f'write {ioctl.CID_EXPOSURE_AUTO} {ioctl.EXPOSURE_MANUAL}') == '0'
            assert fake.command(f'write {ioctl.CID_EXPOSURE_ABSOLUTE} 99') == '0'
        return code

    monkeypatch.setattr(fake, 'on_s_fmt', somebody_else)
    photo = streaming.take_photo(PhotoSettings()).result()
    assert photo.device_settings['exposure_time'] == 250.0
    assert photo.device_settings['exposure_mode'] == 'continuous'


@pytest.mark.parametrize('sooner', [False, True])
def test_a_photo_of_the_stream_has_the_settings_of_its_exposure(
    streaming: V4L2Camera, fake: FakeCamera, monkeypatch: pytest.MonkeyPatch, sooner: bool,
) -> None:
    """Another program turns a control between the exposure of the frame and its arrival, or before the exposure."""
    fill, first_since = fake._fill, V4L2Camera._first_since
    wanted = threading.Event()
    filled: list[int] = []

    def fill_late() -> None:
        if not wanted.is_set() or len(filled) == 2:
            fill()
            return
        filled.append(time.monotonic_ns())
        if len(filled) == 2:
            assert fake.command(f'write {ioctl.CID_ZOOM_ABSOLUTE} 300') == '0'
            fill()
            *told, _ = fake.done[-1]
            fake.done[-1] = *told, time.monotonic_ns() if sooner else filled[1]

    def asked(camera: V4L2Camera, asked_at: int) -> Frame:
        with fake._changed:
            wanted.set()
            asked_at = time.monotonic_ns()
        return first_since(camera, asked_at)

    streaming.read(PATIENCE)
    monkeypatch.setattr(fake, '_fill', fill_late)
    monkeypatch.setattr(V4L2Camera, '_first_since', asked)
    photo = streaming.take_photo(SMALL).result()
    assert photo.frame.exposed_at >= filled[1] // 1000 * 1000
    assert photo.device_settings['zoom'] == (3.0 if sooner else 1.0)
    assert streaming.settings['zoom'] == 3.0


def test_photos_in_another_size_are_no_lost_frames(streaming: V4L2Camera) -> None:
    before = streaming.read(PATIENCE).sequence
    streaming.take_photo(PhotoSettings()).result()
    assert streaming.read(PATIENCE).sequence == before + 1


def test_opening_a_camera_changes_nothing(fake: FakeCamera) -> None:
    assert fake.command(f'write {ioctl.CID_BRIGHTNESS} 40') == '0'
    [entry] = enumeration.find_all()
    camera = V4L2Camera(entry)
    camera.open()
    assert camera.settings['brightness'] == 40.0
    camera.close()
    assert fake.command(f'read {ioctl.CID_BRIGHTNESS}') == '40'
