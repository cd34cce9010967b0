# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Between arrays and sensor_msgs/Image: cv_bridge where it is present and right, our own for everything else."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import logging
import sys
from typing import Any, Protocol

import numpy as np

from imagecapture_ros.imaging.convert import PASSTHROUGH, convert
from imagecapture_ros.imaging.encodings import ENCODINGS, Encoding, EncodingError, ImageLayoutError, encoding_of
from imagecapture_ros.mediacapture.frames import Pixels

logger = logging.getLogger(__name__)

# sensor_msgs/Image and std_msgs/Header; their classes exist only where ROS is installed.
Message = Any


class Bridge(Protocol):
    """The two methods of cv_bridge.CvBridge that deal with sensor_msgs/Image."""

    def imgmsg_to_cv2(self, msg: Message, desired_encoding: str = PASSTHROUGH) -> Pixels:
        """Return the pixels of ``msg`` in ``desired_encoding``: bgr8, rgb8, mono8, or passthrough for their own.

        The array may share the message's memory.
        """

    def cv2_to_imgmsg(self, array: Pixels, encoding: str = PASSTHROUGH, header: Message = None) -> Message:
        """Return a sensor_msgs/Image with a copy of ``array``, which is in ``encoding``, and rows without padding."""


class ImageBridge:
    """Our own bridge: knows every encoding of the table and none else."""

    def imgmsg_to_cv2(self, msg: Message, desired_encoding: str = PASSTHROUGH) -> Pixels:
        """See :meth:`Bridge.imgmsg_to_cv2`.

        Rows with padding and both byte orders are understood; the result is in the byte order of this machine.

        :raises EncodingError: one of the encodings is unknown, or the conversion is not offered.
        :raises ImageLayoutError: step and length of the data do not fit the size.
        """
        layout = encoding_of(msg.encoding)
        pixels = _pixels_of(msg, layout)
        return convert(pixels, layout.name, desired_encoding)

    def cv2_to_imgmsg(self, array: Pixels, encoding: str = PASSTHROUGH, header: Message = None) -> Message:
        """See :meth:`Bridge.cv2_to_imgmsg`.

        With ``passthrough`` the encoding follows from the array: mono8, bgr8 or bgra8, mono16, 32FC1.

        :raises EncodingError: the encoding is unknown, or none follows from the array.
        :raises ImageLayoutError: the array does not have the layout of ``encoding``.
        """
        from sensor_msgs.msg import Image

        native = array.astype(array.dtype.newbyteorder('='), copy=False)
        layout = encoding_of(_encoding_for(native) if encoding == PASSTHROUGH else encoding)
        width, height = layout.size_of(native)
        message = Image(
            height=height, width=width, encoding=layout.name, step=layout.row_bytes(width),
            is_bigendian=int(sys.byteorder == 'big'))
        _fill(message, native)
        if header is not None:
            message.header = header
        return message


class CvBridgeAndOurs:
    """cv_bridge for the encodings in which it agrees with our own bridge, and our own for the others."""

    def __init__(self, cv_bridge: Bridge, ours: ImageBridge, agreed: frozenset[str]) -> None:
        self._cv_bridge = cv_bridge
        self._ours = ours
        self._for_ours = ENCODINGS.keys() - agreed

    def imgmsg_to_cv2(self, msg: Message, desired_encoding: str = PASSTHROUGH) -> Pixels:
        """See :meth:`Bridge.imgmsg_to_cv2`; encodings that only cv_bridge knows, as Bayer patterns, are left to it."""
        if msg.encoding not in ENCODINGS:
            return self._cv_bridge.imgmsg_to_cv2(msg, desired_encoding)
        bridge = self._ours if msg.encoding in self._for_ours else self._cv_bridge
        # Never converted by cv_bridge: built for another numpy, as happens with pip, its conversion ends the process.
        return convert(bridge.imgmsg_to_cv2(msg), msg.encoding, desired_encoding)

    def cv2_to_imgmsg(self, array: Pixels, encoding: str = PASSTHROUGH, header: Message = None) -> Message:
        """See :meth:`Bridge.cv2_to_imgmsg`; what ``passthrough`` means for an array is always ours to say."""
        bridge = self._ours if encoding in self._for_ours or encoding == PASSTHROUGH else self._cv_bridge
        return bridge.cv2_to_imgmsg(array, encoding, header)


@functools.cache
def get_bridge() -> Bridge:
    """Return the bridge to use in this process.

    The packages called cv_bridge differ: those on PyPI stem from ROS 1 and misread padded rows; the real one does not
    know nv12, cannot write colour images with OpenCV 5 nor read big-endian ones with numpy 2. So each encoding is tried
    once on a small image, and cv_bridge gets those in which it is right.
    """
    ours = ImageBridge()
    if importlib.util.find_spec('cv_bridge') is None:
        return ours
    try:
        cv_bridge = _load_cv_bridge()
    except Exception as error:  # whatever stops a foreign package from loading, ours is there
        logger.info('cv_bridge cannot be used (%s); images are converted without it', error)
        return ours
    agreed = frozenset(name for name in ENCODINGS if agree_on(name, cv_bridge, ours))
    if not agreed:
        logger.info('cv_bridge is right for no encoding with this numpy and OpenCV; images are converted without it')
        return ours
    return CvBridgeAndOurs(cv_bridge, ours, agreed)


def _load_cv_bridge() -> Bridge:
    with contextlib.redirect_stderr(io.StringIO()):  # numpy prints pages when a module was built for another numpy
        import cv_bridge
    if not hasattr(cv_bridge, 'getCvType'):  # it swallows the failure of its compiled half
        raise ImportError('its compiled part does not load; it may be for another Python or numpy')
    loaded: Bridge = cv_bridge.CvBridge()
    return loaded


def agree_on(encoding: str, cv_bridge: Bridge, ours: ImageBridge) -> bool:
    """Return whether both bridges read and write a small image alike, with padded rows and either byte order."""
    layout = ENCODINGS[encoding]
    height, width = 4, 6
    pixels = np.linspace(0, 250, num=np.prod(layout.shape(height, width), dtype=int))
    pixels = pixels.reshape(layout.shape(height, width)).astype(layout.dtype)
    try:
        written = ours.cv2_to_imgmsg(pixels, encoding)
        same = bool(cv_bridge.cv2_to_imgmsg(pixels, encoding) == written)
        for message in (written, _padded(written, layout), _byte_swapped(written, layout)):
            theirs = cv_bridge.imgmsg_to_cv2(message)
            same = same and theirs.dtype == pixels.dtype and np.array_equal(theirs, pixels)
    except Exception:  # a foreign package may raise anything, and does
        return False
    return same


def _pixels_of(msg: Message, layout: Encoding) -> Pixels:
    shape = layout.shape(msg.height, msg.width)
    row_bytes = layout.row_bytes(msg.width)
    if msg.step < row_bytes:
        raise ImageLayoutError(f'step {msg.step} is too small: a row of {msg.width} pixels in {layout.name} has '
                               f'{row_bytes} bytes')
    if len(msg.data) != msg.step * shape[0]:
        raise ImageLayoutError(f'{len(msg.data)} bytes of data do not fit {shape[0]} rows with step {msg.step}, which '
                               f'make {msg.step * shape[0]} bytes ({layout.name}, {msg.width}x{msg.height})')
    dtype = layout.dtype.newbyteorder('>' if msg.is_bigendian else '<')
    strides = (msg.step, layout.bytes_per_pixel, layout.dtype.itemsize)[:len(shape)]
    pixels: Pixels = np.ndarray(shape, dtype, msg.data, strides=strides)
    return np.ascontiguousarray(pixels, layout.dtype)


def _fill(message: Message, values: Pixels) -> None:
    # Into the message's own array.array: assigned data is copied once more, bytes or a list even element by element.
    message.data.frombytes(np.ascontiguousarray(values).data.cast('B'))


def _encoding_for(pixels: Pixels) -> str:
    for name in ('mono8', 'bgr8', 'bgra8', 'mono16', '32FC1'):
        if ENCODINGS[name].holds(pixels):
            return name
    raise EncodingError(f'no encoding follows from an array {pixels.shape} of {pixels.dtype}; give one of '
                        f'{", ".join(ENCODINGS)}')


def _padded(message: Message, layout: Encoding) -> Message:
    padding = 5 * layout.dtype.itemsize * layout.channels
    rows = np.frombuffer(message.data, np.uint8).reshape(-1, message.step)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    return _remade(message, rows, message.step + padding, message.is_bigendian)


def _byte_swapped(message: Message, layout: Encoding) -> Message:
    values = np.frombuffer(message.data, layout.dtype).byteswap()
    return _remade(message, values, message.step, 1 - message.is_bigendian)


def _remade(message: Message, values: Pixels, step: int, is_bigendian: int) -> Message:
    remade = type(message)(height=message.height, width=message.width, encoding=message.encoding, step=step,
                           is_bigendian=is_bigendian)
    _fill(remade, values)
    return remade
