"""The command line: options that several verbs share, and errors that say what to type instead."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from imagecapture_ros.suggestions import nearest

Verbs = argparse._SubParsersAction  # generic in type hints only

LONGEST = 1e6
"""Seconds; more is a mistake."""


class Parser(argparse.ArgumentParser):
    """Names the word that was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and ``message``, and exit with 2."""
        choice = re.search(r"invalid choice: '(.*?)' \(choose from (.*)\)", message)
        if choice is not None:
            meant = nearest(choice[1], re.findall(r'[\w-]+', choice[2]))
            message += f'; did you mean {meant}?' if meant else ''
        super().error(message)

    def refuse_unknown(self, words: Iterable[str]) -> NoReturn:
        """Exit with 2 because of ``words`` that are neither an option nor an argument of this verb."""
        word = next(iter(words))
        options = re.findall(r'--[a-z][\w-]*', self.format_usage())
        meant = nearest(word.partition('=')[0], options) if word.startswith('-') else None
        self.error(f'{word!r} is not understood; ' + (
            f'did you mean {meant}?' if meant else f'"{self.prog} --help" tells what is'))


def completed_by(action: argparse.Action, complete: Callable[..., Iterable[str]]) -> None:
    """Let the shell complete the argument with what ``complete(prefix, **more)`` returns."""
    action.completer = complete  # type: ignore[attr-defined] # where argcomplete looks for it


def add_camera_options(parser: argparse.ArgumentParser, *, timeout: float = 10.0) -> None:
    """Add ``--camera`` and ``--timeout``."""
    completed_by(
        parser.add_argument('--camera', default='/camera', metavar='NODE', help='name of the node (default: /camera)'),
        _camera_names)
    parser.add_argument('--timeout', type=seconds, default=timeout, metavar='S',
                        help=f'seconds to wait for the node and its answer (default: {timeout:g})')


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument('--json', action='store_true', help='print JSON')


def seconds(text: str) -> float:
    """Return a number of seconds."""
    value = float(text)
    if not 0.0 <= value < LONGEST:
        raise argparse.ArgumentTypeError(f'{text} is not a number of seconds from 0 to a million')
    return value


def count_of(things: str) -> Callable[[str], int]:
    """Return the converter of a number of ``things``, at least one."""

    def count(text: str) -> int:
        value = int(text)
        if value < 1:
            raise argparse.ArgumentTypeError(f'{text} is not a number of {things}; give at least 1')
        return value

    return count


def _camera_names(prefix: str, **_: Any) -> list[str]:
    """Return the camera nodes that show up within a second."""
    import time

    from imagecapture_ros.client import CameraClient, camera_nodes

    with CameraClient() as client:
        end = time.monotonic() + 1.0
        while not (names := camera_nodes(client.node)) and time.monotonic() < end:
            time.sleep(0.05)
    return [name for name in names if name.startswith(prefix)]
