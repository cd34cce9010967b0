# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture photo`` against a node in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.command import imagecapture
from fixtures.node_process import answered, client_of, running_node
from PIL import Image


@pytest.fixture(scope='module')
def domain(module_domain: int) -> Iterator[int]:
    """A domain in which a node on the simulated camera answers."""
    with running_node(module_domain, device='sim'), client_of(module_domain) as client:
        answered(client)
        yield module_domain


def photo(domain: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return imagecapture('photo', *arguments, domain=domain)


def test_a_photo_is_saved_and_told(domain: int, tmp_path: Path) -> None:
    result = photo(domain, '-o', tmp_path / 'door.jpg', '--width', '1920', '--height', '1080')
    assert (result.returncode, result.stderr) == (0, '')
    assert Image.open(tmp_path / 'door.jpg').size == (1920, 1080)
    assert result.stdout.startswith(f'{tmp_path / "door.jpg"}, 1920x1080, 1/')
    assert 'answered in' in result.stdout


def test_an_existing_file_is_never_replaced(domain: int, tmp_path: Path) -> None:
    (tmp_path / 'door.jpg').write_text('mine')
    result = photo(domain, '-o', tmp_path / 'door.jpg')
    assert str(tmp_path / 'door_1.jpg') in result.stdout
    assert (tmp_path / 'door.jpg').read_text() == 'mine'
    assert Image.open(tmp_path / 'door_1.jpg').format == 'JPEG'


def test_a_burst_shows_its_progress_and_a_summary(domain: int, tmp_path: Path) -> None:
    result = photo(domain, '-o', tmp_path / 'burst.jpg', '--burst', '3', '--interval', '0.2', '--width', '640',
                   '--flash', 'off')
    assert result.returncode == 0, result.stderr
    first, *_, last = result.stdout.splitlines()
    assert first.startswith(f'[1/3] {tmp_path / "burst_0001.jpg"}')
    assert last.startswith('3 photos in ')
    assert '(median)' in last
    assert sorted(path.name for path in tmp_path.iterdir()) == ['burst_0001.jpg', 'burst_0002.jpg', 'burst_0003.jpg']


def test_in_a_folder_it_is_photo_jpg(domain: int, tmp_path: Path) -> None:
    assert photo(domain, '-o', tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ['photo.jpg']


def test_programs_get_json(domain: int, tmp_path: Path) -> None:
    result = photo(domain, '-o', tmp_path / 'door.jpg', '--json', '--width', '1280')
    (taken,) = json.loads(result.stdout)
    assert (taken['path'], taken['width'], taken['height']) == (str(tmp_path / 'door.jpg'), 1280, 960)
    assert taken['exposure_time'] > 0
    assert 0 < taken['latency'] < 60


@pytest.mark.parametrize('arguments, code, message', [
    (('--width', '99999'), 1, 'error: NotSupportedError: image_width 99999 is out of range; this device allows'),
    (('--camera', '/nobody', '--timeout', '1'), 1, 'error: /nobody/take_photo is not there'),
    (('--burst', '0'), 2, "'0' is not a number of photos"),
    (('--interval', '-1'), 2, "'-1' is not a number of seconds"),
    (('--flash', 'torch'), 2, "invalid choice: 'torch'"),
    (('--width', 'wide'), 2, "'wide' is not a number of pixels"),
    (('-o', 'door.gif'), 2, 'door.gif is neither .png nor .jpg nor .tiff; write for instance door.jpg'),
])
def test_what_goes_wrong_is_told_and_nothing_is_saved(
    domain: int, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str,
) -> None:
    result = photo(domain, '-o', tmp_path / 'door.jpg', *arguments)
    assert result.returncode == code
    assert message in result.stderr
    assert 'Traceback' not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_another_format_than_the_name_says_is_told(domain: int, tmp_path: Path) -> None:
    result = photo(domain, '-o', tmp_path / 'door.png', '--width', '640')
    assert result.returncode == 0
    assert 'the node takes jpeg (its parameter photo_format), so the photo is door.jpg' in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ['door.jpg']


def test_a_folder_that_cannot_be_written_is_an_error(domain: int, tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    result = photo(domain, '-o', tmp_path / 'file' / 'door.jpg')
    assert result.returncode == 1
    assert 'UnknownError: the photo could not be saved' in result.stderr
