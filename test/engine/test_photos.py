# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos as files: encoded, and saved only where and as it is allowed."""

from __future__ import annotations

import io
import time
from datetime import datetime, timezone

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import ScriptedCamera
from PIL import Image

from imagecapture_ros.cameras.capture.snapshot import snapshot_of
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.engine.photos import PhotoEncoder, facts_of
from imagecapture_ros.imaging.photo_facts import PhotoFacts
from imagecapture_ros.imaging.photo_files import EncodedPhoto
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto

FACTS = PhotoFacts('a camera', 'camera-1', datetime(2026, 1, 2, tzinfo=timezone.utc), 'some software', 40, 20,
                   PhotoSettings(), {})
PHOTO = EncodedPhoto(b'jpeg bytes', 'jpeg', 2, 1)


def raw_photo() -> RawPhoto:
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :20] = (0, 0, 255)  # red on the left, as bgr8
    return RawPhoto(Frame(pixels, 'bgr8', 40, 20, 0, 0), PhotoSettings(), {})


@pytest.mark.parametrize(('photo_format', 'pillow'), [('jpeg', 'JPEG'), ('png', 'PNG')])
def test_photos_are_encoded_and_turned_like_the_stream(photo_format: str, pillow: str) -> None:
    encoder = PhotoEncoder()
    framing = Framing.native(NativeMode(40, 20, 30.0), rotation=90)
    photo = encoder.encode(raw_photo(), framing, photo_format, 95, FACTS).result(PATIENCE)
    encoder.close()
    picture = Image.open(io.BytesIO(photo.data))
    assert (picture.format, picture.size) == (pillow, (20, 40))
    assert (photo.format, photo.width, photo.height) == (photo_format, 20, 40)
    top, bottom = picture.convert('RGB').getpixel((10, 3)), picture.convert('RGB').getpixel((10, 36))
    assert top[0] > 200 > 50 > bottom[0]  # the left edge is at the top after a clockwise quarter turn


def test_a_cameras_own_jpeg_is_kept_to_the_byte_beside_what_is_said_of_it() -> None:
    encoder = PhotoEncoder()
    own = b'\xff\xd8 the camera wrote this \xff\xd9'
    photo = RawPhoto(Frame(own, 'jpeg', 40, 20, 0, 0), PhotoSettings(), {})
    data = encoder.encode(photo, Framing.native(NativeMode(40, 20, 30.0)), 'jpeg', 50, FACTS).result(PATIENCE).data
    encoder.close()
    assert data[:2] == own[:2]
    assert data.endswith(own[2:])
    assert b'Exif' in data


def test_the_facts_of_a_photo_are_those_of_the_device_and_the_moment() -> None:
    before = datetime.now().astimezone()
    raw = RawPhoto(Frame(b'', 'jpeg', 40, 20, time.monotonic_ns() - 2_000_000_000, 0),
                   PhotoSettings('flash'), {'iso': 100.0}, flash_fired=True)
    snapshot = snapshot_of(ScriptedCamera(), Framing.native(NativeMode(40, 20, 30.0)))
    facts = facts_of(raw, snapshot, 50.0)
    assert abs((before - facts.taken_at).total_seconds() - 2.0) < 1.0
    assert facts.taken_at.utcoffset() is not None
    assert (facts.model, facts.serial_number) == (snapshot.info.label, snapshot.info.device_id)
    assert (facts.width, facts.height, facts.focal_length, facts.flash_fired) == (40, 20, 50.0, True)
    assert facts.settings == {'iso': 100.0}
    assert facts_of(raw, snapshot).focal_length is None
