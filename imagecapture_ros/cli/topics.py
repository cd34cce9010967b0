# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where a camera node publishes its images, remapped or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rclpy.node import Node


@dataclass(frozen=True)
class Topics:
    """The stream's topics by their full names, empty where they have not been found."""

    image: str = ''
    info: str = ''


def topics_of(node: Node, camera: str) -> Topics:
    """Return the topics of ``camera``, by its full name, as far as ``node`` has discovered them."""
    from rclpy.node import NodeNameNonExistentError

    namespace, _, name = camera.rpartition('/')
    try:
        published = dict(node.get_publisher_names_and_types_by_node(name, namespace or '/'))
    except NodeNameNonExistentError:
        return Topics()

    def first(kind: str) -> str:
        # A photo's calibration is published beside that of the stream.
        return next((topic for topic, kinds in sorted(published.items())
                     if f'sensor_msgs/msg/{kind}' in kinds and '/photo/' not in topic), '')

    return Topics(first('Image'), first('CameraInfo'))
