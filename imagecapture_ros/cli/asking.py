# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A verb asks a camera node: what goes wrong becomes a message that helps, and an exit code."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imagecapture_ros.cli.other_users import advice, other_users
from imagecapture_ros.cli.output import complain, note
from imagecapture_ros.mediacapture.errors import MediaCaptureError
from imagecapture_ros.suggestions import nearest

if TYPE_CHECKING:
    from types import FrameType

    from imagecapture_ros.client import CameraClient

DONE, FAILED, WRONG_COMMAND_LINE = 0, 1, 2

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What interrupts the command."""

_BEAT = 0.1
"""Seconds between two looks whether a signal has come."""

_EARLY = 3.0
"""Seconds after which a camera that is there under another name is told, while the wait goes on."""


def ask_camera(arguments: argparse.Namespace, ask: Callable[[CameraClient], int]) -> int:
    """Let ``ask`` use a client of ``arguments.camera``; return its exit code, or that of what went wrong."""
    # Only now: the command's help should not have to wait for ROS.
    try:
        from imagecapture_ros.client import ServiceTimeout
        from imagecapture_ros.ros_environment import RosEnvironmentError
    except ImportError as error:
        complain(f'ROS 2 or the messages of imagecapture_ros cannot be imported ({error}); install the package with '
                 f'"pip install .", or source the setup file of your ROS 2 workspace')
        return FAILED
    try:
        with camera_client(arguments.camera) as camera:
            _note_other_cameras(camera, arguments.camera)
            try:
                return ask(camera)
            except ServiceTimeout as error:
                complain(error, *_who_is_there(camera, arguments.camera))
    except MediaCaptureError as error:
        complain(f'{error.name}: {error}')
    except RosEnvironmentError as error:
        complain(error)
    return FAILED


@contextmanager
def camera_client(camera: str) -> Iterator[CameraClient]:
    """Yield a client; a signal raises ``KeyboardInterrupt`` while it waits, never in the middle of something.

    Python's exception would strike anywhere, also inside rclpy, which makes other errors of it or none, and rclpy's own
    handlers end its context while it is in use. A second signal is Python's exception.
    """
    import rclpy

    from imagecapture_ros.client import CameraClient
    from imagecapture_ros.rclpy_compat import steady_clock
    from imagecapture_ros.ros_environment import init_ros

    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    handlers = [signal.signal(number, ask) for number in SIGNALS]
    context = rclpy.Context()
    try:
        # None of the command's words are for ROS, which takes UTF-8 only. No log file is needed: what the command says
        # is on its output.
        init_ros([], context=context)
        with CameraClient(camera, context=context) as client:
            client.node.create_timer(_BEAT, check, clock=steady_clock())
            try:
                yield client
            except MediaCaptureError as error:
                if asked:  # a node that the same Ctrl-C has ended refuses what it still can
                    raise KeyboardInterrupt from error
                raise
    finally:
        rclpy.try_shutdown(context=context)
        for number, handler in zip(SIGNALS, handlers, strict=True):
            signal.signal(number, handler)


def _who_is_there(camera: CameraClient, wanted: str) -> list[str]:
    """Return which camera nodes can be seen, if the wanted one is not among them, and what may be in the way."""
    from imagecapture_ros.client import camera_nodes

    names = camera_nodes(camera.node)
    if not names:
        there = (f'no camera node is there in ROS_DOMAIN_ID={os.environ.get("ROS_DOMAIN_ID") or 0}; start one, for '
                 f'instance with "imagecapture run sim"')
    else:
        there = _others(names, wanted)
    return [line for line in (there, advice(other_users())) if line]


def _others(names: list[str], wanted: str) -> str:
    """Return a sentence about the camera nodes ``names``, empty if there are none or the wanted one is among them."""
    if not names or f'/{wanted.strip("/")}' in names:
        return ''
    return f'camera nodes that are there: {", ".join(names)}; try --camera {nearest(wanted, names) or names[0]}'


def _note_other_cameras(camera: CameraClient, wanted: str) -> None:
    """Say soon, not only when the wait has ended, that the name may be mistyped."""
    from imagecapture_ros.client import camera_nodes
    from imagecapture_ros.rclpy_compat import steady_clock

    def tell() -> None:
        names = camera_nodes(camera.node)
        if not names:
            return  # DDS may need longer to find anybody
        timer.cancel()
        if others := _others(names, wanted):
            note(f'waiting for {wanted}; {others}')

    timer = camera.node.create_timer(_EARLY, tell, clock=steady_clock())
