# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera node from Python: photos, constraints, settings and frames, blocking or in a node's own executor."""

from imagecapture_ros.client.answers import (
    Applied,
    GrabbedFrame,
    Photo,
    ServiceTimeout,
    succeeded,
)
from imagecapture_ros.client.asynchronous import AsyncCameraClient
from imagecapture_ros.client.blocking import CameraClient
from imagecapture_ros.client.service_calls import camera_nodes
from imagecapture_ros.mediacapture.wishes import Wish

__all__ = [
    'Applied',
    'AsyncCameraClient',
    'CameraClient',
    'GrabbedFrame',
    'Photo',
    'ServiceTimeout',
    'Wish',
    'camera_nodes',
    'succeeded',
]
