"""The shared-memory profile: brought along, but never over the user's own settings."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from imagecapture_ros.ros import transport
from imagecapture_ros.ros.transport import transport_in_force


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*transport._USER_SETTINGS, 'RMW_IMPLEMENTATION'):
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)


def test_the_profile_is_there_while_it_is_needed() -> None:
    with transport_in_force('auto') as in_force:
        assert in_force.startswith('shared memory of')
        path = Path(os.environ['FASTDDS_DEFAULT_PROFILES_FILE'])
        size = ElementTree.parse(path).find('.//{http://www.eprosima.com}segment_size')
    assert size is not None and size.text is not None
    assert transport.SMALLEST_USEFUL <= int(size.text) <= transport.SEGMENT_SIZE
    assert not path.exists()
    assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ


def in_force_without_profile(wish: str = 'auto') -> str:
    with transport_in_force(wish) as in_force:
        assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ
    return in_force


def test_it_can_be_refused() -> None:
    assert 'dds_profile:=off' in in_force_without_profile('off')


def test_the_users_settings_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('FASTDDS_BUILTIN_TRANSPORTS', 'LARGE_DATA')
    assert 'FASTDDS_BUILTIN_TRANSPORTS' in in_force_without_profile()


def test_another_middleware_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    assert 'rmw_cyclonedds_cpp' in in_force_without_profile()


def test_too_little_shared_memory_keeps_the_stock_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, 'SMALLEST_USEFUL', 2**60)
    assert '--shm-size' in in_force_without_profile()


def test_without_shared_memory_the_stock_settings_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transport, 'SHARED_MEMORY', tmp_path / 'none')
    assert 'stock settings' in in_force_without_profile()


def test_a_missing_profile_is_no_reason_not_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(transport, 'share_directory', lambda: tmp_path)
    assert 'shared_memory.xml' in in_force_without_profile()
