# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a node inherits from who starts it: signals that are blocked or ignored."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, NodeProcess, client_of, until
from sensor_msgs.msg import Image


@contextmanager
def blocked(*numbers: signal.Signals) -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def ignored(number: signal.Signals) -> Iterator[None]:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def watchers_of(node: NodeProcess) -> list[psutil.Process]:
    return [child for child in psutil.Process(node.process.pid).children() if child.name() == 'node-watcher']


def streams(domain: int, count: int = 3) -> None:
    with client_of(domain) as client:
        Inbox(client, Image, '/camera/image_raw').take(count)


def test_who_ignores_the_end_of_children_passes_that_on_to_no_harm(domain: int) -> None:
    with ignored(signal.SIGCHLD):
        node = NodeProcess(domain, {'device': 'sim'})
    try:
        streams(domain)
        watchers = watchers_of(node)
        assert node.stop(signal.SIGTERM) == 0, node.output
    finally:
        node.stop()
    assert 'Traceback' not in node.output
    until(lambda: not any(one.is_running() for one in watchers))


def test_a_watcher_that_is_gone_keeps_the_node_from_nothing(domain: int) -> None:
    with ignored(signal.SIGCHLD):
        node = NodeProcess(domain, {'device': 'sim'})
    try:
        streams(domain)
        for watcher in watchers_of(node):
            watcher.kill()
            until(lambda watcher=watcher: not watcher.is_running())
        streams(domain)
        assert node.stop(signal.SIGTERM) == 0, node.output
    finally:
        node.stop()
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_that_were_blocked_end_the_node_all_the_same(domain: int, number: signal.Signals) -> None:
    with blocked(signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        node = NodeProcess(domain, {'device': 'sim'})
    try:
        streams(domain)
        node.process.send_signal(number)
        assert node.process.wait(PATIENCE) == 0, node.output
    finally:
        node.process.kill()
        node.process.wait()


def test_a_watcher_does_not_outlive_a_node_that_was_stopped_with_it_and_killed(domain: int) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    try:
        watchers = until(lambda: watchers_of(node))
        streams(domain)
        # A terminal sends it to all processes of the foreground.
        for process in (node.process, *watchers):
            process.send_signal(signal.SIGTSTP)
        node.process.send_signal(signal.SIGSTOP)  # without a terminal nobody heeds the other one
        until(lambda: psutil.Process(node.process.pid).status() == psutil.STATUS_STOPPED)
    finally:
        node.process.kill()
        node.process.wait()
    try:
        until(lambda: not any(one.is_running() for one in watchers))
    finally:
        for watcher in watchers:
            if watcher.is_running():
                watcher.kill()
