"""Waiting for the device's thread inside a coroutine of an executor, without blocking it."""

from __future__ import annotations

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
