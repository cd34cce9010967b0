# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images and videos as the scene: a poster one metre away that the widest view sees from edge to edge."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.backends.opencv.capture import prepare_opencv
from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer, Light
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import HORIZONTAL_FIELD_OF_VIEW, Region, View
from imagecapture_ros.cameras.backends.simulated.scene.shapes import Shape
from imagecapture_ros.cameras.backends.simulated.sensor.development import decode
from imagecapture_ros.imaging.file_kind import Use, kind_of, refusal_of
from imagecapture_ros.imaging.image_file import StoredImage
from imagecapture_ros.imaging.image_header import check_size, stated_size_of_file
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError
from imagecapture_ros.regular_files import FileSlices, check_regular, open_regular

POSTER_DEPTH = 1.0
"""Metres from the camera."""

_WIDTH = 2.0 * math.tan(0.5 * HORIZONTAL_FIELD_OF_VIEW)
_LINEAR = decode(np.arange(256) / 255.0).astype(np.float32)
_USUAL_RATE = 25.0
_TOO_LARGE = 'scale it; max_pixels is for cameras, the limit of scenes is fixed'


class PictureScene:
    """An image, or a video that starts again at its end; what is white returns all light, around it all is black."""

    moving_depth = POSTER_DEPTH

    def __init__(self, path: Path) -> None:
        """Open the file.

        :raises NotFoundError: there is none.
        :raises NotReadableError: it is neither an image nor a video.
        """
        if not _is_file(path):
            raise NotFoundError(f'scene {str(path)!r}: there is no such file; allowed are chart, portrait, and the '
                                f'path of an image or a video')
        try:
            str(path).encode()
        except UnicodeEncodeError as error:  # OpenCV's bindings crash for it
            raise NotReadableError(f'scene {str(path)!a}: the name is not in UTF-8; rename the file') from error
        self.reflectances: NDArray[np.float32] = np.zeros((0, 3), np.float32)
        self.targets: tuple[Callable[[float], Shape], ...] = ()
        image = _image(path)
        self._video = _Video(path) if image is None else None
        self._layer = PictureLayer(np.asarray(image if self._video is None else self._video.at(0.0), np.uint8))

    def layers(self, time: float, illumination: Illumination) -> Sequence[Layer]:
        """See :meth:`Scene.layers`."""
        if self._video is not None:
            picture = self._video.at(time)
            if picture is not self._layer.picture:
                self._layer = PictureLayer(picture)
        return (self._layer,)

    def close(self) -> None:
        """See :meth:`Scene.close`."""
        if self._video is not None:
            self._video.close()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long, a folder that may not be entered
        return False


def _image(path: Path) -> NDArray[np.uint8] | None:
    """Return the pixels of an image file, or ``None`` where it is perhaps a video.

    :raises NotReadableError: it has too many pixels, or cannot be read.
    """
    name = f'scene {str(path)!r}'
    try:
        with open_regular(path) as descriptor:
            kind = kind_of(FileSlices(descriptor))
        if kind.use is Use.UNSUPPORTED:
            raise NotReadableError(refusal_of(kind, str(path)))
        if kind.use is not Use.IMAGE:
            return None
        size = stated_size_of_file(path)
        if size is not None:
            check_size(*size, name, advice=_TOO_LARGE)
        return np.asarray(StoredImage(path).pixels(cv2.IMREAD_COLOR), np.uint8)
    except OSError as error:
        raise NotReadableError(f'{name} cannot be read: {error}') from error


class PictureLayer:
    """A flat picture; its sRGB values are reflectances."""

    depth = POSTER_DEPTH

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        """Take ``picture``: shape (height, width, 3), blue, green, red."""
        self.picture = picture
        self._smaller: tuple[int, NDArray[np.float32]] | None = None

    def bounds(self, view: View) -> Region | None:
        """See :meth:`Layer.bounds`."""
        return None

    def exact_light(self, illumination: NDArray[np.float64]) -> NDArray[np.float32]:
        """See :meth:`Layer.exact_light`; none, all levels are those of an 8-bit picture."""
        return np.zeros((0, 3), np.float32)

    def light(self, view: View, region: Region, illumination: NDArray[np.float64]) -> Light:
        """See :meth:`Layer.light`."""
        linear = self._sampled_for(view)
        height, width = linear.shape[:2]
        pixel = _WIDTH / width
        # From the picture's pixels to the plane at distance 1, with pixel centres at whole numbers.
        placed = np.array([[pixel, 0.0, 0.5 * pixel * (1 - width)], [0.0, pixel, 0.5 * pixel * (1 - height)],
                           [0.0, 0.0, 1.0]])
        shift = np.array([[1.0, 0.0, -region.left], [0.0, 1.0, -region.top], [0.0, 0.0, 1.0]])
        light = np.zeros((region.height, region.width, 4), np.float32)
        cv2.warpPerspective(linear, shift @ view.homography() @ placed, (region.width, region.height), light,
                            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        light *= np.append(illumination, 1.0).astype(np.float32)
        return light

    def _sampled_for(self, view: View) -> NDArray[np.float32]:
        """Return the picture in linear light, with pixels no smaller than those of ``view``."""
        width = min(self.picture.shape[1], max(1, round(_WIDTH * view.focal_length)))
        smaller = self._smaller  # photos sample it on another thread
        if smaller is None or smaller[0] != width:
            linear = np.asarray(cv2.LUT(self.picture, _LINEAR), np.float32)
            if width < self.picture.shape[1]:
                height = max(1, round(self.picture.shape[0] * width / self.picture.shape[1]))
                linear = np.asarray(cv2.resize(linear, (width, height), interpolation=cv2.INTER_AREA), np.float32)
            smaller = self._smaller = width, np.dstack((linear, np.ones(linear.shape[:2], np.float32)))
        return smaller[1]


class _Video:
    """The frames of a video by their time."""

    def __init__(self, path: Path) -> None:
        check_regular(path)
        prepare_opencv()
        self._path = path
        self._capture = cv2.VideoCapture(str(path))
        width, height = (round(self._capture.get(side)) for side in (
            cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        check_size(width, height, f'scene {str(path)!r}', advice=_TOO_LARGE)
        self._rate = self._capture.get(cv2.CAP_PROP_FPS) or _USUAL_RATE
        self._count: int | None = None
        self._index = -1
        self._frame: NDArray[np.uint8] | None = None

    def at(self, time: float) -> NDArray[np.uint8]:
        """Return the frame to be seen at ``time`` (seconds); the same array as long as it is the same.

        :raises NotReadableError: it cannot be read.
        """
        wanted = int(time * self._rate + 1e-6)
        if self._count:
            wanted %= self._count
        if wanted < self._index:
            self._capture.open(str(self._path))
            self._index = -1
        while self._index < wanted:
            found = self._capture.grab()
            if not found and self._index < 0:
                raise NotReadableError(f'scene {str(self._path)!r}: OpenCV reads it neither as an image nor as a '
                                       f'video; use a file of another format')
            if not found:
                self._count = self._index + 1
                return self.at(time)
            self._index += 1
            if self._index == wanted:
                found, frame = self._capture.retrieve()
                if not found:
                    raise NotReadableError(f'scene {str(self._path)!r}: frame {wanted} cannot be decoded; repair '
                                           f'the file')
                self._frame = np.asarray(frame, np.uint8)
        assert self._frame is not None
        return self._frame

    def close(self) -> None:
        self._capture.release()
