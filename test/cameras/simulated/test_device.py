"""The device string of a simulated camera."""

import pytest

from imagecapture_ros.cameras.simulated import SimulatedDevice, parse_device
from imagecapture_ros.mediacapture.errors import NotFoundError


@pytest.mark.parametrize(('text', 'device'), [
    ('sim', SimulatedDevice()),
    ('sim:?', SimulatedDevice()),
    ('sim:?seed=3', SimulatedDevice(seed=3)),
    ('sim:?seed=3&facing=environment', SimulatedDevice(seed=3, facing='environment')),
    ('sim:?facing=user', SimulatedDevice(facing='user')),
])
def test_device_strings(text: str, device: SimulatedDevice) -> None:
    assert parse_device(text) == device


@pytest.mark.parametrize(('text', 'says'), [
    ('sim:', 'sim:?seed=3'),
    ('cam', "'cam' is no simulated camera"),
    ('sim?seed=3', 'sim:?seed=3'),
    ('sim:seed=3', 'sim:?seed=3'),
    ('sim:?colour=red', "unknown option 'colour'; allowed are seed, facing"),
    ('sim:?seed', 'key=value'),
    ('sim:?seed=3&seed=4', 'given twice'),
    ('sim:?seed=-1', "seed is '-1'; allowed are whole numbers from 0"),
    ('sim:?seed=', "seed is ''"),
    ('sim:?seed=1.5', "seed is '1.5'"),
    ('sim:?facing=up', "facing is 'up'; allowed are user, environment, left, right"),
    ('sim:?facing=', "facing is ''"),
])
def test_errors_name_what_is_wrong_and_what_is_allowed(text: str, says: str) -> None:
    with pytest.raises(NotFoundError) as error:
        parse_device(text)
    assert says in error.value.message


@pytest.mark.parametrize('text', ['sim', 'sim:?seed=3', 'sim:?facing=user', 'sim:?seed=3&facing=left'])
def test_the_identifier_opens_the_device_again(text: str) -> None:
    device = parse_device(text)
    assert parse_device(device.info.device_id) == device
    assert device.info.device_id == text


def test_facing_mode_is_reported_and_empty_when_unknown() -> None:
    assert parse_device('sim:?facing=environment').info.facing_mode == 'environment'
    assert parse_device('sim').info.facing_mode == ''
