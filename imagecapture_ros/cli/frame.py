# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture frame``: save the next frame of the stream."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, ask_camera
from imagecapture_ros.cli.output import note, print_json, say
from imagecapture_ros.cli.parser import (
    IMAGE_FORMATS,
    Verbs,
    add_camera_options,
    add_json_option,
    add_verb,
    image_file,
)

if TYPE_CHECKING:
    from imagecapture_ros.client import CameraClient


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'frame', help='save the next frame of the stream',
        description='Save the next frame of the stream as it is published. An existing file is never replaced: a '
                    'number is added.',
        examples=('imagecapture frame -o now.png', 'imagecapture frame -o now.jpg --camera /robot/left'))
    parser.add_argument('-o', '--output', type=image_file('frame.png'), required=True, metavar='FILE',
                        help='where to save, .png or .tiff (lossless) or .jpg; in a folder it is frame.png')
    add_camera_options(parser, timeout=30.0)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Save a frame; return the exit code."""
    return ask_camera(arguments, lambda camera: _save(camera, arguments))


def _save(camera: CameraClient, arguments: argparse.Namespace) -> int:
    from imagecapture_ros.imaging.codecs import encode
    from imagecapture_ros.imaging.depth import loses_depth, range_note, range_of
    from imagecapture_ros.imaging.photo_files import EncodedPhoto, save_photo
    from imagecapture_ros.interfaces.intrinsics import picture_size

    output: Path = arguments.output
    frame = camera.grab_frame(timeout=arguments.timeout)
    name = IMAGE_FORMATS[output.suffix.lower()]
    values = None
    if loses_depth(name, frame.encoding):
        values = range_of(frame.pixels)
        note(f'note: {range_note(output.name, name, frame.encoding, values)}, or name a .png or .tiff file')
    data = encode(name, frame.pixels, frame.encoding, values=values)
    width, height = picture_size(frame.camera_info)
    path = save_photo(EncodedPhoto(data, name, width, height), str(output.parent), output.name)
    if arguments.json:
        print_json({'path': str(path), 'width': width, 'height': height, 'encoding': frame.encoding,
                    'exposed_at': frame.exposed_at})
    else:
        say(f'{path}, {width}x{height}, {frame.encoding}')
    return DONE
