"""An open camera with its track, from configure to cleanup; and who holds it."""

from __future__ import annotations

from dataclasses import dataclass

from imagecapture_ros.cameras.camera import Camera
from imagecapture_ros.cameras.capture_thread import CaptureListener, CaptureThread
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.track import VideoTrack


@dataclass(frozen=True)
class CameraSession:
    """An open camera, the thread that owns it, and its one track."""

    thread: CaptureThread
    track: VideoTrack
    image_capture: ImageCapture

    @classmethod
    def open(
        cls, camera: Camera, listener: CaptureListener, *, rotation: int, mirror: bool, allow_ptz: bool,
    ) -> CameraSession:
        """Open ``camera`` and wait until it is open; errors as :meth:`Camera.open`."""
        thread = CaptureThread(camera, listener, rotation=rotation, mirror=mirror)
        try:
            thread.open().result()
        except BaseException:
            thread.close()
            raise
        track = VideoTrack(thread, allow_ptz=allow_ptz)
        return cls(thread, track, ImageCapture(track))

    def close(self) -> bool:
        """End the track and release the device; return whether that went through."""
        self.track.stop()
        return self.thread.close()


class SessionHolder:
    """Where services find the open camera, if there is one."""

    session: CameraSession | None = None

    def need_session(self) -> CameraSession:
        """Return the open camera.

        :raises InvalidStateError: the node is not configured.
        """
        if self.session is None:
            raise InvalidStateError('the node is not configured, no camera is open; configure it, for instance with '
                                    '"ros2 lifecycle set NODE configure", or start it again if it was shut down')
        return self.session
