# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture apply`` and ``imagecapture reset``: replace a camera's constraints, and say what became of them."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, WRONG_COMMAND_LINE, ask_camera, camera_client
from imagecapture_ros.cli.assignments import HOW, AssignmentError, complete_assignment, constraints_of
from imagecapture_ros.cli.output import (
    complain,
    note,
    print_json,
    print_table,
    say,
    shown_capability,
    shown_value,
    unit_of,
)
from imagecapture_ros.cli.parser import Verbs, add_camera_options, add_json_option, add_verb, completed_by
from imagecapture_ros.mediacapture.capabilities import Settings
from imagecapture_ros.mediacapture.constraints import Constraints
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.vocabulary import BY_W3C_NAME, VOCABULARY
from imagecapture_ros.mediacapture.w3c_json import constraints_from_json, settings_to_json
from imagecapture_ros.suggestions import hint

if TYPE_CHECKING:
    from imagecapture_ros.client import Applied, CameraClient

_DESCRIPTION = f"""Replace all constraints of a camera. What is left out returns to its default; wishes are met as well
as possible; exact values and ranges are met, or nothing changes.

{HOW.capitalize()}.
Several values: facing_mode=user,left. Points: points_of_interest=0.25,0.5. Fractions: aspect_ratio==16/9.

With --json OBJECT the constraints are MediaTrackConstraints as browsers take them, with names like exposureMode and
with "advanced"; "-" reads them from standard input. What is printed is then JSON, too."""


_HINT_TIMEOUT = 5.0
"""Seconds to wait for a camera only to say what it would allow; DDS may need more than 3 to find it."""

LONGEST_INPUT = 1 << 20
"""Characters that are read from the standard input."""


def add_parser(verbs: Verbs[Any]) -> None:
    """Add both verbs to the command line."""
    parser = add_verb(
        verbs, 'apply', help='set a camera up with constraints', description=_DESCRIPTION, examples=(
            'imagecapture apply zoom=2 exposure_mode=manual exposure_time=50  # 5 ms',
            'imagecapture apply width=1280..1920 frame_rate==30',
            'imagecapture apply --json \'{"zoom": {"exact": 2}, "advanced": [{"torch": true}]}\'',
            'imagecapture apply --json - < setup.json',
        ))
    completed_by(
        parser.add_argument('constraints', nargs='*', metavar='PROPERTY=VALUE', help='one constraint; see above'),
        complete_assignment)
    add_camera_options(parser)
    parser.add_argument('--json', nargs='?', const='', metavar='OBJECT',
                        help='print JSON; OBJECT: the constraints, or - for standard input')
    parser.set_defaults(run=run)
    parser = add_verb(
        verbs, 'reset', help='remove all constraints: the camera returns to its defaults',
        description='Remove all constraints, so that the camera returns to its defaults, and show what changed.',
        examples=('imagecapture reset', 'imagecapture reset --camera /robot/left'))
    add_camera_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=reset)


def run(arguments: argparse.Namespace) -> int:
    """Apply the constraints and print what was met; return the exit code."""
    words, text = list(arguments.constraints), arguments.json
    if text and text != '-' and not text.lstrip().startswith('{'):
        words.insert(0, text)  # "--json zoom=2": JSON is only asked for
        text = ''
    try:
        if text and words:
            raise AssignmentError(f'give the constraints as JSON or as words ({" ".join(words)}), not both')
        if text:
            constraints = _from_json(_input() if text == '-' else text)
        else:
            if not words:
                raise AssignmentError(f'nothing is asked for; {HOW}; "imagecapture reset" removes all constraints')
            constraints = Constraints(constraints_of(words))
    except AssignmentError as error:
        complain(f'{error}{_allowed(arguments, error.name)}')
        return WRONG_COMMAND_LINE
    except ConstraintTypeError as error:
        complain(error)
        return WRONG_COMMAND_LINE
    return ask_camera(arguments, lambda camera: _apply(camera, constraints, arguments))


def reset(arguments: argparse.Namespace) -> int:
    """Remove all constraints and print what changed; return the exit code."""

    def ask(camera: CameraClient) -> int:
        before = camera.settings(timeout=arguments.timeout)
        result = camera.apply(timeout=arguments.timeout)
        if arguments.json:
            _print_result(result)
            return DONE
        changed = [(name, shown_value(before[name]), shown_value(value), unit_of(name))
                   for name, value in result.settings.items()
                   if before.get(name, value) != value and not _left_to_the_camera(name, result.settings)]
        if changed:
            print_table(('property', 'was', 'is', 'unit'), changed)
        else:
            say('no constraint is left; the settings are as they were')
        return DONE

    return ask_camera(arguments, ask)


def _left_to_the_camera(name: str, settings: Settings) -> bool:
    """Return whether an automatic mode is turning this value."""
    return not VOCABULARY[name].counts(settings)


def _apply(camera: CameraClient, constraints: Constraints, arguments: argparse.Namespace) -> int:
    result = camera.apply(constraints, timeout=arguments.timeout)
    if arguments.json is not None:
        _print_result(result)
        return DONE
    possible = camera.capabilities(timeout=arguments.timeout) if result.unmet else {}
    rows = []
    for name, constraint in constraints.basic.items():
        value = result.settings.get(name)
        is_now = 'the camera does not have it' if value is None else shown_value(value)
        met = name not in result.unmet
        rows.append((name, str(constraint), is_now, unit_of(name), 'yes' if met else 'no',
                     '' if met else shown_capability(possible.get(name))))
    if rows:
        columns = ('property', 'asked', 'is', 'unit', 'met', 'possible')
        kept = len(columns) if result.unmet else len(columns) - 1
        print_table(columns[:kept], [row[:kept] for row in rows])
    for number, _ in enumerate(constraints.advanced):
        say(f'advanced set {number}: {"skipped" if number in result.skipped_advanced else "met"}')
    return DONE


def _print_result(result: Applied) -> None:
    print_json({
        'settings': settings_to_json(result.settings), 'unmet': [VOCABULARY[name].w3c_name for name in result.unmet],
        'skippedAdvanced': list(result.skipped_advanced),
    })


def _input() -> str:
    text = sys.stdin.read(LONGEST_INPUT + 1)
    if len(text) > LONGEST_INPUT:
        raise AssignmentError(f'--json -: more than {LONGEST_INPUT} characters come; give one JSON object')
    return text


def _from_json(text: str) -> Constraints:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AssignmentError(f'--json: {error}; write for instance --json \'{{"zoom": {{"exact": 2}}}}\'') from error
    constraints = constraints_from_json(value)
    for members in (value, *value.get('advanced', ())):
        for name in members or ():
            if name not in BY_W3C_NAME and name != 'advanced':
                # As the specification says; but here somebody is looking.
                note(f'note: {name!r} is ignored, it is no property; {hint(name, BY_W3C_NAME)}')
    return constraints


def _allowed(arguments: argparse.Namespace, name: str) -> str:
    """Return what the camera allows for the property that a word got wrong, if it can be asked."""
    if not name or VOCABULARY[name].values:
        return ''
    from imagecapture_ros.client import ServiceTimeout
    from imagecapture_ros.mediacapture.errors import MediaCaptureError
    from imagecapture_ros.ros_environment import RosEnvironmentError

    try:
        with camera_client(arguments.camera) as camera:
            capability = camera.capabilities(timeout=min(arguments.timeout, _HINT_TIMEOUT)).get(name)
    except (ServiceTimeout, MediaCaptureError, RosEnvironmentError):
        return ''
    if not capability:
        return ''
    unit = f' (unit: {unit_of(name)})' if unit_of(name) else ''
    return f'; {arguments.camera} allows {shown_capability(capability)}{unit}'
