"""The shared-memory profile: brought along, but never over the user's own settings."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from imagecapture_ros.ros import transport
from imagecapture_ros.share import share_directory

TEMPLATE = share_directory() / 'config' / 'dds' / 'shared_memory.xml'


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*transport._USER_SETTINGS, 'RMW_IMPLEMENTATION'):
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)


def test_the_profile_is_filled_in_and_forgotten_again() -> None:
    assert transport.bring_profile(TEMPLATE).startswith('shared memory of')
    path = Path(os.environ['FASTDDS_DEFAULT_PROFILES_FILE'])
    size = ElementTree.parse(path).find('.//{http://www.eprosima.com}segment_size')
    assert size is not None and size.text is not None
    assert transport.SMALLEST_USEFUL <= int(size.text) <= transport.SEGMENT_SIZE
    transport.forget_profile()
    assert not path.parent.exists()


def test_the_users_settings_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('FASTDDS_BUILTIN_TRANSPORTS', 'LARGE_DATA')
    assert 'FASTDDS_BUILTIN_TRANSPORTS' in transport.bring_profile(TEMPLATE)
    assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ


def test_another_middleware_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    assert 'rmw_cyclonedds_cpp' in transport.bring_profile(TEMPLATE)
    assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ


def test_too_little_shared_memory_keeps_the_stock_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, 'SMALLEST_USEFUL', 2**60)
    assert '--shm-size' in transport.bring_profile(TEMPLATE)
    assert 'FASTDDS_DEFAULT_PROFILES_FILE' not in os.environ
