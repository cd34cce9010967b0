"""A ROS domain that nobody else on this machine uses, for a demonstration or a test."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Iterator

DOMAINS = range(1, 100)
"""Domains whose ports lie below those that Linux gives to outgoing connections."""

_LOCK_PORT = 27400
_DISCOVERY_PORT, _PORTS_PER_DOMAIN = 7400, 250


@contextlib.contextmanager
def private_domain() -> Iterator[int]:
    """Yield a domain id that no participant listens in and no other caller holds.

    :raises RuntimeError: all domains are taken.
    """
    for domain in random.sample(DOMAINS, len(DOMAINS)):
        with contextlib.ExitStack() as held:
            try:
                # A listening socket is the lock: it vanishes with its process, however that ends.
                lock = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
                lock.bind(('127.0.0.1', _LOCK_PORT + domain))
                lock.listen(1)
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind(('', _DISCOVERY_PORT + _PORTS_PER_DOMAIN * domain))
            except OSError:
                continue
            yield domain
            return
    raise RuntimeError(f'all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use on this machine')


def private_environment(domain: int) -> dict[str, str]:
    """Return the environment of a process that takes part in ``domain`` and stays on this machine."""
    return {**os.environ, 'ROS_DOMAIN_ID': str(domain), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
