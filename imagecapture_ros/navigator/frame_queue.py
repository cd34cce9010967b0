# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames on their way to somebody who takes them one by one: a bounded queue in which the newest win."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from imagecapture_ros.cameras.snapshot import Snapshot
from imagecapture_ros.mediacapture.frames import Frame

MAX_WAITING = 4
"""Frames that wait for a reader who is slow for a moment."""


class FrameQueue:
    """Holds the newest native frames with the state of their exposure; older ones are dropped and counted."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        if max_waiting < 1:
            raise ValueError(f'max_waiting is {max_waiting}; at least one frame has to be kept')
        self._changed = threading.Condition()
        self._frames: deque[tuple[Frame, Snapshot]] = deque()
        self._max_waiting = max_waiting
        self._ended = False
        self.dropped = 0
        """Frames for which there was no room."""
        self.on_change: Callable[[], object] = lambda: None
        """Called, on any thread, when there is something to take or the end has come."""

    def put(self, frame: Frame, state: Snapshot) -> None:
        """Add a frame; called on the device's thread."""
        with self._changed:
            if self._ended:
                return
            if len(self._frames) >= self._max_waiting:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append((frame, state))
            self._changed.notify_all()
        self.on_change()

    def end(self) -> None:
        """Let no further frame come; those that wait can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self.on_change()

    @property
    def ended(self) -> bool:
        """Whether there is nothing left, and nothing to come."""
        return self._ended and not self._frames

    def take_now(self) -> tuple[Frame, Snapshot] | None:
        """Return the next frame if one waits."""
        with self._changed:
            return self._frames.popleft() if self._frames else None

    def take(self) -> tuple[Frame, Snapshot] | None:
        """Wait for the next frame and return it; ``None`` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._ended)
            return self._frames.popleft() if self._frames else None
