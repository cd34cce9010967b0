# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node's states by ``ros2 lifecycle`` and ``ros2 param``, as a person types them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest
from fixtures.limits import LONG_PATIENCE
from fixtures.node_process import client_of, running_node, state_of, until

from imagecapture_ros.cli.private_domain import private_environment

if shutil.which('ros2') is None:
    pytest.skip('the command ros2 is not there; it comes with ROS 2', allow_module_level=True)
pytest.importorskip('ros2lifecycle', reason='"ros2 lifecycle" is not installed; it comes with ROS 2')

Ros2 = Callable[..., str]


@pytest.fixture
def ros2(domain: int) -> Ros2:
    """Return what runs ros2 without its daemon and returns all that it printed."""

    def run(*words: str) -> str:
        command = ['ros2', *words[:2], '--no-daemon', '--spin-time', '1', *words[2:]]
        for _ in range(20):  # it looks for the node for so long and no longer
            printed = subprocess.run(command, env=private_environment(domain), stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, timeout=LONG_PATIENCE, check=False).stdout
            if 'Node not found' not in printed:
                break
        return printed

    return run


@pytest.mark.timeout(600)
def test_every_transition_twice_and_another_device(domain: int, ros2: Ros2) -> None:
    with running_node(domain, device='/does/not/exist.mp4', autostart=False) as node, client_of(domain) as client:
        until(lambda: state_of(client) == 'unconfigured')
        assert 'unconfigured [1]' in ros2('lifecycle', 'get', '/camera')
        assert 'failed' in ros2('lifecycle', 'set', '/camera', 'configure').lower()
        assert '/does/not/exist.mp4' in node.output
        assert 'successful' in ros2('param', 'set', '/camera', 'device', 'sim:?seed=5')
        for transition, state in (
            ('configure', 'inactive [2]'), ('activate', 'active [3]'), ('deactivate', 'inactive [2]'),
            ('cleanup', 'unconfigured [1]'), ('shutdown', 'finalized [4]'),
        ):
            assert 'Transitioning successful' in ros2('lifecycle', 'set', '/camera', transition)
            if transition == 'configure':
                assert client.settings()['device_id'] == 'sim:?seed=5'
                assert 'failed' in ros2('param', 'set', '/camera', 'device', 'sim').lower()
            assert 'Transitioning successful' not in ros2('lifecycle', 'set', '/camera', transition)
            assert state in ros2('lifecycle', 'get', '/camera')
