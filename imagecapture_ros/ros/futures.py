# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for the device's thread inside a coroutine of an executor, without blocking it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from rclpy.executors import Executor
from rclpy.task import Future as RosFuture

T = TypeVar('T')


async def completed(executor: Executor, future: Future[T]) -> T:
    """Return the result of ``future``, or raise its error, once another thread has completed it."""
    awakened: RosFuture[None] = executor.create_future()

    def wake(_: Future[T]) -> None:
        awakened.set_result(None)
        # A future that another thread completes does not wake a waiting executor by itself.
        executor.wake()

    future.add_done_callback(wake)
    await awakened
    return future.result()


def in_background(work: Callable[[], T], name: str) -> Future[T]:
    """Do ``work`` on a thread of its own called ``name``; the future has what it returns or raises.

    For what may take long and must not hold up the executor. The process may end before it does.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # whatever it is belongs to the one who waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
