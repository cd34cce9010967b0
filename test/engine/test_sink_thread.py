# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A topic's thread: in order, bounded, the newest for who is too slow."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.engine.sink_thread import CAPACITY, SinkThread


class Gate:
    """Work that goes on when the test lets it."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.began: list[int] = []
        self._changed = threading.Condition()
        self._allowed = 0
        self.thread = SinkThread('gate', self._work)
        self.threads: set[str] = set()

    def _work(self, item: int) -> None:
        with self._changed:
            self.began.append(item)
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._allowed > len(self.done), PATIENCE)
            self.done.append(item)
            self._changed.notify_all()
        if item < 0:
            raise ValueError('this one cannot be shown')

    def give(self, *items: int) -> int:
        """Hand items over without waiting for room; return how many were dropped."""
        return sum(self.thread.hand_over(item, time.monotonic()) for item in items)

    def allow(self, count: int = 1) -> None:
        with self._changed:
            self._allowed += count
            self._changed.notify_all()

    def wait_for(self, began: list[int]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.began == began, PATIENCE), self.began


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.allow(1000)
    gate.thread.close(PATIENCE)
    assert 'gate' not in {thread.name for thread in threading.enumerate()}


def test_a_moments_hold_up_loses_nothing_and_keeps_the_order(gate: Gate) -> None:
    items = list(range(CAPACITY + 1))
    assert gate.give(items[0]) == 0
    gate.wait_for(items[:1])
    assert gate.give(*items[1:]) == 0
    assert gate.thread.full
    gate.allow(len(items))
    gate.wait_for(items)
    assert gate.threads == {'gate'}


def test_who_cannot_keep_up_gets_the_newest_each_time(gate: Gate) -> None:
    gate.give(0)
    gate.wait_for([0])
    assert gate.give(*range(1, CAPACITY + 2)) == CAPACITY
    assert gate.give(100, 101) == 2
    gate.allow()
    gate.wait_for([0, 101])
    assert gate.give(102) == 0
    assert gate.give(103) == 1
    # Once it has caught up, as much may wait as in the beginning.
    gate.allow(2)
    gate.wait_for([0, 101, 103])
    assert gate.thread.settle(PATIENCE)
    gate.give(200)
    gate.wait_for([0, 101, 103, 200])
    assert gate.give(*range(201, 201 + CAPACITY)) == 0


def test_the_caller_waits_for_room_while_it_may(gate: Gate) -> None:
    gate.give(0)
    gate.wait_for([0])
    gate.give(*range(1, CAPACITY + 1))
    threading.Timer(0.1, gate.allow).start()
    assert gate.thread.hand_over(99, time.monotonic() + PATIENCE) == 0
    gate.allow(CAPACITY + 1)
    gate.wait_for([*range(CAPACITY + 1), 99])


def test_a_failure_is_logged_once_until_it_works_again(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    gate.allow(1000)
    for item in (-1, -2, 3, -4):
        before = len(gate.began)
        gate.give(item)
        gate.wait_for([*gate.began[:before], item])
        assert gate.thread.settle(PATIENCE)
    assert caplog.text.count('could not be shown on gate') == 2


def test_what_waits_is_forgotten_when_the_stream_ends(gate: Gate) -> None:
    gate.give(0)
    gate.wait_for([0])
    gate.give(1, 2)
    assert not gate.thread.settle(0.05)
    gate.allow(1000)
    assert gate.thread.settle(PATIENCE)
    assert gate.done == [0]


def test_nothing_is_done_after_it_was_closed(gate: Gate) -> None:
    gate.allow(1000)
    gate.thread.close(PATIENCE)
    gate.give(1)
    assert gate.thread.settle(PATIENCE)
    assert gate.began == []
