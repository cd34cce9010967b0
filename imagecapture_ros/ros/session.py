# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An open camera with its track, from configure to cleanup; and who holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imagecapture_ros.cameras.camera import Camera
from imagecapture_ros.cameras.capture_thread import CaptureThread
from imagecapture_ros.cameras.listener import CaptureListener
from imagecapture_ros.mediacapture.constraints import Constraints, ConstraintSet
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_user_media
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY


@dataclass(frozen=True)
class _Device:
    """A camera that can be opened; implements ``MediaDevice``."""

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
    """An open camera, the thread that owns it, and its one track."""

    camera: Camera
    thread: CaptureThread
    track: VideoTrack
    image_capture: ImageCapture

    @classmethod
    def open(
        cls, cameras: Sequence[Camera], listener: CaptureListener, constraints: ConstraintSet, *,
        rotation: int, mirror: bool, allow_ptz: bool,
    ) -> CameraSession:
        """Open the one of ``cameras`` that suits the wishes ``constraints`` best, set up and not yet streaming.

        Wishes for pan, tilt and zoom count only if they are allowed. Errors as :func:`get_user_media`.
        """
        if not allow_ptz:
            constraints = {name: one for name, one in constraints.items() if not VOCABULARY[name].movement}
        devices = [_Device(CaptureThread(camera, listener, rotation=rotation, mirror=mirror)) for camera in cameras]
        try:
            track = get_user_media(
                devices, Constraints(constraints), ptz=PanTiltZoom.ALLOWED if allow_ptz else PanTiltZoom.REFUSED)
        except BaseException:
            for device in devices:
                device.thread.close()
            raise
        camera, thread = next(
            (camera, device.thread) for camera, device in zip(cameras, devices, strict=True)
            if device.thread is track.source)
        return cls(camera, thread, track, ImageCapture(track))

    def close(self, timeout: float = 5.0) -> bool:
        """End the track and release the device; return whether that went through within ``timeout`` seconds."""
        self.track.stop()
        return self.thread.close(timeout)


NOT_CONFIGURED = ('the node is not configured, no camera is open; configure it, for instance with "ros2 lifecycle set '
                  'NODE configure", or start it again if it was shut down')
BEING_OPENED = 'the camera is still being opened; ask again when the node is inactive or active'


class SessionHolder:
    """Where services find the open camera, if there is one."""

    session: CameraSession | None = None
    absence = NOT_CONFIGURED
    """Why there is none, for people."""

    def need_session(self) -> CameraSession:
        """Return the open camera.

        :raises InvalidStateError: there is none.
        """
        if self.session is None:
            raise InvalidStateError(self.absence)
        return self.session
