# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node on the simulated camera, shared by the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.node_process import running_node


@pytest.fixture(scope='module')
def camera_domain(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield a ROS domain in which /camera is a simulated camera, with a folder for photos."""
    photos, home = tmp_path_factory.mktemp('photos'), tmp_path_factory.mktemp('home')
    with running_node(module_domain, device='sim', photo_directory=str(photos), environment={'ROS_HOME': str(home)}):
        yield module_domain
