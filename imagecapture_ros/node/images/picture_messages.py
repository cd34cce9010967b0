# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is told with a picture: its header, its intrinsics, and the settings that it was taken with."""

from __future__ import annotations

import math

from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Header

from imagecapture_ros import msg
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.interfaces import messages
from imagecapture_ros.interfaces.qos import IMAGE_DEPTH
from imagecapture_ros.mediacapture.capabilities import Settings
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.node.calibration import Calibration, CalibrationStore
from imagecapture_ros.node.stamps import RosStamps


class PictureMessages:
    """Makes messages of the state that a picture carries, and of nothing else that the device may do by then."""

    def __init__(self, stamps: RosStamps, calibrations: CalibrationStore) -> None:
        self.stamps = stamps
        self.frame_id = ''
        """The optical frame of the camera."""
        self._calibrations = calibrations
        self._last_stream_info = CameraInfo()
        self._stream_info_made_for: object = None

    def header(self, stamp: int) -> Header:
        """Return a header with a ROS time in nanoseconds and the camera's optical frame."""
        return Header(stamp=messages.time_message(stamp), frame_id=self.frame_id)

    def header_now(self) -> Header:
        """Return a header with the present ROS time."""
        return self.header(self.stamps.now())

    def header_of(self, moment: int) -> Header:
        """Return a header with the ROS time of a moment of CLOCK_MONOTONIC in nanoseconds."""
        return self.header(self.stamps.of(moment))

    def settings(self, settings: Settings, state: Snapshot) -> msg.MediaTrackSettings:
        """Return ``settings`` of a ``state``, stamped with the moment from which pictures are taken with them."""
        return messages.settings_message(settings, self.header_of(state.in_force_since))

    def change(self, state: Snapshot) -> msg.MediaTrackSettings:
        """Return the settings of a ``state`` that the device was brought to, stamped as ``settings`` are.

        The stamps of one after the other never go back.
        """
        return messages.settings_message(
            state.delivered_settings, self.header(self.stamps.of_change(state.in_force_since)))

    def camera_info(self, state: Snapshot, width: int, height: int, native: tuple[int, int]) -> CameraInfo:
        """Return the intrinsics of a picture of this size that was taken in ``state``.

        ``native`` is the width and height of the device's own picture that it was made of. The user's calibration
        counts; without one, that of a device which is an exact pinhole.
        """
        calibration = self._calibrations.current
        if calibration.info is None and state.field_of_view is not None:
            focal_length = 0.5 * native[0] / math.tan(0.5 * state.field_of_view)
            calibration = Calibration.of_pinhole(*state.framing.turned_size(*native), focal_length)
        zoom = state.settings.get('zoom', 1.0)
        assert isinstance(zoom, (int, float))
        return calibration.fitted(width, height, float(zoom))

    def stream_info(self, frame: Frame, state: Snapshot) -> CameraInfo:
        """Return the intrinsics of a picture of the stream, made of ``frame``, with the frame id and no stamp.

        It is the same object as long as nothing changes. Called on the device's thread.
        """
        framing = state.framing
        made_for = (self._calibrations.current, self.frame_id, framing, state.settings.get('zoom'),
                    state.field_of_view, frame.width, frame.height)
        if made_for != self._stream_info_made_for:
            info = self.camera_info(
                state, framing.delivered_width, framing.delivered_height, (frame.width, frame.height))
            info.header.frame_id = self.frame_id
            self._last_stream_info, self._stream_info_made_for = info, made_for
        return self._last_stream_info


class PhotoTopics:
    """Publishes photos and their calibration."""

    def __init__(self, node: LifecycleNode) -> None:
        self._photo = node.create_publisher(CompressedImage, '~/photo/image/compressed', IMAGE_DEPTH)
        self._info = node.create_publisher(CameraInfo, '~/photo/camera_info', IMAGE_DEPTH)

    @property
    def wanted(self) -> bool:
        """Whether somebody subscribes to photos."""
        return bool(self._photo.get_subscription_count())

    def publish(self, photo: CompressedImage, info: CameraInfo) -> None:
        """Publish a photo with its calibration, each if somebody subscribes: a photo is megabytes."""
        for publisher, message in ((self._photo, photo), (self._info, info)):
            if publisher.get_subscription_count():
                publisher.publish(message)
