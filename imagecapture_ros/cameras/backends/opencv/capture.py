# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""cv2.VideoCapture as all sources here use it: quiet, over TCP, with the parameters that this OpenCV knows."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from imagecapture_ros.imaging.encodings import ENCODINGS
from imagecapture_ros.imaging.image_header import MAX_PIXELS, check_size
from imagecapture_ros.mediacapture.errors import NotAllowedError, NotFoundError, NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels
from imagecapture_ros.redaction import redacted_device
from imagecapture_ros.regular_files import UnusableFileError, check_regular

logger = logging.getLogger(__name__)

DEFAULT_RATE = 30.0
"""In Hz, where a source states no rate or an impossible one."""

MAX_DAMAGED_FRAMES = 50
"""So many frames in a row that cannot be decoded are the end of a source; at its true end, each costs microseconds."""

FORMATS = (
    '3g2,3gp,aac,ac3,amv,apng,asf,av1,avi,dash,dav,dv,dvbsub,flv,gif,h261,h263,h264,hevc,hls,ivf,live_flv,m4a,m4v,'
    'matroska,mj2,mjpeg,mjpeg_2000,mov,mp3,mp4,mpeg,mpegts,mpegvideo,mpjpeg,mxf,nsv,nut,obu,ogg,rm,rtp,rtsp,sdp,'
    'smjpeg,swf,vc1,vvc,webm,wtv,xmv,yuv4mpegpipe')
"""What FFmpeg may take a source for. It knows formats of single images as well, of which it makes videos whatever their
size, and lists of other files and addresses."""

NO_PROXY = 'http_proxy;none'
"""Cameras are near: what we ask ourselves goes to them directly, and so shall what FFmpeg asks."""

HIGHEST_RATE = 500.0
"""In Hz; what a file or stream states beyond it is a time base and no frame rate."""


class HasProperties(Protocol):
    """What tells OpenCV's properties."""

    def get(self, property_id: int, /) -> float:
        """Return one of them."""


def open_capture(
    source: str, backend: int, parameters: Mapping[str, int], max_pixels: int = MAX_PIXELS,
) -> cv2.VideoCapture | None:
    """Return an opened capture, or ``None`` where OpenCV cannot open ``source``.

    ``parameters`` are given by the names of their constants; those that this version of OpenCV lacks are left out.

    :raises NotReadableError: ``source`` is no text in UTF-8, for which OpenCV's bindings crash, or it has frames of
        more than ``max_pixels``.
    """
    prepare_opencv()
    check_text(source)
    known = [word for name, value in parameters.items() if hasattr(cv2, name) for word in (getattr(cv2, name), value)]
    capture = cv2.VideoCapture(source, backend, known)
    if not capture.isOpened():
        return None
    try:
        check_frame_size(capture, redacted_device(source), max_pixels)
    except NotReadableError:
        capture.release()
        raise
    return capture


def check_text(source: str) -> None:
    """Refuse what cannot be sent, or given to OpenCV.

    :raises NotReadableError: it is no text in UTF-8.
    """
    try:
        source.encode()
    except UnicodeEncodeError as error:
        shown = redacted_device(source).encode(errors='backslashreplace').decode()
        raise NotReadableError(f'{shown} is not in UTF-8, and OpenCV takes nothing else; rename it') from error


def check_frame_size(capture: cv2.VideoCapture, name: str, max_pixels: int) -> None:
    """Refuse a source whose frames have more than ``max_pixels``.

    :raises NotReadableError: they have.
    """
    size = round(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), round(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    check_size(*size, name, max_pixels)


def stated_rate(capture: HasProperties, name: str) -> float:
    """Return the frame rate in Hz that ``capture`` states, or a default with a warning where that is none."""
    rate = possible_rate(capture)
    if rate is not None:
        return rate
    logger.warning('%s states a frame rate of %g Hz, which cannot be; %g Hz is used', name,
                   capture.get(cv2.CAP_PROP_FPS), DEFAULT_RATE)
    return DEFAULT_RATE


def possible_rate(capture: HasProperties) -> float | None:
    """Return the frame rate in Hz that ``capture`` states, or ``None`` where it states none, or one that cannot be."""
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 0.0 < rate <= HIGHEST_RATE else None


def with_encoding(pixels: Pixels) -> tuple[Pixels, str] | None:
    """Return what OpenCV decoded with its encoding, or ``None`` where there is no encoding for it.

    Colours of 16 bits become colours of 8: sensor_msgs readers rarely know more.
    """
    if pixels.dtype == np.uint16 and pixels.ndim == 3:
        pixels = cv2.convertScaleAbs(pixels, alpha=255.0 / 65535.0)
    for name in ('bgr8', 'mono8', 'bgra8', 'mono16', '32FC1'):
        if ENCODINGS[name].holds(pixels):
            return pixels, name
    return None


def check_file(path: Path) -> None:
    """Refuse a path from which nothing can be read.

    :raises NotFoundError: it does not exist.
    :raises NotAllowedError: the operating system refuses to read it.
    :raises NotReadableError: it is no file, or it is empty.
    """
    try:
        status = check_regular(path)
    except UnusableFileError as error:
        raise NotReadableError(f'{error}; give a video, an image or a folder of images') from error
    except OSError as error:
        raise NotFoundError(f'{path}: there is no such file any more') from error
    if not os.access(path, os.R_OK):
        raise NotAllowedError(f'{path} may not be read by this user; check its permissions with: ls -l "{path}"')
    if status.st_size == 0:
        raise NotReadableError(f'{path} is empty (0 bytes)')


@functools.cache
def prepare_opencv() -> None:
    """Make OpenCV and FFmpeg quiet, and tell FFmpeg how to read; harmless when it was done before."""
    # Whoever set one of these keeps it. Without them OpenCV and FFmpeg print pages about an error we report in a line.
    if 'OPENCV_LOG_LEVEL' not in os.environ:
        module = cv2 if hasattr(cv2, 'setLogLevel') else cv2.utils.logging  # the latter since OpenCV 5
        module.setLogLevel(0)
    os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
    # Over UDP, RTSP loses packets and shows torn pictures; other protocols do not look at it.
    os.environ.setdefault('OPENCV_FFMPEG_CAPTURE_OPTIONS', f'{NO_PROXY}|rtsp_transport;tcp|format_whitelist;{FORMATS}')
