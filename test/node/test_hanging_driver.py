# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A driver that does not come back: transitions are answered all the same, nodes end, and nothing is left."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fixtures.fault_cycle import LATCHED
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.in_flight import MIDDLE, OPERATIONS, Requests, check, error_of, errors_allowed
from fixtures.kept import Kept, kept
from fixtures.limits import ANSWERED, DESTROYED, ENDED, TRANSITION, Stopwatch
from fixtures.node_host import NodeHost, node_host
from fixtures.node_process import Inbox, NodeProcess, client_of, until
from fixtures.processes import Held, held_by
from fixtures.v4l2.bench import RemoteShim, compile_shim, shim_environment, shim_place
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState

from imagecapture_ros import msg, srv
from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.client import CameraClient

# All in one process, but for those that a signal ends.
pytestmark = [
    pytest.mark.skipif(
        shutil.which(os.environ.get('CC', 'cc').split()[0]) is None, reason='needs a C compiler: apt-get install gcc'),
    pytest.mark.xdist_group('hanging driver'),
]

READ, START, QUERY, BUFFERS, CONTROLS = 17, 18, 0, 8, 71
"""Numbers of requests to the driver: DQBUF, STREAMON, QUERYCAP, REQBUFS, G_EXT_CTRLS."""

CONFIGURE, CLEANUP = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP
ACTIVATE, DEACTIVATE = Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_DEACTIVATE
SHUTDOWN = {
    'unconfigured': Transition.TRANSITION_UNCONFIGURED_SHUTDOWN, 'inactive': Transition.TRANSITION_INACTIVE_SHUTDOWN,
    'active': Transition.TRANSITION_ACTIVE_SHUTDOWN,
}

numbers = itertools.count(1)


@dataclass
class Bench:
    """A process that holds nodes, one of them on a simulated camera, and the Linux camera that it sees."""

    host: NodeHost
    shim: RemoteShim
    client: CameraClient
    neighbour: Requests
    held: Held

    @property
    def works(self) -> bool:
        """Whether the process has not ended."""
        return self.host.process.poll() is None

    @contextmanager
    def node(self, state: str = 'active', **parameters: Any) -> Iterator[tuple[str, Requests]]:
        """Yield a new node in a ``state`` and requests to it; afterwards the driver works again and all is released.

        A node that the block has not destroyed is destroyed then.
        """
        name, printed = f'camera{next(numbers)}', len(self.host.output)
        requests = Requests(self.client, self.host.process.pid, f'/{name}')
        (self.host.begin if state in ('configuring', 'active') else self.host.create)(name, **parameters)
        requests.know((ChangeState, 'change_state'), (srv.GetSettings, 'get_settings'))
        try:
            requests.until_in(state)
            yield name, requests
            self.answers()
        finally:
            requests.close()
            assert self.host.process.poll() is None, f'the process has ended; it printed:\n{self.host.output}'
            self.shim.command('reset')
        if name in self.host.names:
            self.host.destroy(name).check(DESTROYED, 'destroy_node')
        until(lambda: self.host.process.poll() is not None or self.shim.command('held') == '0 0')
        until(lambda: (now := held_by(self.host.process.pid)).descriptors <= self.held.descriptors
              and now.threads <= self.held.threads,
              state=lambda: f'{self.held} before, {held_by(self.host.process.pid)} now')
        output = self.host.output[printed:]
        assert 'Traceback' not in output, output
        assert 'unexpected' not in output, output

    def answers(self) -> None:
        """Check that the other node of the process works."""
        assert self.neighbour.settings().success


@pytest.fixture(scope='module')
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim(tmp_path_factory.mktemp('shim'))


@pytest.fixture(scope='module')
def benches(module_domain: int, library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[Bench]]:
    @contextmanager
    def start() -> Iterator[Bench]:
        home = {'ROS_HOME': str(tmp_path_factory.mktemp('home'))}
        with (
            shim_place(library) as (root, environment), node_host(module_domain, {**environment, **home}) as host,
            client_of(module_domain) as client,
        ):
            assert host.make('neighbour', device='sim'), host.output
            assert host.make('first'), host.output
            neighbour = Requests(client, host.process.pid, '/neighbour')
            neighbour.know((srv.GetSettings, 'get_settings'), (GetState, 'get_state'))
            neighbour.until_in()
            host.destroy('first')  # what is made once is there now
            yield Bench(host, RemoteShim(root), client, neighbour, held_by(host.process.pid))

    with kept(start, lambda bench: bench.works) as benches:
        yield benches


@pytest.fixture
def bench(benches: Kept[Bench], request: pytest.FixtureRequest) -> Bench:
    return benches.lend(request.node)


def cleaned_up(requests: Requests) -> None:
    """Bring a node from wherever a failed transition has left it to where it can be configured, in bounded time."""
    if (state := requests.state()) == 'active':
        requests.change(DEACTIVATE)
        state = requests.state()
    assert state in ('inactive', 'unconfigured')
    assert state == 'unconfigured' or requests.change(CLEANUP)
    assert requests.state() == 'unconfigured'


@pytest.mark.parametrize('request_that_hangs, state, step', [
    (READ, 'active', DEACTIVATE), (START, 'inactive', ACTIVATE),
])
def test_a_transition_is_answered_though_the_driver_hangs_and_all_works_when_it_works_again(
    bench: Bench, request_that_hangs: int, state: str, step: int,
) -> None:
    with bench.node('active' if state == 'active' else 'unconfigured') as (_, requests):
        assert state == 'active' or requests.change(CONFIGURE)
        bench.shim.command(f'hang {request_that_hangs}')
        requests.change(step)  # what comes of it is the node's to say, but it has to say so
        bench.answers()
        cleaned_up(requests)
        answer = requests.settings()
        assert answer.error_name == 'InvalidStateError', answer
        bench.shim.command('reset')
        until(lambda: requests.change(CONFIGURE))  # the old thread has to let the device go first
        assert requests.change(ACTIVATE)
        assert requests.settings().success


def test_a_camera_whose_driver_hangs_in_a_read_is_muted_and_everybody_is_answered(bench: Bench) -> None:
    with bench.node() as (name, requests):
        asked = [(OPERATIONS[one].kind, OPERATIONS[one].name, OPERATIONS[one].request)
                 for one in ('TakePhoto', 'ApplyConstraints', 'GrabFrame', 'SetParameters')]
        requests.know(*((kind, service) for kind, service, _ in asked))
        statuses = Inbox(bench.client, msg.TrackStatus, f'/{name}/track_status', LATCHED)
        statuses.wait_for(lambda got: got and not got[-1].muted)
        bench.shim.command(f'hang {READ}')
        # Who asks before anybody can know of it is answered as soon as it is known.
        waiting = [requests.send(*one) for one in asked]
        status = statuses.wait_for(lambda got: got[-1].muted and got[-1])
        assert status.ready_state == 'live' and 'does not come back' in status.reason
        errors = [error_of(requests.answer_in_time(one, ANSWERED)) for one in waiting]
        assert errors[0] in ('UnknownError', '') and errors[2] in ('UnknownError', 'InvalidStateError', '')
        at_once = [error_of(requests.answer_in_time(requests.send(*one), ANSWERED)) for one in asked]
        assert at_once == ['UnknownError', 'OperationError', 'InvalidStateError', 'OperationError']
        assert requests.settings().success
        bench.shim.command('reset')
        statuses.wait_for(lambda got: not got[-1].muted)
        assert error_of(requests.answer(requests.send(*asked[1]))) == ''
        statuses.close()


@pytest.mark.parametrize('request_that_hangs', [READ, START])
def test_a_node_whose_driver_hangs_can_be_shut_down(bench: Bench, request_that_hangs: int) -> None:
    with bench.node('active' if request_that_hangs == READ else 'unconfigured') as (_, requests):
        if request_that_hangs == START:
            assert requests.change(CONFIGURE)
        bench.shim.command(f'hang {request_that_hangs}')
        if request_that_hangs == START:
            requests.change(ACTIVATE)
        assert requests.change(SHUTDOWN[requests.state()])
        assert requests.state() == 'finalized'


@pytest.mark.parametrize('wish', [
    Transition(id=SHUTDOWN['active']), Transition(id=SHUTDOWN['inactive']), Transition(label='shutdown'),
], ids=['as from active', 'as from inactive', 'by its label'])
def test_a_shutdown_that_comes_during_another_transition_is_carried_out_after_it(
    bench: Bench, wish: Transition,
) -> None:
    apply = OPERATIONS['ApplyConstraints']
    bench.shim.write(ioctl.CID_ZOOM_ABSOLUTE, 100)  # what a control has already is not written, and would not hang
    with bench.node() as (_, requests):
        requests.know((apply.kind, apply.name))
        applying = requests.begin(apply, MIDDLE, lambda: bench.shim.command('hang 72 4000'))
        until(lambda: requests.spin() or bench.shim.command('held_up') == '1')
        deactivating = requests.send(ChangeState, 'change_state', ChangeState.Request(
            transition=Transition(id=DEACTIVATE)))
        requests.taken()
        assert requests.state() == 'deactivating'
        shutting = requests.send(ChangeState, 'change_state', ChangeState.Request(transition=wish))
        assert requests.answer_in_time(deactivating, TRANSITION).success
        assert requests.answer_in_time(shutting, TRANSITION).success
        check(requests.answer(applying), errors_allowed(apply))
        assert requests.state() == 'finalized'
        requests.check_none_came_twice()


@pytest.mark.parametrize('request_that_hangs', [QUERY, BUFFERS])
def test_a_device_that_never_finishes_opening_does_not_keep_a_node_from_its_shutdown(
    bench: Bench, request_that_hangs: int,
) -> None:
    bench.shim.command(f'hang {request_that_hangs}')
    with bench.node('unconfigured') as (_, requests):
        configuring = requests.send(ChangeState, 'change_state', ChangeState.Request(
            transition=Transition(id=CONFIGURE)))
        requests.taken()
        assert requests.state() == 'configuring'
        assert requests.change(SHUTDOWN['unconfigured'])
        assert not requests.answer(configuring).success
        assert requests.state() == 'finalized'
        requests.check_none_came_twice()


# destroy_node, in a process that goes on.

@pytest.mark.parametrize('request_that_hangs', [QUERY, BUFFERS, CONTROLS])
def test_a_node_that_is_destroyed_while_its_device_is_opened_lets_it_go(bench: Bench, request_that_hangs: int) -> None:
    bench.shim.command(f'hang {request_that_hangs}')
    with bench.node('configuring') as (name, requests):
        bench.host.destroy(name).check(DESTROYED, 'destroy_node')
        requests.spin_until(requests.vanished)
        bench.answers()
    # The camera can be had by the next one.
    with bench.node():
        pass


@pytest.mark.parametrize('request_that_hangs', [READ, START])
def test_a_node_that_is_destroyed_while_its_driver_hangs_lets_the_device_go_later(
    bench: Bench, request_that_hangs: int,
) -> None:
    if request_that_hangs == START:
        bench.shim.command(f'hang {START}')
    with bench.node('active' if request_that_hangs == READ else 'unconfigured') as (name, requests):
        if request_that_hangs == START:
            assert requests.change(CONFIGURE)
            requests.send(ChangeState, 'change_state', ChangeState.Request(transition=Transition(id=ACTIVATE)))
            requests.taken()
        bench.shim.command(f'hang {request_that_hangs}')
        bench.host.destroy(name).check(DESTROYED, 'destroy_node')
        bench.answers()
    with bench.node():
        pass


def test_a_node_that_is_destroyed_while_a_host_keeps_it_waiting_lets_it_go(bench: Bench, tmp_path: Path) -> None:
    with (
        http_mjpeg_server(tmp_path, silent=True) as server,
        bench.node('configuring', device=server.url()) as (name, requests),
    ):
        bench.host.destroy(name).check(DESTROYED, 'destroy_node')
        requests.spin_until(requests.vanished)
        bench.answers()
        server.process.kill()  # whoever waits for it goes, too


# Signals, each to a process of its own.

@pytest.mark.parametrize('request_that_hangs, state', [(READ, 'active'), (START, 'activating'), (QUERY, 'configuring')])
def test_a_signal_ends_a_node_whose_driver_hangs(
    domain: int, library: Path, request_that_hangs: int, state: str,
) -> None:
    root, environment = shim_environment(library)
    shim = RemoteShim(root)
    node = NodeProcess(domain, {'autostart': False}, environment=environment)
    try:
        with client_of(domain) as client:
            requests = Requests(client, node.process.pid)
            requests.know((ChangeState, 'change_state'), (srv.GetSettings, 'get_settings'))
            requests.until_in('unconfigured')
            if state == 'configuring':
                shim.command(f'hang {request_that_hangs}')
            configuring = requests.send(ChangeState, 'change_state', ChangeState.Request(
                transition=Transition(id=CONFIGURE)))
            if state != 'configuring':
                assert requests.answer_in_time(configuring, TRANSITION).success
                if state == 'activating':
                    shim.command(f'hang {request_that_hangs}')
                requests.send(ChangeState, 'change_state', ChangeState.Request(transition=Transition(id=ACTIVATE)))
            requests.until_in(state)
            shim.command(f'hang {request_that_hangs}')
            requests.taken()
            with Stopwatch(node.process.pid) as took:
                assert node.stop(signal.SIGINT) == 0, node.output
            took.check(ENDED, 'SIGINT')
            requests.spin_until(requests.vanished)
    finally:
        node.stop()
        shutil.rmtree(root)
    assert 'Traceback' not in node.output, node.output
