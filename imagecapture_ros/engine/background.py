# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Work on a thread for which nobody has to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar('T')


def in_background(work: Callable[[], T], name: str) -> Future[T]:
    """Do ``work`` on a thread of its own called ``name``; the future has what it returns or raises.

    For what may take long and must not hold up the caller. It cannot be cancelled, so its outcome is always told to who
    has added a callback. The process may end before it does.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # whatever it is belongs to the one who waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
