# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The physical floor of frames that go to another process as fast as they can: two copies, and one beside them.

One process copies each frame into a buffer and from there into shared memory, as any publisher has to; another copies
out of it what is new, as any subscriber has to. Nobody waits for anybody, nothing is announced, nothing is checked.
"""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.shared_memory import SharedMemory

import numpy as np

SLOTS = 6
"""Frames in shared memory, as in the node's segment at its default depth."""

SOURCES = 4
_COUNTER = 8
"""Bytes before the frames: how many there have been."""


def copied_a_second(size: int, seconds: float) -> float:
    """Return how many frames of ``size`` bytes a second go that way."""
    memory = SharedMemory(create=True, size=_COUNTER + SLOTS * size)
    reader = multiprocessing.get_context('spawn').Process(target=_copy_out, args=(memory.name, size), daemon=True)
    try:
        reader.start()
        count, slots = _layout(memory, size)
        while not count[0]:  # the reader is there
            time.sleep(0.01)
        sources = [np.full(size, number, np.uint8) for number in range(SOURCES)]
        buffer = np.empty(size, np.uint8)
        began, frames = time.perf_counter(), 0
        while (spent := time.perf_counter() - began) < seconds:
            np.copyto(buffer, sources[frames % SOURCES])
            np.copyto(slots[frames % SLOTS], buffer)
            frames += 1
            count[0] = frames + 1
        return frames / spent
    finally:
        reader.kill()
        reader.join()
        count = slots = None  # type: ignore[assignment]
        memory.close()
        memory.unlink()


def _copy_out(name: str, size: int) -> None:
    memory = SharedMemory(name=name)
    count, slots = _layout(memory, size)
    target, last = np.empty(size, np.uint8), 1
    count[0] = 1
    while True:
        newest = int(count[0])
        if newest == last:
            time.sleep(0)
            continue
        np.copyto(target, slots[(newest - 2) % SLOTS])
        last = newest


def _layout(memory: SharedMemory, size: int) -> tuple[np.ndarray, list[np.ndarray]]:
    count = np.ndarray(1, np.uint64, memory.buf)
    return count, [np.ndarray(size, np.uint8, memory.buf, _COUNTER + slot * size) for slot in range(SLOTS)]
