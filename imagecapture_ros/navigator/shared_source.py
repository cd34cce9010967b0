# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that is opened once and shown by several tracks, streaming from the first to the last of them."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.engine.delivery import Delivery
from imagecapture_ros.engine.output import FrameOutput
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.mediacapture.solver.select_settings import Selection
from imagecapture_ros.mediacapture.source import (
    CompletedApply,
    CompletedFrame,
    CompletedPhoto,
    DeviceInfo,
    LiveTracks,
    SourceState,
    SourceStatus,
)
from imagecapture_ros.navigator.events import EventThread

_INHERITED = SourceStatus(muted=True, ended=True, reason='it belongs to the process that opened it')

_all: weakref.WeakSet[SharedSource] = weakref.WeakSet()


def _disown() -> None:
    """Let a process that was just forked leave its parent's cameras alone, whatever locks the parent's threads held."""
    for source in list(_all):
        source.inherited = True


os.register_at_fork(after_in_child=_disown)


class Viewer(Protocol):
    """A track that is told what its source does; called on the device's thread, must be quick and must not raise."""

    def on_configuration(self, state: Snapshot, events: EventThread) -> None:
        """Learn that settings or capabilities changed, to what they are in ``state``."""

    def on_status(self, before: SourceStatus, now: SourceStatus, events: EventThread) -> None:
        """Learn that the source was muted, unmuted or ended."""


class SharedSource:
    """Implements ``VideoSource`` for the tracks, and ``CaptureListener`` for the thread that owns the camera."""

    def __init__(self, camera: Camera) -> None:
        self.thread = CaptureThread(camera, self)
        self.events = EventThread()
        self.output: FrameOutput[Delivery] = FrameOutput()
        """Who takes frames."""
        self.inherited = False
        """Whether it belongs to the process that this one was forked from: only there are its threads."""
        self._viewers: weakref.WeakSet[Viewer] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._told = self.thread.status
        _all.add(self)

    def open(self) -> None:
        """Open the camera; errors as :meth:`Camera.open`."""
        try:
            self.thread.open().result()
        except BaseException:
            self.thread.release()
            self.events.close()
            raise

    def add(self, viewer: Viewer) -> None:
        """Tell ``viewer`` from now on, as long as somebody holds it."""
        with self._lock:
            self._viewers.add(viewer)

    def remove(self, viewer: Viewer) -> None:
        """Tell ``viewer`` no more."""
        with self._lock:
            self._viewers.discard(viewer)

    # VideoSource.

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return self.thread.info

    @property
    def tracks(self) -> LiveTracks:
        """Who shows it."""
        return self.thread.tracks

    @property
    def snapshot(self) -> Snapshot:
        """The present state."""
        return self.thread.snapshot

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""
        return _INHERITED if self.inherited else self.thread.status

    def apply(
        self, solve: Callable[[SourceState], Selection], accept: Callable[[], None],
    ) -> Future[CompletedApply[Snapshot]]:
        """See ``VideoSource``."""
        return self.thread.apply(solve, accept)

    def take_photo(self, wishes: PhotoSettings) -> Future[CompletedPhoto[Snapshot]]:
        """See ``VideoSource``."""
        return self.thread.take_photo(wishes)

    def next_frame(self) -> Future[CompletedFrame[Snapshot]]:
        """See ``VideoSource``."""
        return self.thread.next_frame()

    def release(self) -> None:
        """See ``VideoSource``."""
        if not self.inherited:
            self.thread.release()
            self.events.close()

    def close(self, timeout: float) -> bool:
        """Let go of the camera; return whether that was done within ``timeout`` seconds."""
        self.release()
        return self.inherited or self.thread.close(timeout)

    # CaptureListener.

    def on_frame(self, frame: Frame, snapshot: Snapshot) -> None:
        """See ``CaptureListener``."""
        self.output.deliver(Delivery(frame, snapshot))

    def on_snapshot(self, snapshot: Snapshot) -> None:
        """See ``CaptureListener``."""
        for viewer in self._present():
            viewer.on_configuration(snapshot, self.events)

    def on_status(self, status: SourceStatus) -> None:
        """See ``CaptureListener``."""
        before, self._told = self._told, status
        for viewer in self._present():
            viewer.on_status(before, status, self.events)

    def _present(self) -> list[Viewer]:
        with self._lock:
            return list(self._viewers)
