"""The entry point of the imagecapture command: one module a verb."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from imagecapture_ros import __version__
from imagecapture_ros.cli import demo, devices, doctor, photo


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(
        prog='imagecapture', description='Cameras in ROS 2 with the W3C Image Capture API.')
    parser.add_argument('--version', action='version', version=f'imagecapture_ros {__version__}')
    verbs = parser.add_subparsers(title='verbs', required=True, metavar='VERB')
    for verb in (demo, devices, photo, doctor):
        verb.add_parser(verbs)
    arguments = parser.parse_args(sys.argv[1:] if argv is None else argv)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return 130
