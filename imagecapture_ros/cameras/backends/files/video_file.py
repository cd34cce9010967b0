# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Video files, decoded by FFmpeg through OpenCV."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.backends.files.one_size import OneSizeCapture
from imagecapture_ros.cameras.backends.files.paced_camera import PacedCamera, RecordedPicture
from imagecapture_ros.cameras.backends.opencv.capture import (
    MAX_DAMAGED_FRAMES,
    HasProperties,
    check_file,
    open_capture,
    stated_rate,
)
from imagecapture_ros.imaging.image_header import MAX_PIXELS, check_size, stated_size
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.regular_files import FileSlices, open_regular

logger = logging.getLogger(__name__)

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def video_camera(path: Path, loop: bool, max_pixels: int = MAX_PIXELS) -> Camera:
    """Return a camera that plays the video at the absolute ``path``, of at most ``max_pixels`` a frame."""
    device_id = f'file:{path}'
    return PacedCamera(DeviceInfo(device_id, path.name, device_id), VideoFile(path, max_pixels), loop=loop)


class VideoFile:
    """A recording in a video file; every frame is bgr8, turned as the file says."""

    def __init__(self, path: Path, max_pixels: int = MAX_PIXELS) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._capture: OneSizeCapture | None = None
        self._turn: int | None = None
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

    def next(self) -> RecordedPicture | None:
        """See :meth:`Recording.next`; frames that cannot be decoded are left out, with a warning."""
        if self._capture is None:
            return None
        for skipped in range(MAX_DAMAGED_FRAMES):
            decoded, pixels = self._capture.read()
            if decoded:
                if skipped:
                    self._report_damage(skipped)
                turned = pixels if self._turn is None else cv2.rotate(pixels, self._turn)
                return RecordedPicture(turned, 'bgr8', skipped)
        return None

    def rewind(self) -> None:
        """See :meth:`Recording.rewind`; the file is opened anew, because a seek is not exact in every format."""
        self.close()
        self._open_capture()

    def _open_capture(self) -> OneSizeCapture:
        check_file(self._path)
        self._check_image()
        opened = open_capture(str(self._path), cv2.CAP_FFMPEG, {}, self._max_pixels)
        if opened is None:
            raise NotReadableError(f'{self._path} cannot be read as a video: it is damaged, or in no format that '
                                   f'FFmpeg knows; see what it is with: ffprobe "{self._path}"')
        self._capture = OneSizeCapture(opened, self._path)
        # OpenCV's own turning is wrong in 4.6 and off in 4.11.
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        self._turn = _TURNS.get(_degrees_clockwise(self._capture))
        return self._capture

    def _check_image(self) -> None:
        """Refuse an image with the name of a video, or an animation, that has too many pixels."""
        try:
            with open_regular(self._path) as descriptor:
                size = stated_size(FileSlices(descriptor))
        except OSError as error:
            raise NotReadableError(f'{self._path} cannot be read: {error}') from error
        if size is not None:
            check_size(*size, str(self._path), self._max_pixels)

    def _report_damage(self, frames: int) -> None:
        # Once, not each time the file is played.
        if not self._damage_reported:
            self._damage_reported = True
            logger.warning('%s is damaged: %d frames that cannot be decoded are left out', self._path, frames)


def _degrees_clockwise(capture: HasProperties) -> int:
    degrees = round(capture.get(cv2.CAP_PROP_ORIENTATION_META))
    return (-degrees if cv2.__version__.startswith('4.6.') else degrees) % 360
