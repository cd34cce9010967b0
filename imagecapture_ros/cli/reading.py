# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture settings``, ``capabilities`` and ``constraints``: what a camera is set to, can do, was asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, ask_camera
from imagecapture_ros.cli.output import (
    print_json,
    print_table,
    say,
    settings_rows,
    shown_capability,
    shown_value,
    unit_of,
)
from imagecapture_ros.cli.parser import Verbs, add_camera_options, add_json_option, add_verb
from imagecapture_ros.mediacapture.capabilities import PhotoCapabilities
from imagecapture_ros.mediacapture.w3c_json import (
    capabilities_to_json,
    constraints_to_json,
    photo_capabilities_to_json,
    settings_to_json,
)

if TYPE_CHECKING:
    from imagecapture_ros.client import CameraClient


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verbs to the command line."""
    for name, text, ask, json_example in (
        ('settings', 'what a camera is set to', _settings, 'imagecapture settings --json | jq .zoom'),
        ('capabilities', 'what a camera and its photos can do: ranges, units, modes', _capabilities,
         'imagecapture capabilities --json | jq .capabilities.zoom.max'),
        ('constraints', 'what a camera was asked for last', _constraints,
         'imagecapture constraints --json > setup.json  # what "apply --json -" takes'),
    ):
        parser = add_verb(
            verbs, name, help=text, description=f'Show {text}. JSON is the dictionary of the specification.',
            examples=(f'imagecapture {name}', f'imagecapture {name} --camera /robot/left', json_example))
        add_camera_options(parser)
        add_json_option(parser)
        parser.set_defaults(run=_running(ask))


def _running(ask: Callable[[CameraClient, argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    return lambda arguments: ask_camera(arguments, lambda camera: ask(camera, arguments))


def _settings(camera: CameraClient, arguments: argparse.Namespace) -> int:
    settings = camera.settings(timeout=arguments.timeout)
    if arguments.json:
        print_json(settings_to_json(settings))
    else:
        print_table(('property', 'value', 'unit'), settings_rows(settings))
    return DONE


def _capabilities(camera: CameraClient, arguments: argparse.Namespace) -> int:
    capabilities = camera.capabilities(timeout=arguments.timeout)
    photo = camera.photo_capabilities(timeout=arguments.timeout)
    if arguments.json:
        print_json({
            'capabilities': capabilities_to_json(capabilities), 'photoCapabilities': photo_capabilities_to_json(photo)})
        return DONE
    settings = camera.settings(timeout=arguments.timeout)
    print_table(('property', 'possible', 'now', 'unit'), [
        (name, shown_capability(capability), shown_value(settings[name]) if name in settings else '', unit_of(name))
        for name, capability in capabilities.items()])
    say()
    print_table(('photo', 'possible', 'unit'), _photo_rows(photo))
    return DONE


def _photo_rows(photo: PhotoCapabilities) -> list[tuple[str, str, str]]:
    rows = [(name, str(size), 'pixels') for name, size in (
        ('image_width', photo.image_width), ('image_height', photo.image_height)) if size is not None]
    if photo.fill_light_mode:
        rows.append(('fill_light_mode', ', '.join(photo.fill_light_mode), ''))
    return [*rows, ('red_eye_reduction', photo.red_eye_reduction, '')]


def _constraints(camera: CameraClient, arguments: argparse.Namespace) -> int:
    constraints = camera.constraints(timeout=arguments.timeout)
    if arguments.json:
        print_json(constraints_to_json(constraints))
        return DONE
    sets = [('', constraints.basic), *((f'advanced {number}', one) for number, one in enumerate(constraints.advanced))]
    rows = [(name, str(constraint), unit_of(name), where)
            for where, one in sets for name, constraint in one.items()]
    if not rows:
        say('nothing is asked of this camera')
    elif constraints.advanced:
        print_table(('property', 'asked', 'unit', 'set'), rows)
    else:
        print_table(('property', 'asked', 'unit'), [row[:3] for row in rows])
    return DONE
