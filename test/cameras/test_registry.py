# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which camera a device string names."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.api import EndOfStream
from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, SimulatedDevice
from imagecapture_ros.cameras.backends.v4l2 import enumeration
from imagecapture_ros.cameras.registry import cameras_for, enumerate_devices
from imagecapture_ros.mediacapture.errors import NotFoundError


@pytest.fixture(autouse=True)
def no_linux_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine have no cameras of its own, whatever it has."""
    monkeypatch.setattr(enumeration, 'SYSFS', tmp_path / 'no such folder')


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / 'picture.png'
    assert cv2.imwrite(str(path), np.zeros((12, 16, 3), np.uint8))
    return path


@pytest.mark.parametrize('device, named', [
    ('sim', SimulatedDevice()), ('sim:?seed=3&facing=user', SimulatedDevice(seed=3, facing='user')),
])
def test_sim_is_the_simulated_camera(device: str, named: SimulatedDevice) -> None:
    (camera,) = cameras_for(device)
    assert isinstance(camera, SimulatedCamera)
    assert camera.info == named.info


def test_a_wrong_option_of_the_simulated_camera_is_told() -> None:
    with pytest.raises(NotFoundError, match="unknown option 'sed'"):
        cameras_for('sim:?sed=3')


def test_a_file_is_opened_by_its_path(picture: Path) -> None:
    (camera,) = cameras_for(str(picture))
    assert str(picture) in camera.info.device_id
    camera.open()
    try:
        assert (camera.mode.width, camera.mode.height) == (16, 12)
    finally:
        camera.close()


def test_a_file_starts_again_at_its_end_unless_told_otherwise(picture: Path) -> None:
    def read_twice(loop: bool) -> None:
        (camera,) = cameras_for(str(picture.parent), loop=loop)
        camera.open()
        try:
            camera.start()
            camera.read(PATIENCE)
            camera.read(PATIENCE)
        finally:
            camera.close()

    read_twice(loop=True)
    with pytest.raises(EndOfStream):
        read_twice(loop=False)


def test_nothing_is_never_a_simulated_camera() -> None:
    with pytest.raises(NotFoundError, match=r'no camera was found .* set the parameter device to sim'):
        cameras_for('')


def test_a_linux_camera_that_is_not_there_is_told() -> None:
    with pytest.raises(NotFoundError, match=r'/dev/video77: there is no such camera'):
        cameras_for('/dev/video77')


@pytest.mark.parametrize('device', ['simulated', 'no/such/file.mp4', 'ftp://host/film'])
def test_what_names_nothing_is_told_with_what_is_possible(device: str) -> None:
    with pytest.raises(NotFoundError, match=r'URL|scheme'):
        cameras_for(device)


def test_a_bare_number_is_told_what_to_write_instead() -> None:
    with pytest.raises(NotFoundError, match=r"'7': a number is no device; write /dev/video7, or what"):
        cameras_for('7')


def test_the_devices_that_are_listed_can_be_opened_by_their_identifier() -> None:
    devices = enumerate_devices()
    assert [device.label for device in devices] == ['Simulated camera']
    for device in devices:
        assert [camera.info for camera in cameras_for(device.device_id)] == [device]
