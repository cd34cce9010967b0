"""Who is told what a device does."""

from __future__ import annotations

from typing import Protocol

from imagecapture_ros.cameras.snapshot import Snapshot
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.source import SourceStatus


class CaptureListener(Protocol):
    """Who is told what the device does; called on the device's thread, must be quick and must not raise."""

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """Take a native frame that is due for delivery; ``snapshot.framing.render`` makes the delivered picture."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Learn that settings or capabilities changed."""

    def on_status(self, status: SourceStatus) -> None:
        """Learn that the source was muted, unmuted or ended."""
