# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much memory this process may take, in all and for one request, and what it gives back.

The limit is the kernel's on data (RLIMIT_DATA, Linux 4.7 and later): all that is private and can be written. One on the
address space (RLIMIT_AS) would count libraries, shared memory and what is only reserved, several times what is used.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from collections.abc import Iterator

MIB = 1 << 20

_DATA = 5
"""The place of the size of all data, in pages, in a line of ``/proc/self/statm``."""


def limit_memory(mebibytes: int) -> None:
    """Let this process have so much data at most; 0 sets no limit. A stricter one that is in force stays.

    :raises ValueError: the system does not take it.
    """
    if mebibytes:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (_smaller(mebibytes * MIB, hard), hard))


@contextlib.contextmanager
def taking_at_most(further: int) -> Iterator[None]:
    """Let the data of this process grow by ``further`` bytes at most until the block ends.

    Whatever wants more is refused, as when memory runs out, on other threads too: leave room for what they do.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (_smaller(_data() + further, soft), hard))
    except (OSError, ValueError):  # a system that does not tell, or does not take it
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def give_memory_back() -> None:
    """Let the system have what is free, which the C library keeps until it is told.

    That takes some milliseconds, in which other threads get no memory.
    """
    malloc_trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)  # glibc has it
    if malloc_trim is not None:
        malloc_trim(ctypes.c_size_t(0))


def _data() -> int:
    """Return the bytes of data that this process has now."""
    with open('/proc/self/statm', 'rb', buffering=0) as file:
        return int(file.read(256).split()[_DATA]) * os.sysconf('SC_PAGE_SIZE')


def _smaller(limit: int, other: int) -> int:
    return limit if other == resource.RLIM_INFINITY else min(limit, other)
