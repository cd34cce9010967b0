# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture devices``: the cameras of this machine, or of a camera node's machine."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, ask_camera
from imagecapture_ros.cli.output import print_json, print_table
from imagecapture_ros.cli.parser import Verbs, add_camera_options, add_json_option, add_verb

if TYPE_CHECKING:
    from imagecapture_ros.client import CameraClient
    from imagecapture_ros.mediacapture.source import DeviceInfo


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'devices', help='list the cameras of this machine',
        description='List the cameras of this machine, or with --camera those of the machine that a node runs on.',
        examples=('imagecapture devices', 'imagecapture devices --camera /robot/left --json'))
    add_camera_options(parser)
    parser.set_defaults(camera=None)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the devices; return the exit code."""
    if arguments.camera is not None:
        return ask_camera(arguments, lambda camera: _remote(camera, arguments))
    from imagecapture_ros.cameras.registry import enumerate_devices

    return _print(enumerate_devices(), arguments)


def _remote(camera: CameraClient, arguments: argparse.Namespace) -> int:
    return _print(camera.devices(timeout=arguments.timeout), arguments)


def _print(devices: list[DeviceInfo], arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_json([dataclasses.asdict(device) for device in devices])
    else:
        print_table(('device', 'label', 'facing', 'path'), [
            (device.device_id, device.label, device.facing_mode, device.path) for device in devices])
    return DONE
