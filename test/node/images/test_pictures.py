# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Grabbed frames and photos on their way to messages: off the executor's thread, and for subscribers only."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import rclpy
from fixtures.limits import PATIENCE
from fixtures.ros_context import ros_context
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Header

from imagecapture_ros.mediacapture.errors import UnknownError
from imagecapture_ros.mediacapture.frames import Frame
from imagecapture_ros.node.images import grabbed_frames
from imagecapture_ros.node.images.grabbed_frames import FrameConverter
from imagecapture_ros.node.images.picture_messages import PhotoTopics


def test_a_frame_is_converted_on_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    pixels_of = grabbed_frames.pixels_of
    monkeypatch.setattr(grabbed_frames, 'pixels_of', lambda *arguments: (
        threads.append(threading.current_thread().name), pixels_of(*arguments))[1])
    converter = FrameConverter()
    frame = Frame(np.full((2, 4, 3), (10, 20, 30), np.uint8), 'bgr8', 4, 2, 0, 0)
    message = converter.message(frame, Header(frame_id='optical'), 'rgb8').result(PATIENCE)
    converter.close()
    assert (message.encoding, message.width, message.height, message.header.frame_id) == ('rgb8', 4, 2, 'optical')
    assert bytes(message.data[:3]) == bytes((30, 20, 10))
    assert [name.startswith('grab_frame') for name in threads] == [True]


def test_a_frame_that_is_damaged_is_an_unknown_error() -> None:
    converter = FrameConverter()
    damaged = converter.message(Frame(b'no JPEG file', 'jpeg', 4, 2, 0, 0), Header(), '')
    with pytest.raises(UnknownError, match='the frame cannot be shown'):
        damaged.result(PATIENCE)
    converter.close()


def test_photos_are_published_for_subscribers_only(domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with ros_context(domain) as context:
        node = LifecycleNode('camera', context=context, enable_communication_interface=False)
        topics = PhotoTopics(node)
        published: list[Any] = []
        for publisher in node.publishers:
            if publisher.topic_name.startswith('/camera/photo'):
                monkeypatch.setattr(publisher, 'publish', published.append)
        topics.publish(CompressedImage(), CameraInfo())
        assert published == []
        received: list[Any] = []
        subscription = node.create_subscription(CameraInfo, '/camera/photo/camera_info', received.append, 4)
        executor = rclpy.executors.SingleThreadedExecutor(context=context)
        executor.add_node(node)
        while not published:
            executor.spin_once(0.05)
            topics.publish(CompressedImage(), CameraInfo(width=7))
        assert [(type(message), message.width) for message in published] == [(CameraInfo, 7)]
        node.destroy_subscription(subscription)
        executor.shutdown()
        node.destroy_node()
