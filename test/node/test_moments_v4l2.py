# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that lay in a driver's buffers when a control was written belong to the settings before it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fixtures.kept import Kept, kept
from fixtures.measured_pictures import zoom_told
from fixtures.node_process import answered, stamp_of, until
from fixtures.recordings import Recording, none_of, pause
from fixtures.v4l2.bench import compile_shim
from fixtures.v4l2.node_on_shim import node_on_shim
from fixtures.v4l2.scene import zoom_in
from sensor_msgs.msg import CameraInfo

from imagecapture_ros.client import CameraClient

CHANGES = 20

ZOOMS = (1.0, 1.5, 2.0, 3.0)

LAG = 2
"""Frames that lie in the driver's buffers before they can be read."""

CALIBRATED = (600.0, 640)
"""Focal length and width of the calibration, in pixels."""


@contextmanager
def started(domain: int, library: Path, home: Path) -> Iterator[CameraClient]:
    """Yield a client of a calibrated Linux camera whose frames lie in the driver's buffers before they are read."""
    with node_on_shim(domain, library, home) as (shim, node, client):
        until(lambda: 'opened' in node.output)
        shim.inject(f'lag {LAG}')
        answered(client)
        focal_length, width = CALIBRATED
        client.set_camera_info(CameraInfo(
            width=width, height=480, distortion_model='plumb_bob', d=[0.0] * 5,
            k=[focal_length, 0.0, 320.0, 0.0, focal_length, 240.0, 0.0, 0.0, 1.0],
            r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            p=[focal_length, 0.0, 320.0, 0.0, 0.0, focal_length, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0]))
        yield client


@pytest.fixture(scope='module')
def linux_cameras(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[CameraClient]]:
    if shutil.which(os.environ.get('CC', 'cc').split()[0]) is None:
        pytest.skip('needs a C compiler: apt-get install gcc')
    library = compile_shim(tmp_path_factory.mktemp('shim'))
    with kept(lambda: started(module_domain, library, tmp_path_factory.mktemp('home'))) as cameras:
        yield cameras


@pytest.fixture
def linux_camera(linux_cameras: Kept[CameraClient], request: pytest.FixtureRequest) -> CameraClient:
    """Return the camera that all tests use as long as none fails."""
    return linux_cameras.lend(request.node)


def zoom_shown(pixels: np.ndarray) -> float:
    return zoom_in(pixels) / 100.0


def test_frames_in_the_buffers_of_a_driver_are_told_with_the_earlier_settings(linux_camera: CameraClient) -> None:
    chance, zoom = random.Random(4), 1.0
    linux_camera.apply(zoom={'exact': zoom})
    recording = Recording(linux_camera)
    pause(linux_camera, 0.2)
    for _ in range(CHANGES):
        zoom = chance.choice([one for one in ZOOMS if one != zoom])
        linux_camera.apply(zoom={'exact': zoom})
        pause(linux_camera, chance.uniform(0.0, 0.2))
    recording.end(2 * LAG + 1)
    wrong, seen = [], []
    for number, (image, info, settings) in enumerate(recording.pictures()):
        pixels = np.frombuffer(bytes(image.data), np.uint8).reshape(image.height, image.width, 2)
        seen.append(zoom_shown(pixels))
        assert info is not None, f'image {number} has no camera_info'
        told = zoom_told(info, *CALIBRATED), settings.zoom[0]
        if told != (seen[-1], seen[-1]):
            wrong.append(f'{number} shows zoom {seen[-1]}, camera_info and settings tell {told}')
    assert sum(before != after for before, after in pairwise(seen)) > CHANGES // 2
    none_of(wrong, len(seen))
    stamps = [stamp_of(settings) for settings in recording.settings]
    assert stamps == sorted(stamps)


def test_a_frame_that_is_grabbed_next_is_none_of_those_in_the_buffers(linux_camera: CameraClient) -> None:
    wrong = []
    for number in range(CHANGES):
        zoom = ZOOMS[number % len(ZOOMS)]
        linux_camera.apply(zoom={'exact': zoom})
        frame = linux_camera.grab_frame()
        shown, told = zoom_shown(frame.pixels), zoom_told(frame.camera_info, *CALIBRATED)
        if (shown, told) != (zoom, zoom):
            wrong.append(f'{number} shows zoom {shown}, camera_info tells {told}; applied was {zoom}')
    none_of(wrong, CHANGES)
