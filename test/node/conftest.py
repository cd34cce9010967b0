# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node on the simulated camera, shared by the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.node_process import NodeProcess, answered, client_of, running_node

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, succeeded


@pytest.fixture(scope='module')
def camera_node(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """Run a node on the simulated camera, with a folder for photos."""
    photos, home = tmp_path_factory.mktemp('photos'), tmp_path_factory.mktemp('home')
    environment = {'ROS_HOME': str(home)}
    with running_node(module_domain, device='sim', photo_directory=str(photos), environment=environment) as node:
        yield node


@pytest.fixture(scope='module')
def module_client(module_domain: int, camera_node: NodeProcess) -> Iterator[CameraClient]:
    """Yield a client that lives as long as the node."""
    with client_of(module_domain) as client:
        answered(client)
        yield client


@pytest.fixture
def client(module_client: CameraClient) -> CameraClient:
    """Yield a client of a camera that nothing is asked of."""
    succeeded(module_client.call(srv.ApplyConstraints, 'apply_constraints'))
    return module_client
