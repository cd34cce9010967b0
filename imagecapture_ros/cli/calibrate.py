# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture calibrate``: intrinsics from a checkerboard that is shown to the camera."""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, FAILED, ask_camera
from imagecapture_ros.cli.output import complain, note, print_json, say
from imagecapture_ros.cli.parser import Verbs, add_camera_options, add_json_option, add_verb, count_of, seconds

if TYPE_CHECKING:
    from sensor_msgs.msg import CameraInfo

    from imagecapture_ros.client import CameraClient
    from imagecapture_ros.imaging.calibration import Board, Intrinsics, ViewCollector

_DESCRIPTION = """Calibrate a camera with a checkerboard that is moved before it. Views are taken from the stream while
the board is still and where it has not been yet: on all sides, near and far, tilted. The calibration is written to a
file and given to the node, which saves it and uses it from then on."""

_SIDES = range(3, 51)

RETRY = 0.5
"""Seconds until a picture is asked for again where none comes."""


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'calibrate', help='calibrate a camera with a checkerboard', description=_DESCRIPTION, examples=(
            'imagecapture calibrate --board 8x6  # a board of 9x7 squares',
            'imagecapture calibrate --board 8x6 --camera /robot/left -o left.yaml --no-upload',
        ))
    parser.add_argument('--board', type=_board, required=True, metavar='COLUMNSxROWS',
                        help='corners inside the board: 8x6 for one of 9x7 squares; their size does not matter')
    parser.add_argument('-o', '--output', type=_new_file, metavar='FILE',
                        help='where to write the calibration (default: NAME.yaml, after the node)')
    parser.add_argument('--views', type=count_of('views'), default=20, metavar='N', help='views to take (default: 20)')
    parser.add_argument('--duration', type=seconds, default=300.0, metavar='S',
                        help='seconds after which the views that there are must do (default: 300)')
    parser.add_argument('--no-upload', dest='upload', action='store_false',
                        help='do not give the calibration to the node')
    add_camera_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Calibrate; return the exit code."""
    if arguments.output is None:
        arguments.output = Path(f'{_name(arguments)}.yaml')
        if arguments.output.exists():
            complain(f'{arguments.output} exists already; name another file with -o')
            return FAILED
    folder = arguments.output.parent
    try:
        folder = folder.resolve(strict=True)
        writable = os.access(folder, os.W_OK)
    except OSError:  # the working directory may have been removed
        writable = False
    if not writable:
        complain(f'{folder} cannot be written; name a file elsewhere with -o')
        return FAILED
    return ask_camera(arguments, lambda camera: _calibrate(camera, arguments))


def _calibrate(camera: CameraClient, arguments: argparse.Namespace) -> int:
    from imagecapture_ros.imaging.calibration import MINIMUM_VIEWS, Board, CalibrationFailure, calibrate
    from imagecapture_ros.interfaces.calibration_files import CalibrationError, save_calibration

    if arguments.views < MINIMUM_VIEWS:
        complain(f'--views {arguments.views} are too few; at least {MINIMUM_VIEWS} are needed')
        return FAILED
    zoom = camera.settings(timeout=arguments.timeout).get('zoom', 1.0)
    if zoom != 1.0:
        complain(f'zoom is {zoom:g}, and a calibration is that of zoom 1; first "imagecapture apply zoom==1"')
        return FAILED
    board = Board(*arguments.board)
    collector = _collect(camera, board, arguments)
    try:
        found = calibrate(collector.views, board, collector.width, collector.height)
        info = camera_info_of(found)
        save_calibration(arguments.output, _name(arguments), info)
    except (CalibrationFailure, CalibrationError) as error:
        complain(f'{error}; nothing was given to the node')
        return FAILED
    if not arguments.json:
        say(f'written to {arguments.output}')
    told = camera.set_camera_info(info, timeout=arguments.timeout) if arguments.upload else ''
    if arguments.json:
        print_json({
            'path': str(arguments.output), 'uploaded': told, 'width': found.width, 'height': found.height,
            'camera_matrix': found.camera_matrix.tolist(), 'distortion_coefficients': found.distortion.tolist(),
            'error': found.error, 'uncertainty': found.uncertainty, 'views': found.views,
        })
    else:
        focal_x, focal_y = found.camera_matrix[0, 0], found.camera_matrix[1, 1]
        say(f'{found.views} views of {found.width}x{found.height}: focal length {focal_x:.1f}, {focal_y:.1f} pixels, '
            f'certain to {100.0 * found.uncertainty:.2f} %, error {found.error:.2f} pixels')
        if told:
            say(f'the node {told}')
    return DONE


def _collect(camera: CameraClient, board: Board, arguments: argparse.Namespace) -> ViewCollector:
    from imagecapture_ros.client import ServiceTimeout
    from imagecapture_ros.imaging.calibration import ViewCollector, find_board
    from imagecapture_ros.mediacapture.errors import MediaCaptureError

    collector: ViewCollector | None = None
    end = time.monotonic() + arguments.duration
    waiting = False
    while True:
        try:
            grey = camera.grab_frame('mono8', timeout=arguments.timeout).pixels
        except (MediaCaptureError, ServiceTimeout) as error:
            # The camera may come back, or somebody takes a photo with it; the views so far are not thrown away.
            if collector is None or time.monotonic() > end:
                raise
            if not waiting:
                note(f'no picture comes ({error}); waiting')
            waiting = True
            time.sleep(RETRY)
            continue
        waiting = False
        height, width = grey.shape
        if collector is None or (collector.width, collector.height) != (width, height):
            collector = ViewCollector(width, height)  # the size was changed: begin anew
            if not arguments.json:
                say(f'show the board of {board.columns}x{board.rows} corners; pictures are {width}x{height}')
        if collector.offer(find_board(grey, board)) and not arguments.json:
            missing = ', '.join(collector.missing)
            say(f'view {len(collector.views)} of {arguments.views}{f"; not yet: {missing}" if missing else ""}')
        if len(collector.views) >= arguments.views or time.monotonic() > end:
            return collector


def camera_info_of(found: Intrinsics) -> CameraInfo:
    """Return intrinsics as a message."""
    from sensor_msgs.msg import CameraInfo

    projection = [[*row, 0.0] for row in found.projection.tolist()]
    return CameraInfo(
        width=found.width, height=found.height, distortion_model='plumb_bob', d=found.distortion.tolist(),
        k=found.camera_matrix.ravel().tolist(), r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        p=[number for row in projection for number in row],
    )


def _name(arguments: argparse.Namespace) -> str:
    return str(arguments.camera).rstrip('/').rpartition('/')[2]


def _board(text: str) -> tuple[int, int]:
    parts = re.fullmatch(r'(\d+)x(\d+)', text)
    sides = tuple(map(int, parts.groups())) if parts else ()
    if len(sides) != 2 or not all(side in _SIDES for side in sides):
        raise argparse.ArgumentTypeError(f'{text} is no board; count the corners inside it, {_SIDES[0]} to '
                                         f'{_SIDES[-1]} each way, and write for instance 8x6')
    return sides[0], sides[1]


def _new_file(text: str) -> Path:
    path = Path(text)
    if path.exists():
        raise argparse.ArgumentTypeError(f'{text} exists already; name another file')
    return path
