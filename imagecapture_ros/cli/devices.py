"""``imagecapture devices``: the cameras of this machine."""

from __future__ import annotations

import argparse
import dataclasses
import json

from imagecapture_ros.cameras.devices import enumerate_devices


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser('devices', help='list the cameras of this machine')
    parser.add_argument('--json', action='store_true', help='print a JSON list')
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the devices; return the exit code."""
    devices = enumerate_devices()
    if arguments.json:
        print(json.dumps([dataclasses.asdict(device) for device in devices]))
        return 0
    width = max((len(device.device_id) for device in devices), default=0)
    for device in devices:
        facing = f' (facing: {device.facing_mode})' if device.facing_mode else ''
        path = f'  {device.path}' if device.path else ''
        print(f'{device.device_id:<{width}}  {device.label}{facing}{path}')
    return 0
