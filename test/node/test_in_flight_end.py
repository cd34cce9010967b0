# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every operation, met by what ends the node at every moment of it: shutdown, ``destroy_node``, and SIGINT."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.in_flight import (
    MIDDLE,
    OPERATIONS,
    SHIM_SLOW,
    SIMULATED_SLOW,
    V4L2_OPERATIONS,
    Operation,
    Requests,
    check,
    errors_allowed,
)
from fixtures.kept import Kept, kept
from fixtures.limits import ENDED, Stopwatch
from fixtures.node_host import NodeHost, node_host
from fixtures.node_process import NodeProcess, client_of, until
from fixtures.processes import Held, held_by, shared_memory_of
from fixtures.v4l2.bench import RemoteShim, compile_shim, shim_place
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import ListParameters, SetParameters

from imagecapture_ros.client import CameraClient
from imagecapture_ros.node.parameters.faults import NAME as FAULTS_PARAMETER

SMALL = {'width': 320, 'height': 240}

needs_a_compiler = pytest.mark.skipif(
    shutil.which(os.environ.get('CC', 'cc').split()[0]) is None, reason='needs a C compiler: apt-get install gcc')
simulated = pytest.mark.xdist_group('in flight, ends of simulated cameras')
linux = pytest.mark.xdist_group('in flight, ends of Linux cameras')

numbers = itertools.count(1)


def cells(operations: Mapping[str, Operation]) -> list[tuple[str, str]]:
    return [(name, moment) for name, operation in operations.items() for moment in operation.moments]


def idle_cells(operations: Mapping[str, Operation]) -> list[str]:
    """Return what can be in its middle while nothing streams."""
    return [name for name, operation in operations.items() if operation.when_idle and MIDDLE in operation.moments]


@pytest.fixture(scope='module')
def client(module_domain: int) -> Iterator[CameraClient]:
    with client_of(module_domain) as client:
        yield client


@dataclass
class Host:
    """A process in which one node after the other is used up."""

    host: NodeHost
    client: CameraClient
    slow_down: Callable[[Requests, Operation], None]
    held: Held | None = None

    @property
    def works(self) -> bool:
        """Whether the process has not ended."""
        return self.host.process.poll() is None

    @contextmanager
    def node(self, operation: Operation) -> Iterator[tuple[str, Requests]]:
        """Yield the name of a new node that streams, and requests to it; it must be destroyed inside the block."""
        name, printed = f'camera{next(numbers)}', len(self.host.output)
        assert self.host.make(name), self.host.output[printed:]
        requests = Requests(self.client, self.host.process.pid, f'/{name}')
        requests.know((operation.kind, operation.name), (ChangeState, 'change_state'),
                      (SetParameters, 'set_parameters'), (ListParameters, 'list_parameters'))
        requests.until_in()
        yield name, requests
        requests.check_none_came_twice()
        requests.close()
        if self.held is not None:
            held = self.held
            until(lambda: (now := held_by(self.host.process.pid)).descriptors <= held.descriptors
                  and now.threads <= held.threads,
                  state=lambda: f'{held} before, {held_by(self.host.process.pid)} now')
        output = self.host.output[printed:]
        assert 'Traceback' not in output, output
        assert 'unexpected' not in output, output

    def use_once(self) -> Host:
        """Use one node, so that all that is made once is there, and count what the process holds then."""
        take = OPERATIONS['TakePhoto']
        with self.node(take) as (name, requests):
            check(requests.answer(requests.send(take.kind, take.name, take.request)), {''})
            self.host.destroy(name)
        self.held = held_by(self.host.process.pid)
        return self


@pytest.fixture(scope='module')
def simulated_hosts(
    module_domain: int, client: CameraClient, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kept[Host]]:
    @contextmanager
    def start() -> Iterator[Host]:
        home = {'ROS_HOME': str(tmp_path_factory.mktemp('home'))}
        with node_host(module_domain, home, device='sim', **SMALL) as host:
            yield Host(host, client, lambda requests, operation: requests.set(
                FAULTS_PARAMETER, SIMULATED_SLOW[operation.waits_for])).use_once()

    with kept(start, lambda host: host.works) as hosts:
        yield hosts


@pytest.fixture
def simulated_host(simulated_hosts: Kept[Host], request: pytest.FixtureRequest) -> Host:
    return simulated_hosts.lend(request.node)


@pytest.fixture(scope='module')
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim(tmp_path_factory.mktemp('shim'))


@pytest.fixture(scope='module')
def linux_hosts(
    module_domain: int, client: CameraClient, library: Path, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kept[Host]]:
    @contextmanager
    def start() -> Iterator[Host]:
        home = str(tmp_path_factory.mktemp('home'))
        with (
            shim_place(library) as (root, environment),
            node_host(module_domain, {**environment, 'ROS_HOME': home}) as host,
        ):
            shim = RemoteShim(root)
            yield Host(host, client, lambda requests, operation: shim.inject(
                SHIM_SLOW[operation.waits_for])).use_once()

    with kept(start, lambda host: host.works) as hosts:
        yield hosts


@pytest.fixture
def linux_host(linux_hosts: Kept[Host], request: pytest.FixtureRequest) -> Host:
    return linux_hosts.lend(request.node)


def shut_down(host: Host, operation: Operation, moment: str, *, idle: bool = False) -> None:
    with host.node(operation) as (name, requests):
        assert not idle or requests.change(Transition.TRANSITION_DEACTIVATE)
        sent = requests.begin(operation, moment, lambda: host.slow_down(requests, operation))
        assert requests.change(
            Transition.TRANSITION_INACTIVE_SHUTDOWN if idle else Transition.TRANSITION_ACTIVE_SHUTDOWN)
        check(requests.answer(sent), errors_allowed(operation, moment))
        requests.until_in('finalized')
        requests.check_no_parameter_of_the_device_is_left()
        host.host.destroy(name)


def destroy(host: Host, operation: Operation, moment: str) -> None:
    with host.node(operation) as (name, requests):
        sent = requests.begin(operation, moment, lambda: host.slow_down(requests, operation))
        host.host.destroy(name)
        # Who is not answered any more sees that nobody is there.
        requests.spin_until(lambda: sent.done() or requests.vanished())
        if sent.done():
            check(sent.result(), errors_allowed(operation, moment))
        requests.spin_until(requests.vanished)


@simulated
@pytest.mark.parametrize('name, moment', cells(OPERATIONS))
@pytest.mark.parametrize('end', [shut_down, destroy])
def test_an_operation_is_met_by_the_end_of_its_node(
    simulated_host: Host, end: Callable[[Host, Operation, str], None], name: str, moment: str,
) -> None:
    end(simulated_host, OPERATIONS[name], moment)


@simulated
@pytest.mark.parametrize('name', idle_cells(OPERATIONS))
def test_an_operation_without_a_stream_is_met_by_shutdown(simulated_host: Host, name: str) -> None:
    shut_down(simulated_host, OPERATIONS[name], MIDDLE, idle=True)


@linux
@needs_a_compiler
@pytest.mark.parametrize('name', idle_cells(V4L2_OPERATIONS))
def test_an_operation_on_a_linux_camera_without_a_stream_is_met_by_shutdown(linux_host: Host, name: str) -> None:
    shut_down(linux_host, V4L2_OPERATIONS[name], MIDDLE, idle=True)


@linux
@needs_a_compiler
@pytest.mark.parametrize('name, moment', cells(V4L2_OPERATIONS))
@pytest.mark.parametrize('end', [shut_down, destroy])
def test_an_operation_on_a_linux_camera_is_met_by_the_end_of_its_node(
    linux_host: Host, end: Callable[[Host, Operation, str], None], name: str, moment: str,
) -> None:
    end(linux_host, V4L2_OPERATIONS[name], moment)


def interrupt(
    node: NodeProcess, client: CameraClient, camera: str, operation: Operation, moment: str,
    slow_down: Callable[[Requests], None],
) -> None:
    """Send SIGINT in a moment of an operation, and check what becomes of both."""
    try:
        requests = Requests(client, node.process.pid, camera)
        requests.know((operation.kind, operation.name), (SetParameters, 'set_parameters'))
        requests.until_in()
        segments = shared_memory_of(node.process.pid) - shared_memory_of()
        sent = requests.begin(operation, moment, lambda: slow_down(requests))
        with Stopwatch(node.process.pid) as took:
            code = node.stop(signal.SIGINT)
        requests.spin_until(lambda: sent.done() or requests.vanished())
        if sent.done():
            check(sent.result(), errors_allowed(operation, moment))
        requests.check_none_came_twice()
        requests.close()
    finally:
        node.stop()
    assert code == 0, node.output
    assert 'Traceback' not in node.output, node.output
    assert 'unexpected' not in node.output, node.output
    took.check(ENDED, 'SIGINT')
    assert [path for path in segments if Path(path).exists()] == []


@pytest.mark.parametrize('name, moment', cells(OPERATIONS))
def test_an_operation_is_met_by_a_signal(
    module_domain: int, client: CameraClient, tmp_path: Path, name: str, moment: str,
) -> None:
    camera = f'camera{os.getpid()}_{next(numbers)}'
    node = NodeProcess(module_domain, {'device': 'sim', **SMALL}, ('-r', f'__node:={camera}'),
                       {'ROS_HOME': str(tmp_path)})
    operation = OPERATIONS[name]
    interrupt(node, client, f'/{camera}', operation, moment, lambda requests: requests.set(
        FAULTS_PARAMETER, SIMULATED_SLOW[operation.waits_for]))


@needs_a_compiler
@pytest.mark.parametrize('name, moment', cells(V4L2_OPERATIONS))
def test_an_operation_on_a_linux_camera_is_met_by_a_signal(
    module_domain: int, client: CameraClient, library: Path, tmp_path: Path, name: str, moment: str,
) -> None:
    camera, operation = f'camera{os.getpid()}_{next(numbers)}', V4L2_OPERATIONS[name]
    with shim_place(library) as (root, environment):
        node = NodeProcess(module_domain, {}, ('-r', f'__node:={camera}'), {**environment, 'ROS_HOME': str(tmp_path)})
        interrupt(node, client, f'/{camera}', operation, moment,
                  lambda requests: RemoteShim(root).inject(SHIM_SLOW[operation.waits_for]))
