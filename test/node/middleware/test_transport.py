# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shared-memory profile: brought along, but never over the user's own settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from xml.etree import ElementTree

import pytest

from imagecapture_ros.node.middleware import shared_memory, transport
from imagecapture_ros.node.middleware.transport import Transport, TransportWish, transport_in_force

CONFIG = Path(__file__).resolve().parents[3] / 'config' / 'dds'
FAST_DDS = '{http://www.eprosima.com}'
MEBIBYTE = 2**20

Usage = namedtuple('Usage', 'total used free')


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith(('FASTDDS_', 'FASTRTPS_')) or name in (
                'RMW_IMPLEMENTATION', 'RMW_FASTRTPS_USE_QOS_FROM_XML', 'SKIP_DEFAULT_XML_FILE', transport.SWITCH):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Let so many bytes be free in /dev/shm."""
    monkeypatch.setattr(transport.shutil, 'disk_usage', lambda path: Usage(size, 0, size))


def test_the_profile_is_there_while_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 1000 * MEBIBYTE)
    with transport_in_force(TransportWish()) as in_force:
        assert in_force.description == 'shared memory of 36 MiB'
        path = Path(os.environ['FASTDDS_DEFAULT_PROFILES_FILE'])
        profile = ElementTree.parse(path)
    assert profile.findtext(f'.//{FAST_DDS}segment_size') == str(in_force.segment_size)
    assert [one.text for one in profile.iter(f'{FAST_DDS}type')] == ['SHM', 'UDPv4']
    assert not path.exists()
    assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ


@pytest.mark.parametrize(('wish', 'available', 'size'), [
    (TransportWish(), 4000, 1920 * 1080 * 3 * 6), (TransportWish(width=3840, height=2160), 4000, 3840 * 2160 * 3 * 6),
    (TransportWish(cameras=2), 4000, 1920 * 1080 * 3 * 12), (TransportWish(width=320, height=240), 4000, 16 * MEBIBYTE),
    (TransportWish(), 64, 32 * MEBIBYTE), (TransportWish(width=320, height=240), 20, 10 * MEBIBYTE),
])
def test_the_segment_holds_the_images_and_at_most_half_of_what_is_free(
    wish: TransportWish, available: int, size: int, monkeypatch: pytest.MonkeyPatch,
) -> None:
    free(monkeypatch, available * MEBIBYTE)
    with transport_in_force(wish) as in_force:
        assert in_force.segment_size == size


def in_force_without_profile(wish: str = 'auto') -> str:
    with transport_in_force(TransportWish(wish)) as in_force:
        assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ or in_force.description.startswith('the user')
        assert not in_force.segment_size
        assert not in_force.shortage(10_000, 10_000)
    return in_force.description


def test_it_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 'dds_profile:=off' in in_force_without_profile('off')
    for word in ('OFF', '0', 'false', 'no'):
        monkeypatch.setenv(transport.SWITCH, word)
        assert f'{transport.SWITCH}={word.lower()}' in in_force_without_profile()


def test_a_switch_that_is_neither_on_nor_off_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(transport.SWITCH, 'auto')
    with transport_in_force(TransportWish()) as in_force:
        assert in_force.segment_size
    monkeypatch.setenv(transport.SWITCH, 'offf')
    with pytest.raises(ValueError, match="is 'offf'; auto and off are allowed"), transport_in_force(TransportWish()):
        pass


@pytest.mark.parametrize('name', [
    'FASTDDS_BUILTIN_TRANSPORTS', 'FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE',
    'FASTDDS_ENVIRONMENT_FILE', 'RMW_FASTRTPS_USE_QOS_FROM_XML',
])
def test_the_users_settings_stay(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, 'mine')
    assert in_force_without_profile() == f'the user\'s settings ({name})'
    assert os.environ[name] == 'mine'


def test_the_users_profile_in_the_working_directory_stays(tmp_path: Path) -> None:
    (tmp_path / 'DEFAULT_FASTDDS_PROFILES.xml').touch()
    assert in_force_without_profile() == 'the user\'s settings (DEFAULT_FASTDDS_PROFILES.xml)'


def test_another_middleware_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    assert 'rmw_cyclonedds_cpp' in in_force_without_profile()


def test_too_little_shared_memory_keeps_the_stock_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 15 * MEBIBYTE)
    description = in_force_without_profile()
    assert '15 MiB' in description
    assert '--shm-size' in description
    assert '--ipc=host' in description


def test_without_shared_memory_the_stock_settings_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shared_memory, 'DIRECTORY', tmp_path / 'none')
    assert 'stock settings' in in_force_without_profile()


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which('unshare') is None, reason='needs the right to mount')
def test_shared_memory_that_cannot_be_written_keeps_the_stock_settings() -> None:
    program = ('from imagecapture_ros.node.middleware.transport import TransportWish, transport_in_force\n'
               'with transport_in_force(TransportWish()) as in_force: print(in_force.description)')
    mount = 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$0" "$@"'
    done = subprocess.run(['unshare', '--mount', 'sh', '-c', mount, sys.executable, '-c', program],
                          capture_output=True, text=True, timeout=100, check=True)
    assert 'stock settings: /dev/shm is not there or cannot be written' in done.stdout


def test_a_missing_profile_is_no_reason_not_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transport, 'share_directory', lambda: tmp_path)
    assert 'shared_memory.xml' in in_force_without_profile()


def test_images_that_are_too_large_for_the_segment_are_told() -> None:
    in_force = Transport('', 32 * MEBIBYTE)
    assert in_force.shortage(1920, 1080) == ''
    assert '1.3 images of 3840x2160' in in_force.shortage(3840, 2160)


@pytest.mark.parametrize('path', sorted(CONFIG.glob('*.xml')), ids=lambda path: path.stem)
def test_every_profile_is_well_formed_and_on_the_page(path: Path) -> None:
    ElementTree.parse(path)
    assert path.name in (CONFIG.parents[1] / 'docs' / 'transport.md').read_text(encoding='utf-8')
