# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A subscriber in a process of its own, as most people write it: rclpy, one callback, a default executor.

When the first message has come (or none came for a while) it prints two times in seconds from its own beginning: when
it found the publisher, and now. When it is interrupted it writes what came: the stamp of each message, and when its
callback began.
"""

from __future__ import annotations

import argparse
import json
import signal
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CompressedImage, Image

PATIENCE = 4.0
"""Seconds without a message after the publisher was found, until the subscriber calls itself ready all the same."""


class Arrivals:
    """Remembers what came."""

    def __init__(self) -> None:
        self.stamps: list[int] = []
        self.at: list[int] = []
        self.first = threading.Event()

    def message(self, message: Any) -> None:
        """Take a message."""
        self.at.append(time.time_ns())
        self.stamps.append(message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec)
        self.first.set()

    def serialized(self, data: bytes) -> None:
        """Take a message that was not deserialized; its header comes first."""
        self.at.append(time.time_ns())
        seconds, nanoseconds = struct.unpack_from('<iI', data, 4)
        self.stamps.append(seconds * 1_000_000_000 + nanoseconds)
        self.first.set()


def main() -> int:
    """Subscribe until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--topic', default='/camera/image_raw')
    parser.add_argument('--compressed', action='store_true')
    parser.add_argument('--best-effort', action='store_true', help='sensor data, not the default (reliable, depth 10)')
    parser.add_argument('--serialized', action='store_true', help='do not deserialize: what the transport alone can do')
    parser.add_argument('--log', type=Path, required=True, help='where to write what came')
    options = parser.parse_args()

    # An exception out of the signal's handler may strike rclpy while it converts a message.
    stopping = threading.Event()
    signal.signal(signal.SIGINT, lambda number, frame: stopping.set())
    began = time.monotonic()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('subscriber')
    arrivals = Arrivals()
    topic = f'{options.topic}/compressed' if options.compressed else options.topic
    subscription = node.create_subscription(
        CompressedImage if options.compressed else Image, topic,
        arrivals.serialized if options.serialized else arrivals.message,
        qos_profile_sensor_data if options.best_effort else QoSProfile(depth=10), raw=options.serialized)

    def tell() -> None:
        while not subscription.get_publisher_count():
            time.sleep(0.01)
        found = time.monotonic()
        arrivals.first.wait(PATIENCE)
        print(f'{found - began:.3f} {time.monotonic() - began:.3f}', flush=True)

    threading.Thread(target=tell, daemon=True).start()
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    while not stopping.is_set():
        executor.spin_once(timeout_sec=0.2)
    options.log.write_text(json.dumps({'stamps': arrivals.stamps, 'at': arrivals.at}))
    return 0


if __name__ == '__main__':
    sys.exit(main())
