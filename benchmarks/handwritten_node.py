# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The peer: a node as one writes it by hand around cv2.VideoCapture and cv_bridge, on the same ready frames.

It is the lean form of it: a loop without a timer, without parameters, services and calibration, with the transport that
ROS 2 has by default. Like ``VideoCapture``, its source decodes JPEG frames to bgr8.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from rclpy.signals import SignalHandlerOptions
from ready_frames import JPEG_QUALITY, ReadyFrames
from sensor_msgs.msg import CompressedImage, Image

STOPPING = False


def image_message(pixels: Any, stamp: Time) -> Image:
    """Return what ``CvBridge.cv2_to_imgmsg`` makes."""
    message = Image(height=pixels.shape[0], width=pixels.shape[1], encoding='bgr8', step=pixels.shape[1] * 3)
    message.header.stamp = stamp
    message.header.frame_id = 'camera'
    message.data = array.array('B', pixels.tobytes())
    return message


def compressed_message(pixels: Any, stamp: Time) -> CompressedImage:
    """Return what ``CvBridge.cv2_to_compressed_imgmsg`` makes."""
    message = CompressedImage(format='jpeg')
    message.header.stamp = stamp
    message.header.frame_id = 'camera'
    encoded = cv2.imencode('.jpg', pixels, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))[1]
    message.data = array.array('B', encoded.tobytes())
    return message


def stop(number: int, frame: object) -> None:
    """End the loop."""
    global STOPPING
    STOPPING = True


def main() -> int:
    """Publish until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--width', type=int, required=True)
    parser.add_argument('--height', type=int, required=True)
    parser.add_argument('--rate', type=float, required=True, help='Hz; 0: as fast as they can be published')
    parser.add_argument('--stream', choices=('bgr8', 'jpeg', 'mjpeg'), required=True)
    parser.add_argument('--log', type=Path, required=True, help='where to write which frames were read')
    options = parser.parse_args()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    frames = ReadyFrames(options.width, options.height, options.rate, jpeg=options.stream == 'mjpeg')
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('camera')
    if options.stream == 'bgr8':
        publisher = node.create_publisher(Image, '~/image_raw', 10)
    else:
        publisher = node.create_publisher(CompressedImage, '~/image_raw/compressed', 10)
    to_ros_time = time.time_ns() - time.monotonic_ns()
    frames.start()
    while not STOPPING:
        frame = frames.read(0.1)
        if frame is None:
            continue
        seconds, nanoseconds = divmod(frame.exposed_at + to_ros_time, 1_000_000_000)
        stamp = Time(sec=seconds, nanosec=nanoseconds)
        pixels = frame.data
        if isinstance(pixels, bytes):
            pixels = cv2.imdecode(np.frombuffer(pixels, np.uint8), cv2.IMREAD_COLOR)
        message = image_message(pixels, stamp) if options.stream == 'bgr8' else compressed_message(pixels, stamp)
        # A reliable publisher whose queue is full raises RCLError, which has no public name; most nodes end with it.
        with contextlib.suppress(RuntimeError):
            publisher.publish(message)
    options.log.write_text(json.dumps(frames.handed_over))
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
