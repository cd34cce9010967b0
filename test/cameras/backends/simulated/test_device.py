# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The device string of a simulated camera."""

import pytest

from imagecapture_ros.cameras.backends.simulated import SimulatedDevice, parse_device
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotFoundError


@pytest.mark.parametrize(('text', 'device'), [
    ('sim', SimulatedDevice()),
    ('sim:?', SimulatedDevice()),
    ('sim:?seed=3', SimulatedDevice(seed=3)),
    ('sim:?seed=3&facing=environment', SimulatedDevice(seed=3, facing='environment')),
    ('sim:?facing=user', SimulatedDevice(facing='user')),
    ('sim:?scene=portrait&light=0.1&noise=off', SimulatedDevice(scene='portrait', light=0.1, noise=False)),
    ('sim:?scene=/a%20b/c%26d.png', SimulatedDevice(scene='/a b/c&d.png')),
    ('sim:?mode=1920x1080@60&encoding=jpeg', SimulatedDevice(mode=NativeMode(1920, 1080, 60.0), encoding='jpeg')),
    ('sim:?faults=unplug@3s+2s,freeze', SimulatedDevice(faults='unplug@3s+2s,freeze')),
])
def test_device_strings(text: str, device: SimulatedDevice) -> None:
    assert parse_device(text) == device


@pytest.mark.parametrize(('text', 'says'), [
    ('sim:', 'sim:?scene=portrait&seed=3'),
    ('cam', "'cam' is no simulated camera"),
    ('sim?seed=3', 'sim:?scene=portrait&seed=3'),
    ('sim:seed=3', 'sim:?scene=portrait&seed=3'),
    ('sim:?colour=red', "unknown option 'colour'; allowed are scene, seed, mode, encoding, light, noise, facing"),
    ('sim:?seed', 'key=value'),
    ('sim:?seed=3&seed=4', 'given twice'),
    ('sim:?seed=-1', "seed is '-1'; allowed are whole numbers from 0"),
    ('sim:?seed=', "seed is ''"),
    ('sim:?seed=1.5', "seed is '1.5'"),
    ('sim:?facing=up', "facing is 'up'; allowed are user, environment, left, right"),
    ('sim:?facing=', "facing is ''"),
    ('sim:?scene=', "scene is ''; allowed are chart, portrait, and the path of an image or a video"),
    ('sim:?mode=641x480@30', "mode is '641x480@30'; allowed are 640x480@30, 640x480@5"),
    ('sim:?encoding=h264', "encoding is 'h264'; allowed are bgr8, rgb8, mono8, yuv422_yuy2, nv12, jpeg"),
    ('sim:?light=nan', "light is 'nan'; allowed are numbers from 0 to 4"),
    ('sim:?light=5', "light is '5'; allowed are numbers from 0 to 4"),
    ('sim:?noise=maybe', "noise is 'maybe'; allowed are on, off"),
    ('sim:?faults=explode', "fault 'explode': there is no kind 'explode'; allowed are unplug, freeze"),
    ('sim:?faults=truncate', 'only JPEG frames can be truncated; add encoding=jpeg'),
])
def test_errors_name_what_is_wrong_and_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(NotFoundError) as error:
        parse_device(text)
    assert says in error.value.message


@pytest.mark.parametrize('text', [
    'sim', 'sim:?seed=3', 'sim:?facing=user', 'sim:?seed=3&facing=left',
    'sim:?scene=/a%20b/c%26d.png', 'sim:?light=0.1&noise=off', 'sim:?mode=1280x720@60&encoding=nv12',
    'sim:?encoding=jpeg&faults=unplug@3s+2s,truncate:2,slow:0.5@1.25s',
])
def test_the_identifier_opens_the_device_again(text: str) -> None:
    device = parse_device(text)
    assert parse_device(device.info.device_id) == device
    assert device.info.device_id == text


def test_facing_mode_is_reported_and_empty_when_unknown() -> None:
    assert parse_device('sim:?facing=environment').info.facing_mode == 'environment'
    assert parse_device('sim').info.facing_mode == ''
