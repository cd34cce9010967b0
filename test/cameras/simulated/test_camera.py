"""The simulated camera as a device: what its controls do is measured in its pixels."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.camera import ReadTimeout
from imagecapture_ros.cameras.simulated import SimulatedCamera, parse_device, read_frame_counter
from imagecapture_ros.cameras.simulated.camera import METERED_SIGNAL
from imagecapture_ros.cameras.simulated.chart import FIDUCIALS
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, Settings
from imagecapture_ros.mediacapture.errors import InvalidStateError, OperationError

FindMark = Callable[[np.ndarray, float, float, float], tuple[float, float]]

FOCAL_LENGTH = 320.0 / math.tan(math.radians(30.0))
CENTRE = np.array([319.5, 239.5])
GREY_STEPS_640 = [(355, round(43 + 46.2 * (step + 0.5))) for step in range(12)]
OUTSIDE_COUNTER = np.ones((480, 640), bool)
OUTSIDE_COUNTER[:32, :208] = False


def picture(camera: SimulatedCamera, settings: Settings | None = None, mode: NativeMode | None = None) -> np.ndarray:
    camera.apply(settings or {}, mode or camera.mode)
    data = camera.read(1.0).data
    assert isinstance(data, np.ndarray)
    return data


def linear(image: np.ndarray) -> np.ndarray:
    encoded = image / 255.0
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


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

    def test_the_counter_in_the_picture_is_the_sequence(self, camera: SimulatedCamera) -> None:
        for mode in camera.native_modes:
            camera.apply({'zoom': 3.0, 'brightness': 255.0, 'contrast': 10.0, 'saturation': 0.0}, mode)
            for _ in range(3):
                frame = camera.read(1.0)
                _, data = cv2.imencode('.jpg', frame.data, [cv2.IMWRITE_JPEG_QUALITY, 50])
                assert read_frame_counter(cv2.imdecode(data, cv2.IMREAD_COLOR)) == frame.sequence

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

    def test_a_handed_over_frame_stays_as_it_is(self, camera: SimulatedCamera) -> None:
        image = picture(camera)
        copy = image.copy()
        for zoom in (2.0, 1.0):
            picture(camera, {'zoom': zoom})
        assert np.array_equal(image, copy)


class TestDeterminism:
    @staticmethod
    def frames(device: str) -> list[np.ndarray]:
        camera = SimulatedCamera(parse_device(device))
        camera.open()
        camera.start()
        images = [picture(camera) for _ in range(4)] + [picture(camera, {'zoom': 1.5}) for _ in range(2)]
        camera.close()
        return images

    def test_equal_seeds_make_equal_frames(self, clock: Any) -> None:
        first = self.frames('sim:?seed=3')
        clock.sleep(12.3)
        for image, again in zip(first, self.frames('sim:?seed=3&facing=user'), strict=True):
            assert np.array_equal(image, again)

    def test_other_seeds_make_other_frames(self, clock: Any) -> None:
        for image, other in zip(self.frames('sim'), self.frames('sim:?seed=3'), strict=True):
            assert not np.array_equal(image, other)


class TestView:
    def test_marks_are_where_the_pinhole_puts_them(self, camera: SimulatedCamera, find_mark: FindMark) -> None:
        image = picture(camera)
        for mark in (*FIDUCIALS, (0.0, 0.0)):
            expected = CENTRE + FOCAL_LENGTH * np.array(mark)
            assert find_mark(image, *expected, 7.0) == pytest.approx(expected, abs=0.15)

    @pytest.mark.parametrize('zoom', [2.0, 3.3, 4.0])
    def test_zoom_multiplies_distances(self, camera: SimulatedCamera, find_mark: FindMark, zoom: float) -> None:
        def distances(image: np.ndarray, zoom: float) -> tuple[float, float]:
            marks = [CENTRE + zoom * FOCAL_LENGTH * np.array(mark) for mark in FIDUCIALS]
            found = np.array([find_mark(image, *mark, 7.0 * zoom) for mark in marks])
            return float(np.linalg.norm(found[1] - found[0])), float(np.linalg.norm(found[3] - found[0]))

        across, diagonal = distances(picture(camera), 1.0)
        zoomed_across, zoomed_diagonal = distances(picture(camera, {'zoom': zoom}), zoom)
        assert zoomed_across / across == pytest.approx(zoom, rel=0.005)
        assert zoomed_diagonal / diagonal == pytest.approx(zoom, rel=0.005)

    @pytest.mark.parametrize('zoom', [1.0, 2.0])
    @pytest.mark.parametrize('arc_seconds', [-36000.0, -3600.0, 3600.0, 18000.0])
    def test_the_scene_moves_left_when_the_camera_pans_clockwise(
        self, camera: SimulatedCamera, find_mark: FindMark, zoom: float, arc_seconds: float,
    ) -> None:
        image = picture(camera, {'pan': arc_seconds, 'zoom': zoom})
        expected = CENTRE - np.array([zoom * FOCAL_LENGTH * math.tan(math.radians(arc_seconds / 3600.0)), 0.0])
        assert find_mark(image, *expected, 6.0 * zoom) == pytest.approx(expected, abs=0.2)

    @pytest.mark.parametrize('zoom', [1.0, 2.0])
    @pytest.mark.parametrize('arc_seconds', [-18000.0, -3600.0, 3600.0, 18000.0])
    def test_the_scene_moves_down_when_the_camera_tilts_up(
        self, camera: SimulatedCamera, find_mark: FindMark, zoom: float, arc_seconds: float,
    ) -> None:
        image = picture(camera, {'tilt': arc_seconds, 'zoom': zoom})
        expected = CENTRE + np.array([0.0, zoom * FOCAL_LENGTH * math.tan(math.radians(arc_seconds / 3600.0))])
        assert find_mark(image, *expected, 6.0 * zoom) == pytest.approx(expected, abs=0.2)


class TestControls:
    def test_settings_are_the_defaults_but_for_the_metered_time(self, camera: SimulatedCamera) -> None:
        assert camera.settings.keys() == camera.capabilities.keys() == camera.defaults.keys()
        assert {**camera.settings, 'exposure_time': 100.0} == camera.defaults

    def test_settings_read_back_what_was_applied(self, camera: SimulatedCamera) -> None:
        wanted = {'exposure_mode': 'manual', 'exposure_time': 50.0, 'brightness': 140.0, 'contrast': 100.0,
                  'saturation': 200.0, 'pan': 3600.0, 'tilt': -7200.0, 'zoom': 1.5}
        camera.apply(wanted, NativeMode(1280, 720, 30.0))
        assert camera.settings == wanted
        assert camera.mode == NativeMode(1280, 720, 30.0)
        camera.apply({'zoom': 2.0}, camera.mode)
        assert camera.settings == {**wanted, 'zoom': 2.0}

    @pytest.mark.parametrize(('settings', 'mode'), [
        ({'zoom': 2.0, 'pan': 1e6}, NativeMode(640, 480, 30.0)),
        ({'zoom': 2.0, 'iso': 100.0}, NativeMode(640, 480, 30.0)),
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
        with pytest.raises(OperationError, match=r'mode 641x480@30: .* it offers 640x480@30, 320x240@30'):
            camera.apply({}, NativeMode(641, 480, 30.0))

    def test_brightness_is_monotonic_and_neutral_in_the_middle(self, camera: SimulatedCamera) -> None:
        neutral = picture(camera)[360, 100].astype(int)
        values = (0, 64, 127, 128, 129, 255)
        means = [picture(camera, {'brightness': value})[OUTSIDE_COUNTER].mean() for value in values]
        assert (np.diff(means) > 0.5).all()
        assert (picture(camera, {'brightness': 128.0})[360, 100] == neutral).all()

    def test_contrast_is_monotonic(self, camera: SimulatedCamera) -> None:
        spreads = [picture(camera, {'contrast': value})[OUTSIDE_COUNTER].std() for value in (0, 64, 127, 128, 129, 200)]
        assert (np.diff(spreads) > 0.1).all()
        assert spreads[0] == 0.0

    def test_saturation_is_monotonic_down_to_grey(self, camera: SimulatedCamera) -> None:
        def colourfulness(value: float) -> float:
            image = picture(camera, {'saturation': value})[OUTSIDE_COUNTER].astype(int)
            return float((image.max(axis=1) - image.min(axis=1)).mean())

        values = [colourfulness(value) for value in (0, 64, 127, 128, 129, 255)]
        assert (np.diff(values) > 0.05).all()
        assert values[0] == 0.0

    def test_the_signal_is_proportional_to_the_exposure_time_until_it_clips(self, camera: SimulatedCamera) -> None:
        def greys(exposure_time: float) -> np.ndarray:
            image = picture(camera, {'exposure_mode': 'manual', 'exposure_time': exposure_time})
            assert camera.settings['exposure_time'] == exposure_time
            return np.array([image[row, column, 1] for row, column in GREY_STEPS_640])

        reference = linear(greys(100.0))
        for exposure_time in (10.0, 50.0, 200.0, 333.0):
            values = greys(exposure_time)
            clipped = reference * exposure_time / 100.0 >= 1.0
            assert (values[clipped] == 255).all()
            expected = reference[~clipped] * exposure_time / 100.0
            # Half an 8-bit value is several percent of the signal in the shadows.
            assert linear(values[~clipped]) == pytest.approx(expected, rel=0.02, abs=0.0015)
        assert clipped.any()

    @pytest.mark.parametrize('view', [{}, {'zoom': 4.0}, {'pan': 36000.0, 'tilt': 36000.0}])
    def test_the_automatic_exposure_meters_the_mean(self, camera: SimulatedCamera, view: Settings) -> None:
        image = picture(camera, {'exposure_mode': 'continuous', 'brightness': 128.0, **view})
        blue, green, red = linear(image[OUTSIDE_COUNTER]).mean(axis=0)
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue == pytest.approx(METERED_SIGNAL, rel=0.05)

    def test_the_metered_time_is_what_the_picture_was_taken_with(self, camera: SimulatedCamera) -> None:
        camera.apply({'zoom': 4.0}, camera.mode)
        metered = camera.settings['exposure_time']
        assert metered != camera.defaults['exposure_time']
        automatic = picture(camera)[GREY_STEPS_640[3]]
        manual = picture(camera, {'exposure_mode': 'manual', 'exposure_time': metered})[GREY_STEPS_640[3]]
        assert (automatic == manual).all()

    def test_the_camera_chooses_the_time_in_continuous_mode(self, camera: SimulatedCamera) -> None:
        metered = camera.settings['exposure_time']
        camera.apply({'exposure_time': 5.0}, camera.mode)
        assert camera.settings['exposure_time'] == metered

    def test_numbers_go_on_when_the_mode_changes(self, camera: SimulatedCamera) -> None:
        camera.read(1.0)
        before = camera.read(1.0)
        camera.apply({}, camera.native_modes[1])
        after = camera.read(1.0)
        assert after.sequence == before.sequence + 1
        assert after.exposed_at >= before.exposed_at


class TestPhoto:
    def test_a_photo_is_the_largest_by_default(self, camera: SimulatedCamera) -> None:
        photo = camera.take_photo(PhotoSettings())
        assert photo.settings == camera.photo_settings
        assert (photo.frame.width, photo.frame.height, photo.frame.encoding) == (4000, 3000, 'bgr8')
        assert photo.device_settings == camera.settings

    @pytest.mark.parametrize('view', [{}, {'zoom': 2.0, 'pan': 3600.0, 'saturation': 60.0, 'brightness': 150.0}])
    def test_a_photo_shows_what_the_stream_shows(self, camera: SimulatedCamera, view: Settings) -> None:
        camera.apply(view, camera.mode)
        photo = camera.take_photo(PhotoSettings(image_width=4000, image_height=3000))
        frame = camera.read(1.0)
        assert photo.frame.sequence == frame.sequence
        assert photo.frame.exposed_at == frame.exposed_at
        small = cv2.resize(photo.frame.data, (640, 480), interpolation=cv2.INTER_AREA)
        difference = np.abs(small.astype(int) - frame.data)
        assert difference.mean() < 1.5
        assert np.percentile(difference, 90) <= 3

    def test_a_photo_has_detail_the_stream_has_not(self, camera: SimulatedCamera) -> None:
        def contrast(image: np.ndarray) -> int:
            """Return the largest difference within the finest line pairs, of bars 0.0005 wide."""
            height, width = image.shape[:2]
            focal_length = FOCAL_LENGTH * width / 640.0
            row, first, last = round(height / 2 - 0.046 * focal_length), 0.421 * focal_length, 0.4235 * focal_length
            return int(np.ptp(image[row, round(width / 2 + first):round(width / 2 + last), 1].astype(int)))

        assert contrast(camera.take_photo(PhotoSettings()).frame.data) > 80
        assert contrast(picture(camera)) < 60

    def test_the_size_nearest_to_the_wish_is_taken_and_reported(self, camera: SimulatedCamera) -> None:
        photo = camera.take_photo(PhotoSettings(image_width=1300.0, image_height=700.0))
        assert (photo.frame.width, photo.frame.height) == (1280, 720)
        assert (photo.settings.image_width, photo.settings.image_height) == (1280.0, 720.0)

    def test_the_flash_brightens_and_the_next_frame_is_as_before(self, camera: SimulatedCamera) -> None:
        camera.apply({'exposure_mode': 'manual', 'exposure_time': 60.0}, camera.mode)
        plain = camera.take_photo(PhotoSettings(image_width=640.0))
        flash = camera.take_photo(PhotoSettings(image_width=640.0, fill_light_mode='flash'))
        assert (plain.settings.fill_light_mode, flash.settings.fill_light_mode) == ('off', 'flash')
        signals = [linear(photo.frame.data[GREY_STEPS_640[2]]) for photo in (plain, flash)]
        assert signals[1] / signals[0] == pytest.approx(1.5, rel=0.02)
        assert (camera.read(1.0).data[GREY_STEPS_640[2]] == plain.frame.data[GREY_STEPS_640[2]]).all()

    def test_settings_and_mode_stay(self, camera: SimulatedCamera) -> None:
        before, mode_before = camera.settings, camera.mode
        camera.take_photo(PhotoSettings(image_width=1920.0, fill_light_mode='flash'))
        assert (camera.settings, camera.mode) == (before, mode_before)

    def test_a_photo_while_streaming_is_the_next_exposure(self, camera: SimulatedCamera, clock: Any) -> None:
        last = camera.read(1.0)
        asked_at = clock.now
        photo = camera.take_photo(PhotoSettings(image_width=640.0))
        assert photo.frame.sequence == last.sequence + 1
        assert asked_at < photo.frame.exposed_at <= clock.now
        assert read_frame_counter(photo.frame.data) == photo.frame.sequence

    def test_photos_without_a_stream_are_counted(self, clock: Any) -> None:
        camera = SimulatedCamera(parse_device('sim'))
        camera.open()
        photos = [camera.take_photo(PhotoSettings(image_width=640.0)) for _ in range(3)]
        assert [photo.frame.sequence for photo in photos] == [0, 1, 2]
        assert [photo.frame.exposed_at for photo in photos] == [clock.now] * 3
        camera.close()


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
