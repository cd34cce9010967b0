# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Answers that get lost, as those of a node that has just started do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import client_of
from fixtures.ros_context import ros_context
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from imagecapture_ros import srv
from imagecapture_ros.client import ServiceTimeout, camera_nodes
from imagecapture_ros.rclpy_compat import future_of


@contextmanager
def forgetful_camera(domain: int, **lost: int) -> Iterator[Counter[str]]:
    """Run a camera that does not answer so many first requests of a service; yield how many it got."""
    with ros_context(domain) as context:
        node, executor = Node('camera', context=context), SingleThreadedExecutor(context=context)
        asked: Counter[str] = Counter()
        stop = threading.Event()

        def offer(service_type: Any, name: str) -> None:
            async def answer(request: Any, response: Any) -> Any:
                asked[name] += 1
                if asked[name] <= lost.get(name, 0):
                    await future_of(executor)  # for ever
                response.success = True
                return response

            node.create_service(service_type, f'~/{name}', answer, callback_group=ReentrantCallbackGroup())

        offer(srv.GetSettings, 'get_settings')
        offer(srv.TakePhoto, 'take_photo')
        offer(srv.ApplyConstraints, 'apply_constraints')
        executor.add_node(node)

        def spin() -> None:
            while not stop.is_set():
                executor.spin_once(timeout_sec=0.1)

        thread = threading.Thread(target=spin)
        thread.start()
        try:
            yield asked
        finally:
            stop.set()
            thread.join()
            executor.shutdown()
            node.destroy_node()


def test_what_only_reads_is_asked_again(domain: int) -> None:
    with forgetful_camera(domain, get_settings=2) as asked, client_of(domain) as client:
        client.settings(timeout=PATIENCE)
        assert asked['get_settings'] >= 3


def test_what_does_something_is_asked_once_and_only_when_the_camera_knows_us(domain: int) -> None:
    with forgetful_camera(domain, get_settings=1) as asked, client_of(domain) as client:
        client.take_photo(timeout=PATIENCE)
        client.take_photo(timeout=PATIENCE)
        client.apply(timeout=PATIENCE)
        assert (asked['take_photo'], asked['apply_constraints']) == (2, 1)
        assert asked['get_settings'] >= 3  # one was lost; the second photo needed none


def test_what_does_something_is_not_repeated_when_no_answer_comes(domain: int) -> None:
    message = 'take_photo did not answer within 5 s; it may have done what it was asked for all the same'
    with forgetful_camera(domain, take_photo=100) as asked, client_of(domain) as client:
        with pytest.raises(ServiceTimeout, match=message):
            client.take_photo(timeout=5.0)
        assert asked['take_photo'] == 1


def test_a_camera_that_answers_nothing_is_asked_a_bounded_number_of_times(domain: int) -> None:
    with forgetful_camera(domain, get_settings=100) as asked, client_of(domain) as client:
        with pytest.raises(ServiceTimeout, match='get_settings did not answer within 4 s'):
            client.settings(timeout=4.0)
        assert 2 <= asked['get_settings'] <= 5
        with pytest.raises(ServiceTimeout, match='nothing else was asked'):
            client.take_photo(timeout=2.0)
        assert asked['take_photo'] == 0


class GraphOfAnybody:
    """Stands for a node that has found services with names that rcl lets nobody give, but any program of DDS can."""

    def get_service_names_and_types(self) -> list[tuple[str, list[str]]]:
        names = ('/camera', '/robot/left_1', '/$(reboot)', '/a b', '/x;reboot', '/\x1b[2J', '/x\nreboot', '/', '//x')
        return [(f'{name}/get_capabilities', ['imagecapture_ros/srv/GetCapabilities']) for name in names]


def test_names_that_only_an_attacker_has_reach_no_shell() -> None:
    assert camera_nodes(GraphOfAnybody()) == ['/camera', '/robot/left_1']  # type: ignore[arg-type]
