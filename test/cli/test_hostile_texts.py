# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What others write into the graph is shown by the command, and never obeyed by the terminal."""

from __future__ import annotations

import ast
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.command import COMMAND, imagecapture
from fixtures.hostile_camera import SHOWN, hostile_camera
from fixtures.limits import LONG_PATIENCE
from fixtures.wire import everything_from

import imagecapture_ros.cli
from imagecapture_ros.texts import visible_lines

OURS = re.compile(r'\x1b\[[0-9;]*m')
"""Colours."""


@pytest.fixture(scope='module')
def hostile_domain(module_domain: int) -> Iterator[int]:
    with hostile_camera(module_domain):
        yield module_domain


@pytest.mark.parametrize('verb', [
    ('status',), ('settings',), ('devices', '--camera', '/camera'), ('capabilities',),
    ('watch', '--count', '2', '--interval', '0.5'), ('doctor', '--seconds', '1'),
])
def test_what_others_say_is_shown(hostile_domain: int, verb: tuple[str, ...]) -> None:
    result = imagecapture(*verb, domain=hostile_domain)
    output = result.stdout + result.stderr
    assert SHOWN in output
    assert visible_lines(output) == output
    assert 'Traceback' not in output
    assert not any(line.startswith('\tforged') for line in output.splitlines())


@pytest.mark.parametrize('verb', ['status', 'settings'])
def test_what_others_say_is_shown_on_a_terminal_too(hostile_domain: int, verb: str) -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, 'ROS_DOMAIN_ID': str(hostile_domain), 'COLUMNS': '200', 'TERM': 'xterm-256color'}
    process = subprocess.Popen([*COMMAND, verb], stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
                               env=environment)
    os.close(follower)
    output = everything_from(leader)
    assert process.wait(LONG_PATIENCE) == 0, output
    text = OURS.sub('', output).replace('\r\n', '\n')
    assert SHOWN in text
    assert visible_lines(text) == text


@pytest.mark.parametrize('verb', ['status', 'settings'])
def test_json_is_what_they_say_in_the_escapes_of_json(hostile_domain: int, verb: str) -> None:
    output = imagecapture(verb, '--json', domain=hostile_domain).stdout
    assert r'evil\u001b[2J' in output
    assert visible_lines(output) == output


@pytest.mark.parametrize('read', [0, 1])
def test_a_reader_that_has_seen_enough_is_no_error(hostile_domain: int, read: int) -> None:
    environment = {**os.environ, 'ROS_DOMAIN_ID': str(hostile_domain)}
    with subprocess.Popen([*COMMAND, 'settings'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment) as process:
        assert process.stdout is not None and process.stderr is not None
        for _ in range(read):
            assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ''
        assert process.wait(LONG_PATIENCE) in (0, 1)


def test_all_verbs_print_in_one_place() -> None:
    folder = Path(imagecapture_ros.cli.__file__).parent
    printing = {path.name for path in folder.glob('*.py') for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Name) and node.id == 'print'}
    # The help, which no other has any part in.
    assert printing == {'output.py', 'parser.py'}
