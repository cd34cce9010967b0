# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the image topics make of a frame."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.engine.delivery import Delivery
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.depth import AUTO, ValueRange, file_format, is_deep, loses_depth, range_note, range_of
from imagecapture_ros.imaging.encodings import encoding_of
from imagecapture_ros.imaging.photo_files import message_format
from imagecapture_ros.mediacapture.frames import JPEG, Frame
from imagecapture_ros.node.images.raw_publisher import Fill
from imagecapture_ros.node.middleware.cdr import Payload


class StampedDelivery(Delivery):
    """A frame on its way to topics, with what their messages share."""

    def __init__(
        self, frame: Frame, state: Snapshot, stamp: int, frame_id: str, *, encoding: str, quality: int,
        compressed_format: str = AUTO, values: ValueRange | None = None,
    ) -> None:
        super().__init__(frame, state)
        self.stamp = stamp
        """Time of exposure in nanoseconds of ROS time."""
        self.frame_id = frame_id
        self.encoding = encoding
        """Of image_raw, empty for the frame's own."""
        self.quality = quality
        """Of JPEG, 1 to 100."""
        self.compressed_format = compressed_format
        """``auto`` or ``jpeg``."""
        self.values = values
        """What becomes black to white where a format has fewer bits; ``None`` for what is in the picture."""


@dataclass(frozen=True)
class Content:
    """A message without its stamp, and the bytes of its last field; the same object as long as it stays the same."""

    message: Any
    size: int
    fill: Fill


class RawContent:
    """Makes the content of image_raw: the pixels are made straight in the message, or copied into it once."""

    def __init__(self) -> None:
        self._key: object = None
        self._message = Image()

    def of(self, delivery: StampedDelivery) -> Content:
        """Return the content for a delivery; decodes and checks, but makes no pixels yet."""
        picture = delivery.picture(delivery.encoding)
        layout = encoding_of(picture.encoding)
        shape = layout.shape(picture.height, picture.width)
        key = (delivery.frame_id, picture.encoding, picture.width, picture.height)
        if key != self._key:
            self._key = key
            self._message = Image(
                header=Header(frame_id=delivery.frame_id), height=picture.height, width=picture.width,
                encoding=picture.encoding, is_bigendian=int(sys.byteorder == 'big'),
                step=layout.row_bytes(picture.width))

        def fill(data: Payload) -> None:
            picture.pixels(data.view(layout.dtype).reshape(shape))

        return Content(self._message, layout.row_bytes(picture.width) * layout.rows(picture.height), fill)


class CompressedContent:
    """Makes the content of the compressed topic: the camera's own JPEG file, or a file encoded here."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._message = CompressedImage(format=JPEG)
        self._warn = warn
        self._warned = False

    def of(self, delivery: StampedDelivery) -> Content:
        """Return the content for a delivery; encodes if the camera does not."""
        data, kind = delivery.jpeg, JPEG
        if data is None:
            frame = delivery.rendered()
            assert not isinstance(frame.data, bytes)  # a JPEG file that is delivered as it is was found above
            file_type, values = file_format(delivery.compressed_format, frame.encoding), delivery.values
            if loses_depth(file_type, frame.encoding):
                values = values or range_of(frame.data)
                self._tell(file_type, frame.encoding, values)
            elif is_deep(frame.encoding):
                kind = message_format(file_type, frame.encoding)
            data = codecs.encode(file_type, frame.data, frame.encoding, quality=delivery.quality, values=values)
        if (delivery.frame_id, kind) != (self._message.header.frame_id, self._message.format):
            self._message = CompressedImage(header=Header(frame_id=delivery.frame_id), format=kind)
        source = np.frombuffer(data, np.uint8)
        return Content(self._message, len(data), lambda field: np.copyto(field, source))

    def _tell(self, file_type: str, encoding: str, values: ValueRange) -> None:
        if not self._warned:
            self._warned = True
            self._warn(range_note('the compressed topic', file_type, encoding, values))
