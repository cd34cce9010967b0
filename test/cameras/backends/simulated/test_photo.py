# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos: their own size, exposure and light, made beside the stream."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE, Stopwatch
from fixtures.scripted_camera import Recorder
from fixtures.simulated_pictures import MANUAL, grey_signals, linear, window

from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device, read_frame_counter
from imagecapture_ros.cameras.backends.simulated import photo as photo_module
from imagecapture_ros.cameras.backends.simulated.optics.light import FLASH_LIGHT
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View
from imagecapture_ros.cameras.backends.simulated.scene.chart import BOARD_DEPTH, NEAR_DEPTH, WALL_DEPTH
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.mediacapture.capabilities import PhotoSettings, Settings
from imagecapture_ros.mediacapture.errors import InvalidStateError, UnknownError
from imagecapture_ros.mediacapture.frames import RawPhoto

SMALL = View(640, 480)


def take(camera: SimulatedCamera, **wishes: Any) -> RawPhoto:
    return camera.take_photo(PhotoSettings(**wishes)).result(PATIENCE)


def pixels(photo: RawPhoto) -> np.ndarray:
    assert isinstance(photo.frame.data, np.ndarray)
    return photo.frame.data


@pytest.fixture
def dim(clock: Any) -> Iterator[SimulatedCamera]:
    """Yield a camera in a dim room, without noise."""
    camera = SimulatedCamera(parse_device('sim:?light=0.02&noise=off'))
    camera.open()
    yield camera
    camera.close()


@pytest.mark.parametrize('error', [MemoryError('no room'), SystemExit(3)])
def test_whatever_goes_wrong_on_the_thread_of_photos_is_an_answer(
    camera: SimulatedCamera, monkeypatch: pytest.MonkeyPatch, error: BaseException,
) -> None:
    def fail(*arguments: Any) -> None:
        raise error

    monkeypatch.setattr(photo_module, 'develop_once', fail)
    with pytest.raises(Exception, match=r'no room|SystemExit\(3\)'):
        take(camera, image_width=640.0)
    monkeypatch.undo()
    # The thread is still there.
    assert take(camera, image_width=640.0).frame.width == 640


def test_a_photo_that_nobody_wants_any_more_is_not_made(camera: SimulatedCamera) -> None:
    camera.faults.inject('shutter:0.2')
    first, second = (camera.take_photo(PhotoSettings(image_width=640.0)) for _ in range(2))
    assert second.cancel()
    assert first.result(PATIENCE).frame.width == 640
    assert take(camera, image_width=640.0).frame.width == 640


def test_a_photo_is_the_largest_by_default(camera: SimulatedCamera) -> None:
    photo = take(camera)
    assert photo.settings == camera.photo_settings
    assert (photo.frame.width, photo.frame.height, photo.frame.encoding) == (4000, 3000, 'bgr8')
    assert photo.device_settings == camera.settings


@pytest.mark.parametrize('view', [{}, {'zoom': 2.0, 'pan': 3600.0, 'saturation': 60.0, 'brightness': 150.0}])
def test_a_photo_shows_what_the_stream_shows(clock: Any, view: Settings) -> None:
    camera = SimulatedCamera(parse_device('sim:?noise=off'))
    camera.open()
    camera.start()
    camera.apply({**MANUAL, **view}, camera.mode)
    photo = take(camera)
    frame = camera.read(1.0)
    camera.close()
    assert photo.frame.sequence == frame.sequence
    small = cv2.resize(pixels(photo), (640, 480), interpolation=cv2.INTER_AREA)
    difference = np.abs(small.astype(int) - frame.data)
    assert difference.mean() < 1.5
    assert np.percentile(difference, 90) <= 3


def test_a_photo_has_detail_the_stream_has_not(camera: SimulatedCamera) -> None:
    def contrast(image: np.ndarray) -> int:
        """Return the largest difference within the finest line pairs, of bars 0.0005 wide."""
        height, width = image.shape[:2]
        focal_length = View(width, height).focal_length
        row, first, last = round(height / 2 - 0.046 * focal_length), 0.421 * focal_length, 0.4235 * focal_length
        return int(np.ptp(image[row, round(width / 2 + first):round(width / 2 + last), 1].astype(int)))

    assert contrast(pixels(take(camera))) > 80
    assert contrast(np.asarray(camera.read(1.0).data)) < 60


def test_the_size_nearest_to_the_wish_is_taken_and_reported(camera: SimulatedCamera) -> None:
    photo = take(camera, image_width=1300.0, image_height=700.0)
    assert (photo.frame.width, photo.frame.height) == (1280, 720)
    assert (photo.settings.image_width, photo.settings.image_height) == (1280.0, 720.0)


def test_the_flash_lights_what_is_near_and_the_next_frame_is_as_before(clock: Any) -> None:
    camera = SimulatedCamera(parse_device('sim:?noise=off'))
    camera.open()
    camera.apply({**MANUAL, 'exposure_time': 20.0}, camera.mode)
    plain, flash = (take(camera, image_width=640.0, fill_light_mode=mode) for mode in ('off', 'flash'))
    camera.start()
    frame = camera.read(1.0)
    camera.close()
    assert (plain.settings.fill_light_mode, flash.settings.fill_light_mode) == ('off', 'flash')
    places = {NEAR_DEPTH: (-0.46, 0.366, 0.012), BOARD_DEPTH: (0.29, -0.128, 0.03), WALL_DEPTH: (0.46, 0.366, 0.012)}
    for depth, place in places.items():
        before, after, next_frame = (
            linear(window(image, SMALL, *place))[..., 1].mean() for image in (pixels(plain), pixels(flash), frame.data))
        assert after / before == pytest.approx(1.0 + FLASH_LIGHT / depth ** 2, rel=0.06)
        assert next_frame == pytest.approx(before, rel=0.01)


def test_with_auto_the_flash_fires_in_the_dark_only(camera: SimulatedCamera, dim: SimulatedCamera) -> None:
    assert take(camera, image_width=640.0, fill_light_mode='auto').settings.fill_light_mode == 'off'
    assert take(dim, image_width=640.0, fill_light_mode='auto').settings.fill_light_mode == 'flash'


def test_a_photo_in_the_dark_is_exposed_for_longer_than_a_frame_can_be(dim: SimulatedCamera) -> None:
    without, flash = (take(dim, image_width=640.0, fill_light_mode=mode) for mode in ('off', 'flash'))
    assert without.device_settings['exposure_time'] > 1000.0
    assert flash.device_settings['exposure_time'] < 333.0
    assert dim.settings['exposure_time'] <= 333.0
    frame = linear(pixels(without))
    assert frame.mean() == pytest.approx(0.36 * without.device_settings['exposure_time'] / 4000.0 * 1.4, rel=0.4)
    assert linear(pixels(flash)).mean() > 0.15


def test_the_flash_of_an_automatic_photo_does_not_whiten_everything(camera: SimulatedCamera) -> None:
    flash = take(camera, image_width=640.0, fill_light_mode='flash')
    assert flash.device_settings['exposure_time'] < camera.settings['exposure_time']
    signals = grey_signals(pixels(flash), SMALL, range(12))[:, 1]
    assert (np.diff(signals[1:]) < 0.0).all()
    assert (pixels(flash) == 255).all(axis=2).mean() < 0.15


def test_red_eye_reduction_is_reported(camera: SimulatedCamera) -> None:
    for wish in (True, False):
        photo = take(camera, image_width=640.0, fill_light_mode='flash', red_eye_reduction=wish)
        assert photo.settings.red_eye_reduction is wish


def test_settings_and_mode_stay(camera: SimulatedCamera) -> None:
    before, mode_before = camera.settings, camera.mode
    take(camera, image_width=1920.0, fill_light_mode='flash')
    assert (camera.settings, camera.mode) == (before, mode_before)


def test_a_photo_while_streaming_is_exposed_when_it_is_asked_for(camera: SimulatedCamera, clock: Any) -> None:
    last = camera.read(1.0)
    clock.sleep(0.01)
    photo = take(camera, image_width=640.0)
    assert photo.frame.sequence == last.sequence + 1
    assert photo.frame.exposed_at == clock.now
    assert read_frame_counter(pixels(photo)) == photo.frame.sequence


def test_photos_without_a_stream_are_counted(clock: Any) -> None:
    camera = SimulatedCamera(parse_device('sim'))
    camera.open()
    photos = [take(camera, image_width=640.0) for _ in range(3)]
    camera.close()
    assert [photo.frame.sequence for photo in photos] == [0, 1, 2]


def test_equal_photos_for_equal_seeds_and_other_noise_for_others(clock: Any) -> None:
    images = []
    for device in ('sim:?seed=1', 'sim:?seed=1', 'sim:?seed=2'):
        camera = SimulatedCamera(parse_device(device))
        camera.open()
        images.append(pixels(take(camera, image_width=1280.0, image_height=720.0)))
        camera.close()
    assert np.array_equal(images[0], images[1])
    assert (images[0] != images[2]).mean() > 0.3


class TestBesideTheStream:
    @pytest.fixture
    def stream(self) -> Iterator[tuple[CaptureThread, Recorder]]:
        """Yield a slow stream on its thread: on a loaded machine, too, no frame is lost for want of time."""
        recorder = Recorder()
        thread = CaptureThread(SimulatedCamera(parse_device('sim:?mode=640x480@5')), recorder)
        thread.open().result(PATIENCE)
        thread.start_stream().result(PATIENCE)
        yield thread, recorder
        assert thread.close(PATIENCE)
        assert not [one for one in threading.enumerate() if one.name.startswith('photo')]

    def test_the_stream_goes_on_while_the_largest_photos_are_made(
        self, stream: tuple[CaptureThread, Recorder],
    ) -> None:
        thread, recorder = stream
        recorder.wait_for(lambda: recorder.frames)
        for photo in [thread.take_photo(PhotoSettings(fill_light_mode='flash')) for _ in range(3)]:
            frames = len(recorder.frames)
            taken = photo.result(PATIENCE)
            assert (taken.photo.frame.width, taken.photo.frame.height) == (4000, 3000)
            # How many frames a busy machine loses meanwhile is measured in benchmarks/.
            assert len(recorder.frames) > frames
        assert recorder.sequences == sorted(set(recorder.sequences))

    def test_closing_ends_a_photo_and_answers_everybody(self, stream: tuple[CaptureThread, Recorder]) -> None:
        thread, _ = stream
        photos = [thread.take_photo(PhotoSettings()) for _ in range(10)]
        photos[0].result(PATIENCE)
        with Stopwatch() as took:
            assert thread.close(PATIENCE)
        # Far less than the nine that were waiting would take.
        took.check(5.0, 'close')
        errors = [photo.exception(PATIENCE) for photo in photos[1:]]
        assert {type(error) for error in errors if error is not None} <= {InvalidStateError, UnknownError}
        assert errors[-1] is not None

    def test_closing_the_camera_itself_fails_the_photo(self, clock: Any) -> None:
        camera = SimulatedCamera(parse_device('sim'))
        camera.open()
        photos = [camera.take_photo(PhotoSettings()) for _ in range(4)]
        camera.close()
        with pytest.raises(UnknownError, match='the camera was closed while it took the photo'):
            photos[-1].result(PATIENCE)
