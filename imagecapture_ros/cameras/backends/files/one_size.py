# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Videos that change their size in the middle: OpenCV would scale all frames to the size of the first, silently.

OpenCV does not tell the size of a frame before it has scaled it. So the file is read a second time beside the frames,
without decoding it, for the sizes that its packets state.
"""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path
from typing import Any

import cv2

from imagecapture_ros.imaging.coded_size import Size, coded_size, is_known

logger = logging.getLogger(__name__)

AHEAD = 2
"""Packets that are looked at before the frames: so many may be of frames that were never decoded."""

MOST_LEFT_OUT = 250
"""Frames of another size that are passed over in one step, which takes a second at most."""


class OneSizeCapture:
    """A ``cv2.VideoCapture`` of a file that passes over frames of another size than the first, with one warning."""

    def __init__(self, capture: cv2.VideoCapture, path: Path) -> None:
        """Take over ``capture``, which was just opened on ``path`` with FFmpeg."""
        self._capture = capture
        self._path = path
        self._codec = _letters(capture)
        self._packets = self._second_reader()
        self._sizes: deque[Size | None] = deque(maxlen=AHEAD + 1)
        self._first: Size | None = None
        self._latest = 0.0
        self._said = False
        for _ in range(AHEAD):
            self._look_ahead()

    def read(self) -> tuple[bool, Any]:
        """Return the next frame of the size of the first, as ``cv2.VideoCapture`` does."""
        return self._capture.retrieve() if self.grab() else (False, None)

    def grab(self) -> bool:
        """Go to the next frame of that size; return whether there is one."""
        for _ in range(MOST_LEFT_OUT):
            if not self._capture.grab():
                return False
            if self._fits():
                return True
        return False

    def retrieve(self) -> tuple[bool, Any]:
        """Return the frame that was grabbed."""
        return self._capture.retrieve()

    def get(self, property_id: int) -> float:
        """Return one of OpenCV's properties."""
        return self._capture.get(property_id)

    def set(self, property_id: int, value: float) -> bool:
        """Set one of OpenCV's properties."""
        return self._capture.set(property_id, value)

    def release(self) -> None:
        """Let go of the file."""
        self._capture.release()
        if self._packets is not None:
            self._packets.release()

    def _fits(self) -> bool:
        """Return whether the frame that was grabbed has the size of the first one."""
        self._look_ahead()
        position = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        while self._packets is not None and self._latest < position:  # frames were lost in decoding
            self._look_ahead()
        other = next((size for size in self._sizes if size != self._first), None)
        if other is None or self._first is None:
            return True
        if not self._said:
            self._said = True
            logger.warning('%s has frames of %dx%d from %.1f s on, and of %dx%d before; a stream of a file has one '
                           'size, so frames of another size are left out; make it one with: ffmpeg -i "%s" -vf '
                           'scale=%d:%d scaled.mkv', self._path, *other, position / 1000.0, *self._first,
                           self._path, *self._first)
        return False

    def _second_reader(self) -> cv2.VideoCapture | None:
        if not is_known(self._codec):
            return None
        packets = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])
        if packets.isOpened() and _letters(packets) == self._codec:
            return packets
        packets.release()
        return None

    def _look_ahead(self) -> None:
        if self._packets is None:
            return
        if not self._packets.grab():
            self._packets.release()
            self._packets = None
            return
        size = self._sizes[-1] if self._sizes else None
        if self._packets.get(cv2.CAP_PROP_LRF_HAS_KEY_FRAME):
            read, packet = self._packets.retrieve()
            size = (coded_size(self._codec, packet.tobytes()) if read else None) or size
        self._first = self._first or size
        self._sizes.append(size)
        self._latest = max(self._latest, self._packets.get(cv2.CAP_PROP_POS_MSEC))


def _letters(capture: cv2.VideoCapture) -> str:
    return int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, 'little', signed=False).decode('latin-1')
