# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When the frames of a recording are due."""

from __future__ import annotations


class Schedule:
    """Moments at a constant rate, in nanoseconds; each is computed from the beginning, so that no rounding adds up."""

    def __init__(self, rate: float, beginning: int) -> None:
        self._period = 1e9 / rate
        self._beginning = beginning
        self._count = 0

    @property
    def due(self) -> int:
        """The moment of the next frame."""
        return self._beginning + round(self._count * self._period)

    def take(self, now: int) -> int:
        """Return the moment of the frame that is taken ``now``, and go on to the next one.

        A reader that comes late by less than a period gets the moments as they were planned, and can catch up. One that
        is slower makes the whole schedule slide: its frames are never more than a period old, and none is left out.
        """
        late = now - self.due
        if late > self._period:
            self._beginning += late - round(self._period)
        moment = self.due
        self._count += 1
        return moment

    def skip(self, frames: int) -> None:
        """Let ``frames`` moments pass without a frame."""
        self._count += frames
