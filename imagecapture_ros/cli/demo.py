# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture demo``: the node on the simulated camera, a photo, and what to try next."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, FAILED, camera_client
from imagecapture_ros.cli.output import complain, print_json, say
from imagecapture_ros.cli.parser import Verbs, add_json_option, add_verb
from imagecapture_ros.cli.private_domain import private_domain, private_environment, private_node

if TYPE_CHECKING:
    from imagecapture_ros.client import Photo

START_TIMEOUT = 60.0
"""Seconds until the first frame; a loaded machine takes its time."""

FRAMES = 30


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'demo', help='start the simulated camera, take one photo, stop again',
        description='Start the node on the simulated camera, in a ROS domain that nobody uses, receive its images, '
                    'take one photo, and stop again.',
        examples=('imagecapture demo', 'imagecapture demo --output pictures'))
    parser.add_argument('--output', type=Path, default=Path('output'), metavar='FOLDER',
                        help='folder for the photo (default: output)')
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the demonstration; return the exit code."""
    tell: Callable[..., object] = say if not arguments.json else _say_nothing
    try:  # before anything is started
        arguments.output.mkdir(parents=True, exist_ok=True)
        path = (arguments.output / 'photo.jpg').resolve()
    except OSError as error:
        return _not_saved(arguments.output, error)
    with private_domain() as domain:
        environment = private_environment(domain)
        os.environ.update(environment)
        tell(f'starting the camera node on the simulated camera (ROS domain {domain})')
        with private_node(environment) as node:
            photo, facts = _photograph(node, tell)
        if node.returncode != 0:
            complain(f'the node did not stop cleanly: exit code {node.returncode}')
            return FAILED
    try:
        path.write_bytes(photo.data)
    except OSError as error:
        return _not_saved(path.parent, error)
    tell(f'took a photo of {photo.width}x{photo.height} pixels in {facts["latency"]:.2f} s, without stopping the '
         f'stream: {path}')
    if arguments.json:
        print_json({'path': str(path), **facts})
    tell('stopped the node cleanly', '')
    tell(*_NEXT_STEPS.format(command=_command(), python=shlex.quote(sys.executable)).splitlines())
    return DONE


def _command() -> str:
    """Return how this command can be called again from here."""
    own = Path(sys.argv[0])
    return 'imagecapture' if shutil.which('imagecapture') or not own.is_file() else shlex.quote(str(own.absolute()))


def _not_saved(folder: Path, error: OSError) -> int:
    complain(f'the photo cannot be saved in {folder}: {error.strerror}; choose another folder with --output')
    return FAILED


def _say_nothing(*_: object) -> None:
    """Leave standard output to what programs read."""


def _photograph(node: subprocess.Popen[bytes], tell: Callable[..., object]) -> tuple[Photo, dict[str, Any]]:
    from sensor_msgs.msg import Image

    stamps: list[float] = []
    with camera_client('/camera') as client:
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
        tell(f'received {FRAMES} frames of /camera/image_raw at {rate:.1f} Hz')
        began = time.monotonic()
        photo = client.take_photo(width=1920, height=1080)
        seconds = time.monotonic() - began
    return photo, {'width': photo.width, 'height': photo.height, 'latency': seconds, 'frames': FRAMES, 'rate': rate}


_NEXT_STEPS = """To go on, in one terminal:
  {command} run sim
in another:
  {command} status
  {command} photo -o photo.jpg --width 4000
or from Python:
  {python} -c "from imagecapture_ros.client import CameraClient; \\
    print(CameraClient().take_photo(width=4000).save('photo.jpg'))"
or, where ROS 2 is installed, with its command line:
  ros2 param set /camera zoom 2.0
  ros2 service call /camera/get_settings imagecapture_ros/srv/GetSettings
  ros2 service call /camera/take_photo imagecapture_ros/srv/TakePhoto \\
    "{{photo_settings: {{image_width: [4000.0]}}, omit_data: true}}"
A video, a folder of images or a network camera instead of the simulated one:
  {command} run /path/to/video.mp4"""
