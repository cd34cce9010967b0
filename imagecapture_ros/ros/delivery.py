# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A frame on its way to the image topics, and what each of them makes of it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.cameras.framing import Framing, Picture
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.encodings import encoding_of
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.frames import JPEG, Frame
from imagecapture_ros.ros.cdr import Bytes
from imagecapture_ros.ros.raw_publisher import Fill


class Delivery:
    """A native frame with everything its topics share; each topic asks for its content on a thread of its own."""

    def __init__(
        self, frame: Frame, framing: Framing, stamp: int, frame_id: str, *, encoding: str, quality: int,
    ) -> None:
        self.frame = frame
        self.framing = framing
        self.stamp = stamp
        self.frame_id = frame_id
        self.encoding = encoding
        """Of image_raw, empty for the frame's own."""
        self.quality = quality
        """Of JPEG, 1 to 100."""
        self.shared = False
        """Whether several topics need the delivered pixels, so that they are to be made only once."""
        self._rendered: Frame | None = None
        self._rendering = threading.Lock()

    @property
    def jpeg(self) -> bytes | None:
        """The camera's own JPEG file, where it can be delivered as it is."""
        data = self.frame.data
        return data if isinstance(data, bytes) and self.framing.keeps(self.frame) else None

    def rendered(self) -> Frame:
        """Return the delivered picture, made once."""
        with self._rendering:
            if self._rendered is None:
                self._rendered = self.framing.render(self.frame)
            return self._rendered

    def picture(self) -> Picture:
        """Return the picture of image_raw, about to be made."""
        if not self.shared:
            return self.framing.picture(self.frame, self.encoding)
        frame = self.rendered()
        return Framing.native(NativeMode(frame.width, frame.height, 1.0)).picture(frame, self.encoding)


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

    def of(self, delivery: Delivery) -> Content:
        """Return the content for a delivery; decodes and checks, but makes no pixels yet."""
        picture = delivery.picture()
        layout = encoding_of(picture.encoding)
        shape = layout.shape(picture.height, picture.width)
        key = (delivery.frame_id, picture.encoding, picture.width, picture.height)
        if key != self._key:
            self._key = key
            self._message = Image(
                header=Header(frame_id=delivery.frame_id), height=picture.height, width=picture.width,
                encoding=picture.encoding, is_bigendian=int(sys.byteorder == 'big'),
                step=layout.row_bytes(picture.width))

        def fill(data: Bytes) -> None:
            picture.pixels(data.view(layout.dtype).reshape(shape))

        return Content(self._message, layout.row_bytes(picture.width) * layout.rows(picture.height), fill)


class CompressedContent:
    """Makes the content of the compressed topic: the camera's own JPEG file, or one encoded here."""

    def __init__(self) -> None:
        self._message = CompressedImage(format=JPEG)

    def of(self, delivery: Delivery) -> Content:
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
