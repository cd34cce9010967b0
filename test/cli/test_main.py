"""The imagecapture command, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

from fixtures.command import imagecapture
from PIL import Image

from imagecapture_ros import __version__


def test_the_version_is_that_of_the_package() -> None:
    assert imagecapture('--version').stdout.strip() == f'imagecapture_ros {__version__}'


def test_devices_are_listed_for_people_and_programs() -> None:
    assert 'sim' in imagecapture('devices').stdout
    devices = json.loads(imagecapture('devices', '--json').stdout)
    assert devices[-1]['device_id'] == 'sim'  # after the Linux cameras of this machine


def test_a_wrong_command_line_exits_with_2() -> None:
    result = imagecapture('shoot')
    assert result.returncode == 2
    assert 'demo' in result.stderr


def test_the_demonstration_ends_with_a_picture(tmp_path: Path) -> None:
    result = imagecapture('demo', '--output', str(tmp_path / 'output'))
    assert result.returncode == 0, result.stderr
    picture = Image.open(tmp_path / 'output' / 'photo.jpg')
    assert picture.format == 'JPEG'
    assert picture.width >= 1280
    assert 'stopped the node cleanly' in result.stdout
    assert str(tmp_path / 'output' / 'photo.jpg') in result.stdout
