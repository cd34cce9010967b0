# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration in force, fitted to each picture's size, crop and zoom."""

from __future__ import annotations

import functools
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from sensor_msgs.msg import CameraInfo

from imagecapture_ros.imaging.geometry import crop_rectangle
from imagecapture_ros.interfaces.calibration_files import (
    CalibrationError,
    calibration_path,
    check_calibration,
    find_calibration,
    save_calibration,
)
from imagecapture_ros.interfaces.intrinsics import of_picture, of_whole_sensor, picture_size
from imagecapture_ros.texts import excerpt


@dataclass(frozen=True)
class Calibration:
    """A camera's intrinsics at one size and zoom 1, or none."""

    info: CameraInfo | None = None

    @classmethod
    @functools.lru_cache(maxsize=16)  # asked for with every frame
    def of_pinhole(cls, width: int, height: int, focal_length: float) -> Calibration:
        """Return the intrinsics of an exact pinhole with its axis in the middle; all arguments in pixels."""
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        return cls(CameraInfo(
            width=width, height=height, distortion_model='plumb_bob', d=[0.0] * 5,
            k=[focal_length, 0.0, center_x, 0.0, focal_length, center_y, 0.0, 0.0, 1.0],
            r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            p=[focal_length, 0.0, center_x, 0.0, 0.0, focal_length, center_y, 0.0, 0.0, 0.0, 1.0, 0.0],
        ))

    def fitted(self, width: int, height: int, zoom: float = 1.0) -> CameraInfo:
        """Return the intrinsics for a picture of this size, all zeros when the camera is not calibrated.

        The picture is taken for a centred crop of the calibrated view, scaled; digital zoom magnifies its centre. The
        calibrated view is what ``binning_x``, ``binning_y`` and ``roi`` of the calibration make of the sensor. A
        picture of exactly that size keeps the three, a picture of the whole sensor has none of them, and for all others
        they are worked into ``k`` and ``p``.
        """
        if self.info is None:
            return CameraInfo(width=width, height=height)
        if (width, height) == picture_size(self.info) and zoom == 1.0:
            same = of_whole_sensor(self.info)
            same.binning_x, same.binning_y, same.roi = self.info.binning_x, self.info.binning_y, self.info.roi
            return same
        whole = (width, height) == (self.info.width, self.info.height)
        info = of_whole_sensor(self.info) if whole else of_picture(self.info)
        x, y, scale_x, scale_y = _view(info, width, height)
        center_x, center_y = (width - 1) / 2, (height - 1) / 2
        k, p = list(info.k), list(info.p)
        for matrix, stride in ((k, 3), (p, 4)):
            matrix[0] *= scale_x * zoom
            matrix[1] *= scale_x * zoom
            matrix[stride + 1] *= scale_y * zoom
            # Pixel centres lie at whole numbers, so that an edge is half a pixel away from the first one.
            matrix[2] = ((matrix[2] - x + 0.5) * scale_x - 0.5 - center_x) * zoom + center_x
            matrix[stride + 2] = ((matrix[stride + 2] - y + 0.5) * scale_y - 0.5 - center_y) * zoom + center_y
        p[3] *= scale_x * zoom
        p[7] *= scale_y * zoom
        return CameraInfo(
            width=width, height=height, distortion_model=info.distortion_model, d=info.d, k=k, r=info.r, p=p)


    def doubt(self, width: int, height: int) -> str:
        """Return why binning and region of interest cannot be those of a picture of this size, for people."""
        if self.info is None or (calibrated := picture_size(self.info)) == (self.info.width, self.info.height):
            return ''
        if (width, height) != (self.info.width, self.info.height):
            return ''
        return (f'with its binning and roi the calibration is for pictures of {calibrated[0]}x{calibrated[1]}, and the '
                f'camera delivers {width}x{height}, the whole picture: camera_info has neither')


class CalibrationStore:
    """The calibration in force, and the file that it comes from; may be used from any thread."""

    def __init__(self) -> None:
        self.current = Calibration()
        """What pictures are told with."""
        self._lock = threading.Lock()
        self._told: set[tuple[Path, str]] = set()

    def load(self, url: str, camera_name: str) -> str:
        """Take the calibration at ``url``, or none where nobody has calibrated the camera yet.

        Return what is odd about it and was not told yet, for people; nothing if nothing is.

        :raises CalibrationError: the URL names no file, or one that is no calibration.
        """
        with self._lock:
            path = calibration_path(url, camera_name)
            if os.path.exists(path):  # Path.exists raises for a name that is too long
                found = find_calibration(path, camera_name)
                self.current = Calibration(found.info)
                return self._foreign_name(path, found.camera_name, camera_name)
            if url:
                raise CalibrationError(f'camera_info_url {url}: {path} does not exist')
            self.current = Calibration()
            return ''

    def store(self, url: str, camera_name: str, info: CameraInfo) -> str:
        """Save a calibration, use it from now on, and return where it was saved, for people.

        :raises CalibrationError: it cannot be saved, or the URL does not name a file.
        """
        with self._lock:
            path = calibration_path(url, camera_name)
            check_calibration(info)
            save_calibration(path, camera_name, info)
            self.current = Calibration(info)
        return f'saved to {path}'

    def _foreign_name(self, path: Path, name: str, camera_name: str) -> str:
        if name in ('', camera_name) or (path, name) in self._told:
            return ''
        self._told.add((path, name))
        return (f'the calibration {path} is that of a camera called {excerpt(name)}, and this one is {camera_name}; if '
                f'it is of this camera all the same, change camera_name in it')


def _view(info: CameraInfo, width: int, height: int) -> tuple[float, float, float, float]:
    """Return what a picture leaves out of the calibrated one at the left and the top, and its scales."""
    if width <= info.width and height <= info.height:
        crop = crop_rectangle(info.width, info.height, width, height)
        return crop.x, crop.y, crop.scale_x, crop.scale_y
    # A larger picture than the calibrated one, for instance a photo.
    scale = max(width / info.width, height / info.height)
    return (info.width - width / scale) / 2, (info.height - height / scale) / 2, scale, scale
