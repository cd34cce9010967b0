# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Programs of other users in the same domain: with Fast DDS on one machine, those of two users do not reach each other.

Each participant reads a small file of shared memory, ``fastdds_port`` and the number of its port, which only the user
who made it may write into. The port tells the domain. Fast DDS 2 writes ``fastrtps`` for ``fastdds``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
from collections.abc import Sequence
from pathlib import Path

_PORT = re.compile(r'(?:fastdds|fastrtps)_port(\d{1,5})')
_FIRST_PORT, _PORTS_OF_A_DOMAIN = 7400, 250


def other_users(shared_memory: Path = Path('/dev/shm')) -> tuple[str, ...]:
    """Return the users, but ourselves, whose programs are, or were, in the domain that the environment names."""
    text = os.environ.get('ROS_DOMAIN_ID') or '0'
    first = _FIRST_PORT + _PORTS_OF_A_DOMAIN * (int(text) if text.isdecimal() else 0)
    users = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir(shared_memory):
            found = _PORT.fullmatch(entry.name)
            if found and 0 <= int(found[1]) - first < _PORTS_OF_A_DOMAIN:
                with contextlib.suppress(OSError):  # it is gone by now
                    users.add(entry.stat(follow_symlinks=False).st_uid)
    return tuple(_name(user) for user in sorted(users - {os.geteuid()}))


def advice(users: Sequence[str]) -> str:
    """Return what to do where programs of ``users`` are there, as a sentence; nothing where there are none."""
    if not users:
        return ''
    return (f'There is shared memory of another user in this domain ({", ".join(users)}; this is '
            f'{_name(os.geteuid())}), and with Fast DDS programs of two users on one machine do not reach each other: '
            f'run both as the same user, or this one with FASTDDS_BUILTIN_TRANSPORTS=UDPv4 and '
            f'ROS_AUTOMATIC_DISCOVERY_RANGE=SUBNET in its environment (docs/transport.md).')


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f'uid {user}'
