# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture status``: whether a camera node is well."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, ask_camera
from imagecapture_ros.cli.output import print_json, print_table, say
from imagecapture_ros.cli.parser import Verbs, add_camera_options, add_json_option, add_verb
from imagecapture_ros.mediacapture.constraints import Constraint

if TYPE_CHECKING:
    from imagecapture_ros.cli.live import LiveView
    from imagecapture_ros.client import CameraClient

FRAMES = 15
"""Frames after which the rate is good enough."""

REPORT_TIMEOUT = 2.5
"""Seconds at most to listen to frames, and to wait for the diagnostics, which come once a second."""


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'status', help='state, device, rates, diagnostics of a camera node',
        description='Show the state of a camera node, its device, the rate that was asked for and the one that arrives '
                    'here, whether it is muted and why, and its diagnostics.',
        examples=('imagecapture status', 'imagecapture status --camera /robot/left --json'))
    add_camera_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the status; return the exit code."""
    return ask_camera(arguments, lambda camera: _show(camera, arguments))


def _show(camera: CameraClient, arguments: argparse.Namespace) -> int:
    from lifecycle_msgs.srv import GetState

    from imagecapture_ros.cli.live import LiveView

    state = camera.call(GetState, 'get_state', timeout=arguments.timeout, reading=True).current_state.label
    live = LiveView(camera, arguments.camera)
    live.wait(min(REPORT_TIMEOUT, arguments.timeout),
              lambda: live.diagnostics is not None and (state != 'active' or live.frames >= FRAMES))
    status = _status(camera, live, state, arguments)
    if arguments.json:
        print_json(status)
        return DONE
    diagnostics = status.pop('diagnostics')
    print_table(('', str(status.pop('node'))), [
        (name.replace('_', ' '), _shown(value)) for name, value in status.items() if value not in (None, '')])
    if diagnostics:
        say()
        print_table(('diagnostics', ''), [(name, value) for name, value in diagnostics.items() if value])
    return DONE


def _status(
    camera: CameraClient, live: LiveView, state: str, arguments: argparse.Namespace,
) -> dict[str, Any]:
    from imagecapture_ros.cli.live import LEVELS

    configured = state in ('inactive', 'active')
    settings = camera.settings(timeout=arguments.timeout) if configured else {}
    constraints = camera.constraints(timeout=arguments.timeout).basic if configured else {}
    track, told = live.track, live.diagnostics
    values = {pair.key: pair.value for pair in told.values} if told is not None else {}
    mode = f'{settings["width"]}x{settings["height"]}' if 'width' in settings and 'height' in settings else ''
    return {
        'node': f'/{arguments.camera.strip("/")}', 'state': state,
        'device': settings.get('device_id', ''), 'label': values.get('device', ''), 'mode': mode,
        'rate_wanted': _wanted(constraints.get('frame_rate'), settings.get('frame_rate')),
        'rate_measured': None if live.rate is None else round(live.rate, 2),
        'track': track.ready_state if track is not None else '', 'muted': track.muted if track is not None else None,
        'reason': track.reason if track is not None else '',
        'health': LEVELS.get(told.level, '?') if told is not None else '',
        'summary': told.message if told is not None else '', 'transport': values.get('transport', ''),
        'diagnostics': values,
    }


def _wanted(constraint: Constraint | None, setting: Any) -> Any:
    """Return the rate that was asked for, in Hz, or what the camera is set to if none was."""
    asked = None if constraint is None else constraint.exact if constraint.exact is not None else constraint.ideal
    return setting if asked is None else asked


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    return f'{value:g} Hz' if isinstance(value, float) else str(value)
