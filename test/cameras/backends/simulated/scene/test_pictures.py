# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images and videos of the user as the scene."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.simulated_pictures import Bench, linear
from PIL import Image

from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View
from imagecapture_ros.cameras.backends.simulated.scene.pictures import PictureLayer, PictureScene
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError


@pytest.fixture
def poster(tmp_path: Path) -> np.ndarray:
    """Return an image of the stream's size that lies in a file."""
    image = cv2.GaussianBlur(np.random.default_rng(5).integers(0, 256, (480, 640, 3), np.uint8), (0, 0), 6.0)
    image = cv2.normalize(image, None, 10, 250, cv2.NORM_MINMAX)
    cv2.imwrite(str(tmp_path / 'poster.png'), image)
    return image


def bench(path: Path, **settings: float) -> Bench:
    result = Bench(f'sim:?noise=off&scene={path}')
    result.manual(color_temperature=5000.0, exposure_time=80.0, **settings)
    return result


def test_an_image_of_the_streams_size_comes_back_to_the_digit(tmp_path: Path, poster: np.ndarray) -> None:
    image = bench(tmp_path / 'poster.png').frame()
    difference = np.abs(image[45:].astype(int) - poster[45:])
    assert difference.max() <= 1


def test_it_is_linear_light_that_is_exposed(tmp_path: Path, poster: np.ndarray) -> None:
    camera = bench(tmp_path / 'poster.png')
    half = linear(camera.frame(exposure_time=40.0)[45:])
    expected = 0.5 * linear(poster[45:])
    counts = expected > 0.05
    assert np.abs(half[counts] / expected[counts] - 1.0).max() < 0.06


def test_it_is_a_poster_that_zoom_magnifies(tmp_path: Path, poster: np.ndarray) -> None:
    image = bench(tmp_path / 'poster.png', zoom=2.0).frame()
    expected = cv2.resize(poster[120:360, 160:480], (640, 480), interpolation=cv2.INTER_LINEAR)
    assert np.abs(image[45:].astype(int) - expected[45:]).mean() < 2.0


def test_beside_the_poster_it_is_black(tmp_path: Path, poster: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / 'wide.png'), poster[:200])
    image = bench(tmp_path / 'wide.png').frame()
    assert image[45:135].max() == 0
    assert image[200:280].min() > 0


def test_a_large_image_is_averaged_in_linear_light(tmp_path: Path) -> None:
    stripes = np.zeros((960, 1280, 3), np.uint8)
    stripes[:, ::2] = 255
    cv2.imwrite(str(tmp_path / 'stripes.png'), stripes)
    assert linear(bench(tmp_path / 'stripes.png').frame()[100:300, 100:500]).mean() == pytest.approx(0.5, rel=0.03)


def test_a_video_shows_the_frame_of_its_time_and_starts_again(tmp_path: Path) -> None:
    path = tmp_path / 'greys.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 10.0, (320, 240))
    for frame in range(5):
        writer.write(np.full((240, 320, 3), 40 + 40 * frame, np.uint8))
    writer.release()
    camera = bench(path)
    camera.set(NativeMode(640, 480, 30.0))
    camera.sequence = 0
    seen = [round(float(camera.frame()[100:300].mean()) / 40.0) - 1 for _ in range(24)]
    assert seen == [frame // 3 % 5 for frame in range(24)]
    camera.exposer.close()


def test_what_is_not_there_or_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / 'text.png').write_text('not an image')
    with pytest.raises(NotFoundError, match=r'missing\.png.*there is no such file; allowed are chart, portrait'):
        Bench(f'sim:?scene={tmp_path}/missing.png')
    with pytest.raises(NotReadableError, match=r'text\.png.*neither as an image nor as a video'):
        Bench(f'sim:?scene={tmp_path}/text.png')


def test_the_poster_spans_the_widest_view() -> None:
    assert View(640, 480).focal_length == pytest.approx(554.256, abs=0.001)


def test_a_picture_that_cannot_be_opened_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match='there is no such file'):
        PictureScene(tmp_path / ('x' * 300 + '.png'))
    header = struct.pack('>IIBBBBB', 60_000, 60_000, 8, 2, 0, 0, 0)
    huge = tmp_path / 'huge.png'
    huge.write_bytes(b'\x89PNG\r\n\x1a\n' + struct.pack('>I', 13) + b'IHDR' + header
                     + struct.pack('>I', zlib.crc32(b'IHDR' + header)) + bytes(100))
    with pytest.raises(NotReadableError, match=r'has 60000x60000 pixels.*allowed; scale it; max_pixels is for cameras'):
        PictureScene(huge)


@pytest.mark.parametrize('name', ['a.jpg', 'a.png', 'a.webp', 'a.tif', 'picture'])
def test_an_image_is_turned_as_it_says(tmp_path: Path, poster: np.ndarray, name: str) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    kind = {'a.jpg': 'JPEG', 'a.webp': 'WEBP', 'a.tif': 'TIFF'}.get(name, 'PNG')
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(poster)[:, :, ::-1]))
    stored.save(tmp_path / name, kind, exif=tags, **({} if kind in ('PNG', 'TIFF') else {'quality': 95}))
    layer = PictureScene(tmp_path / name).layers(0.0, Illumination())[0]
    assert isinstance(layer, PictureLayer)
    assert cv2.PSNR(layer.picture, poster) > 35.0
