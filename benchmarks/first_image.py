# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the start of a node to its first image at a subscriber that waits for it, next to a node written by hand.

The node runs on the simulated camera at 640x480 and 30 Hz; the peer (``handwritten_node.py``) on ready frames of that
size, without parameters, services and calibration. They start in turn. The subscriber is in this process, as with a
perception stack that is up before the camera. Both ranges of discovery are measured: ROS's default, SUBNET, where
participants announce themselves once by multicast, and LOCALHOST, where they do to each possible neighbour.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from processes import PATIENCE, running

from imagecapture_ros.cli.private_domain import private_domain, private_environment

NODES = {
    'imagecapture_ros': ('-m', 'imagecapture_ros.node', '--ros-args', '-p', 'device:=sim'),
    'written by hand': ('handwritten_node.py', '--width', 640, '--height', 480, '--rate', 30, '--stream', 'bgr8'),
}

RANGES = ('SUBNET', 'LOCALHOST')
"""Values of ROS_AUTOMATIC_DISCOVERY_RANGE."""

DISCOVERED = 2.0
"""Seconds; what takes longer has waited for the subscriber's periodic announcement."""


def start(command: Sequence[object], discovery: str) -> float:
    """Start a node with a range of discovery; return the seconds until its first image has come.

    :raises RuntimeError: none comes.
    """
    from sensor_msgs.msg import Image

    from imagecapture_ros.client import CameraClient

    with private_domain() as domain, tempfile.TemporaryDirectory() as folder:
        environment = {**private_environment(domain), 'ROS_AUTOMATIC_DISCOVERY_RANGE': discovery}
        os.environ.update(environment)
        log = () if command[0] == '-m' else ('--log', Path(folder) / 'log')
        arrived: list[float] = []
        with CameraClient() as client:
            client.node.create_subscription(Image, '/camera/image_raw', lambda _: arrived.append(time.monotonic()), 10)
            time.sleep(1.0)  # it is there, as a stack that was started before
            began = time.monotonic()
            with running(*command, *log, environment=environment) as node:
                while not arrived and time.monotonic() < began + PATIENCE:
                    client.spin_once(0.1)
                node.stop()
    if not arrived:
        raise RuntimeError(f'no image came within {PATIENCE:g} s')
    return arrived[0] - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and, if asked, write it as JSON."""
    parser = argparse.ArgumentParser(description='From the start of a node to its first image at a waiting subscriber.')
    parser.add_argument('--starts', type=int, default=10, help='of each node (10), after one that is not counted')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers here')
    options = parser.parse_args(arguments)
    rows = []
    for discovery in RANGES:
        times: dict[str, list[float]] = {name: [] for name in NODES}
        for number in range(options.starts + 1):
            for name, command in NODES.items():
                seconds = start(command, discovery)
                if number:  # the first reads the files of Python and ROS from the disk
                    times[name].append(seconds)
        rows += [{'range': discovery, 'node': name, 'median s': statistics.median(one), 'shortest s': min(one),
                  'longest s': max(one), 'late': sum(seconds > DISCOVERED for seconds in one), 'starts': len(one)}
                 for name, one in times.items()]
    print(f'{"range":>10} {"node":>18} {"median s":>9} {"shortest s":>11} {"longest s":>10} {"above 2 s":>12}')
    for row in rows:
        print(f'{row["range"]:>10} {row["node"]:>18} {row["median s"]:9.2f} {row["shortest s"]:11.2f} '
              f'{row["longest s"]:10.2f} {row["late"]:>5} of {row["starts"]}')
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + '\n', encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
