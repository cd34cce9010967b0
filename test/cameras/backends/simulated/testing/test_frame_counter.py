# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The counter and the time code in the picture, and what they survive."""

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.backends.simulated import read_frame_counter, read_frame_mark
from imagecapture_ros.cameras.backends.simulated.testing.frame_counter import draw_frame_mark

SIZES = [(320, 240), (640, 480), (1280, 720), (1920, 1080)]
NUMBERS = [0, 1, 12345, 2 ** 32 - 1]


def picture(width: int, height: int, number: int, time: float = 0.0) -> np.ndarray:
    image = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
    draw_frame_mark(image, number, time)
    return image


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('number', NUMBERS)
def test_reads_back(size: tuple[int, int], number: int) -> None:
    assert read_frame_counter(picture(*size, number)) == number
    assert read_frame_counter(cv2.cvtColor(picture(*size, number), cv2.COLOR_BGR2GRAY)) == number


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('quality', [20, 50, 95])
def test_survives_jpeg(size: tuple[int, int], quality: int) -> None:
    for number in NUMBERS:
        _, data = cv2.imencode('.jpg', picture(*size, number), [cv2.IMWRITE_JPEG_QUALITY, quality])
        assert read_frame_counter(cv2.imdecode(data, cv2.IMREAD_COLOR)) == number


@pytest.mark.parametrize('size', [(320, 240), (424, 318), (500, 375), (2000, 1500)])
def test_survives_scaling(size: tuple[int, int]) -> None:
    for number in NUMBERS:
        scaled = cv2.resize(picture(640, 480, number), size, interpolation=cv2.INTER_AREA)
        assert read_frame_counter(scaled) == number


@pytest.mark.parametrize('time', [0.0, 0.033, 59.999, 3600.0, 16777.215])
def test_the_time_code_is_in_milliseconds(time: float) -> None:
    mark = read_frame_mark(picture(640, 480, 7, time))
    assert mark.number == 7
    assert mark.time == pytest.approx(time, abs=1e-9)


def test_the_time_code_begins_again_after_hours() -> None:
    assert read_frame_mark(picture(640, 480, 7, 16777.216 + 1.5)).time == pytest.approx(1.5)


def test_counts_modulo_2_to_the_32() -> None:
    assert read_frame_counter(picture(640, 480, 2 ** 32 + 7)) == 7


@pytest.mark.parametrize('image', [
    picture(640, 480, 5)[10:, 10:],
    picture(640, 480, 5)[:, ::-1],
    np.full((480, 640, 3), 128, np.uint8),
    np.zeros((480, 640), np.uint8),
    np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8),
])
def test_says_when_there_is_none(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match='no frame counter in the top left corner'):
        read_frame_counter(image)


@pytest.mark.parametrize('shape', [(120, 159, 3), (10, 640)])
def test_says_when_the_image_is_too_small(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match='no frame counter in an image of'):
        read_frame_counter(np.zeros(shape, np.uint8))
