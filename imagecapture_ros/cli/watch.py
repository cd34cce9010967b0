# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``imagecapture watch``: settings, rate and state of a camera as they change."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from imagecapture_ros.cli.asking import DONE, ask_camera
from imagecapture_ros.cli.output import print_json, rich_table, say, settings_rows, shown_value
from imagecapture_ros.cli.parser import Verbs, add_camera_options, add_json_option, add_verb, count_of, seconds
from imagecapture_ros.mediacapture.capabilities import Settings
from imagecapture_ros.mediacapture.w3c_json import settings_to_json

if TYPE_CHECKING:
    from imagecapture_ros.cli.live import LiveView
    from imagecapture_ros.client import CameraClient


def add_parser(verbs: Verbs[Any]) -> None:
    """Add the verb to the command line."""
    parser = add_verb(
        verbs, 'watch', help='settings, rate and state of a camera as they change',
        description='Show settings, rate and state of a camera again and again, until Ctrl-C. Where no terminal reads, '
                    'one line each time: first all settings, then those that changed.',
        examples=('imagecapture watch', 'imagecapture watch --count 10 --interval 0.5 --json'))
    add_camera_options(parser)
    parser.add_argument('--interval', type=seconds, default=1.0, metavar='S', help='seconds between (default: 1)')
    parser.add_argument('--count', type=count_of('times'), metavar='N', help='stop after so many times')
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Watch a camera; return the exit code."""
    return ask_camera(arguments, lambda camera: _watch(camera, arguments))


def _watch(camera: CameraClient, arguments: argparse.Namespace) -> int:
    from lifecycle_msgs.srv import GetState

    from imagecapture_ros.cli.live import LiveView

    camera.call(GetState, 'get_state', timeout=arguments.timeout, reading=True)  # is it there?
    live = LiveView(camera, arguments.camera)
    live.wait(arguments.timeout, lambda: live.track is not None)
    rounds = itertools.count() if arguments.count is None else range(arguments.count)
    try:
        with _printer(arguments) as show:
            for _ in rounds:
                live.wait(arguments.interval)
                show(live)
    except KeyboardInterrupt:
        pass  # the way to end it
    return DONE


@contextmanager
def _printer(arguments: argparse.Namespace) -> Iterator[Callable[[LiveView], None]]:
    """Yield what prints the present state."""
    if arguments.json:
        yield lambda live: print_json(_as_json(live))
    elif sys.stdout.isatty():
        from rich.live import Live

        with Live(auto_refresh=False) as display:
            yield lambda live: display.update(
                rich_table((arguments.camera, _summary(live), ''), settings_rows(live.settings or {})), refresh=True)
    else:
        yield _Lines().show


class _Lines:
    """Prints one line each time, with the settings that changed."""

    def __init__(self) -> None:
        self._shown: Settings = {}

    def show(self, live: LiveView) -> None:
        settings = live.settings or {}
        changed = {name: value for name, value in settings.items() if self._shown.get(name) != value}
        self._shown = settings
        words = ' '.join(f'{name}={shown_value(value)}' for name, value in changed.items())
        say(f'{datetime.now():%H:%M:%S}  {_summary(live)}  {words}'.rstrip())


def _summary(live: LiveView) -> str:
    """Return state and rate in a few words."""
    if not live.there:
        return 'the node is gone'
    track = live.track
    if track is None:
        return 'no word of its state yet'
    state = track.ready_state if not track.muted else f'{track.ready_state}, muted: {track.reason}'
    return state if live.rate is None else f'{state}, {live.rate:.1f} Hz'


def _as_json(live: LiveView) -> dict[str, Any]:
    track = live.track
    return {
        'there': live.there, 'rate': None if live.rate is None else round(live.rate, 2),
        'ready_state': track.ready_state if track is not None else None,
        'muted': track.muted if track is not None else None, 'reason': track.reason if track is not None else '',
        'settings': settings_to_json(live.settings or {}),
    }
