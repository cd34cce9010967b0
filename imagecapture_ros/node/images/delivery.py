# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the image topics make of a frame."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.engine.delivery import Delivery
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.encodings import encoding_of
from imagecapture_ros.mediacapture.frames import JPEG, Frame
from imagecapture_ros.node.images.raw_publisher import Fill
from imagecapture_ros.node.middleware.cdr import Payload


class StampedDelivery(Delivery):
    """A frame on its way to topics, with what their messages share."""

    def __init__(
        self, frame: Frame, state: Snapshot, stamp: int, frame_id: str, *, encoding: str, quality: int,
    ) -> None:
        super().__init__(frame, state)
        self.stamp = stamp
        """Time of exposure in nanoseconds of ROS time."""
        self.frame_id = frame_id
        self.encoding = encoding
        """Of image_raw, empty for the frame's own."""
        self.quality = quality
        """Of JPEG, 1 to 100."""


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
    """Makes the content of the compressed topic: the camera's own JPEG file, or one encoded here."""

    def __init__(self) -> None:
        self._message = CompressedImage(format=JPEG)

    def of(self, delivery: StampedDelivery) -> Content:
        """Return the content for a delivery; encodes if the camera does not."""
        if delivery.frame_id != self._message.header.frame_id:
            self._message = CompressedImage(header=Header(frame_id=delivery.frame_id), format=JPEG)
        data = delivery.jpeg
        if data is None:
            frame = delivery.rendered()
            assert not isinstance(frame.data, bytes)  # a JPEG file that is delivered as it is was found above
            data = codecs.encode_jpeg(frame.data, frame.encoding, delivery.quality)
        source = np.frombuffer(data, np.uint8)
        return Content(self._message, len(data), lambda field: np.copyto(field, source))
