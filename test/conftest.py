# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all tests share: ROS domains of their own, on this machine only."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from fixtures.kept import remember_failure
from fixtures.one_distribution import needs_one_distribution

from imagecapture_ros.cli.private_domain import private_domain

# Read by rclpy when a context is initialised; no test talks to another machine.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that are the same with every ROS distribution."""
    for item in items:
        if needs_one_distribution(item.path):
            item.add_marker('one_distribution')


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> None:
    """Note which tests fail: what they have used is not kept."""
    remember_failure(item, call)


@contextmanager
def _empty_domain() -> Iterator[int]:
    with private_domain() as number:
        yield number
        # rclpy's lifecycle nodes refer to themselves: until they are collected, their participant stays in the domain,
        # under the node's name, and the next test there would find two.
        gc.collect()


@pytest.fixture
def domain() -> Iterator[int]:
    """Yield a ROS domain that nothing else uses."""
    with _empty_domain() as number:
        yield number


@pytest.fixture(scope='module')
def module_domain() -> Iterator[int]:
    """Yield a ROS domain for what the tests of a module share."""
    with _empty_domain() as number:
        yield number


@pytest.fixture(scope='session', autouse=True)
def no_process_left() -> Iterator[None]:
    """Fail when a test has left a process behind."""
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    assert left == [], f'processes left behind: {left}'
