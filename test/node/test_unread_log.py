# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A log that nobody reads holds up nothing: a pipe that is full, a terminal that is stopped, a reader that is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fixtures.limits import ENDED, PATIENCE, Stopwatch
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, state_of, until
from fixtures.wire import everything_from, full_wire
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from sensor_msgs.msg import Image

from imagecapture_ros.client import CameraClient


def refused(client: CameraClient, number: int = 77) -> None:
    """Ask for something that the node logs."""
    request = ChangeState.Request(transition=Transition(id=number))
    assert not client.call(ChangeState, 'change_state', request).success


@contextmanager
def node_that_logs_to_a_pipe(domain: int) -> Iterator[tuple[NodeProcess, int]]:
    """Run a node until the block ends; yield it, and the descriptor from which its log is read."""
    reading, writing = os.pipe()
    node = NodeProcess(domain, {'device': 'sim'}, output=writing)
    os.close(writing)
    try:
        yield node, reading
    finally:
        node.stop()


@pytest.mark.parametrize('kind', ['pipe', 'terminal', 'socket'])
def test_a_node_whose_log_nobody_reads_serves_streams_and_ends(domain: int, kind: str) -> None:
    with full_wire(kind) as wire:
        node = NodeProcess(domain, {'device': 'sim'}, output=wire.writing)
        try:
            with client_of(domain) as client:
                answered(client)
                images = Inbox(client, Image, '/camera/image_raw')
                images.take(3)
                for _ in range(30):
                    refused(client)
                images.take(len(images.messages) + 10)
                assert state_of(client) == 'active'
                with Stopwatch(node.process.pid) as took:
                    assert node.stop(signal.SIGTERM) == 0
            took.check(ENDED, kind)
        finally:
            node.stop()


def test_lines_that_found_no_room_are_counted_where_they_are_missing(domain: int) -> None:
    with full_wire('pipe') as wire:
        node = NodeProcess(domain, {'device': 'sim'}, output=wire.writing)
        try:
            with client_of(domain) as client:
                answered(client)
                refused(client)
                assert 'not possible' not in wire.read()
                # There is room again.
                refused(client)
                text = until(lambda: wire.read())
                assert 'lines of the log are missing here, because nobody read them' in text, text
                assert 'transition 77 is not possible' in text
        finally:
            assert node.stop() == 0
        # Others who have the same pipe see nothing of it.
        assert os.get_blocking(wire.writing)


def test_a_node_lives_on_when_the_reader_of_its_log_is_gone(domain: int) -> None:
    with node_that_logs_to_a_pipe(domain) as (node, reading):
        with client_of(domain) as client:
            answered(client)
            os.close(reading)
            for _ in range(3):
                refused(client)
            Inbox(client, Image, '/camera/image_raw').take(3)
        assert node.stop(signal.SIGTERM) == 0


def test_the_log_in_a_pipe_is_whole_and_in_order(domain: int) -> None:
    with node_that_logs_to_a_pipe(domain) as (node, reading):
        with client_of(domain) as client:
            answered(client)
            for number in range(60, 69):
                refused(client, number)
        assert node.stop() == 0
    lines = everything_from(reading).splitlines()
    assert [line.split()[4] for line in lines if 'is not possible' in line] == [str(n) for n in range(60, 69)]
    assert all(line.startswith('[') for line in lines), lines


def test_the_last_words_of_a_crash_arrive_in_a_pipe(domain: int, tmp_path: Path) -> None:
    program = tmp_path / 'crashing.py'
    program.write_text(
        'import faulthandler, os, sys, threading\n'
        'from imagecapture_ros.node.main import main\n'
        'faulthandler.enable()\n'
        'def crash():\n'
        '    os.write(2, b"terminate called\\n")\n'
        '    faulthandler._sigsegv()\n'
        'threading.Timer(3.0, crash).start()\n'
        'sys.exit(main())\n')
    result = subprocess.run(
        [sys.executable, str(program), '--ros-args', '-p', 'device:=sim'], capture_output=True, text=True,
        timeout=PATIENCE, check=False, env={**os.environ, 'ROS_DOMAIN_ID': str(domain),
                                            'PYTHONPATH': os.pathsep.join(sys.path)})
    assert result.returncode == -signal.SIGSEGV
    assert 'terminate called' in result.stderr
    assert 'Segmentation fault' in result.stderr
    assert 'in crash' in result.stderr
