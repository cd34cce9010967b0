"""A thread of its own for a topic: whatever its wire does, the camera is read on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

Item = TypeVar('Item')


class TopicThread(Generic[Item]):
    """Does ``work`` for one item after the other, in order; of those that come too fast it drops the oldest.

    One item is worked on and one waits, so that memory is bounded and what goes out is new. The thread starts with the
    first item.
    """

    def __init__(self, name: str, work: Callable[[Item], None]) -> None:
        self._name = name
        self._work = work
        self._changed = threading.Condition()
        self._waiting: Item | None = None
        self._working = False
        self._closing = False
        self._failing = False
        self._thread: threading.Thread | None = None

    @property
    def full(self) -> bool:
        """Whether an item waits already."""
        return self._waiting is not None

    def hand_over(self, item: Item, deadline: float) -> bool:
        """Let the thread work on ``item``; return whether one that waited was dropped for it.

        While one waits, the caller does so, too, until ``deadline`` of ``time.monotonic`` at the latest.
        """
        with self._changed:
            if self._waiting is not None:
                self._changed.wait_for(lambda: self._waiting is None, max(0.0, deadline - time.monotonic()))
            dropped = self._waiting is not None
            self._waiting = item
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return dropped

    def settle(self, timeout: float) -> bool:
        """Forget what waits, and return whether the work in hand was done within ``timeout`` seconds."""
        with self._changed:
            self._waiting = None
            return self._changed.wait_for(lambda: not self._working, timeout)

    def close(self, timeout: float) -> None:
        """End the thread, after the work in hand; wait for that ``timeout`` seconds at most."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._working = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting is not None or self._closing)
                item, self._waiting = self._waiting, None
                if self._closing or item is None:
                    return
                self._working = True
                self._changed.notify_all()
            self._do(item)

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
