# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for the device's thread inside a coroutine of an executor, without blocking it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, TypeVar

from rclpy.executors import Executor

from imagecapture_ros.mediacapture.errors import OperationError
from imagecapture_ros.rclpy_compat import future_of

T = TypeVar('T')


class NotInTime(OperationError):
    """What was waited for goes on, but nobody waits any longer."""


async def completed(
    executor: Executor, future: Future[T], *, within: float | None = None, unless: Future[Any] | None = None,
) -> T:
    """Return the result of ``future``, or raise its error, once another thread has completed it.

    :param within: seconds to wait at most; ``None`` is as long as it takes.
    :param unless: ends the wait, too.
    :raises NotInTime: the wait is over and the future is not.
    """
    awakened = future_of(executor)

    def wake(_: object = None) -> None:
        awakened.set_result(None)
        # A future that another thread completes does not wake a waiting executor by itself.
        executor.wake()

    future.add_done_callback(wake)
    if unless is not None:
        unless.add_done_callback(wake)
    timer = None
    if within is not None and not future.done():
        # No timer of the node: it would have to be destroyed, and a simulated time may stand still.
        timer = threading.Timer(within, wake)
        timer.daemon = True
        timer.start()
    try:
        await awakened
    finally:
        if timer is not None:
            timer.cancel()
    if not future.done():
        raise NotInTime('it was given up' if unless is not None and unless.done() else f'no answer within {within:g} s')
    return future.result()
