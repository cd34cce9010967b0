"""Frames on their way to subscribers: image_raw, its compressed sibling and camera_info."""

from __future__ import annotations

import threading
from typing import Any

from rclpy.lifecycle import LifecycleNode
from rclpy.publisher import Publisher
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from imagecapture_ros.cameras.framing import pixels_of
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.bridge import get_bridge
from imagecapture_ros.imaging.convert import convert
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.ros.messages import time_message

DEPTH = 4
"""Images kept for a subscriber that is slow for a moment."""


class ImagePublisher:
    """Publishes delivered frames; does no work for a topic that nobody subscribes to.

    ``publish`` is called on the device's thread.
    """

    def __init__(self, node: LifecycleNode) -> None:
        self._logger = node.get_logger()
        self._image = _overridable_publisher(node, Image, '~/image_raw')
        # image_transport looks for the sibling beside the image's resolved name, wherever it was remapped to.
        sibling = f'{node.resolve_topic_name("~/image_raw")}/compressed'
        self._compressed = _overridable_publisher(node, CompressedImage, sibling)
        self._info = _overridable_publisher(node, CameraInfo, '~/camera_info')
        self._bridge = get_bridge()
        self.published = 0
        self.failed = 0
        self._failure_logged = threading.Event()

    @property
    def wanted(self) -> bool:
        """Whether anybody subscribes to the image or its compressed sibling."""
        return bool(self._image.get_subscription_count() or self._compressed.get_subscription_count())

    def publish(self, frame: Frame, stamp: int, frame_id: str, info: CameraInfo, encoding: str, quality: int) -> None:
        """Publish a delivered frame and its calibration, all with the same header.

        ``encoding`` is that of image_raw, empty for the frame's own.
        """
        header = Header(stamp=time_message(stamp), frame_id=frame_id)
        if self._compressed.get_subscription_count():
            self._send(self._compressed, compressed_message(frame, header, quality))
        if self._image.get_subscription_count():
            self._send(self._image, self.image_message(frame, header, encoding))
        self.publish_info(info, header)
        self.published += 1

    def publish_info(self, info: CameraInfo, header: Header) -> None:
        """Publish a calibration for the moment and frame of ``header``."""
        info.header = header
        self._send(self._info, info)

    def image_message(self, frame: Frame, header: Header, encoding: str) -> Image:
        """Return a delivered frame as a message in ``encoding``, empty for the frame's own."""
        pixels, own = pixels_of(frame)
        if encoding and encoding != own:
            pixels = convert(pixels, own, encoding)
        message: Image = self._bridge.cv2_to_imgmsg(pixels, encoding or own, header=header)
        return message

    def _send(self, publisher: Publisher, message: object) -> None:
        try:
            publisher.publish(message)
        except Exception as error:  # rclpy's RCLError has no public name; a full transport is no reason to stop
            self.failed += 1
            if not self._failure_logged.is_set():
                self._failure_logged.set()
                self._logger.warning(f'a message could not be published on {publisher.topic_name} ({error}); '
                                     f'further failures are counted in the diagnostics only')


def _overridable_publisher(node: LifecycleNode, message_type: Any, topic: str) -> Publisher:
    # A profile for each publisher: rclpy writes the user's overrides into the object it is given.
    qos = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=DEPTH, reliability=ReliabilityPolicy.RELIABLE)
    return node.create_publisher(
        message_type, topic, qos, qos_overriding_options=QoSOverridingOptions.with_default_policies())


def compressed_message(frame: Frame, header: Header, quality: int) -> CompressedImage:
    """Return a delivered frame as a JPEG message; a JPEG frame's bytes are kept as they are."""
    data = frame.data if isinstance(frame.data, bytes) else codecs.encode_jpeg(frame.data, frame.encoding, quality)
    return encoded_message(data, 'jpeg', header)


def encoded_message(data: bytes, image_format: str, header: Header) -> CompressedImage:
    """Return a complete image file as a message."""
    message = CompressedImage(header=header, format=image_format)
    message.data.frombytes(data)  # assigning to the field would copy the data twice more
    return message
