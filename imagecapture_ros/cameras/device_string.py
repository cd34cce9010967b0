# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a device string to the camera it names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.backends.files.file_camera import file_camera
from imagecapture_ros.cameras.backends.gstreamer.pipeline import pipeline_camera
from imagecapture_ros.cameras.backends.network.network_stream import POLL_PERIOD, SCHEMES, network_camera
from imagecapture_ros.cameras.backends.opencv.capture import DEFAULT_RATE
from imagecapture_ros.imaging.image_header import MAX_PIXELS
from imagecapture_ros.mediacapture.errors import NotFoundError
from imagecapture_ros.redaction import redacted_url

_HAS_SCHEME = re.compile(r'([A-Za-z][A-Za-z0-9+.-]*)://')


def open_opencv_camera(
    device: str, *, loop: bool = True, source_rate: float = DEFAULT_RATE, open_timeout: float = 5.0,
    read_timeout: float = 5.0, max_pixels: int = MAX_PIXELS, poll_period: float = POLL_PERIOD,
) -> Camera:
    """Return the camera that ``device`` names; its ``open`` takes hold of the file or connection.

    ``device`` is the path of a video, an image or a folder of images (relative, with ``~``, or as ``file:``), a URL
    (http, https, rtsp, rtsps), or ``gst:`` and a GStreamer pipeline.

    ``loop`` lets files start again at their end; ``source_rate``, in Hz, is that of images and videos that have no
    times. A network stream may take
    ``open_timeout`` seconds to answer, and is given up when it sends nothing for ``read_timeout`` seconds. Images and
    frames of more than ``max_pixels`` are refused before memory is taken for them. A server that has one picture and no
    stream is asked for it every ``poll_period`` seconds.

    :raises NotFoundError: there is no such file, or the text names nothing that can be opened.
    """
    if device.startswith('gst:'):
        return pipeline_camera(device.removeprefix('gst:').strip(), open_timeout, read_timeout, max_pixels)
    if has_scheme := _HAS_SCHEME.match(device):
        scheme = has_scheme[1].lower()  # RFC 3986: HTTP:// is the same
        device = scheme + device[has_scheme.end(1):]
        if scheme in SCHEMES:
            return network_camera(device, open_timeout, read_timeout, max_pixels, poll_period)
        if scheme != 'file':
            raise NotFoundError(f'{redacted_url(device)}: the scheme {scheme}:// is not supported; possible are '
                                f'{", ".join(SCHEMES)} and file, or gst: with a GStreamer pipeline')
    return file_camera(_existing_path(device), loop, source_rate, max_pixels)


def _existing_path(device: str) -> Path:
    text = device
    if device.startswith('file://'):
        host, slash, rest = device.removeprefix('file://').partition('/')
        if host not in ('', 'localhost'):
            raise NotFoundError(f'{redacted_url(device)}: what stands between the second slash and the third is the '
                                f'name of a machine; a file of this one is file:///absolute/path')
        text = unquote(re.split('[?#]', slash + rest)[0])
    elif device.startswith('file:'):
        text = device.removeprefix('file:')
    # Not Path's own functions, which raise for an unknown user and a name that is too long.
    path = Path(os.path.expanduser(text) if '\0' not in text else text)
    if text and os.path.exists(path):
        return Path(os.path.abspath(path))
    # What is no path may be a mistyped URL, with a password in it.
    shown = text if text.startswith(('/', '.', '~')) else redacted_url(text)
    where = '' if path.is_absolute() else f' in {_working_directory()}'
    raise NotFoundError(f'{shown!r}: there is no such file or folder{where}; a device is the path of a video, an image '
                        f'or a folder of images, a URL ({", ".join(SCHEMES)}), or gst: with a GStreamer pipeline')


def _working_directory() -> str:
    try:
        return f'the working directory {Path.cwd()}'
    except FileNotFoundError:
        return 'the working directory, which has been removed'
