# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames on their way to somebody who takes them one by one: a bounded queue in which the newest win."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagecapture_ros.engine.delivery import Delivery

MAX_WAITING = 4
"""Frames that wait for a reader who is slow for a moment."""


@dataclass(frozen=True)
class Queued:
    """A frame that waits."""

    delivery: Delivery
    enabled: bool
    """Whether the track was enabled when the frame came; of others black is delivered."""


class FrameQueue:
    """Holds the newest frames; older ones are dropped and counted. Implements ``FrameSink``."""

    def __init__(self, enabled: Callable[[], bool], max_waiting: int = MAX_WAITING) -> None:
        """Take frames, of which ``max_waiting`` may wait; ``enabled`` tells whether the track is."""
        if max_waiting < 1:
            raise ValueError(f'max_waiting is {max_waiting}; at least one frame has to be kept')
        self._changed = threading.Condition()
        self._frames: deque[Queued] = deque()
        self._enabled = enabled
        self._max_waiting = max_waiting
        self._ended = False
        self.dropped = 0
        """Frames for which there was no room."""
        self.on_change: Callable[[], object] = lambda: None
        """Called, on any thread, when there is something to take or the end has come."""

    @property
    def wanted(self) -> bool:
        """See ``FrameSink``."""
        return not self._ended

    @property
    def full(self) -> bool:
        """See ``FrameSink``; there is always room for the newest frame."""
        return False

    def take(self, delivery: Delivery, deadline: float) -> None:
        """See ``FrameSink``."""
        with self._changed:
            if self._ended:
                return
            if len(self._frames) >= self._max_waiting:
                self._frames.popleft()
                self.dropped += 1
            self._frames.append(Queued(delivery, self._enabled()))
            self._changed.notify_all()
        self.on_change()

    def settle(self) -> None:
        """See ``FrameSink``; what waits is still wanted."""

    def close(self) -> bool:
        """Let no further frame come; those that wait can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self.on_change()
        return True

    def abandon(self) -> None:
        """Take no further frame, as nobody reads it any more; takes no lock, so it may be called anywhere."""
        self._ended = True

    @property
    def ended(self) -> bool:
        """Whether there is nothing left, and nothing to come."""
        return self._ended and not self._frames

    def next_now(self) -> Queued | None:
        """Return the next frame if one waits."""
        with self._changed:
            return self._frames.popleft() if self._frames else None

    def next(self) -> Queued | None:
        """Wait for the next frame and return it; ``None`` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._ended)
            return self._frames.popleft() if self._frames else None
