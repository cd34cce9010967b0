# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The command line: verbs with examples, options that several share, and errors that say what to type instead."""

from __future__ import annotations

import argparse
import contextlib
import math
import re
import sys
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from imagecapture_ros.cli.output import writing
from imagecapture_ros.suggestions import nearest

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

Verbs = argparse._SubParsersAction  # generic in type hints only

LONGEST = 1e6
"""Seconds; more is a mistake."""

LONGEST_NAME = 200
"""Letters of a node's name with its namespace; ROS has room for the name of a service behind it."""

IMAGE_FORMATS = {'.png': 'png', '.jpg': 'jpeg', '.jpeg': 'jpeg', '.tif': 'tiff', '.tiff': 'tiff'}
"""Formats of images by their suffix."""

_WIDTH = 100
_NODE = re.compile(r'(?!.*__)/?[A-Za-z_]\w*(/[A-Za-z_]\w*)*/?', re.ASCII)


class Parser(argparse.ArgumentParser):
    """Names the word that was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and ``message``, and exit with 2."""
        choice = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice is not None:
            meant = nearest(choice[1], re.findall(r'[\w-]+', choice[2]))
            message += f'; did you mean {meant}?' if meant else ''
        if re.search(r'are required|expected one argument|expected at least', message):
            message += f'; for instance: {[*example_lines(self), "imagecapture demo"][0]}'
        with contextlib.suppress(OSError):  # stderr is full, of which argparse fails in some versions of Python
            self.print_usage(sys.stderr)
            print(f'{self.prog}: error: {message}', file=sys.stderr)
        self.exit(2)

    def print_help(self, file: SupportsWrite[str] | None = None) -> None:
        """Print the help; argparse itself says nothing where it cannot be written."""
        with writing():
            print(self.format_help(), end='', file=file)

    def refuse_unknown(self, words: Iterable[str]) -> NoReturn:
        """Exit with 2 because of ``words`` that are neither an option nor an argument of this verb."""
        word = next(iter(words))
        options = re.findall(r'--[a-z][\w-]*', self.format_usage())
        meant = nearest(word.partition('=')[0], options) if word.startswith('-') else None
        self.error(f'{word!r} is not understood; ' + (
            f'did you mean {meant}?' if meant else f'"{self.prog} --help" tells what is'))


def add_verb(
    verbs: Verbs[Any], name: str, *, help: str, description: str, examples: Iterable[str],
) -> argparse.ArgumentParser:
    """Add a verb and return its parser; ``examples`` are whole command lines, and a ``#`` begins an explanation."""
    paragraphs = (textwrap.fill(paragraph, _WIDTH) for paragraph in description.split('\n\n'))
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=help, description='\n\n'.join(paragraphs), epilog='\n'.join(['examples:', *(
            f'  {example}' for example in examples)]), formatter_class=argparse.RawDescriptionHelpFormatter)
    return parser


def example_lines(verb: argparse.ArgumentParser) -> list[str]:
    """Return the examples of a verb, without their explanations."""
    return [line.partition('  #')[0].strip() for line in (verb.epilog or '').splitlines()[1:]]


def completed_by(action: argparse.Action, complete: Callable[..., Iterable[str]]) -> None:
    """Let the shell complete the argument with what ``complete(prefix, **more)`` returns."""
    action.completer = complete  # type: ignore[attr-defined] # where argcomplete looks for it


def add_camera_options(parser: argparse.ArgumentParser, *, timeout: float = 10.0) -> None:
    """Add ``--camera`` and ``--timeout``."""
    completed_by(
        parser.add_argument('--camera', type=node_name, default='/camera', metavar='NODE',
                            help='name of the node (default: /camera)'),
        camera_names)
    parser.add_argument('--timeout', type=seconds, default=timeout, metavar='S',
                        help=f'seconds to wait for the node and its answer (default: {timeout:g})')


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument('--json', action='store_true', help='print JSON')


def node_name(text: str) -> str:
    """Return the name of a node, with or without its namespace."""
    if not _NODE.fullmatch(text) or len(text) > LONGEST_NAME:
        raise argparse.ArgumentTypeError(f'{text!r} is no name of a node; write for instance /camera or /robot/camera')
    return text


def seconds(text: str) -> float:
    """Return a number of seconds."""
    return seconds_between(0.0, LONGEST)(text)


def seconds_between(least: float, most: float) -> Callable[[str], float]:
    """Return the converter of a number of seconds."""

    def convert(text: str) -> float:
        value = _number(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f'{text!r} is not a number of seconds from {least:.0f} to {most:.0f}')
        return value

    return convert


def pixels(text: str) -> float:
    """Return a number of pixels, which the camera brings to the nearest that it can do."""
    value = _number(text)
    if not value > 0.0:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number of pixels; write for instance 1920')
    return value


def count_of(things: str) -> Callable[[str], int]:
    """Return the converter of a number of ``things``, at least one."""

    def convert(text: str) -> int:
        if not text.isdecimal() or int(text) < 1:
            raise argparse.ArgumentTypeError(f'{text!r} is not a number of {things}; give at least 1')
        return int(text)

    return convert


def _number(text: str) -> float:
    """Return a finite number, or NaN for all else."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def camera_names(prefix: str, **_: Any) -> list[str]:
    """Return the camera nodes that show up within a second."""
    import time

    from imagecapture_ros.client import CameraClient, camera_nodes

    with CameraClient() as client:
        end = time.monotonic() + 1.0
        while not (names := camera_nodes(client.node)) and time.monotonic() < end:
            time.sleep(0.05)
    return [name for name in names if name.startswith(prefix)]


def ros_name(text: str) -> str:
    """Read the name of a node without its namespace."""
    if not re.fullmatch(r'(?!.*__)[A-Za-z_]\w*', text, re.ASCII) or len(text) > LONGEST_NAME:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no name of a node: letters, digits and single _, no digit first; write for instance left_cam')
    return text


def image_file(name: str) -> Callable[[str], Path]:
    """Return what reads the path of an image to be written; in a folder it has this ``name``."""
    def read(text: str) -> Path:
        path = Path(text)
        if path.is_dir():
            return path / name
        if path.suffix.lower() not in IMAGE_FORMATS:
            raise argparse.ArgumentTypeError(
                f'{text} is neither .png nor .jpg nor .tiff; write for instance {path.stem}{Path(name).suffix}')
        return path

    return read
