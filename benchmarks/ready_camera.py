# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera node as it is installed, on a camera that hands over ready frames.

Everything runs through the node's own entry point, its capture thread and its publishers; only the camera is replaced.
With several names there are as many nodes in this one process, each with a camera and a thread of its own; they share
one executor and one DDS participant.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from concurrent.futures import Future
from pathlib import Path
from unittest import mock

from ready_frames import ReadyFrames

from imagecapture_ros.cameras.api import ReadTimeout, photo_at_once
from imagecapture_ros.cameras.backends.opencv.single_mode import SingleModeCamera
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings
from imagecapture_ros.mediacapture.frames import JPEG, Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo

FASTEST = 10_000.0
"""Hz; the rate that a camera without a pace of its own tells."""


class ReadyCamera(SingleModeCamera):
    """Hands over ready frames; implements ``Camera``."""

    has_capture_timestamps = True

    def __init__(self, frames: ReadyFrames, encoding: str, log: Path) -> None:
        super().__init__(DeviceInfo('ready', 'ready frames', 'ready'))
        self._frames = frames
        self._encoding = encoding
        self._log = log
        self._mode = NativeMode(frames.width, frames.height, frames.rate or FASTEST)

    def open(self) -> None:
        """Do nothing: the frames are ready."""

    def close(self) -> None:
        """Write which frames were handed over; the node ends its process itself."""
        self._log.write_text(json.dumps(self._frames.handed_over))

    def start(self) -> None:
        """Begin to hand over frames."""
        self._frames.start()

    def stop(self) -> None:
        """Do nothing."""

    def read(self, timeout: float) -> Frame:
        """Return the next frame; see :meth:`Camera.read`."""
        ready = self._frames.read(timeout)
        if ready is None:
            raise ReadTimeout('the next frame is not due yet')
        return Frame(ready.data, self._encoding, self._frames.width, self._frames.height, ready.exposed_at,
                     ready.sequence)

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return False."""
        return False

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Return the next frame."""
        return photo_at_once(RawPhoto(self.read(1.0), self.photo_settings, self.settings))


def main() -> int:
    """Run the node until it is interrupted; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--width', type=int, required=True)
    parser.add_argument('--height', type=int, required=True)
    parser.add_argument('--rate', type=float, required=True, help='Hz; 0: as fast as the node takes them')
    parser.add_argument('--stream', choices=('bgr8', 'jpeg', 'mjpeg'), required=True)
    parser.add_argument('--log', type=Path, required=True,
                        help='where to write which frames were handed over; of further cameras, with a number behind')
    parser.add_argument('--names', nargs='+', default=['camera'], help='of the nodes (camera)')
    options = parser.parse_args()

    from imagecapture_ros.node import camera_node
    from imagecapture_ros.node import main as entry_point

    jpeg = options.stream == 'mjpeg'
    frames = [ReadyFrames(options.width, options.height, options.rate, jpeg=jpeg) for _ in options.names]
    cameras = [ReadyCamera(one, JPEG if jpeg else 'bgr8', options.log.with_name(f'{options.log.name}{number or ""}'))
               for number, one in enumerate(frames)]
    with mock.patch.object(camera_node, 'cameras_for', side_effect=[[camera] for camera in cameras]):
        if len(cameras) > 1:
            return run_together(options.names, options.width, options.height)
        return entry_point.main([
            'imagecapture_node', '--ros-args', '-p', 'device:=ready', '-r', f'__node:={options.names[0]}'])


def run_together(names: list[str], width: int, height: int) -> int:
    """Run several nodes in this process until it is interrupted; return the exit code."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.signals import SignalHandlerOptions

    from imagecapture_ros.node.camera_node import CameraNode
    from imagecapture_ros.node.middleware.transport import TransportWish, transport_in_force

    stopping: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: stopping.append(number))
    with transport_in_force(TransportWish(width=width, height=height, cameras=len(names))) as transport:
        rclpy.init(args=['--ros-args', '-p', 'device:=ready'], signal_handler_options=SignalHandlerOptions.NO)
        nodes = [CameraNode(name, transport=transport) for name in names]
    executor = SingleThreadedExecutor()
    for node in nodes:
        executor.add_node(node)
        executor.create_task(node.start)
    while not stopping:
        executor.spin_once(timeout_sec=0.2)
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
