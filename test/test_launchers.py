# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node and the command as systemd, cron and a container without writable files run them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.command import COMMAND
from fixtures.isolated import REPOSITORY
from fixtures.launchers import WRITTEN, Launcher
from fixtures.limits import LONG_PATIENCE, PATIENCE
from fixtures.node_process import answered, client_of, until
from fixtures.pages import named_files
from PIL import Image

NODE = [sys.executable, '-m', 'imagecapture_ros.node', '--ros-args', '-p', 'device:=sim']
SIZE = ('--width', '640', '--height', '480')


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.wait()


def commands(timeout: float = PATIENCE) -> str:
    """Return lines for a shell: a few commands, each with its exit code after its output."""
    asked = [('settings', '--timeout', str(timeout)), ('photo', '-o', f'{WRITTEN}/photo.jpg', *SIZE), ('devices',),
             ('apply', 'zoom=2')]
    return ''.join(f'{shlex.join([*COMMAND, *words])}; echo "code $?"\n' for words in asked)


def check_answers(launcher: Launcher, photo: Path) -> None:
    """Check what the commands have said, and the photo."""
    output = launcher.read('commands')
    assert [line for line in output.splitlines() if line.startswith('code')] == ['code 0'] * 4, output
    assert 'Traceback' not in output, output
    assert 'error' not in output, output
    with Image.open(photo) as image:
        assert image.size == (640, 480)


def check_log(log: str) -> None:
    """Check what the node has said."""
    assert 'transport: shared memory' in log, log
    assert 'Traceback' not in log, log
    assert 'ERROR' not in log, log


def test_systemd(domain: int, tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, domain)
    unit = named_files(REPOSITORY / 'docs' / 'howto' / 'service.md')['camera.service']
    process = launcher.systemd(unit, NODE, commands())
    with ending(process):
        try:
            process.wait(3 * PATIENCE)
        except subprocess.TimeoutExpired:
            pytest.fail(f'systemd did not end: {launcher.read("node")} {launcher.read("commands")}')
    check_answers(launcher, tmp_path / 'written' / 'photo.jpg')
    check_log(launcher.read('node'))
    assert 'no log file is written: the folder /root/.ros/log may not be written;' in launcher.read('node')
    assert launcher.read('ended') == 'success 0\n', launcher.read('node')


def test_cron(domain: int, tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, domain)
    # As a table of cron is often written: the camera in the background of a script.
    process = launcher.cron(f'''
{shlex.join(NODE)} > {WRITTEN}/node 2>&1 &
{commands()}
kill $!
wait $!
echo $? > {WRITTEN}/ended
''')
    with ending(process):
        until(lambda: launcher.read('ended'), 2 * PATIENCE, lambda: launcher.read('node') + launcher.read('commands'))
    check_answers(launcher, tmp_path / 'written' / 'photo.jpg')
    check_log(launcher.read('node'))
    assert launcher.read('ended') == '0\n', launcher.read('node')


def test_a_container_whose_files_cannot_be_written(domain: int, tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, domain)

    def said_by(process: subprocess.Popen[bytes]) -> str:
        with ending(process):
            return process.communicate(timeout=LONG_PATIENCE)[0].decode()

    node = launcher.container(NODE)
    with ending(node):
        with client_of(domain) as client:
            assert answered(client).success
        assert 'zoom' in said_by(launcher.container([*COMMAND, 'settings']))
        refused = said_by(launcher.container([*COMMAND, 'photo', '-o', '/tmp/photo.jpg', *SIZE]))
        assert refused == 'error: UnknownError: the photo could not be saved in /tmp: Read-only file system\n'
        assert said_by(launcher.container([*COMMAND, 'demo'])) == (
            'error: the photo cannot be saved in output: Read-only file system; choose another folder with --output\n')
        # The first process of a container gets the signal of "docker stop"; here that is the one child of unshare.
        subprocess.run(['pkill', '-TERM', '-P', str(node.pid)], check=True)
        log = node.communicate(timeout=PATIENCE)[0].decode()
    check_log(log)
    assert node.returncode == 0, log
    assert 'no log file is written: the folder /root/.ros/log' in log
