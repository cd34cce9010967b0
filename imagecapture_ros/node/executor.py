# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The executor of the camera node: whatever a callback raises is logged, and the node lives.

rclpy raises it out of ``spin_once``, which ends a node. These of its callbacks are guarded by nobody else:

* what takes a message: a subscription, a request, an answer, a QoS event; and what waits for them,
* its own services: ``~/get_type_description``, ``~/get_state`` and the others that tell of states, and those that read
  parameters,
* its time source with ``/clock`` (see :mod:`imagecapture_ros.node.simulated_time` for what that is kept from) and with
  ``use_sim_time``,
* jump callbacks of clocks, guard conditions, timers, tasks, and callbacks of futures,
* sending an answer.

The services of this package answer with what went wrong; nothing of theirs gets here.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rclpy import Context
from rclpy.executors import ExternalShutdownException
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.logging import get_logger
from rclpy.service import Service

from imagecapture_ros.node.log import PACKAGE
from imagecapture_ros.node.memory import MIB, taking_at_most
from imagecapture_ros.node.middleware.requesters import remember_requester
from imagecapture_ros.rclpy_compat import LosslessExecutor

REQUEST_MEMORY = 128 * MIB
"""Bytes that reading one request may take. A length in it that is not true is believed by rosidl and Fast CDR, which
then make room for what never comes, for minutes, with Python's lock held."""

REMINDER = 60.0
"""Seconds after which an error that still happens is logged again."""

KINDS = 100
"""How many kinds of errors are told apart; more than there can be, unless somebody makes them up."""

PAUSE, LONGEST_PAUSE = 0.001, 0.1
"""Seconds to wait after an error, twice as long after each further one: what fails at once must not take a core."""


@dataclass
class _Repeats:
    """How often an error has happened since it was logged."""

    logged_at: float
    count: int = 0


class NodeExecutor(LosslessExecutor):
    """Serves the node on one thread, and outlives every callback that raises something."""

    def __init__(self, *, context: Context | None = None) -> None:
        super().__init__(context=context)
        self.logger: RcutilsLogger = get_logger(PACKAGE)
        """Where errors are told; the node's own once there is a node."""
        self._repeats: dict[tuple[str, ...], _Repeats] = {}
        self._pause = 0.0

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Wait for one callback and run it; log what it raises.

        :raises ExternalShutdownException: the context was shut down.
        """
        try:
            super().spin_once(timeout_sec)
            self._pause = 0.0
        except ExternalShutdownException:
            raise
        except Exception as error:
            if not self.context.ok():
                raise ExternalShutdownException from error
            self.report('a callback', error)
            self._pause = min(max(PAUSE, 2 * self._pause), LONGEST_PAUSE)
            time.sleep(self._pause)

    def take(self, entity: Any, take: Any) -> Any:
        """Take what has come for ``entity``; what cannot be taken is logged, and did not come."""
        try:
            if not isinstance(entity, Service):
                return take(entity)
            with taking_at_most(REQUEST_MEMORY):
                execute = take(entity)
            remember_requester(execute)
            return execute
        except Exception as error:
            self.report(f'reading what came for {_name(entity)}', error)
            return None

    def report(self, what: str, error: Exception) -> None:
        """Log ``error`` with where it comes from; the same one again once a minute, with how often it was."""
        frames = traceback.extract_tb(error.__traceback__)
        where = f'{Path(frames[-1].filename).name}:{frames[-1].lineno}' if frames else ''
        kind = (what, type(error).__name__, where)
        now = time.monotonic()
        repeats = self._repeats.get(kind)
        if repeats is not None and now < repeats.logged_at + REMINDER:
            repeats.count += 1
            return
        if repeats is None and len(self._repeats) >= KINDS:
            self._repeats.clear()
        self._repeats[kind] = _Repeats(now)
        again = f' ({repeats.count} times more in the last {now - repeats.logged_at:.0f} s)' if repeats else ''
        way = ''.join(traceback.format_list(frames)) if repeats is None else ''
        try:
            self.logger.error(f'{what} failed: {error!r}{again}; the node goes on\n{way}'.rstrip())
        except Exception:  # for want of memory, for instance
            del self._repeats[kind]


def _name(entity: Any) -> str:
    """Return the topic or service of what an executor serves, or what it is."""
    return str(getattr(entity, 'srv_name', None) or getattr(entity, 'topic_name', None) or type(entity).__name__)
