# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Standard output and error that nobody reads: the log must not hold up the node, which has its lines written in C.

rcutils, Fast DDS and others write to descriptors 1 and 2, rcutils while it holds Python's lock: where a pipe is full,
or a terminal stopped, all of Python would stand still. Here these descriptors are made such that what finds no room is
left out. Nothing stands between the node and who reads it, so that the last words of a crash are not lost on the way.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import socket
import stat
import struct

OUTPUT, ERROR = 1, 2

ROOM = 2**20
"""Bytes that a pipe holds for a reader that is late, instead of the usual 64 KiB."""

PATIENCE = 0.02
"""Seconds for which a line waits where it is written to a socket; there nothing less can be had."""

_TO_OUTPUT = 'RCUTILS_LOGGING_USE_STDOUT'


def never_wait() -> None:
    """Let writes to standard output and error fail that would have to wait; files are left as they are.

    So is what cannot be opened again, as a pipe of another user. Others who have the same pipe or terminal see nothing
    of it: whether writes wait belongs to what was opened, and we open it for ourselves.
    """
    for descriptor in (OUTPUT, ERROR):
        with contextlib.suppress(OSError):
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISSOCK(mode):
                _wait_little(descriptor)
            elif stat.S_ISFIFO(mode) or os.isatty(descriptor):
                _open_again(descriptor)


def takes_lines() -> bool:
    """Return whether there is room for a line of the log where it is shown."""
    descriptor = OUTPUT if os.environ.get(_TO_OUTPUT) == '1' else ERROR
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT)
        return bool(poll.poll(0))
    except OSError:
        return True


def _open_again(descriptor: int) -> None:
    again = os.open(f'/proc/self/fd/{descriptor}', os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        os.dup2(again, descriptor)
    finally:
        os.close(again)
    with contextlib.suppress(OSError):  # a terminal, or more than a user may have
        if fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) < ROOM:
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, ROOM)


def _wait_little(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        # struct timeval
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack('ll', 0, round(PATIENCE * 1e6)))
