# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Memory that pictures needed and nobody needs any more: the C library keeps it until it is told."""

from __future__ import annotations

import ctypes


def give_memory_back() -> None:
    """Let the system have what is free; takes some milliseconds, in which other threads get no memory."""
    malloc_trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)  # glibc has it
    if malloc_trim is not None:
        malloc_trim(ctypes.c_size_t(0))
