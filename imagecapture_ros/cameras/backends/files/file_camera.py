# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A file or a folder as a camera; what a file is decides its content."""

from __future__ import annotations

from pathlib import Path

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.backends.files.animated_image import AnimatedImage
from imagecapture_ros.cameras.backends.files.image_files import ImageFiles
from imagecapture_ros.cameras.backends.files.paced_camera import PacedCamera, Recording
from imagecapture_ros.cameras.backends.files.video_file import VideoFile
from imagecapture_ros.cameras.backends.opencv.capture import DEFAULT_RATE, HIGHEST_RATE, check_file
from imagecapture_ros.imaging.animation import is_animated
from imagecapture_ros.imaging.file_kind import Use, kind_of, refusal_of
from imagecapture_ros.imaging.image_header import MAX_PIXELS
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.regular_files import FileSlices, open_regular


def file_camera(
    path: Path, loop: bool, source_rate: float = DEFAULT_RATE, max_pixels: int = MAX_PIXELS,
) -> Camera:
    """Return a camera that plays the video, the image, or the images of the folder, at the absolute ``path``.

    ``loop`` lets it begin again after its end; an image alone has no end. ``source_rate``, in Hz, is that of pictures
    that have no times: images, pages of a TIFF file, videos without a container. No picture may have more than
    ``max_pixels``.

    :raises ValueError: ``source_rate`` is not above 0, or above 500.
    """
    if not 0.0 < source_rate <= HIGHEST_RATE:
        raise ValueError(f'a source_rate of {source_rate:g} Hz shows no images; it must be above 0 and at most '
                         f'{HIGHEST_RATE:g}')
    device_id = f'file:{path}'
    return PacedCamera(DeviceInfo(device_id, path.name, device_id),
                       lambda: _recording(path, source_rate, max_pixels), loop=loop)


def _recording(path: Path, source_rate: float, max_pixels: int) -> Recording:
    """Return what plays the file.

    :raises NotFoundError: there is none.
    :raises NotReadableError: it is of a kind that is not supported, or cannot be read.
    :raises NotAllowedError: the operating system refuses access.
    """
    if path.is_dir():
        return ImageFiles(path, source_rate, max_pixels)
    check_file(path)
    try:
        with open_regular(path) as descriptor:
            data = FileSlices(descriptor)
            kind = kind_of(data)
            animated = kind.use is Use.IMAGE and is_animated(data)
    except OSError as error:
        raise NotReadableError(f'{path} cannot be read: {error}') from error
    if kind.use is Use.UNSUPPORTED:
        raise NotReadableError(refusal_of(kind, str(path)))
    if animated:
        return AnimatedImage(path, max_pixels)
    if kind.use is Use.IMAGE:
        return ImageFiles(path, source_rate, max_pixels)
    return VideoFile(path, max_pixels, source_rate, timed=kind.use is Use.OTHER)
