# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A program that speaks to the node through rclpy."""

from __future__ import annotations

from array import array

from imagecapture_ros.msg import ConstrainDouble, ConstrainString, MediaTrackConstraintSet, MediaTrackSettings
from imagecapture_ros.srv import ApplyConstraints, GetSettings_Response, TakePhoto
from rclpy.client import Client
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

import imagecapture_ros
from imagecapture_ros import msg, srv


class Photographer(Node):
    """Takes photos, and hears of the settings."""

    def __init__(self) -> None:
        super().__init__('photographer')
        self.photos: Client[TakePhoto.Request, TakePhoto.Response] = self.create_client(TakePhoto, 'take_photo')
        self.settings = self.create_subscription(MediaTrackSettings, 'settings', self.told, 1)
        self.asked = self.create_publisher(MediaTrackConstraintSet, 'asked', 1)
        self.service = self.create_service(ApplyConstraints, 'apply', self.apply)

    def told(self, settings: MediaTrackSettings) -> None:
        """Read fields of each kind."""
        zoom: array[float] = settings.zoom
        torch: list[bool] = settings.torch
        points: list[msg.Point2D] = settings.points_of_interest
        mode: str = settings.exposure_mode
        print(zoom[0], torch, [point.x for point in points], mode, settings.header.stamp)

    def apply(self, asked: ApplyConstraints.Request, answer: ApplyConstraints.Response) -> ApplyConstraints.Response:
        """Serve a request."""
        answer.success = bool(asked.constraints.zoom.exact) and not asked.advanced
        return answer

    def take(self) -> CameraInfo | None:
        """Write fields of each kind."""
        self.asked.publish(MediaTrackConstraintSet(
            zoom=ConstrainDouble(exact=[2.0], max=(3.0,)), exposure_mode=ConstrainString(ideal=['manual'])))
        request = TakePhoto.Request(omit_data=True)
        request.photo_settings.image_width = [640.0]
        request.photo_settings.red_eye_reduction.append(True)
        request.photo_settings.image_height.append(480.0)
        answer = self.photos.call(request)
        return answer.camera_info if answer is not None and answer.stream_gap < 1.0 else None


fields: dict[str, str] = srv.EnumerateDevices.Response.get_fields_and_field_types()
print(fields, GetSettings_Response(success=True).settings.device_id, imagecapture_ros.__version__)
