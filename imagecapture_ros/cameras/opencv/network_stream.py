# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Network streams: MJPEG over HTTP and whatever RTSP carries, decoded by FFmpeg through OpenCV."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import cv2

from imagecapture_ros.cameras.camera import Camera
from imagecapture_ros.cameras.opencv.capture import open_capture
from imagecapture_ros.cameras.opencv.live_camera import LiveCamera
from imagecapture_ros.cameras.opencv.refusal import explain_refusal
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.redaction import redacted_url

SCHEMES = ('http', 'https', 'rtsp', 'rtsps')


def network_camera(url: str, open_timeout: float, read_timeout: float) -> Camera:
    """Return a camera that shows the stream at ``url``; time-outs in seconds.

    :raises NotFoundError: the text is no valid URL.
    """
    shown = redacted_url(url)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    # A / ? or # in a password ends the host too early; parts of the password would be taken for a name and shown.
    if not host or (shown != url and '@' in parts.path + parts.query + parts.fragment):
        raise NotFoundError(f'{shown} is no valid URL; it should look like rtsp://user:password@host:554/path, with '
                            f'the special characters of user, password and path as %XX (@ is %40, / is %2F)')

    def connect() -> cv2.VideoCapture:
        return _connected(url, open_timeout, read_timeout)

    return LiveCamera(DeviceInfo(shown, shown, f'host:{host}'), connect, open_timeout, read_timeout,
                      advice='check the camera and the network')


def _connected(url: str, open_timeout: float, read_timeout: float) -> cv2.VideoCapture:
    began = time.monotonic()
    capture = open_capture(url, cv2.CAP_FFMPEG, {
        'CAP_PROP_OPEN_TIMEOUT_MSEC': round(open_timeout * 1000),
        'CAP_PROP_READ_TIMEOUT_MSEC': round(read_timeout * 1000),
        # Each further decoding thread holds a frame back.
        'CAP_PROP_N_THREADS': 1,
    })
    shown = redacted_url(url)
    if capture is None:
        if time.monotonic() - began >= open_timeout:
            raise NotReadableError(f'{shown} sent no stream within {open_timeout:g} s; check that the camera is on and '
                                   f'the path is right')
        raise explain_refusal(url, open_timeout)
    if url.startswith('http') and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        capture.release()
        raise NotReadableError(f'{shown} is a recorded video and no live stream, and would be played as fast as it '
                               f'comes; download it and give the path of the file')
    return capture
