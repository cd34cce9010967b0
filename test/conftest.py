"""What all tests share: a ROS domain of their own, on this machine only."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# Read by rclpy when a context is initialised; no test talks to another machine.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'


@pytest.fixture(scope='session')
def domain() -> Iterator[int]:
    """Yield a ROS domain that no other test process uses."""
    from imagecapture_ros.cli.private_domain import private_domain

    with private_domain() as number:
        yield number
