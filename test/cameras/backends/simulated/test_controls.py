# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the simulated camera accepts, and which photo size it takes for a wish."""

import pytest

from imagecapture_ros.cameras.backends.simulated import controls
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, SettingValue
from imagecapture_ros.mediacapture.errors import OperationError
from imagecapture_ros.mediacapture.photo_settings import nearest_size
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Point2D


def test_every_capability_has_a_default_that_is_possible() -> None:
    assert controls.CAPABILITIES.keys() == controls.DEFAULTS.keys()
    for name, value in controls.DEFAULTS.items():
        assert controls.checked(controls.CAPABILITIES, name, value) == value


def test_names_stand_in_the_order_of_the_vocabulary() -> None:
    assert list(controls.CAPABILITIES) == [name for name in VOCABULARY if name in controls.CAPABILITIES]


def test_no_exposure_is_longer_than_a_frame() -> None:
    for mode in controls.NATIVE_MODES:
        longest = controls.longest_exposure(mode)
        assert longest * 1e-4 <= 1.0 / mode.frame_rate < (longest + 1.0) * 1e-4
        assert controls.nearest('exposure_time', longest) == longest


def test_native_modes_are_those_of_webcams() -> None:
    sizes = {(mode.width, mode.height) for mode in controls.NATIVE_MODES}
    rates = {mode.frame_rate for mode in controls.NATIVE_MODES}
    assert len(set(controls.NATIVE_MODES)) == len(controls.NATIVE_MODES)
    assert len(sizes) >= 4
    assert (min(rates), max(rates)) == (5.0, 120.0)
    assert NativeMode(1920, 1080, 60.0) in controls.NATIVE_MODES


def test_a_default_mode_goes_first_and_none_is_lost() -> None:
    chosen = NativeMode(1280, 720, 60.0)
    modes = controls.with_default(controls.NATIVE_MODES, chosen)
    assert modes[0] == chosen
    assert sorted(modes, key=str) == sorted(controls.NATIVE_MODES, key=str)
    assert controls.with_default(controls.NATIVE_MODES, None) == controls.NATIVE_MODES


def test_points_of_interest_outside_the_picture_are_moved_to_its_edge() -> None:
    points = controls.checked(
        controls.CAPABILITIES, 'points_of_interest', (Point2D(-1.0, 0.5), Point2D(0.25, 7.0)))
    assert points == (Point2D(0.0, 0.5), Point2D(0.25, 1.0))


@pytest.mark.parametrize(('name', 'value', 'says'), [
    ('background_blur', True, 'background_blur: the simulated camera has no such control; it has white_balance_mode'),
    ('zoom', 4.5, 'zoom: the simulated camera cannot be set to 4.5; it allows 1 to 4 in steps of 0.1 ratio'),
    ('pan', 100.0, '-36000 to 36000 in steps of 3600 arc seconds'),
    ('pan', True, 'cannot be set to True'),
    ('brightness', 'bright', "cannot be set to 'bright'"),
    ('brightness', float('nan'), 'cannot be set to nan'),
    ('exposure_mode', 'none', 'it allows continuous, single-shot, manual'),
    ('torch', 0.5, 'it allows False, True'),
    ('points_of_interest', (Point2D(float('nan'), 0.0),), 'it allows points with x and y from 0 to 1'),
])
def test_what_is_not_possible_is_refused(name: str, value: SettingValue, says: str) -> None:
    with pytest.raises(OperationError) as error:
        controls.checked(controls.CAPABILITIES, name, value)
    assert says in error.value.message


def test_values_a_hair_beside_the_grid_are_put_on_it() -> None:
    assert controls.checked(controls.CAPABILITIES, 'zoom', 1.0 + 3 * 0.1 + 1e-9) == pytest.approx(1.3, abs=1e-12)
    assert controls.checked(controls.CAPABILITIES, 'brightness', 200) == 200.0


@pytest.mark.parametrize(('width', 'height', 'size'), [
    (None, None, (4000, 3000)),
    (4000, 3000, (4000, 3000)),
    (640, None, (640, 480)),
    (None, 480, (640, 480)),
    (1280, None, (1280, 960)),
    (1280, 720, (1280, 720)),
    (1300, 700, (1280, 720)),
    (1900, 1100, (1920, 1080)),
    (2000, 2000, (2048, 1536)),
])
def test_the_nearest_photo_size_is_taken(width: float | None, height: float | None, size: tuple[int, int]) -> None:
    assert nearest_size(PhotoSettings(image_width=width, image_height=height), controls.PHOTO_SIZES) == size


def test_photo_ranges_span_the_sizes() -> None:
    photo = controls.PHOTO_CAPABILITIES
    assert photo.image_width is not None and photo.image_height is not None
    assert (photo.image_width.min, photo.image_width.max) == (640, 4000)
    assert (photo.image_height.min, photo.image_height.max) == (480, 3000)
    assert photo.sizes == controls.PHOTO_SIZES
