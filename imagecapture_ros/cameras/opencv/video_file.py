"""Video files, decoded by FFmpeg through OpenCV."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2

from imagecapture_ros.cameras.camera import Camera, DeviceInfo
from imagecapture_ros.cameras.opencv.capture import check_file, open_capture, stated_rate
from imagecapture_ros.cameras.opencv.paced_camera import PacedCamera, Picture
from imagecapture_ros.mediacapture.errors import NotReadableError

logger = logging.getLogger(__name__)

MAX_DAMAGED_FRAMES = 50
"""So many frames in a row that cannot be decoded are the end of a file; at the true end, each costs microseconds."""


def video_camera(path: Path, loop: bool) -> Camera:
    """Return a camera that plays the video at the absolute ``path``."""
    device_id = f'file:{path}'
    return PacedCamera(DeviceInfo(device_id, path.name, device_id), VideoFile(path), loop=loop)


class VideoFile:
    """A recording in a video file; every frame is bgr8, turned as the file says."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture: cv2.VideoCapture | None = None
        self._shape: tuple[int, ...] | None = None
        self._damage_reported = False

    def open(self) -> float:
        """See :meth:`Recording.open`."""
        self._damage_reported = False
        return stated_rate(self._open_capture(), self._path.name)

    def close(self) -> None:
        """See :meth:`Recording.close`."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None
            self._shape = None

    def next(self) -> Picture | None:
        """See :meth:`Recording.next`; the end is also where the size of the frames changes."""
        if self._capture is None:
            return None
        for skipped in range(MAX_DAMAGED_FRAMES):
            decoded, pixels = self._capture.read()
            if not decoded:
                continue
            self._shape = self._shape or pixels.shape
            if pixels.shape != self._shape:
                self._report(f'goes on in {pixels.shape[1]}x{pixels.shape[0]} pixels, not {self._shape[1]}x'
                             f'{self._shape[0]} as it began; it is taken to end there')
                return None
            if skipped:
                self._report(f'is damaged; {skipped} frames that cannot be decoded are left out')
            return Picture(pixels, 'bgr8', skipped)
        return None

    def rewind(self) -> None:
        """See :meth:`Recording.rewind`; the file is opened anew, because a seek is not exact in every format."""
        self.close()
        self._open_capture()

    def _open_capture(self) -> cv2.VideoCapture:
        check_file(self._path)
        self._capture = open_capture(str(self._path), cv2.CAP_FFMPEG, {})
        if self._capture is None:
            raise NotReadableError(f'{self._path} cannot be read as a video: it is damaged, or in no format that '
                                   f'FFmpeg knows; see what it is with: ffprobe "{self._path}"')
        return self._capture

    def _report(self, damage: str) -> None:
        # Once, not each time the file is played.
        if not self._damage_reported:
            self._damage_reported = True
            logger.warning('%s %s', self._path, damage)
