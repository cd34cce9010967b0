# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture run``: the camera node in this terminal."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from imagecapture_ros.cli.parser import Verbs, add_verb, completed_by, node_name, ros_name
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind
from imagecapture_ros.share import find_parameter_file
from imagecapture_ros.suggestions import hint

_FREE = ('v4l2.', 'qos_overrides.', 'sim.')
"""Beginnings of parameters that depend on the device."""

LOG_LEVELS = ('debug', 'info', 'warn', 'error', 'fatal')


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'run', help='start the camera node in this terminal',
        description='Start the camera node in this terminal; Ctrl-C stops it. It becomes imagecapture_node, so signals '
                    'reach the node itself.',
        examples=(
            'imagecapture run  # the best camera of this machine',
            'imagecapture run sim --name left --namespace /robot',
            'imagecapture run /dev/video0 -p width=1280 -p frame_rate=30',
            'imagecapture run rtsp://camera/stream --params-file rtsp.yaml',
        ))
    completed_by(parser.add_argument(
        'device', nargs='?', help='a Linux camera ("imagecapture devices" lists them), sim, a file, a folder of '
                                  'images, or a URL; default: the best camera of this machine'), _devices)
    completed_by(parser.add_argument(
        '-p', '--parameter', action='append', default=[], type=_parameter, metavar='NAME=VALUE',
        help='a parameter of the node, for instance -p photo_directory=/tmp -p zoom=2; again for each'), _parameters)
    parser.add_argument('--name', type=ros_name, metavar='NAME', help='name of the node (default: camera)')
    parser.add_argument('--namespace', type=node_name, metavar='NAMESPACE',
                        help='namespace of the node, for instance /robot')
    parser.add_argument('--params-file', type=_file, metavar='FILE',
                        help='parameters in YAML: a file, or one that comes with the package, for instance webcam.yaml')
    parser.add_argument('--log-level', choices=LOG_LEVELS, metavar='|'.join(LOG_LEVELS),
                        help='how much the node logs (default: info)')
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Become the node."""
    command = [sys.executable, '-m', 'imagecapture_ros.node', *ros_arguments(arguments)]
    sys.stdout.flush()
    os.execv(command[0], command)


def ros_arguments(arguments: argparse.Namespace) -> list[str]:
    """Return the arguments of imagecapture_node."""
    words = ['--ros-args']
    if arguments.params_file is not None:
        words += ['--params-file', str(arguments.params_file)]
    if arguments.device is not None:
        words += ['-p', f'device:={json.dumps(arguments.device)}']  # in quotes, so that YAML sees text and nothing else
    for name, value in arguments.parameter:
        words += ['-p', f'{name}:={value}']
    if arguments.name is not None:
        words += ['-r', f'__node:={arguments.name}']
    if arguments.namespace is not None:
        words += ['-r', f'__ns:=/{arguments.namespace.strip("/")}']
    if arguments.log_level is not None:
        words += ['--log-level', arguments.log_level]
    return words


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition('=')
    name = name.removesuffix(':')  # as after --ros-args
    if not name:
        raise argparse.ArgumentTypeError(f'{text!r} names no parameter; write NAME=VALUE, for instance zoom=2')
    if not equals or not value:
        raise argparse.ArgumentTypeError(f'{text!r} has no value; write {name}=VALUE')
    if name not in (known := _known()) and not name.startswith(_FREE):
        raise argparse.ArgumentTypeError(f'{name!r} is no parameter of the node; {hint(name, known)}')
    return name, value


def _known() -> tuple[str, ...]:
    from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS

    return (*STARTUP_PARAMETERS, *VOCABULARY, 'use_sim_time')


def _file(text: str) -> Path:
    try:
        return find_parameter_file(text)
    except FileNotFoundError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _devices(prefix: str, **_: Any) -> list[str]:
    from imagecapture_ros.cameras.registry import enumerate_devices

    return [one.device_id for one in enumerate_devices() if one.device_id.startswith(prefix)]


def _parameters(prefix: str, **_: Any) -> list[str]:
    name, equals, _value = prefix.partition('=')
    if not equals:
        return [f'{one}=' for one in _known() if one.startswith(prefix)]
    row = VOCABULARY.get(name)
    if row is None:
        return []
    values = ('true', 'false') if row.kind is Kind.BOOLEAN else row.values
    return [word for value in values if (word := f'{name}={value}').startswith(prefix)]
