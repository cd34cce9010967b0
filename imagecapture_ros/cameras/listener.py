# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is told what a device does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from imagecapture_ros.cameras.snapshot import Snapshot
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.source import SourceStatus

logger = logging.getLogger(__name__)


class CaptureListener(Protocol):
    """Who is told what the device does; called on the device's thread, must be quick and must not raise."""

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """Take a native frame that is due for delivery; ``snapshot.framing.render`` makes the delivered picture."""

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Learn that settings or capabilities changed."""

    def on_status(self, status: SourceStatus) -> None:
        """Learn that the source was muted, unmuted or ended."""


class GuardedListener:
    """A listener whose failures are its own and not the device's: they are logged, once until it works again."""

    def __init__(self, listener: CaptureListener) -> None:
        self._listener = listener
        self._failing: set[str] = set()

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """See :class:`CaptureListener`."""
        self._tell(self._listener.on_frame, frame, snapshot)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """See :class:`CaptureListener`."""
        self._tell(self._listener.on_snapshot, snapshot)

    def on_status(self, status: SourceStatus) -> None:
        """See :class:`CaptureListener`."""
        self._tell(self._listener.on_status, status)

    def _tell(self, listener: Callable[..., None], *news: Any) -> None:
        name = getattr(listener, '__name__', str(listener))
        try:
            listener(*news)
        except Exception:
            if name not in self._failing:
                logger.exception('%s failed; further failures are not logged until it works again', name)
            self._failing.add(name)
        else:
            self._failing.discard(name)
