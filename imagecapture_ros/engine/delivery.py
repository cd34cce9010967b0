# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A frame on its way to those who want it, with all that they share."""

from __future__ import annotations

import threading

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.framing import FramedPicture, Framing
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import Frame


class Delivery:
    """A native frame with the state of its exposure; each sink asks for its content on a thread of its own."""

    def __init__(self, frame: Frame, state: Snapshot) -> None:
        self.frame = frame
        self.state = state
        self.shared = False
        """Whether several sinks need the delivered pixels, so that they are to be made only once."""
        self._rendered: Frame | None = None
        self._rendering = threading.Lock()

    @property
    def framing(self) -> Framing:
        """How the delivered picture is made of the frame."""
        return self.state.framing

    @property
    def jpeg(self) -> bytes | None:
        """The camera's own JPEG file, where it can be delivered as it is."""
        data = self.frame.data
        return data if isinstance(data, bytes) and self.framing.keeps(self.frame) else None

    def rendered(self) -> Frame:
        """Return the delivered picture, made once.

        :raises MediaCaptureError: the frame does not hold what it says.
        """
        with self._rendering:
            if self._rendered is None:
                self._rendered = self.framing.render(self.frame)
            return self._rendered

    def picture(self, encoding: str = '') -> FramedPicture:
        """Return the delivered picture in ``encoding``, empty for the frame's own, about to be made.

        :raises MediaCaptureError: the frame does not hold what it says, or cannot be converted.
        """
        if not self.shared:
            return self.framing.picture(self.frame, encoding)
        frame = self.rendered()
        return Framing.native(NativeMode(frame.width, frame.height, 1.0)).picture(frame, encoding)
