# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that cost nothing: what a camera would hand over, made beforehand, at any rate."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

PICTURES = 2
"""Different pictures in turn, so that no frame is still in the processor's cache because it was just there."""

QUEUE = 4
"""Frames that a driver keeps for a reader that is late; older ones are lost."""

JPEG_QUALITY = 95


@dataclass(frozen=True)
class ReadyFrame:
    """One frame: pixels, or a JPEG file."""

    data: Any
    exposed_at: int
    """Nanoseconds of CLOCK_MONOTONIC."""
    sequence: int


def picture(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return a picture with slopes and noise, which compresses about as a photograph does."""
    rows = np.linspace(0, 200, height, dtype=np.uint8)[:, None, None]
    columns = np.linspace(0, 40, width, dtype=np.uint8)[None, :, None]
    noise = np.random.default_rng(seed).integers(0, 8, (height, width, 3), np.uint8)
    return np.ascontiguousarray(rows + columns + noise)


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels as a JPEG file."""
    return bytes(cv2.imencode('.jpg', pixels, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1])


class ReadyFrames:
    """A device that makes ``rate`` frames a second, each exposed when it is due; rate 0: one whenever it is asked.

    As with a driver, the last few frames wait for a reader that is late, and what is older is lost.
    """

    def __init__(self, width: int, height: int, rate: float, *, jpeg: bool = False) -> None:
        self.width, self.height, self.rate = width, height, rate
        pictures = [picture(width, height, seed) for seed in range(PICTURES)]
        self._frames: list[Any] = [encoded(one) for one in pictures] if jpeg else list(pictures)
        self.handed_over: list[int] = []
        """Times of exposure of all frames that were read."""
        self._began = 0
        self._sequence = -1

    def start(self) -> None:
        """Begin with frame 0, exposed now."""
        self._began = time.monotonic_ns()
        self._sequence = -1

    def read(self, timeout: float) -> ReadyFrame | None:
        """Return the next frame when it is due, or ``None`` if that is later than in ``timeout`` seconds."""
        now = time.monotonic_ns()
        if not self.rate:
            return self._frame(self._sequence + 1, now)
        newest = int((now - self._began) * self.rate / 1e9)
        sequence = max(self._sequence + 1, newest - QUEUE + 1)
        due = self._began + round(sequence * 1e9 / self.rate)
        wait = (due - now) / 1e9
        time.sleep(max(0.0, min(wait, timeout)))
        return self._frame(sequence, due) if wait <= timeout else None

    def _frame(self, sequence: int, exposed_at: int) -> ReadyFrame:
        self._sequence = sequence
        self.handed_over.append(exposed_at)
        return ReadyFrame(self._frames[sequence % PICTURES], exposed_at, sequence)
