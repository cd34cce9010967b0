# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The client inside a node that has its own executor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rclpy
from fixtures.limits import PATIENCE
from fixtures.node_process import until
from fixtures.ros_context import ros_context
from rclpy.executors import Executor, MultiThreadedExecutor, SingleThreadedExecutor
from rclpy.node import Node

from imagecapture_ros.client import AsyncCameraClient
from imagecapture_ros.mediacapture.errors import InvalidStateError, OverconstrainedError


@pytest.fixture(params=[SingleThreadedExecutor, MultiThreadedExecutor])
def robot(request: pytest.FixtureRequest, camera_domain: int) -> Iterator[tuple[Node, Executor]]:
    with ros_context(camera_domain) as context:
        node, executor = Node('robot', context=context), request.param(context=context)
        executor.add_node(node)
        yield node, executor
        executor.shutdown()
        node.destroy_node()


def spin_until(executor: Executor, condition: Callable[[], Any]) -> None:
    until(lambda: executor.spin_once(timeout_sec=0.1) or condition())


async def opened(camera: AsyncCameraClient) -> None:
    """Return once the node has its camera."""
    while True:
        try:
            await camera.settings(timeout=PATIENCE)
        except InvalidStateError:
            continue
        return


def test_a_callback_awaits_the_camera_and_others_go_on(robot: tuple[Node, Executor]) -> None:
    node, executor = robot
    camera = AsyncCameraClient(node)
    done: list[Any] = []
    ticks: list[int] = []

    async def once() -> None:  # in the node's default group, which stays locked meanwhile
        timer.cancel()
        await opened(camera)
        await camera.apply(zoom=2, timeout=PATIENCE)
        done.append((await camera.settings(timeout=PATIENCE))['zoom'])
        done.append((await camera.take_photo(width=640, timeout=PATIENCE)).width)
        done.append((await camera.grab_frame('mono8', timeout=PATIENCE)).pixels.shape)

    timer = node.create_timer(0.01, once)
    node.create_timer(0.01, lambda: ticks.append(1), callback_group=rclpy.callback_groups.ReentrantCallbackGroup())
    spin_until(executor, lambda: len(done) == 3)
    assert done == [2.0, 640, (480, 640)]
    assert len(ticks) > 3
    camera.close()


def test_a_future_for_whoever_does_not_want_to_await(robot: tuple[Node, Executor]) -> None:
    node, executor = robot
    camera = AsyncCameraClient(node, 'camera')
    spin_until(executor, camera.submit(opened(camera)).done)
    widths: list[int] = []
    photo = camera.submit(camera.take_photo(width=640, timeout=PATIENCE))
    photo.add_done_callback(lambda future: widths.append(future.result().width))
    # An error waits in its future; the node goes on.
    refused = camera.submit(camera.apply(zoom={'exact': 99}, timeout=PATIENCE))
    spin_until(executor, lambda: widths and refused.done())
    assert widths == [640]
    assert isinstance(refused.exception(), OverconstrainedError)


def test_another_thread_may_ask(robot: tuple[Node, Executor]) -> None:
    node, executor = robot
    camera = AsyncCameraClient(node)
    spin_until(executor, camera.submit(opened(camera)).done)
    stop = threading.Event()

    def spin() -> None:
        while not stop.is_set():
            executor.spin_once(timeout_sec=0.5)

    spinning = threading.Thread(target=spin)
    spinning.start()
    try:
        answered = threading.Event()
        camera.submit(camera.devices(timeout=PATIENCE)).add_done_callback(lambda _: answered.set())
        assert answered.wait(PATIENCE)
    finally:
        stop.set()
        spinning.join()


def test_a_node_in_no_executor_is_an_error_and_no_endless_wait(camera_domain: int) -> None:
    with ros_context(camera_domain) as context:
        node = Node('robot', context=context)
        camera = AsyncCameraClient(node)
        with pytest.raises(RuntimeError, match='/robot is in no executor; add it to one'):
            camera.submit(camera.settings())
        node.destroy_node()
