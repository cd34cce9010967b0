# PYTHON_ARGCOMPLETE_OK
# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The entry point of the imagecapture command: one module for a verb, or for a few that are alike."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from imagecapture_ros.cli import apply, calibrate, demo, devices, doctor, frame, photo, reading, run, status, watch
from imagecapture_ros.cli.asking import FAILED, SIGNALS
from imagecapture_ros.cli.output import OutputError, complain, say, writing
from imagecapture_ros.cli.parser import Parser, Verbs
from imagecapture_ros.standard_streams import discard, open_missing_streams

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code: 0 done, 1 failed, 130 interrupted by SIGINT or SIGTERM.

    A wrong command line exits with 2.
    """
    open_missing_streams()
    try:
        try:
            return _run(list(sys.argv[1:] if argv is None else argv))
        finally:  # also for the help, which argparse prints before it exits
            with writing():
                pass
            try:
                sys.stderr.flush()
            except OSError:  # it is full
                discard(sys.stderr)
    except OutputError as error:
        complain(f'the output cannot be written: {error}')
    except BrokenPipeError:  # the reader has seen enough, for instance head
        pass
    discard(sys.stdout)
    discard(sys.stderr)
    return FAILED


def _run(words: list[str]) -> int:
    parser, verbs = command_line()
    if '_ARGCOMPLETE' in os.environ:  # set by a shell that wants to know what may follow
        import argcomplete

        argcomplete.autocomplete(parser)
    if words and words[0].startswith('--') and not any(own.startswith(words[0]) for own in ('--help', '--version')):
        parser.error(f'{words[0]!r} stands before the verb; write the verb first: imagecapture VERB {words[0]} ...')
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        verbs.choices[arguments.verb].refuse_unknown(unknown)
    for number in SIGNALS:
        # Both, so that what was begun is ended and released; SIGINT too, because scripts start what is to run in the
        # background with SIGINT ignored.
        signal.signal(number, signal.default_int_handler)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except RuntimeError as error:  # rclpy's, for keys that are asked for and cannot be used
        if 'security' not in str(error).lower():
            raise
        complain(f'ROS_SECURITY_STRATEGY is Enforce, and this command could not join protected: {error}; give it an '
                 f'enclave of the keystore with ROS_SECURITY_ENCLAVE_OVERRIDE, or set ROS_SECURITY_ENABLE=false')
        return FAILED


def command_line() -> tuple[Parser, Verbs[Any]]:
    """Return the parser of the whole command, and its verbs."""
    parser = Parser(prog='imagecapture', description='Cameras in ROS 2 with the W3C Image Capture API.',
                    epilog='Exit codes: 0 done, 1 failed, 2 wrong command line. "imagecapture VERB --help" tells more.')
    parser.add_argument('--version', action=_Version, nargs=0,
                        help='show the version, and the ROS 2 distribution that it was built for')
    verbs = parser.add_subparsers(title='verbs', required=True, metavar='VERB', dest='verb')
    for verb in (demo, devices, run, status, reading, apply, photo, frame, watch, doctor, calibrate):
        verb.add_parser(verbs)
    return parser, verbs


class _Version(argparse.Action):
    """Looks the version up only when somebody asks."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from imagecapture_ros import __version__
        from imagecapture_ros.distribution import title

        say(f'imagecapture_ros {__version__}, built for {title()}')
        parser.exit()
