# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node on the simulated camera, shared by the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fixtures.kept import Kept, kept
from fixtures.node_process import NodeProcess, answered, client_of, running_node

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, succeeded

Pair = tuple[NodeProcess, CameraClient]


@pytest.fixture(scope='module')
def camera_nodes(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[Pair]]:
    """Keep a node on the simulated camera, with a folder for photos, and a client that lives as long as the node."""
    @contextmanager
    def start() -> Iterator[Pair]:
        photos, home = tmp_path_factory.mktemp('photos'), tmp_path_factory.mktemp('home')
        environment = {'ROS_HOME': str(home)}
        with (
            running_node(module_domain, device='sim', photo_directory=str(photos), environment=environment) as node,
            client_of(module_domain) as client,
        ):
            answered(client)
            yield node, client

    with kept(start) as nodes:
        yield nodes


@pytest.fixture
def camera_node(camera_nodes: Kept[Pair], request: pytest.FixtureRequest) -> NodeProcess:
    """Return the node that all tests of the module use as long as none fails."""
    return camera_nodes.lend(request.node)[0]


@pytest.fixture
def client(camera_nodes: Kept[Pair], request: pytest.FixtureRequest) -> CameraClient:
    """Return a client of this node, of whose camera nothing is asked."""
    _, client = camera_nodes.lend(request.node)
    succeeded(client.call(srv.ApplyConstraints, 'apply_constraints'))
    return client
