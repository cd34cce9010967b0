# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Programs that use the client, blocking and in a node."""

from __future__ import annotations

from rclpy.node import Node

from imagecapture_ros.client import Applied, AsyncCameraClient, CameraClient, GrabbedFrame, Photo, camera_nodes

with CameraClient('/camera') as camera:
    applied: Applied = camera.apply(zoom=2, exposure_mode={'exact': 'manual'})
    photo: Photo = camera.take_photo(width=640)
    frame: GrabbedFrame = camera.grab_frame()
    print(applied.settings['zoom'], photo, frame, camera.settings()['zoom'], camera_nodes(camera.node))


async def photograph(node: Node) -> Photo:
    """Ask in the executor of a node."""
    return await AsyncCameraClient(node).take_photo(width=640)
