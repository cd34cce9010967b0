# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a callback raises, and whatever cannot be taken: it is logged once, and all others are served on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from fixtures.node_process import until
from fixtures.ros_context import ros_context
from lifecycle_msgs.srv import GetState
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from std_msgs.msg import Header

from imagecapture_ros.node import executor as executor_module
from imagecapture_ros.node.executor import NodeExecutor


class Served:
    """A node in an executor of ours, with all that is logged."""

    def __init__(self, domain_context: Any) -> None:
        self.node = Node('served', context=domain_context)
        self.executor = NodeExecutor(context=domain_context)
        self.executor.add_node(self.node)
        self.errors: list[str] = []
        self.executor.logger = SimpleNamespace(error=self.errors.append)  # type: ignore[assignment]

    def spun(self, condition: Callable[[], Any]) -> Any:
        """Spin until a condition holds."""
        return until(lambda: self.executor.spin_once(0.05) or condition())


@pytest.fixture
def served(domain: int) -> Iterator[Served]:
    with ros_context(domain) as context:
        served = Served(context)
        yield served
        served.node.destroy_node()
        served.executor.shutdown()


def fail(*_: Any) -> None:
    raise ValueError('on purpose')


async def fail_later(*_: Any) -> None:
    raise ValueError('on purpose')


def timer(node: Node, callback: Any) -> Callable[[], Any]:
    node.create_timer(0.05, callback)
    return lambda: None


def guard_condition(node: Node, callback: Any) -> Callable[[], Any]:
    return node.create_guard_condition(callback).trigger


def subscription(node: Node, callback: Any) -> Callable[[], Any]:
    publisher = node.create_publisher(Header, 'topic', 10)
    node.create_subscription(Header, 'topic', callback, 10)
    return lambda: publisher.publish(Header())


def service(node: Node, callback: Any) -> Callable[[], Any]:
    node.create_service(GetState, 'service', callback)
    client = node.create_client(GetState, 'service')

    def ask() -> None:
        if client.service_is_ready():
            client.call_async(GetState.Request())

    return ask


def task(node: Node, callback: Any) -> Callable[[], Any]:
    def start() -> None:
        assert node.executor is not None
        node.executor.create_task(callback)

    return start


def callback_of_a_future(node: Node, callback: Any) -> Callable[[], Any]:
    def start() -> None:
        assert node.executor is not None
        node.executor.create_task(lambda: None).add_done_callback(callback)

    return start


@pytest.mark.parametrize('callback', [fail, fail_later], ids=['at once', 'as a coroutine'])
@pytest.mark.parametrize('kind', [timer, guard_condition, subscription, service, task, callback_of_a_future])
def test_what_a_callback_raises_is_logged_once_and_all_others_are_served_on(
    served: Served, kind: Callable[[Node, Any], Callable[[], Any]], callback: Any,
) -> None:
    calls: list[None] = []

    def called(*arguments: Any) -> Any:
        calls.append(None)
        return callback(*arguments)

    async def awaited(*arguments: Any) -> Any:
        calls.append(None)
        return await callback(*arguments)

    # In the exclusive group of the node, which a callback that raises must leave again.
    ticks: list[None] = []
    served.node.create_timer(0.02, lambda: ticks.append(None))
    go = kind(served.node, awaited if callback is fail_later else called)
    served.spun(lambda: go() or len(calls) >= 3)
    count = len(ticks)
    served.spun(lambda: len(ticks) > count + 3)
    assert len(served.errors) == 1, served.errors
    assert "ValueError('on purpose')" in served.errors[0]
    assert 'test_executor.py' in served.errors[0], 'it does not say where'


@pytest.mark.parametrize('taking', ['_take_subscription', '_take_service'])
def test_what_cannot_be_taken_did_not_come_and_what_comes_next_is_served(
    served: Served, monkeypatch: pytest.MonkeyPatch, taking: str,
) -> None:
    take, failures = getattr(served.executor, taking), iter([SystemError('returned NULL'), MemoryError()])

    def broken(entity: Any) -> Any:
        taken = take(entity)
        for error in failures:
            raise error
        return taken

    monkeypatch.setattr(served.executor, taking, broken)
    got: list[Any] = []

    def answer(request: Any, response: Any) -> Any:
        got.append(request)
        return response

    kind = subscription if taking == '_take_subscription' else service
    go = kind(served.node, got.append if kind is subscription else answer)
    served.spun(lambda: go() or got)
    assert [error for error in ('SystemError', 'MemoryError') if error not in ''.join(served.errors)] == []
    name = '/topic' if kind is subscription else 'service'
    assert all(name in error for error in served.errors), served.errors


def test_what_happens_again_and_again_is_logged_with_how_often_it_was(
    served: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    go = timer(served.node, fail)
    served.spun(lambda: go() or served.errors)
    for _ in range(10):
        served.executor.spin_once(0.2)
    assert len(served.errors) == 1
    monkeypatch.setattr(executor_module, 'REMINDER', 0.0)
    served.spun(lambda: len(served.errors) > 1)
    assert 'times more in the last' in served.errors[1]


def test_a_wait_that_fails_at_once_and_always_is_survived_and_takes_no_core(
    served: Served, monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(executor_module.time, 'sleep', pauses.append)
    monkeypatch.setattr(served.executor, 'wait_for_ready_callbacks', fail)
    for _ in range(20):
        served.executor.spin_once(0.0)
    assert pauses[-1] == executor_module.LONGEST_PAUSE
    assert len(served.errors) == 1
    monkeypatch.undo()
    called: list[None] = []
    served.node.create_timer(0.01, lambda: called.append(None))
    served.spun(lambda: called)


def test_a_log_that_fails_is_survived(served: Served) -> None:
    served.executor.logger = SimpleNamespace(error=fail)  # type: ignore[assignment]
    called: list[None] = []
    served.executor.create_task(fail)
    served.executor.create_task(lambda: called.append(None))
    served.spun(lambda: called)


def test_the_end_of_the_context_is_told(served: Served) -> None:
    served.node.context.shutdown()
    with pytest.raises(ExternalShutdownException):
        served.spun(lambda: False)
