# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Crop, downscale, rotation and mirroring of pixel arrays."""

import numpy as np
import pytest

from imagecapture_ros.imaging.geometry import CropRectangle, crop_and_scale, crop_rectangle, mirror, rotate

TYPES = ['uint8', 'uint16', 'int16', 'float32', 'float64']
CHANNELS = [(), (1,), (2,), (3,), (4,)]


def picture(height: int, width: int, channels: tuple[int, ...] = (), dtype: str = 'uint8') -> np.ndarray:
    return np.random.default_rng(0).integers(0, 200, (height, width, *channels)).astype(dtype)


class TestCropRectangle:
    @pytest.mark.parametrize(('native', 'wanted', 'rectangle'), [
        ((640, 480), (640, 480), CropRectangle(0, 0, 640, 480, 1.0, 1.0)),
        ((640, 480), (320, 240), CropRectangle(0, 0, 640, 480, 0.5, 0.5)),
        ((640, 480), (640, 360), CropRectangle(0, 60, 640, 360, 1.0, 1.0)),
        ((1920, 1080), (640, 480), CropRectangle(240, 0, 1440, 1080, 640 / 1440, 480 / 1080)),
        ((1920, 1080), (1080, 1080), CropRectangle(420, 0, 1080, 1080, 1.0, 1.0)),
        ((640, 480), (1, 1), CropRectangle(80, 0, 480, 480, 1 / 480, 1 / 480)),
        ((640, 480), (640, 1), CropRectangle(0, 239, 640, 1, 1.0, 1.0)),
        ((5, 5), (4, 3), CropRectangle(0, 0, 5, 4, 0.8, 0.75)),
    ])
    def test_is_the_largest_of_its_shape_in_the_centre(
        self, native: tuple[int, int], wanted: tuple[int, int], rectangle: CropRectangle,
    ) -> None:
        assert crop_rectangle(*native, *wanted) == rectangle

    def test_every_size_up_to_the_native_one_is_possible_without_upscaling(self) -> None:
        for width in range(1, 25):
            for height in range(1, 19):
                part = crop_rectangle(24, 18, width, height)
                assert 0 <= part.x <= part.x + part.width <= 24
                assert 0 <= part.y <= part.y + part.height <= 18
                assert 0.0 < part.scale_x <= 1.0 and 0.0 < part.scale_y <= 1.0
                assert part.width == 24 or part.height == 18

    @pytest.mark.parametrize(('width', 'height'), [(641, 480), (640, 481), (0, 480), (640, 0), (-1, 1)])
    def test_never_upscales(self, width: int, height: int) -> None:
        with pytest.raises(ValueError, match=r'640x480: it must have 1 to 640 columns and 1 to 480 rows'):
            crop_rectangle(640, 480, width, height)

    @pytest.mark.parametrize('wanted', [(200, 150), (320, 180), (77, 201)])
    def test_tells_where_a_pixel_goes(self, wanted: tuple[int, int]) -> None:
        ramp = np.stack(np.meshgrid(np.arange(640.0), np.arange(480.0)), axis=2)
        part = crop_rectangle(640, 480, *wanted)
        delivered = crop_and_scale(ramp, *wanted)
        # Each pixel holds the mean native coordinates it was averaged from.
        column, row = delivered[120, 60]
        assert (column - part.x + 0.5) * part.scale_x - 0.5 == pytest.approx(60.0, abs=0.02)
        assert (row - part.y + 0.5) * part.scale_y - 0.5 == pytest.approx(120.0, abs=0.02)


class TestCropAndScale:
    @pytest.mark.parametrize('dtype', TYPES)
    @pytest.mark.parametrize('channels', CHANNELS)
    def test_keeps_type_and_channels(self, dtype: str, channels: tuple[int, ...]) -> None:
        delivered = crop_and_scale(picture(48, 64, channels, dtype), 32, 18)
        assert delivered.shape == (18, 32, *channels)
        assert delivered.dtype == dtype
        assert delivered.flags.c_contiguous

    def test_halving_averages_squares(self) -> None:
        native = picture(48, 64, (3,), 'float64')
        expected = native.reshape(24, 2, 32, 2, 3).mean(axis=(1, 3))
        np.testing.assert_allclose(crop_and_scale(native, 32, 24), expected)

    def test_cropping_alone_copies_pixels_unchanged(self) -> None:
        native = picture(48, 64, (3,))
        assert np.array_equal(crop_and_scale(native, 48, 48), native[:, 8:56])
        assert np.array_equal(crop_and_scale(native, 64, 36), native[6:42])

    def test_mean_is_kept(self) -> None:
        native = picture(480, 640)
        assert crop_and_scale(native, 100, 75).mean() == pytest.approx(native.mean(), abs=0.5)

    def test_nothing_to_do_copies_nothing(self) -> None:
        native = picture(48, 64, (3,))
        assert np.shares_memory(crop_and_scale(native, 64, 48), native)

    def test_padded_rows_are_made_contiguous(self) -> None:
        padded = picture(48, 80, (3,))[:, :64]
        for width, height in ((64, 48), (32, 24), (64, 36), (48, 48)):
            delivered = crop_and_scale(padded, width, height)
            assert delivered.flags.c_contiguous
            assert np.array_equal(delivered, crop_and_scale(padded.copy(), width, height))


class TestRotate:
    @pytest.mark.parametrize('dtype', TYPES)
    @pytest.mark.parametrize('channels', CHANNELS)
    @pytest.mark.parametrize('degrees', [0, 90, 180, 270])
    def test_turns_clockwise(self, dtype: str, channels: tuple[int, ...], degrees: int) -> None:
        native = picture(48, 64, channels, dtype)
        turned = rotate(native, degrees)
        assert np.array_equal(turned, np.rot90(native, -degrees // 90))
        assert turned.dtype == dtype
        assert turned.flags.c_contiguous

    def test_a_quarter_brings_the_top_left_corner_to_the_top_right(self) -> None:
        native = np.zeros((3, 4), np.uint8)
        native[0, 0] = 1
        assert np.argwhere(rotate(native, 90)).tolist() == [[0, 2]]

    def test_nothing_to_do_copies_nothing(self) -> None:
        native = picture(48, 64, (3,))
        assert rotate(native, 0) is native

    def test_padded_rows_are_made_contiguous(self) -> None:
        padded = picture(48, 80)[:, :64]
        for degrees in (0, 90, 180, 270):
            assert rotate(padded, degrees).flags.c_contiguous
            assert np.array_equal(rotate(padded, degrees), rotate(padded.copy(), degrees))

    @pytest.mark.parametrize('degrees', [45, -90, 360])
    def test_other_angles_are_refused(self, degrees: int) -> None:
        with pytest.raises(ValueError, match=f'by {degrees} degrees; allowed are 0, 90, 180 and 270, clockwise'):
            rotate(picture(48, 64), degrees)


class TestMirror:
    @pytest.mark.parametrize('dtype', TYPES)
    @pytest.mark.parametrize('channels', CHANNELS)
    def test_exchanges_left_and_right(self, dtype: str, channels: tuple[int, ...]) -> None:
        native = picture(48, 64, channels, dtype)
        mirrored = mirror(native)
        assert np.array_equal(mirrored, native[:, ::-1])
        assert mirrored.dtype == dtype
        assert mirrored.flags.c_contiguous
        assert not np.shares_memory(mirrored, native)

    def test_padded_rows_are_made_contiguous(self) -> None:
        padded = picture(48, 80, (3,))[:, :64]
        assert mirror(padded).flags.c_contiguous
        assert np.array_equal(mirror(padded), padded[:, ::-1])


@pytest.mark.parametrize(('pixels', 'says'), [
    (np.zeros(10, np.uint8), r'shape \(10,\) is no image'),
    (np.zeros((2, 2, 2, 2), np.uint8), 'is no image'),
    (np.zeros((0, 4), np.uint8), 'is no image'),
    (np.zeros((4, 4), np.uint32), 'pixels of type uint32 .* allowed are uint8, uint16'),
    (np.zeros((4, 4), bool), 'pixels of type bool'),
    (np.zeros((4, 4), '>u2'), 'pixels of type >u2 .* in the byte order of this machine'),
])
def test_what_is_no_image_is_refused(pixels: np.ndarray, says: str) -> None:
    for work in (lambda: crop_and_scale(pixels, 1, 1), lambda: rotate(pixels, 90), lambda: mirror(pixels)):
        with pytest.raises(ValueError, match=says):
            work()
