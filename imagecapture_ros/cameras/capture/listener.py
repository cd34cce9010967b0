# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is told what a device does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.source import SourceStatus

logger = logging.getLogger(__name__)


class CaptureListener(Protocol):
    """Who is told what the device does; called on the device's thread, must be quick and must not raise."""

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """Take a native frame that is due for delivery, with the state that was in force when it was exposed.

        ``snapshot.framing.render`` makes the delivered picture.
        """

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """Learn that settings or capabilities changed, as soon as frames are taken with them."""

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


class Relay:
    """Passes on what a device does to the one whom it belongs to: to nobody before ``attach`` and after ``detach``.

    The newest state is always told last, whoever tells it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listener: CaptureListener | None = None
        self._told: tuple[Snapshot | None, SourceStatus | None] = None, None

    def attach(self, listener: CaptureListener, source: Telling) -> None:
        """Tell ``listener`` what ``source`` is and does now, and from now on what becomes of it."""
        with self._lock:
            self._listener = listener
            # While the lock is held, the device's thread has to wait with what is newer.
            self._told = source.snapshot, source.status
            listener.on_snapshot(source.snapshot)
            listener.on_status(source.status)

    def detach(self, timeout: float) -> None:
        """Tell nothing any more; what is being told comes to its end first, unless that takes ``timeout`` seconds."""
        held = self._lock.acquire(timeout=timeout)
        self._listener = None
        if held:
            self._lock.release()

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """See :class:`CaptureListener`."""
        with self._lock:
            if self._listener is not None:
                self._listener.on_frame(frame, snapshot)

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """See :class:`CaptureListener`."""
        with self._lock:
            if self._listener is not None and snapshot is not self._told[0]:
                self._told = snapshot, self._told[1]
                self._listener.on_snapshot(snapshot)

    def on_status(self, status: SourceStatus) -> None:
        """See :class:`CaptureListener`."""
        with self._lock:
            if self._listener is not None and status is not self._told[1]:
                self._told = self._told[0], status
                self._listener.on_status(status)


class Telling(Protocol):
    """Who tells a :class:`Relay`; a capture thread."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest state."""

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""
