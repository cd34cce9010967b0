# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The topics of photos: every photo taken, for those who subscribe."""

from __future__ import annotations

from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, CompressedImage

DEPTH = 4
"""Photos kept for a subscriber that is slow for a moment."""


class PhotoTopics:
    """Publishes photos and their calibration."""

    def __init__(self, node: LifecycleNode) -> None:
        self._photo = node.create_publisher(CompressedImage, '~/photo/image/compressed', DEPTH)
        self._info = node.create_publisher(CameraInfo, '~/photo/camera_info', DEPTH)

    def publish(self, photo: CompressedImage, info: CameraInfo) -> None:
        """Publish a photo with its calibration, each if somebody subscribes: a photo is megabytes."""
        for publisher, message in ((self._photo, photo), (self._info, info)):
            if publisher.get_subscription_count():
                publisher.publish(message)
