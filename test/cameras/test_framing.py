# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a native frame to the delivered one."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.framing import Framing, pixels_of
from imagecapture_ros.imaging.codecs import encode_jpeg
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame, Pixels
from imagecapture_ros.mediacapture.solver.select_settings import Selection

WIDE = NativeMode(64, 36, 30.0)


def coloured() -> Pixels:
    """Return a picture whose left half is blue and whose lower right quarter is red (BGR)."""
    pixels = np.zeros((WIDE.height, WIDE.width, 3), np.uint8)
    pixels[:, :32, 0] = 200
    pixels[18:, 32:, 2] = 200
    return pixels


def frame_of(pixels: Pixels | bytes, encoding: str = 'bgr8') -> Frame:
    return Frame(pixels, encoding, WIDE.width, WIDE.height, exposed_at=123, sequence=7)


def derived(width: int, height: int, rate: float = 30.0, *, rotation: int = 0, mirror: bool = False) -> Framing:
    return Framing(WIDE, width, height, rate, 'crop-and-scale', rotation, mirror)


def pixels_in(frame: Frame) -> Pixels:
    assert isinstance(frame.data, np.ndarray)
    assert frame.data.shape[:2] == (frame.height, frame.width)
    return frame.data


def same_picture(frame: Frame, expected: Pixels, tolerance: float = 0.0) -> bool:
    pixels = pixels_in(frame)
    return pixels.shape == expected.shape and bool(
        np.abs(pixels.astype(float) - expected.astype(float)).max() <= tolerance)


def test_a_native_frame_is_delivered_as_it_is() -> None:
    frame = frame_of(coloured())
    assert Framing.native(WIDE).render(frame) is frame
    jpeg = frame_of(encode_jpeg(coloured(), 'bgr8'), 'jpeg')
    assert Framing.native(WIDE).render(jpeg) is jpeg


def test_a_smaller_size_is_scaled() -> None:
    frame = derived(32, 18).render(frame_of(coloured()))
    assert (frame.width, frame.height, frame.encoding) == (32, 18, 'bgr8')
    assert same_picture(frame, coloured()[::2, ::2])
    assert (frame.exposed_at, frame.sequence) == (123, 7)


def test_another_ratio_is_cut_around_the_centre() -> None:
    assert same_picture(derived(36, 36).render(frame_of(coloured())), coloured()[:, 14:50])
    assert same_picture(derived(64, 18).render(frame_of(coloured())), coloured()[9:27])


@pytest.mark.parametrize('rotation', [0, 90, 180, 270])
@pytest.mark.parametrize('mirror', [False, True])
@pytest.mark.parametrize('size', [(64, 36), (32, 18)])
def test_the_picture_is_mirrored_then_turned_clockwise(rotation: int, mirror: bool, size: tuple[int, int]) -> None:
    framing = derived(*size, rotation=rotation, mirror=mirror)
    expected = coloured()[::64 // size[0], ::36 // size[1]]
    if mirror:
        expected = np.fliplr(expected)
    expected = np.rot90(expected, -(rotation // 90))
    frame = framing.render(frame_of(coloured()))
    assert same_picture(frame, expected)
    assert (frame.width, frame.height) == (framing.delivered_width, framing.delivered_height)


def test_a_photo_of_any_size_is_turned_and_nothing_else() -> None:
    photo = Frame(np.arange(6, dtype=np.uint8).reshape(2, 3), 'mono8', 3, 2, 123, 7)
    turned = derived(32, 18, rotation=90).turned(photo)
    assert same_picture(turned, np.array([[3, 0], [4, 1], [5, 2]], np.uint8))
    assert (turned.width, turned.height, turned.encoding) == (2, 3, 'mono8')
    assert derived(32, 18).turned(photo) is photo


def test_the_pixels_of_the_native_frame_are_left_alone() -> None:
    pixels = coloured()
    pixels.setflags(write=False)
    derived(30, 20, rotation=270, mirror=True).render(frame_of(pixels))
    assert np.array_equal(pixels, coloured())


def test_a_jpeg_frame_is_decoded_when_its_pixels_are_needed() -> None:
    jpeg = frame_of(encode_jpeg(coloured(), 'bgr8', 100), 'jpeg')
    frame = derived(64, 36, rotation=180).render(jpeg)
    assert frame.encoding == 'bgr8'
    inside = np.s_[2:-2, 2:-2]
    assert np.abs(pixels_in(frame)[inside].astype(float) - np.rot90(coloured(), 2)[inside]).mean() < 10.0
    assert pixels_of(jpeg)[1] == 'bgr8'
    assert derived(32, 18).render(jpeg).encoding == 'bgr8'


@pytest.mark.parametrize('encoding, code', [
    ('yuv422_yuy2', cv2.COLOR_BGR2YUV_YUY2), ('yuv422', cv2.COLOR_BGR2YUV_UYVY),
])
def test_shared_chroma_is_converted_before_the_picture_is_cut(encoding: str, code: int) -> None:
    shared = cv2.cvtColor(coloured(), code)
    frame = derived(33, 19).render(frame_of(shared, encoding))
    assert frame.encoding == 'bgr8'
    assert pixels_in(frame).shape == (19, 33, 3)
    # Far from the edges between the colours: blue at the left, black and red at the right.
    for row, column, colour in ((9, 4, (200, 0, 0)), (4, 28, (0, 0, 0)), (15, 28, (0, 0, 200))):
        assert np.abs(pixels_in(frame)[row, column].astype(int) - colour).max() <= 6


def test_an_nv12_picture_is_converted_before_it_is_turned() -> None:
    grey = np.concatenate([np.full((36, 64), 126, np.uint8), np.full((18, 64), 128, np.uint8)])
    frame = derived(64, 36, rotation=90).render(frame_of(grey, 'nv12'))
    assert frame.encoding == 'bgr8'
    assert pixels_in(frame).shape == (64, 36, 3)
    assert np.unique(pixels_in(frame)).size == 1


def test_a_native_frame_with_shared_chroma_stays_as_it_is() -> None:
    frame = frame_of(cv2.cvtColor(coloured(), cv2.COLOR_BGR2YUV_YUY2), 'yuv422_yuy2')
    assert Framing.native(WIDE).render(frame) is frame


def test_sixteen_bits_stay_sixteen_bits() -> None:
    deep = np.full((36, 64), 51234, np.uint16)
    frame = derived(30, 20, rotation=90).render(Frame(deep, 'mono16', 64, 36, 123, 7))
    assert isinstance(frame.data, np.ndarray)
    assert (frame.encoding, frame.data.dtype.name, frame.data.shape) == ('mono16', 'uint16', (30, 20))
    assert np.all(frame.data == 51234)


def lowered(native: float, rate: float) -> Framing:
    return Framing(NativeMode(64, 36, native), 64, 36, rate, 'crop-and-scale')


def delivered(framing: Framing, frames: Iterable[int]) -> list[int]:
    """Return which of the ``frames`` that come are the first of their period."""
    taken: list[int] = []
    for frame in frames:
        if not taken or framing.period_of(frame) != framing.period_of(taken[-1]):
            taken.append(frame)
    return taken


@pytest.mark.parametrize('native, wanted, every', [
    (30.0, 30.0, 1), (30.0, 15.0, 2), (30.0, 10.0, 3), (30000 / 1001, 30000 / 1001 / 7, 7), (60.0, 1.0, 60),
    (60.0, 60.0 / 49, 49), (30.0, 1 / 600, 18000),
])
def test_of_a_whole_fraction_every_nth_frame_is_delivered(native: float, wanted: float, every: int) -> None:
    framing = lowered(native, wanted)
    assert delivered(framing, range(5 * every)) == [0, every, 2 * every, 3 * every, 4 * every]
    far = 10 ** 7 * every
    assert delivered(framing, range(far, far + 2 * every)) == [far, far + every]


@pytest.mark.parametrize('native, wanted, numbers', [
    (30.0, 25.0, 600), (30.0, 29.97, 5000), (30.0, 20.0, 600), (30.0, 29.0, 600), (30.0, 1.0, 6000), (30.0, 0.5, 6000),
    (30000 / 1001, 25.0, 5000), (60.0, 23.976, 5000), (30.0, 7.0, 5000), (30.0, 10.001, 50000), (90.0, 89.999, 200000),
])
def test_frames_are_left_out_evenly(native: float, wanted: float, numbers: int) -> None:
    taken = delivered(lowered(native, wanted), range(1, numbers + 1))
    gaps = {later - earlier for earlier, later in itertools.pairwise(taken[1:])}
    assert gaps <= {math.floor(native / wanted), math.ceil(native / wanted)}
    # No stretch of any length has more, or fewer, than its share.
    for length in 10, 100, 1000, numbers // 2:
        share = length * wanted / native
        for first in range(2, numbers - length, max(1, numbers // 50)):
            inside = sum(first <= frame < first + length for frame in taken)
            assert abs(inside - share) < 1.0 + 1e-6


def test_of_25_in_30_no_two_frames_in_a_row_are_missing() -> None:
    missing = set(range(3000)) - set(delivered(lowered(30.0, 25.0), range(3000)))
    assert len(missing) == 500
    assert not any(frame + 1 in missing for frame in missing)


@pytest.mark.parametrize('wanted', [25.0, 29.97, 15.0, 10.0, 7.0, 0.5])
def test_a_lost_frame_costs_no_more_than_itself(wanted: float) -> None:
    framing, rng = lowered(30.0, wanted), random.Random(5)
    came = [frame for frame in range(6000) if rng.random() > 0.2]
    taken = delivered(framing, came)
    periods = {framing.period_of(frame) for frame in came}
    assert [framing.period_of(frame) for frame in taken] == sorted(periods)
    for frame in taken:
        assert not any(framing.period_of(other) == framing.period_of(frame) for other in came if
                       frame - 60 < other < frame and wanted > 0.5)


def test_a_rate_above_the_native_one_delivers_all_there_is() -> None:
    assert delivered(lowered(30.0, 31.0), range(5)) == [0, 1, 2, 3, 4]


def test_the_settings_of_the_stream_do_not_know_of_the_rotation() -> None:
    framing = derived(30, 20, 15.0, rotation=90)
    assert framing.stream_settings == {
        'width': 30, 'height': 20, 'aspect_ratio': 1.5, 'frame_rate': 15.0, 'resize_mode': 'crop-and-scale',
    }
    assert (framing.delivered_width, framing.delivered_height) == (20, 30)


def test_a_selection_keeps_how_the_picture_is_turned() -> None:
    small = NativeMode(32, 18, 60.0)
    chosen = Selection(
        {'width': 30, 'height': 10, 'aspect_ratio': 3.0, 'frame_rate': 20.0, 'resize_mode': 'crop-and-scale'}, small)
    framing = Framing.native(WIDE, rotation=180, mirror=True).selected(chosen)
    assert framing == Framing(small, 30, 10, 20.0, 'crop-and-scale', 180, True)
    assert framing.selected(Selection(chosen.settings, None)).mode == small


# When the device took another mode than the one it was asked for.

def test_the_mode_that_was_asked_for_changes_nothing() -> None:
    framing = derived(30, 20, 15.0, rotation=90)
    assert framing.taken_as(WIDE) is framing


def test_another_mode_is_delivered_as_it_is_where_the_native_one_was_wanted() -> None:
    other = NativeMode(32, 18, 25.0)
    assert Framing.native(WIDE, rotation=90, mirror=True).taken_as(other) == Framing.native(
        other, rotation=90, mirror=True)


def test_in_another_mode_a_part_stays_a_part_as_far_as_it_fits() -> None:
    framing = derived(40, 20, 10.0, rotation=90)
    assert framing.taken_as(NativeMode(64, 36, 24.0)) == Framing(
        NativeMode(64, 36, 24.0), 40, 20, 10.0, 'crop-and-scale', 90)
    assert framing.taken_as(NativeMode(64, 36, 8.0)).frame_rate == 8.0
    # A driver that rounds its rates does not make frames be left out.
    assert derived(40, 20, 30.0).taken_as(NativeMode(64, 36, 30.03)).frame_rate == 30.03
    assert derived(40, 20, 15.0).taken_as(NativeMode(64, 36, 30000 / 1001)).frame_rate == 15000 / 1001
    assert framing.taken_as(NativeMode(32, 18, 30.0)).width == 32
    assert framing.taken_as(NativeMode(32, 18, 30.0)).height == 18
