# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated camera as a device: its stream, its settings and its states."""

from __future__ import annotations

import time
from typing import Any

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.api import ReadTimeout
from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device, read_frame_mark
from imagecapture_ros.cameras.backends.simulated.sensor.encoding import STREAM_ENCODINGS
from imagecapture_ros.cameras.framing import pixels_of
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, Settings
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotFoundError, OperationError
from imagecapture_ros.mediacapture.vocabulary import Point2D


def picture(camera: SimulatedCamera, settings: Settings | None = None, mode: NativeMode | None = None) -> np.ndarray:
    camera.apply(settings or {}, mode or camera.mode)
    data = camera.read(1.0).data
    assert isinstance(data, np.ndarray)
    return data


class TestStream:
    def test_default_mode_is_640x480_at_30(self, camera: SimulatedCamera) -> None:
        frame = camera.read(1.0)
        assert camera.mode == NativeMode(640, 480, 30.0) == camera.native_modes[0]
        assert (frame.encoding, frame.width, frame.height) == ('bgr8', 640, 480)
        assert isinstance(frame.data, np.ndarray)
        assert frame.data.shape == (480, 640, 3)
        assert frame.data.dtype == np.uint8
        assert frame.data.flags.c_contiguous

    def test_every_native_mode_delivers_its_size(self, camera: SimulatedCamera) -> None:
        for mode in camera.native_modes:
            assert picture(camera, mode=mode).shape == (mode.height, mode.width, 3)
            assert camera.mode == mode

    def test_frames_are_counted_and_evenly_spaced(self, camera: SimulatedCamera) -> None:
        frames = [camera.read(1.0) for _ in range(90)]
        assert [frame.sequence for frame in frames] == list(range(90))
        spacing = np.diff([frame.exposed_at for frame in frames])
        assert spacing.min() >= 33_333_333 and spacing.max() <= 33_333_334
        assert frames[60].exposed_at - frames[0].exposed_at == 2_000_000_000

    def test_counter_and_time_code_in_the_picture_tell_when_the_frame_was_exposed(
        self, camera: SimulatedCamera,
    ) -> None:
        first = camera.read(1.0).exposed_at
        for mode in (NativeMode(320, 240, 120.0), NativeMode(1920, 1080, 5.0), NativeMode(640, 480, 60.0)):
            camera.apply({'zoom': 3.0, 'brightness': 255.0, 'contrast': 10.0, 'saturation': 0.0}, mode)
            for _ in range(3):
                frame = camera.read(1.0)
                _, data = cv2.imencode('.jpg', frame.data, [cv2.IMWRITE_JPEG_QUALITY, 50])
                mark = read_frame_mark(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))
                assert mark.number == frame.sequence
                # A change of the mode brings the next frame at once, where in the scene it would have come later.
                assert 0.0 <= mark.time - (frame.exposed_at - first) * 1e-9 < 0.3

    def test_a_late_reader_finds_a_gap_and_the_newest_frame(self, camera: SimulatedCamera, clock: Any) -> None:
        before = camera.read(1.0)
        clock.sleep(0.210)
        after = camera.read(1.0)
        assert after.sequence == before.sequence + 6
        assert after.exposed_at == before.exposed_at + 200_000_000
        assert camera.read(1.0).sequence == after.sequence + 1

    def test_read_waits_for_the_exposure(self, camera: SimulatedCamera, clock: Any) -> None:
        for _ in range(3):
            assert clock.now <= camera.read(1.0).exposed_at <= clock.now

    def test_read_gives_up_after_its_timeout(self, camera: SimulatedCamera, clock: Any) -> None:
        camera.read(1.0)
        asked_at = clock.now
        with pytest.raises(ReadTimeout, match=r'no frame within 0.01 s; at 640x480@30 a frame takes 0.033 s'):
            camera.read(0.01)
        assert clock.now - asked_at == pytest.approx(10_000_000, abs=1000)
        assert camera.read(1.0).sequence == 1

    def test_the_real_clock_is_kept(self) -> None:
        camera = SimulatedCamera(parse_device('sim'))
        camera.open()
        before = time.monotonic_ns()
        camera.start()
        after = time.monotonic_ns()
        for _ in range(15):
            frame = camera.read(1.0)
            assert frame.exposed_at <= time.monotonic_ns()
            assert before <= frame.exposed_at - round(frame.sequence * 1e9 / 30.0) <= after
        camera.close()

    @pytest.mark.parametrize('encoding', STREAM_ENCODINGS)
    def test_frames_come_in_the_encoding_of_the_device_string(self, clock: Any, encoding: str) -> None:
        camera = SimulatedCamera(parse_device(f'sim:?encoding={encoding}&mode=1280x720@60'))
        camera.open()
        camera.start()
        assert camera.native_modes[0] == camera.mode == NativeMode(1280, 720, 60.0)
        frame = camera.read(1.0)
        camera.close()
        assert (frame.encoding, frame.width, frame.height) == (encoding, 1280, 720)
        pixels, own = pixels_of(frame)
        assert read_frame_mark(convert(pixels, own, 'bgr8')) == (0, 0.0)


class TestSettings:
    def test_settings_are_the_defaults(self, camera: SimulatedCamera) -> None:
        assert camera.settings.keys() == camera.capabilities.keys() == camera.defaults.keys()
        assert camera.settings == camera.defaults

    def test_settings_read_back_what_was_applied(self, camera: SimulatedCamera) -> None:
        wanted = {
            **camera.settings, 'white_balance_mode': 'manual', 'exposure_mode': 'manual', 'focus_mode': 'manual',
            'points_of_interest': (Point2D(0.25, 0.5),), 'exposure_compensation': 1.5, 'exposure_time': 50.0,
            'color_temperature': 3200.0, 'iso': 400.0, 'brightness': 140.0, 'contrast': 100.0, 'saturation': 200.0,
            'sharpness': 10.0, 'focus_distance': 0.5, 'pan': 3600.0, 'tilt': -7200.0, 'zoom': 1.5, 'torch': True,
        }
        camera.apply(wanted, NativeMode(1280, 720, 30.0))
        assert camera.settings == wanted
        assert camera.mode == NativeMode(1280, 720, 30.0)
        camera.apply({'zoom': 2.0}, camera.mode)
        assert camera.settings == {**wanted, 'zoom': 2.0}

    @pytest.mark.parametrize(('settings', 'mode'), [
        ({'zoom': 2.0, 'pan': 1e6}, NativeMode(640, 480, 30.0)),
        ({'zoom': 2.0, 'background_blur': True}, NativeMode(640, 480, 30.0)),
        ({'zoom': 2.0}, NativeMode(641, 480, 30.0)),
    ])
    def test_a_refused_request_changes_nothing(
        self, camera: SimulatedCamera, settings: Settings, mode: NativeMode,
    ) -> None:
        before, mode_before = camera.settings, camera.mode
        with pytest.raises(OperationError):
            camera.apply(settings, mode)
        assert (camera.settings, camera.mode) == (before, mode_before)

    def test_an_unknown_mode_is_answered_with_those_there_are(self, camera: SimulatedCamera) -> None:
        with pytest.raises(OperationError, match=r'mode 641x480@30: .* it offers 640x480@30, 640x480@5'):
            camera.apply({}, NativeMode(641, 480, 30.0))

    def test_what_the_automatics_find_is_read_back_frame_by_frame(self, camera: SimulatedCamera) -> None:
        camera.apply({'zoom': 4.0, 'iso': 400.0}, camera.mode)
        times = []
        for _ in range(30):
            camera.read(1.0)
            times.append(camera.settings['exposure_time'])
        assert len(set(times)) > 5
        assert times[-1] == times[-5]

    def test_numbers_go_on_when_the_mode_changes(self, camera: SimulatedCamera) -> None:
        camera.read(1.0)
        before = camera.read(1.0)
        camera.apply({}, camera.native_modes[1])
        after = camera.read(1.0)
        assert after.sequence == before.sequence + 1
        assert after.exposed_at >= before.exposed_at


class TestStates:
    def test_nothing_works_before_it_is_opened(self) -> None:
        camera = SimulatedCamera(parse_device('sim:?seed=2'))
        assert camera.info.device_id == 'sim:?seed=2'
        for work, name in (
            (camera.start, 'start'), (lambda: camera.read(1.0), 'read'),
            (lambda: camera.apply({}, camera.mode), 'apply'),
            (lambda: camera.take_photo(PhotoSettings()), 'take_photo'),
        ):
            with pytest.raises(InvalidStateError, match=rf'sim:\?seed=2 is not open; open it before {name}'):
                work()

    def test_read_needs_a_stream(self, camera: SimulatedCamera) -> None:
        camera.stop()
        with pytest.raises(InvalidStateError, match='sim does not stream; start it before read'):
            camera.read(1.0)

    def test_open_and_start_are_not_done_twice(self, camera: SimulatedCamera) -> None:
        with pytest.raises(InvalidStateError, match='sim is open already; close it first'):
            camera.open()
        with pytest.raises(InvalidStateError, match='sim streams already; stop it first'):
            camera.start()

    def test_stop_and_close_are_harmless(self, camera: SimulatedCamera) -> None:
        for _ in range(2):
            camera.stop()
        for _ in range(2):
            camera.close()
        camera.stop()

    def test_opened_again_it_has_its_defaults_and_counts_from_zero(self, camera: SimulatedCamera) -> None:
        camera.read(1.0)
        camera.apply({'zoom': 3.0, 'exposure_mode': 'manual'}, camera.native_modes[2])
        camera.close()
        camera.open()
        assert camera.settings['zoom'] == 1.0
        assert camera.settings['exposure_mode'] == 'continuous'
        assert camera.mode == camera.native_modes[0]
        camera.start()
        assert camera.read(1.0).sequence == 0

    def test_a_new_stream_counts_from_zero_and_keeps_the_settings(self, camera: SimulatedCamera) -> None:
        camera.apply({'zoom': 3.0}, camera.mode)
        camera.read(1.0)
        camera.read(1.0)
        camera.stop()
        camera.start()
        assert camera.read(1.0).sequence == 0
        assert camera.settings['zoom'] == 3.0

    def test_a_scene_that_is_not_there_is_said_when_it_is_opened(self) -> None:
        camera = SimulatedCamera(parse_device('sim:?scene=/no/such/picture.png'))
        with pytest.raises(NotFoundError, match=r'/no/such/picture\.png.*there is no such file'):
            camera.open()
        camera.close()
