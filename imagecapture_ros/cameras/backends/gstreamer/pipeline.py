# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GStreamer pipelines through OpenCV, where OpenCV was built with GStreamer."""

from __future__ import annotations

import cv2

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.backends.opencv.capture import open_capture
from imagecapture_ros.cameras.backends.opencv.live_camera import LiveCamera
from imagecapture_ros.imaging.image_header import MAX_PIXELS
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.redaction import redacted_pipeline

SINK = ' ! videoconvert ! video/x-raw,format=BGR ! appsink'
"""What a pipeline without an appsink gets at its end; its frames are then bgr8."""


def pipeline_camera(
    pipeline: str, open_timeout: float, read_timeout: float, max_pixels: int = MAX_PIXELS,
) -> Camera:
    """Return a camera that shows what a pipeline, as written for gst-launch-1.0, brings to its end.

    :raises NotFoundError: the pipeline is empty.
    """
    if not pipeline:
        raise NotFoundError('gst: needs a pipeline after it, for instance gst:videotestsrc is-live=true')
    shown = redacted_pipeline(pipeline)

    def connect() -> cv2.VideoCapture:
        return _started(pipeline, open_timeout, read_timeout, max_pixels)

    return LiveCamera(DeviceInfo(f'gst:{shown}', f'gst:{shown}', f'gst:{shown}'), connect, open_timeout, read_timeout,
                      advice=_advice(shown), may_hang=True, redact=redacted_pipeline)


def _started(pipeline: str, open_timeout: float, read_timeout: float, max_pixels: int) -> cv2.VideoCapture:
    if not cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
        raise NotReadableError(
            'gst: needs an OpenCV with GStreamer, and the opencv-python packages of PyPI have none; use the one of '
            'the system (sudo apt install python3-opencv gstreamer1.0-plugins-good) without opencv-python, or give the '
            'URL or file without gst:')
    complete = pipeline if 'appsink' in pipeline else pipeline + SINK
    timeouts = {
        'CAP_PROP_OPEN_TIMEOUT_MSEC': round(open_timeout * 1000),
        'CAP_PROP_READ_TIMEOUT_MSEC': round(read_timeout * 1000),
    }
    # OpenCV 4.6 refuses every pipeline with these.
    capture = (open_capture(complete, cv2.CAP_GSTREAMER, timeouts, max_pixels)
               or open_capture(complete, cv2.CAP_GSTREAMER, {}, max_pixels))
    if capture is None:
        shown = redacted_pipeline(pipeline)
        raise NotReadableError(f'gst:{shown} cannot be run; {_advice(shown)}')
    return capture


def _advice(pipeline: str) -> str:
    return f'see why with: gst-launch-1.0 {pipeline} ! fakesink'
