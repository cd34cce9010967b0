# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""SIGINT and SIGTERM at any moment, kill -9 and a restart: the device is released, the exit code 0, no word is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.limits import ENDED, PATIENCE, Stopwatch
from fixtures.node_process import (
    WITH_FIXTURES,
    Inbox,
    NodeProcess,
    answered,
    client_of,
    running_node,
    state_of,
    until,
)
from fixtures.node_that_forks import FORKED
from fixtures.processes import shared_memory_of
from sensor_msgs.msg import Image

from imagecapture_ros import srv
from imagecapture_ros.cli.private_domain import private_environment
from imagecapture_ros.node.signals import EXIT_TIMEOUT

MOMENTS = 30
LONGEST_START = 3.0
"""Seconds after which the node streams, on a machine with nothing else to do."""

ENTRY = 'import sys; from imagecapture_ros.node.main import main; sys.exit(main(["node", *sys.argv[1:]]))'

SAYS_WHEN_READY = f"""
import os, signal
install = signal.signal
def spied(number, handler):
    before = install(number, handler)
    if number == signal.SIGTERM:
        signal.signal = install
        os.write(1, b'ready')
    return before
signal.signal = spied
{ENTRY}"""

IMPORTED_BEFORE = f"""
import sys
before = set(sys.modules)
import os, signal
def spied(number, handler):
    print(*sorted(set(sys.modules) - before), flush=True)
    os._exit(0)
signal.signal = spied
{ENTRY}"""


def stopped_after(delay: float, number: signal.Signals, domain: int) -> tuple[int, str, Stopwatch]:
    """Start a node and stop it ``delay`` seconds after its handlers are there; return code, output and time."""
    process = subprocess.Popen(
        [sys.executable, '-c', SAYS_WHEN_READY, '--ros-args', '-p', 'device:=sim'], env=private_environment(domain),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.read(5) == 'ready'
        time.sleep(delay)
        with Stopwatch(process.pid) as took:
            process.send_signal(number)
            output = process.communicate(timeout=PATIENCE)[0]
        return process.returncode, output, took
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_handlers_come_before_any_other_import() -> None:
    program = subprocess.run([sys.executable, '-c', IMPORTED_BEFORE], capture_output=True, text=True, timeout=PATIENCE,
                             check=True)
    imported = set(program.stdout.split())
    assert imported <= {'__future__', 'signal',
                        'imagecapture_ros', 'imagecapture_ros.node', 'imagecapture_ros.node.main',
                        'imagecapture_ros.node.signals', 'imagecapture_ros.standard_streams',
                        # what Python's own signal module brings
                        'enum', 'types', 'operator', '_operator', 'functools', '_functools', 'collections', 'keyword',
                        'reprlib', 'itertools', '_collections'}, imported


def test_a_signal_at_any_moment_of_the_start_ends_the_node_at_once(domain: int) -> None:
    delays = [LONGEST_START * moment / MOMENTS for moment in range(MOMENTS)]
    numbers = [(signal.SIGINT, signal.SIGTERM)[moment % 2] for moment in range(MOMENTS)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda at: stopped_after(*at, domain), zip(delays, numbers, strict=True)))
    for delay, number, (code, output, took) in zip(delays, numbers, outcomes, strict=True):
        when = f'{number.name} {delay:.2f} s after the handlers were there'
        assert code == 0, f'{when}: exit code {code}\n{output}'
        assert 'Traceback' not in output, f'{when}\n{output}'
        assert 'never awaited' not in output, f'{when}\n{output}'
        assert 'error' not in output.lower(), f'{when}\n{output}'
        took.check(ENDED, f'{when}\n{output}')


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize('fault', ['', 'shutter:30', 'stall:30', 'freeze', 'unplug', 'slow:30'])
def test_a_signal_ends_a_node_whose_device_does_not_answer(domain: int, number: signal.Signals, fault: str) -> None:
    node = NodeProcess(domain, {'device': 'sim', 'sim.faults': f'{fault}@1s' if fault else "''"})
    try:
        with client_of(domain) as client:
            answered(client)
            time.sleep(1.0)
            taking = client.node.create_client(srv.TakePhoto, '/camera/take_photo')
            applying = client.node.create_client(srv.ApplyConstraints, '/camera/apply_constraints')
            assert taking.wait_for_service(PATIENCE) and applying.wait_for_service(PATIENCE)
            taking.call_async(srv.TakePhoto.Request())
            applying.call_async(srv.ApplyConstraints.Request())
            time.sleep(0.3)
            with Stopwatch(node.process.pid) as took:
                code = node.stop(number)
    finally:
        node.stop()
    assert code == 0, node.output
    assert 'Traceback' not in node.output
    took.check(ENDED, number.name)


def test_signals_that_come_in_a_row_end_the_node_cleanly(domain: int) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    try:
        with client_of(domain) as client:
            answered(client)
        for number in (signal.SIGINT, signal.SIGTERM) * 10:
            if node.process.poll() is None:
                node.process.send_signal(number)
            time.sleep(0.005)
        assert node.wait() == 0, node.output
    finally:
        node.stop()
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_node_whose_time_stands_still(domain: int, number: signal.Signals) -> None:
    node = NodeProcess(domain, {'device': 'sim', 'use_sim_time': True})
    try:
        with client_of(domain) as client:
            answered(client)
            # They come though nobody publishes a clock.
            Inbox(client, DiagnosticArray, '/diagnostics').take(2)
        assert node.stop(number) == 0, node.output
    finally:
        node.stop()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_main_thread_that_hangs_does_not_keep_the_node_from_ending(domain: int, number: signal.Signals) -> None:
    node = NodeProcess(domain, {'device': 'sim'}, environment=WITH_FIXTURES, module='fixtures.node_that_hangs')
    try:
        until(lambda: 'hangs' in node.output)
        assert node.stop(number) == 0, node.output
    finally:
        node.stop()
    assert 'ended without taking leave' in node.output


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_code_that_holds_pythons_lock_does_not_keep_the_node_from_ending(domain: int, number: signal.Signals) -> None:
    node = NodeProcess(domain, {'device': 'sim'}, environment=WITH_FIXTURES, module='fixtures.node_that_holds_the_lock')
    try:
        until(lambda: 'holds' in node.output)
        with Stopwatch(node.process.pid) as took:
            code = node.stop(number)
    finally:
        node.stop()
    assert code == -signal.SIGKILL, node.output
    assert 'killed: it did not end after a signal' in node.output
    assert 'node_that_holds_the_lock.py' in node.output, 'it does not say what holds the lock'
    took.check(ENDED, number.name)


def end_by_itself(node: NodeProcess) -> None:
    node.wait()


@pytest.mark.parametrize('end', [
    lambda node: node.stop(signal.SIGTERM), lambda node: node.process.kill(), end_by_itself,
], ids=['SIGTERM', 'SIGKILL', 'by itself'])
def test_what_watches_a_node_ends_with_it(domain: int, end: Callable[[NodeProcess], object]) -> None:
    node = NodeProcess(domain, {'device': 'no such camera' if end is end_by_itself else 'sim'})
    try:
        watchers = until(lambda: [
            child for child in psutil.Process(node.process.pid).children() if child.name() == 'node-watcher'])
        if end is not end_by_itself:
            with client_of(domain) as client:
                answered(client)
            # A terminal sends signals to all processes of the foreground.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                watchers[0].send_signal(number)
        assert watchers[0].is_running()
        end(node)
        assert node.wait() in (0, 1, -signal.SIGKILL)
    finally:
        node.stop()
    until(lambda: not any(one.is_running() for one in watchers))


def test_the_end_of_the_terminal_ends_the_node_and_leaves_nothing(domain: int, tmp_path: Path) -> None:
    with client_of(domain) as client:
        node = NodeProcess(domain, {'device': 'sim'}, environment={'TMPDIR': str(tmp_path)})
        try:
            Inbox(client, Image, '/camera/image_raw').take(3)
            segments = shared_memory_of(node.process.pid) - shared_memory_of()
            assert node.stop(signal.SIGHUP) == 0, node.output
        finally:
            node.stop()
    assert [path for path in segments if Path(path).exists()] == []
    assert [*tmp_path.iterdir()] == []


def test_under_nohup_the_end_of_the_terminal_changes_nothing(domain: int) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        node = NodeProcess(domain, {'device': 'sim'})
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        goes_on_after(node, domain, signal.SIGHUP)
    finally:
        node.stop()


def test_a_node_that_is_often_asked_for_its_threads_goes_on(domain: int) -> None:
    # A handler in C looked at the frames of threads that ran on, and crashed about once in 300 times.
    node = NodeProcess(domain, {'device': 'sim'})
    try:
        goes_on_after(node, domain, *[signal.SIGQUIT] * 1000)
        assert node.output.count('Current thread') > 100
    finally:
        node.stop()


def goes_on_after(node: NodeProcess, domain: int, *numbers: signal.Signals) -> None:
    """Send a streaming node signals and check that it streams on, and stops when it is asked to."""
    with client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw', 5)
        images.take(3)
        for number in numbers:
            node.process.send_signal(number)
            time.sleep(0.003)
        assert node.process.poll() is None, f'it ended with {node.process.returncode}: {node.output[-2000:]}'
        time.sleep(0.5)
        count = len(images.messages)
        images.wait_for(lambda messages: len(messages) > count + 5)
        assert answered(client).success
    assert node.stop(signal.SIGTERM) == 0, node.output
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('number', [signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGQUIT])
def test_signals_that_ask_for_no_end_do_not_end_the_node(domain: int, number: signal.Signals) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    try:
        goes_on_after(node, domain, *[number] * 3)
    finally:
        node.stop()
    assert ('most recent call first' in node.output) == (number is signal.SIGQUIT), node.output


def test_a_node_that_was_stopped_for_a_while_goes_on(domain: int) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    try:
        with client_of(domain) as client:
            answered(client)
            node.process.send_signal(signal.SIGSTOP)  # as SIGTSTP, which stops nobody where there is no shell
            until(lambda: psutil.Process(node.process.pid).status() == psutil.STATUS_STOPPED)
            time.sleep(3.0)
            node.process.send_signal(signal.SIGCONT)
        goes_on_after(node, domain)
    finally:
        if node.process.poll() is None:
            node.process.send_signal(signal.SIGCONT)
        node.stop()


def test_a_calibration_that_cannot_be_read_to_its_end_holds_up_nobody(domain: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    given = {'device': 'sim', 'camera_info_url': f'file://{tmp_path}/pipe'}
    node = NodeProcess(domain, given, environment=WITH_FIXTURES, module='fixtures.node_on_a_hanging_disk')
    try:
        with client_of(domain) as client:
            until(lambda: state_of(client) == 'configuring')
            assert node.stop(signal.SIGTERM) == 0, node.output
    finally:
        node.stop()


def test_nothing_is_left_in_shared_memory(domain: int) -> None:
    with client_of(domain) as client:
        with running_node(domain, device='sim') as node:
            Inbox(client, Image, '/camera/image_raw').take(3)
            segments = shared_memory_of(node.process.pid)
            assert segments, 'no shared memory in use; the test shows nothing'
            # What this process has opened itself it may still use.
            segments -= shared_memory_of()
        assert [path for path in segments if Path(path).exists()] == []


def test_a_killed_node_can_be_started_again_at_once(domain: int) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    try:
        with client_of(domain) as client:
            images = Inbox(client, Image, '/camera/image_raw')
            images.take(3)
    finally:
        node.process.kill()
        node.wait()
    with running_node(domain, device='sim') as again, client_of(domain) as client:
        Inbox(client, Image, '/camera/image_raw').take(3)
        assert answered(client).success
    # It is the only one: what the killed one left behind is not taken for another node.
    assert 'another node is called' not in again.output


def test_what_ends_the_children_of_a_program_does_not_end_its_camera(domain: int) -> None:
    with (
        running_node(domain, environment=WITH_FIXTURES, module='fixtures.node_that_forks', device='sim') as node,
        client_of(domain) as client,
    ):
        until(lambda: FORKED in node.output or node.process.poll() is not None)
        time.sleep(EXIT_TIMEOUT + 1.0)
        assert node.process.poll() is None, node.output
        Inbox(client, Image, '/camera/image_raw').take(10)
        assert shared_memory_of(node.process.pid)
