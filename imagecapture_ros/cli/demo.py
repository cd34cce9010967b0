"""``imagecapture demo``: the node on the simulated camera, a photo, and what to try next."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from imagecapture_ros.cli.parser import Verbs
from imagecapture_ros.cli.private_domain import private_domain, private_environment, private_node

START_TIMEOUT = 60.0
"""Seconds until the first frame; a loaded machine takes its time."""

FRAMES = 30


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser('demo', help='start the simulated camera, take one photo, stop again')
    parser.add_argument('--output', type=Path, default=Path('output'), help='folder for the photo (default: output)')
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demonstration; return the exit code."""
    with private_domain() as domain:
        environment = private_environment(domain)
        os.environ.update(environment)
        print(f'starting the camera node on the simulated camera (ROS domain {domain})', flush=True)
        with private_node(environment) as node:
            _photograph(node, arguments.output)
        if node.returncode != 0:
            print(f'the node did not stop cleanly: exit code {node.returncode}', file=sys.stderr)
            return 1
    print('stopped the node cleanly\n')
    print(_NEXT_STEPS.format(command=shlex.quote(str(Path(sys.argv[0]).absolute().parent))))
    return 0


def _photograph(node: subprocess.Popen[bytes], folder: Path) -> None:
    from sensor_msgs.msg import Image

    from imagecapture_ros.client import CameraClient

    stamps: list[float] = []
    with CameraClient() as client:
        client.node.create_subscription(
            Image, '/camera/image_raw', lambda image: stamps.append(image.header.stamp.sec), 10)
        began = time.monotonic()
        while len(stamps) < FRAMES:
            if node.poll() is not None:
                raise SystemExit(f'the node ended with exit code {node.returncode} before the first {FRAMES} frames')
            if time.monotonic() - began > START_TIMEOUT:
                raise SystemExit(f'only {len(stamps)} frames came within {START_TIMEOUT:g} s')
            client.spin_once(0.1)
            if len(stamps) == 1:
                first = time.monotonic()
        rate = (FRAMES - 1) / max(1e-3, time.monotonic() - first)
        print(f'received {FRAMES} frames of /camera/image_raw at {rate:.1f} Hz')
        began = time.monotonic()
        photo = client.take_photo(width=1920, height=1080)
        seconds = time.monotonic() - began
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / 'photo.jpg'
    path.write_bytes(photo.data)
    print(f'took a photo of {photo.width}x{photo.height} pixels in {seconds:.2f} s beside the stream: {path.resolve()}')


_NEXT_STEPS = """To go on, in one terminal:
  {command}/imagecapture_node --ros-args -p device:=sim
in another, from Python:
  {command}/python -c "from imagecapture_ros.client import CameraClient; \\
    print(CameraClient().take_photo(width=4000).save('photo.jpg'))"
or, where ROS 2 is installed, with its command line:
  ros2 param set /camera zoom 2.0
  ros2 service call /camera/get_settings imagecapture_ros/srv/GetSettings
  ros2 service call /camera/take_photo imagecapture_ros/srv/TakePhoto \\
    "{{photo_settings: {{image_width: [4000.0]}}, omit_data: true}}"
A video, a folder of images or a network camera instead of the simulated one:
  {command}/imagecapture_node --ros-args -p device:=/path/to/video.mp4"""
