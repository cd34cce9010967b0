# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Several cameras in one process: one is destroyed in the middle of anything, and the others go on."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Union

import pytest
import rclpy
from fixtures.isolated import REPOSITORY
from fixtures.limits import PATIENCE
from fixtures.node_process import client_of, running_node, until
from fixtures.pages import named_files
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.executors import Executor, MultiThreadedExecutor, SingleThreadedExecutor
from rclpy.parameter import Parameter

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.node.camera_node import CameraNode
from imagecapture_ros.node.log import PACKAGE
from imagecapture_ros.node.middleware.transport import transport_in_force
from imagecapture_ros.node.parameters.early import transport_wish

SLOW = 1.0
"""Seconds that the device takes."""
MAX_IN_FLIGHT = 0.3
"""Seconds after which a request has reached the device."""

CONFIGURE, ACTIVATE = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE
DEACTIVATE, CLEANUP = Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP

Executors = Union[type[SingleThreadedExecutor], type[MultiThreadedExecutor]]


class Spinning:
    """An executor that is spun on a thread; what it raises is kept."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.errors: list[Exception] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def do(self, work: Callable[[], Any]) -> None:
        """Do ``work`` on the executor's thread and wait for it."""
        task = self.executor.create_task(work)
        self.executor.wake()
        until(task.done)
        task.result()

    def close(self) -> None:
        self._stop.set()
        self.executor.wake()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self.executor.spin_once(0.1)
        except Exception as error:  # what it is, the test says
            self.errors.append(error)


@contextmanager
def two_cameras(domain: int, kind: Executors) -> Iterator[tuple[CameraNode, CameraNode, Spinning]]:
    logger = logging.getLogger(PACKAGE)
    before = logger.handlers, logger.level, logger.propagate
    rclpy.init(domain_id=domain)
    try:
        with transport_in_force(transport_wish({})) as transport:
            nodes = [CameraNode(name, transport=transport) for name in ('one', 'other')]
        executor = kind()
        for node in nodes:
            assert node.set_parameters([Parameter('device', value='sim')])[0].successful
            executor.add_node(node)
        spinning = Spinning(executor)
        try:
            yield nodes[0], nodes[1], spinning
        finally:
            spinning.close()
            for node in nodes:
                node.destroy_node()
            executor.shutdown(1.0)
    finally:
        rclpy.try_shutdown()
        # The nodes took the package's messages for themselves, which other tests look at.
        logger.handlers, logger.level, logger.propagate = before


def change(client: CameraClient, transition: int) -> None:
    assert client.call(ChangeState, 'change_state', request_for(transition)).success


def request_for(transition: int) -> ChangeState.Request:
    return ChangeState.Request(transition=Transition(id=transition))


def opened_slowly(node: CameraNode) -> None:
    at_once = node._opened

    def slowly(*arguments: Any) -> Any:
        time.sleep(SLOW)
        return at_once(*arguments)

    node._opened = slowly  # type: ignore[method-assign]


CASES: dict[str, tuple[str, Any, str, Any]] = {
    'in a photo': (f'shutter:{SLOW}', srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(omit_data=True)),
    'while settings are applied': (
        f'stall:{SLOW}', srv.ApplyConstraints, 'apply_constraints', srv.ApplyConstraints.Request()),
    'while a frame is waited for': ('freeze', srv.GrabFrame, 'grab_frame', srv.GrabFrame.Request()),
    'while it is configured': ('', ChangeState, 'change_state', request_for(CONFIGURE)),
    'while it is deactivated': (f'stall:{SLOW}', ChangeState, 'change_state', request_for(DEACTIVATE)),
}


@pytest.mark.parametrize('by', ['the executor', 'another thread'])
@pytest.mark.parametrize('kind', [SingleThreadedExecutor, MultiThreadedExecutor])
@pytest.mark.parametrize('case', CASES)
def test_one_that_is_destroyed_harms_no_other(domain: int, case: str, kind: Executors, by: str) -> None:
    fault, service, name, request = CASES[case]
    with (
        two_cameras(domain, kind) as (one, _, spinning), client_of(domain, '/one') as client,
        client_of(domain, '/other') as others,
    ):
        change(others, CONFIGURE)
        change(others, ACTIVATE)
        if fault:
            change(client, CONFIGURE)
            change(client, ACTIVATE)
            assert one.session is not None
            one.session.camera.faults.inject(fault)  # type: ignore[attr-defined]
        else:
            opened_slowly(one)
        if name == 'change_state' and fault:  # which waits for what the device does already
            client.node.create_client(srv.ApplyConstraints, '/one/apply_constraints').call_async(
                srv.ApplyConstraints.Request())
        asking = client.node.create_client(service, f'/one/{name}')
        assert asking.wait_for_service(PATIENCE)
        asking.call_async(request)
        time.sleep(MAX_IN_FLIGHT)
        if by == 'the executor':
            spinning.do(one.destroy_node)
        else:
            one.destroy_node()
        time.sleep(SLOW + MAX_IN_FLIGHT)  # what was under way ends
        assert spinning.errors == []
        succeeded(others.call(srv.GrabFrame, 'grab_frame'))
        until(lambda: sum(thread.name == 'capture' for thread in threading.enumerate()) == 1)
        assert one.session is None


def test_the_program_of_the_page_runs_and_ends_with_a_signal(domain: int, tmp_path: Path) -> None:
    name = 'cameras_in_one_process'
    (tmp_path / f'{name}.py').write_text(named_files(REPOSITORY / 'docs' / 'launch.md')[f'{name}.py'])
    devices = {'left:device': 'sim', 'right:device': 'sim:?seed=2'}
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get('PYTHONPATH')])])
    with (
        running_node(domain, module=name, environment={'PYTHONPATH': path}, **devices),
        client_of(domain, '/left') as left, client_of(domain, '/right') as right,
    ):
        for client in (left, right):
            until(lambda client=client: client.call(
                srv.GrabFrame, 'grab_frame', timeout=PATIENCE, reading=True).success)
        assert [client.settings()['device_id'] for client in (left, right)] == ['sim', 'sim:?seed=2']
