# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread of its own for a topic: whatever its wire does, the camera is read on."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Item = TypeVar('Item')


CAPACITY = 4
"""Items that may wait, so that a moment's hold-up loses none."""


class SinkThread(Generic[Item]):
    """Does ``work`` for one item after the other, in order, and drops the older ones of those that come too fast.

    Memory is bounded by ``CAPACITY``. Who cannot keep up at all gets the newest item each time: once items were
    dropped, only one may wait until the thread has caught up. The thread starts with the first item.
    """

    def __init__(self, name: str, work: Callable[[Item], None]) -> None:
        self._name = name
        self._work = work
        self._changed = threading.Condition()
        self._waiting: deque[Item] = deque()
        self._capacity = CAPACITY
        self._working_since: float | None = None
        self._closing = False
        self._failing = False
        self._thread: threading.Thread | None = None

    @property
    def full(self) -> bool:
        """Whether a further item has to wait for room."""
        return len(self._waiting) >= self._capacity

    @property
    def busy_for(self) -> float:
        """Seconds for which it has worked on the item in hand; 0 without one."""
        since = self._working_since
        return 0.0 if since is None else time.monotonic() - since

    def hand_over(self, item: Item, deadline: float) -> int:
        """Let the thread work on ``item``; return how many that waited were dropped for it.

        Where there is no room, the caller waits for it until ``deadline`` of ``time.monotonic`` at the latest.
        """
        dropped = 0
        with self._changed:
            if self.full and not self._changed.wait_for(lambda: not self.full, max(0.0, deadline - time.monotonic())):
                dropped = len(self._waiting)
                self._waiting.clear()
                self._capacity = 1
            self._waiting.append(item)
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return dropped

    def settle(self, timeout: float) -> bool:
        """Forget what waits, and return whether the work in hand was done within ``timeout`` seconds."""
        with self._changed:
            self._waiting.clear()
            return self._changed.wait_for(lambda: self._working_since is None, timeout)

    def close(self, timeout: float) -> bool:
        """End the thread, after the work in hand; return whether that was done within ``timeout`` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (item := self._next()) is not None:
            self._do(item)

    def _next(self) -> Item | None:
        """Return the next item once there is one; ``None`` for no further one."""
        with self._changed:
            self._working_since = None
            if not self._waiting:
                self._capacity = CAPACITY
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return None
            self._working_since = time.monotonic()
            item = self._waiting.popleft()
            self._changed.notify_all()
            return item

    def _do(self, item: Item) -> None:
        try:
            self._work(item)
        except Exception:
            if not self._failing:
                logger.exception('a frame could not be shown on %s; further ones are not logged until it works again',
                                 self._name)
            self._failing = True
        else:
            self._failing = False
