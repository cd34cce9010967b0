# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the thread of a device to everybody who wants its pictures; none of them holds up the others."""

from __future__ import annotations

import threading
import time
from typing import Generic, Protocol, TypeVar

from imagecapture_ros.engine.delivery import Delivery

BACKLOG_TIMEOUT = (0.005, 0.01)
"""Seconds that the camera's thread waits at least and at most for a sink that is behind, before a frame is dropped."""

D_contra = TypeVar('D_contra', bound=Delivery, contravariant=True)
D = TypeVar('D', bound=Delivery)


class FrameSink(Protocol[D_contra]):
    """Somebody who wants pictures: a topic, a program, a recording. Frames wait in a bounded queue of its own.

    What does not find room there is dropped, the oldest first, and counted by the sink.
    """

    @property
    def wanted(self) -> bool:
        """Whether a picture is wanted at all; where it is not, none is made."""

    @property
    def full(self) -> bool:
        """Whether a further frame has to wait for room."""

    def take(self, delivery: D_contra, deadline: float) -> None:
        """Take a frame; where there is no room, wait for it until ``deadline`` of ``time.monotonic`` at the latest.

        Called on the device's thread. What is made of the frame is made elsewhere.
        """

    def settle(self) -> None:
        """Forget the frames that wait: the stream has ended."""

    def close(self) -> bool:
        """Take nothing any more; return whether nothing is being done with a frame."""


class FrameOutput(Generic[D]):
    """The sinks of one camera. Sinks may be added and removed on any thread."""

    def __init__(self, *sinks: FrameSink[D]) -> None:
        self._sinks = sinks
        self._changing = threading.Lock()

    def add(self, sink: FrameSink[D]) -> None:
        """Let ``sink`` have frames from now on."""
        with self._changing:
            self._sinks = (*self._sinks, sink)

    def remove(self, sink: FrameSink[D]) -> None:
        """Let ``sink`` have no more frames."""
        with self._changing:
            self._sinks = tuple(one for one in self._sinks if one is not sink)

    def deliver(self, delivery: D) -> None:
        """Hand a frame to all that want it; called on the device's thread."""
        sinks = [sink for sink in self._sinks if sink.wanted]
        delivery.shared = len(sinks) > 1 and delivery.jpeg is None
        shortest, longest = BACKLOG_TIMEOUT
        deadline = time.monotonic() + min(max(shortest, 0.5 / delivery.framing.mode.frame_rate), longest)
        for sink in sorted(sinks, key=lambda sink: sink.full):  # nobody waits for one that is behind
            sink.take(delivery, deadline)

    def settle(self) -> None:
        """Let all sinks forget what waits: the stream has ended."""
        for sink in self._sinks:
            sink.settle()

    def close(self) -> bool:
        """End all sinks; return whether none is busy with a frame."""
        ended = [sink.close() for sink in self._sinks]
        return all(ended)
