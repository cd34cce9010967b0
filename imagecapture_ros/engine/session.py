# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An open camera with its track, from configure to cleanup."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from imagecapture_ros.cameras.api import Camera, DeviceThread
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.listener import CaptureListener, Relay
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.mediacapture.constraints import Constraints, ConstraintSet
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_user_media
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

DETACH_TIMEOUT = 0.5
"""Seconds in which what an ended session is just saying comes to its end; a wire that hangs must not hold that up."""


@dataclass(frozen=True)
class _Device:
    """A camera that can be opened; implements ``MediaDevice``."""

    camera: Camera
    relay: Relay
    thread: CaptureThread

    def open(self) -> CaptureThread:
        """See :meth:`MediaDevice.open`."""
        try:
            self.thread.open().result()
        except BaseException:
            self.thread.release()
            raise
        return self.thread


@dataclass(frozen=True)
class CameraSession:
    """An open camera, the thread that owns it, and its one track.

    It says nothing before ``attach`` and nothing after ``detach``, whatever its thread is doing.
    """

    camera: Camera
    thread: CaptureThread
    track: VideoTrack[Snapshot]
    image_capture: ImageCapture[Snapshot]
    relay: Relay
    _ended: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def open(
        cls, cameras: Sequence[Camera], constraints: ConstraintSet, *, rotation: int, mirror: bool, allow_ptz: bool,
    ) -> CameraSession:
        """Open the one of ``cameras`` that suits the wishes ``constraints`` best, set up and not yet streaming.

        Wishes for pan, tilt and zoom count only if they are allowed. Errors as :func:`get_user_media`.
        """
        if not allow_ptz:
            constraints = {name: one for name, one in constraints.items() if not VOCABULARY[name].movement}
        relays = [Relay() for _ in cameras]
        devices = [_Device(camera, relay, CaptureThread(camera, relay, rotation=rotation, mirror=mirror))
                   for camera, relay in zip(cameras, relays, strict=True)]
        try:
            track = get_user_media(
                devices, Constraints(constraints), snap=True,
                ptz=PanTiltZoom.ALLOWED if allow_ptz else PanTiltZoom.REFUSED)
        except BaseException:
            for device in devices:
                device.thread.close()
            raise
        taken = next(device for device in devices if device.thread is track.source)
        return cls(taken.camera, taken.thread, track, ImageCapture(track), taken.relay)

    @property
    def ended(self) -> bool:
        """Whether it was closed, so that nothing of it may be told any more but the answers to who asked it."""
        return self._ended.is_set()

    def attach(self, listener: CaptureListener) -> None:
        """Tell ``listener`` what the device is and does, now and from now on."""
        self.relay.attach(listener, self.thread)

    def close(self, timeout: float) -> bool:
        """Say nothing any more, end the track and release the device; answer who waits.

        Returns whether the device was let go within ``timeout`` seconds. If not, its thread closes it as soon as it
        can, without a word.
        """
        self._ended.set()
        # First, so that a driver that hangs is not waited for twice.
        self.track.stop()
        self.relay.detach(min(DETACH_TIMEOUT, timeout))
        try:
            return self.thread.close(timeout)
        finally:
            self.thread.muffle()


class Closable(Protocol):
    """What can be opened and has to be closed."""

    def close(self, timeout: float) -> bool:
        """See :meth:`CameraSession.close`."""


Opened = TypeVar('Opened', bound=Closable)


class Opening(Generic[Opened]):
    """Something that is being opened on a thread of its own, and closed as soon as it is there if nobody waits."""

    def __init__(self, work: Callable[[], Opened]) -> None:
        """Begin ``work``, which opens it."""
        self.future: Future[Opened] = Future()
        """Has what was opened, or the error."""
        self._work = work
        self._lock = threading.Lock()
        self._abandoned = False
        self._thread = DeviceThread(target=self._run, name='opening', daemon=True)
        self._thread.start()

    def abandon(self, timeout: float) -> None:
        """Want it no more: close it, now or when it is there; wait ``timeout`` seconds at most for that."""
        self._thread.muffled = True
        with self._lock:
            self._abandoned = True
            there = self.future.done()
        with contextlib.suppress(Exception):
            opened = self.future.result(timeout)
            if there:
                opened.close(timeout)

    def _run(self) -> None:
        try:
            opened = self._work()
        except BaseException as error:  # whatever it is belongs to the one who waits
            self.future.set_exception(error)
            return
        with self._lock:
            if not self._abandoned:
                self.future.set_result(opened)
                return
        opened.close(0.0)
        self.future.set_exception(InvalidStateError('the camera was opened for nobody and is closed again'))
