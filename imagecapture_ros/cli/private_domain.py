# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A ROS domain that nobody else on this machine uses, for a demonstration or a test, and a node in it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping

DOMAINS = range(1, 100)
"""Domains whose ports lie below those that Linux gives to outgoing connections."""

STOP_TIMEOUT = 10.0
"""Seconds until a node that was asked to stop is killed."""

_LOCK_PORT = 27400
_DISCOVERY_PORT, _PORTS_PER_DOMAIN = 7400, 250
_DISCOVERY_PORTS = (0, *range(10, 26, 2))
"""Of a domain: the one that all share by multicast, and of each of the first participants its own."""


@contextlib.contextmanager
def private_domain() -> Iterator[int]:
    """Yield a domain id that no DDS participant of this machine listens in and no other caller holds.

    :raises RuntimeError: all domains are taken.
    """
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        with contextlib.ExitStack() as held:
            try:
                # A listening socket is the lock: it vanishes with its process, however that ends.
                lock = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
                lock.bind(('127.0.0.1', _LOCK_PORT + domain))
                lock.listen(1)
                for port in _DISCOVERY_PORTS:
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                        probe.bind(('', _DISCOVERY_PORT + _PORTS_PER_DOMAIN * domain + port))
            except OSError:
                continue
            yield domain
            return
    raise RuntimeError(f'all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use on this machine')


def private_environment(domain: int) -> dict[str, str]:
    """Return the environment of a process that takes part in ``domain`` and stays on this machine."""
    return {**os.environ, 'ROS_DOMAIN_ID': str(domain), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


@contextlib.contextmanager
def private_node(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a camera node on the simulated camera, in ``environment``; it is stopped in the end."""
    command = [sys.executable, '-m', 'imagecapture_ros.node', '--ros-args', '-p', 'device:=sim']
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
