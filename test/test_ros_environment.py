# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Environments that are wrong or poor, as in cron, systemd and containers: the node and the command in each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from fixtures.command import COMMAND
from fixtures.isolated import python_path
from fixtures.limits import PATIENCE
from fixtures.node_process import NodeProcess, answered, client_of, running_node

from imagecapture_ros.cli.private_domain import private_environment

NODE = (sys.executable, '-m', 'imagecapture_ros.node')
NO_LOG = {
    'neither HOME nor ROS_LOG_DIR is set': {'HOME': ''},
    'the folder /proc/no/log cannot be made': {'ROS_LOG_DIR': '/proc/no/log'},
    'the folder /proc/no/.ros/log cannot be made': {'HOME': '/proc/no'},
    'the folder /proc/none/log cannot be made': {'ROS_HOME': '/proc/none'},
}


def poor(environment: Mapping[str, str]) -> dict[str, str]:
    """Return variables of which an empty one is not set for ROS, beside none of those that would help."""
    return {'ROS_LOG_DIR': '', 'ROS_HOME': '', **environment}


@pytest.mark.parametrize('domain', ['abc', '7b', '-1', '233', '300', '1.5', '99999999999999999999', ' '])
@pytest.mark.parametrize('program', [(*NODE, '--ros-args', '-p', 'device:=sim'), (*COMMAND, 'status')],
                         ids=['node', 'command'])
def test_a_domain_that_is_none_is_told(program: tuple[str, ...], domain: str) -> None:
    done = subprocess.run(program, env={**os.environ, 'ROS_DOMAIN_ID': domain}, capture_output=True, text=True,
                          timeout=PATIENCE, check=False)
    assert done.returncode == 1
    assert f'error: ROS_DOMAIN_ID is {domain!r}, but must be a whole number from 0 to 232;' in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(('reason', 'environment'), NO_LOG.items(), ids=NO_LOG)
def test_where_no_log_file_can_be_written_all_works_and_the_node_says_so(
    domain: int, reason: str, environment: dict[str, str],
) -> None:
    node = NodeProcess(domain, {'device': 'sim'}, environment=poor(environment))
    try:
        with client_of(domain) as client:
            assert answered(client).success
        asked = subprocess.run([*COMMAND, 'settings'], env={**private_environment(domain), **poor(environment)},
                               capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert (asked.returncode, asked.stderr) == (0, '')
        assert 'zoom' in asked.stdout
    finally:
        assert node.stop() == 0, node.output
    assert f'no log file is written: {reason}' in node.output
    assert 'Traceback' not in node.output


def in_removed_folder(folder: Path, *command: str, domain: int) -> tuple[int, str]:
    """Run a command in a working directory that is not there any more; return its exit code and what it says."""
    folder.mkdir()
    done = subprocess.run(['sh', '-c', 'cd "$0" && rmdir "$0" && exec "$@"', str(folder), *command], text=True,
                          env={**private_environment(domain), 'PYTHONPATH': python_path()}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
    # Fast DDS looks for its profiles there, and says in colours that it cannot.
    return done.returncode, ''.join(line for line in done.stdout.splitlines(True) if 'XMLPARSER' not in line)


def test_where_the_working_directory_is_gone_a_relative_device_is_not_found(domain: int, tmp_path: Path) -> None:
    code, said = in_removed_folder(tmp_path / 'gone', *NODE, '--ros-args', '-p', 'device:=clip.mp4', domain=domain)
    assert code == 1
    assert "'clip.mp4': there is no such file or folder in the working directory, which has been removed;" in said
    assert 'Traceback' not in said
    assert 'unexpected' not in said


def test_where_the_working_directory_is_gone_all_else_works(domain: int, tmp_path: Path) -> None:
    with running_node(domain, device='sim'), client_of(domain) as client:
        answered(client)
        for number, (words, expected) in enumerate([
            (('settings',), (0, 'zoom')), (('photo', '-o', str(tmp_path / 'a.jpg')), (0, '/a.jpg, 4000x3000')),
            (('photo', '-o', 'a.jpg'), (1, 'the photo could not be saved in .: No such file or directory')),
            (('calibrate', '--board', '8x6', '-o', 'a.yaml'), (1, 'cannot be written; name a file elsewhere with -o')),
            (('demo',), (1, 'error: the photo cannot be saved in output: No such file or directory; choose another')),
        ]):
            code, said = in_removed_folder(tmp_path / f'gone{number}', *COMMAND, *words, domain=domain)
            assert (code, expected[1] in said) == (expected[0], True), said
            assert 'Traceback' not in said, said
