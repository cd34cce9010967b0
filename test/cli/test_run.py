# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture run``: the command becomes the node."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
from fixtures.command import COMMAND
from fixtures.limits import LONG_PATIENCE, PATIENCE
from fixtures.node_process import answered, client_of, until


def test_the_command_becomes_the_node_and_obeys_signals(domain: int, tmp_path: Path) -> None:
    parameters = tmp_path / 'camera.yaml'
    parameters.write_text('/**:\n  ros__parameters:\n    zoom: 2.0\n    photo_quality: 50\n')
    words = ['run', 'sim:?seed=7&light=0.5', '-p', 'zoom=3', '-p', 'frame_id:=eye', '--name', 'front', '--namespace',
             'robot', '--params-file', str(parameters), '--log-level', 'warn']
    environment = {**os.environ, 'ROS_DOMAIN_ID': str(domain), 'ROS_HOME': str(tmp_path)}
    with subprocess.Popen([*COMMAND, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as process:
        try:
            with client_of(domain, '/robot/front') as client:
                until(lambda: answered(client).success)
                settings = client.settings(timeout=PATIENCE)
                assert (settings['zoom'], settings['device_id']) == (3.0, 'sim:?seed=7&light=0.5')
                assert client.grab_frame(timeout=PATIENCE).camera_info.header.frame_id == 'eye'
                # No process in between that a signal would have to pass.
                assert [child.name() for child in psutil.Process(process.pid).children()] == ['node-watcher']
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
        assert process.stdout is not None
        assert 'Traceback' not in process.stdout.read()


def test_no_node_at_all_is_said_with_how_to_start_one(domain: int) -> None:
    result = subprocess.run([*COMMAND, 'settings', '--timeout', '1'], capture_output=True, text=True,
                            timeout=LONG_PATIENCE, env={**os.environ, 'ROS_DOMAIN_ID': str(domain)}, check=False)
    assert result.returncode == 1
    assert f'no camera node is there in ROS_DOMAIN_ID={domain}; start one' in result.stderr
