# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node and the command without standard streams, or with a full disk behind them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from fixtures.command import COMMAND
from fixtures.limits import PATIENCE
from fixtures.node_process import answered, client_of, until

from imagecapture_ros.cli.private_domain import private_environment

NODE = (sys.executable, '-m', 'imagecapture_ros.node')
FULL = 'the output cannot be written: No space left on device'


def with_streams(redirections: str, *command: str, **more: Any) -> subprocess.Popen[str]:
    """Start a command as a shell does, with these redirections."""
    return subprocess.Popen(['bash', '-c', f'exec "$@" {redirections}', '-', *command], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


@pytest.mark.parametrize(('redirections', 'arguments', 'code', 'output', 'errors'), [
    ('>&-', ('devices',), 0, '', ''), ('<&-', ('devices',), 0, 'Simulated camera', ''),
    ('2>&-', ('--version',), 0, 'imagecapture_ros', ''), ('>&- 2>&- <&-', ('devices', '--json'), 0, '', ''),
    ('>/dev/full', ('devices',), 1, '', FULL), ('>/dev/full', ('devices', '--json'), 1, '', FULL),
    ('>/dev/full', ('--version',), 1, '', FULL), ('>/dev/full', ('--help',), 1, '', FULL),
    ('>/dev/full 2>/dev/full', ('devices',), 1, '', ''), ('2>/dev/full', ('bogus',), 2, '', ''),
    ('2>&-', ('bogus',), 2, '', ''),
])
def test_the_command(redirections: str, arguments: tuple[str, ...], code: int, output: str, errors: str) -> None:
    process = with_streams(redirections, *COMMAND, *arguments)
    written, complaints = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, complaints
    assert output in written
    assert complaints.strip() == (f'error: {errors}' if errors else '')


@pytest.mark.parametrize('argument', ['--help', '--version'])
def test_the_nodes_help(argument: str) -> None:
    process = with_streams('>/dev/full', *NODE, argument)
    assert process.communicate(timeout=PATIENCE)[1] == f'imagecapture_node: error: {FULL}\n'
    assert process.returncode == 1


@pytest.mark.parametrize('redirections', ['<&-', '>&-', '2>&-', '>&- 2>&-', '<&- >&- 2>&-', '>/dev/full 2>/dev/full'])
def test_the_node_streams_and_ends(domain: int, redirections: str) -> None:
    process = with_streams(redirections, *NODE, '--ros-args', '-p', 'device:=sim', env=private_environment(domain))
    try:
        with client_of(domain) as client:
            assert answered(client).success
            streams = [os.readlink(f'/proc/{process.pid}/fd/{descriptor}') for descriptor in range(3)]
            assert all(name.startswith(('/dev/null', '/dev/full', 'pipe:')) for name in streams), streams
        process.terminate()
        _, complaints = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert 'imagecapture_node:' not in complaints  # as what ends it by force would say
    finally:
        process.kill()
        until(lambda: process.poll() is not None)
