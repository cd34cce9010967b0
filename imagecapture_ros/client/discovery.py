# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which camera nodes are there."""

from __future__ import annotations

from rclpy.node import Node

_SERVICE, _TYPE = '/get_capabilities', 'imagecapture_ros/srv/GetCapabilities'


def camera_nodes(node: Node) -> list[str]:
    """Return the names of the camera nodes that ``node`` has found so far, by the services they offer."""
    return sorted(name.removesuffix(_SERVICE) for name, types in node.get_service_names_and_types()
                  if name.endswith(_SERVICE) and _TYPE in types)
