# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Somebody who notices that the thread of a device hangs in it: the thread itself cannot say so."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

NAP = 0.5
"""Seconds between two looks while nothing is under way."""


class Watchdog:
    """Calls ``bark`` once when something that the watched thread does takes longer than it should.

    The watched thread goes on only when ``bark`` has returned, so that the two never speak at the same time.
    """

    def __init__(self, bark: Callable[[], None]) -> None:
        self._bark = bark
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._closed = False

    def start(self) -> None:
        """Watch on a thread of its own, until ``close``."""
        threading.Thread(target=self._run, name='watchdog', daemon=True).start()

    @contextlib.contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """Watch over the block, which is to take no longer than ``seconds``."""
        with self._changed:
            self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            with self._changed:
                self._deadline = None

    def close(self) -> None:
        """Watch no more. It waits for nothing, not even for a listener that hangs; the thread ends at once or soon."""
        self._closed = True
        if self._changed.acquire(blocking=False):
            self._changed.notify()
            self._changed.release()

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                wait = NAP if self._deadline is None else self._deadline - time.monotonic()
                if wait > 0:
                    # What begins meanwhile does not wake it: that would cost something with every frame.
                    self._changed.wait(min(wait, NAP))
                else:
                    self._deadline = None
                    self._bark()
