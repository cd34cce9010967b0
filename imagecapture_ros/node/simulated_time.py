# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What ``/clock`` says is looked at before rclpy believes it: a time that cannot be leaves the clock where it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

CLOCK_TOPIC = '/clock'

LATEST = 2**31 - 3600
"""Seconds of a clock; stamps end an hour later, and those of pictures may be ahead of the clock."""

_NANOSECONDS = 1_000_000_000

ClockCallback = Callable[[Any], None]


def believable(stamp: Any) -> bool:
    """Return whether ``stamp``, a ``builtin_interfaces/Time``, can be the time of a clock."""
    return 0 <= stamp.sec <= LATEST and 0 <= stamp.nanosec < _NANOSECONDS


def guarded(node: Node, callback: ClockCallback) -> ClockCallback:
    """Return a callback for ``/clock`` that hands on to ``callback`` only what can be; of the rest it warns once."""
    warned = False

    def told(message: Any) -> None:
        nonlocal warned
        if believable(message.clock):
            callback(message)
        elif not warned:
            warned = True
            node.get_logger().warning(
                f'/clock says {message.clock.sec} s and {message.clock.nanosec} ns, which is no time; this and all '
                f'further ones like it are left out, and the clock stays where it was')

    return told
