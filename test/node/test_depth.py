# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera of more than 8 bits: what arrives on the compressed topic, in photos and in frames that are saved."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.command import imagecapture
from fixtures.node_process import Inbox, answered, client_of, running_node
from PIL import Image as PillowImage
from PIL.ExifTags import Base
from sensor_msgs.msg import CompressedImage, Image

RAMP = (np.arange(64 * 48, dtype=np.uint32) * 16383 // (64 * 48 - 1)).astype(np.uint16).reshape(48, 64)
"""All of 14 bits."""

METRES = np.linspace(0.5, 12.5, 64 * 48, dtype=np.float32).reshape(48, 64)


def decoded(data: Any) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(bytes(data), np.uint8), cv2.IMREAD_UNCHANGED))


@pytest.fixture
def thermal(tmp_path: Path) -> Path:
    """Return a folder of 16-bit images."""
    folder = tmp_path / 'thermal'
    folder.mkdir()
    for number in range(3):
        assert cv2.imwrite(str(folder / f'{number}.png'), RAMP)
    return folder


def test_all_bits_of_a_thermal_camera_arrive(domain: int, thermal: Path, tmp_path: Path) -> None:
    photos = tmp_path / 'photos'
    with (
        running_node(domain, device=str(thermal), photo_directory=str(photos)) as node, client_of(domain) as client,
    ):
        answered(client)
        [raw] = Inbox(client, Image, '/camera/image_raw').take(1)
        assert (raw.encoding, np.frombuffer(bytes(raw.data), np.uint16).tolist()) == ('mono16', RAMP.ravel().tolist())
        [compressed] = Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(1)
        # As compressed_image_transport writes it; its subscriber makes mono16 of that again.
        assert compressed.format == 'mono16; png compressed'
        assert np.array_equal(decoded(compressed.data), RAMP)
        sent = Inbox(client, CompressedImage, '/camera/photo/image/compressed')
        photo = client.take_photo(save_as='hot.jpg')
        assert photo.format == 'png'
        assert np.array_equal(decoded(photo.data), RAMP)
        assert photo.saved_as == str(photos / 'hot.png')
        assert np.array_equal(decoded(Path(photo.saved_as).read_bytes()), RAMP)
        if sent.messages:  # the subscription may be younger than the photo
            assert sent.messages[0].format == 'mono16; png compressed'
        saved = imagecapture('photo', '-o', tmp_path / 'p.png', domain=domain)
        assert saved.returncode == 0, saved.stderr
        assert np.array_equal(decoded((tmp_path / 'p.png').read_bytes()), RAMP)
        for name in ('f.png', 'f.tiff'):
            saved = imagecapture('frame', '-o', tmp_path / name, domain=domain)
            assert (saved.returncode, saved.stderr) == (0, '')
            assert np.array_equal(decoded((tmp_path / name).read_bytes()), RAMP)
        saved = imagecapture('frame', '-o', tmp_path / 'f.jpg', domain=domain)
        assert 'f.jpg has 8 bits of mono16: ' in saved.stderr
        grey = decoded((tmp_path / 'f.jpg').read_bytes())
        assert (int(grey.min()), int(grey.max())) == (0, 255)
    assert 'bits of' not in node.output


def test_jpeg_has_the_range_that_was_given_and_says_so_once(domain: int, thermal: Path) -> None:
    wishes = {'photo_format': 'jpeg', 'compressed_format': 'jpeg', 'photo_quality': 100, 'jpeg_range': '4000,12000'}
    with running_node(domain, device=str(thermal), **wishes) as node, client_of(domain) as client:
        answered(client)
        expected = np.clip((RAMP.astype(float) - 4000) / 8000, 0, 1) * 255
        for compressed in Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(3):
            assert compressed.format == 'jpeg'
            assert np.abs(decoded(compressed.data) - expected).max() < 4
        for _ in range(2):
            photo = client.take_photo()
            assert photo.format == 'jpeg'
            assert np.abs(decoded(photo.data) - expected).max() < 4
    for what in ('the compressed topic', 'a photo'):
        assert node.output.count(f'{what} has 8 bits of mono16: 4000 to 12000 became black to white') == 1


def test_jpeg_without_a_range_shows_what_is_there(domain: int, thermal: Path) -> None:
    with (
        running_node(domain, device=str(thermal), compressed_format='jpeg') as node, client_of(domain) as client,
    ):
        answered(client)
        [compressed] = Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(1)
        low, high = np.percentile(RAMP, (1, 99))
        expected = np.clip((RAMP - low) / (high - low), 0, 1) * 255
        assert np.abs(decoded(compressed.data) - expected).max() < 16
    assert '(1 and 99 % of this picture are beyond) became black to white; each picture has a range of' in node.output


def test_metres_arrive_as_floats(domain: int, tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / 'depth.tiff'), METRES)
    with running_node(domain, device=str(tmp_path / 'depth.tiff')), client_of(domain) as client:
        answered(client)
        [compressed] = Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(1)
        assert compressed.format == '32FC1; tiff compressed'
        assert np.array_equal(decoded(compressed.data), METRES)
        photo = client.take_photo()
        assert photo.format == 'tiff'
        assert np.array_equal(decoded(photo.data), METRES)
        assert PillowImage.open(io.BytesIO(photo.data)).getexif()[Base.Software].startswith('imagecapture_ros')
