# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What happened to the frames of a device so far."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Counters:
    """Counts since the device was opened first; written by the device's thread only."""

    frames: int = 0
    lost: int = 0
    """Frames the device made and nobody could read, by gaps in the sequence."""
    faulty: int = 0
    """Frames that came, but broken, and were thrown away; they are none of the lost ones."""
    decimated: int = 0
    stalls: int = 0
    reopened: int = 0
    photos: int = 0
    photos_failed: int = 0
    photo_gap: float = 0.0
    """Seconds for which the stream stood still for the last photo that made it do so."""
    _last_sequence: int | None = field(default=None, repr=False)
    _faulty_then: int = field(default=0, repr=False)

    def begin(self) -> None:
        """Begin a new stream: its first frame follows no other."""
        self._last_sequence = None

    def count(self, sequence: int, faulty: int) -> None:
        """Count a frame in; ``faulty`` is how many broken ones the device has delivered in all."""
        self.frames += 1
        self.faulty, broken, self._faulty_then = faulty, faulty - self._faulty_then, faulty
        if self._last_sequence is not None:
            self.lost += max(0, sequence - self._last_sequence - 1 - broken)
        self._last_sequence = sequence
