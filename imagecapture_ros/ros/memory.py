# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How the process asks the system for memory: what a photo needed for a second is not kept for ever."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from few places; to be called before there are threads.

    The C library gives each new thread a place of its own, up to eight for each core, and each keeps up to 64 MiB of
    what was freed there. A node that takes photos and is configured again now and then has new threads all the time.
    """
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)  # glibc has it, musl has no arenas
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
