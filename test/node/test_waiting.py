# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nobody waits for another's device: opening, transitions and photos hold up no other service."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fixtures.limits import ANSWERED, ENDED, PATIENCE, Stopwatch
from fixtures.node_process import NodeProcess, answered, client_of, running_node, state_of, until
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces import srv as parameter_srv
from rclpy.parameter import Parameter

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, succeeded

LONG = 6.0
"""Seconds that the device takes in these tests. A service that waits for it answers after that only."""

IN_FLIGHT = 0.3
"""Seconds after which a request has reached the node: which of two comes first is the middleware's affair."""


@pytest.fixture
def silent_host() -> Iterator[str]:
    """Yield the address of a host that takes connections and never says anything."""
    with contextlib.closing(socket.create_server(('127.0.0.1', 0), backlog=16)) as server:
        yield f'127.0.0.1:{server.getsockname()[1]}'


def put(client: CameraClient, name: str, value: Any) -> Any:
    request = parameter_srv.SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return client.call(parameter_srv.SetParameters, 'set_parameters', request).results[0]


def read_everything(node: NodeProcess, client: CameraClient) -> None:
    """Read settings, a parameter and the state, for a while: what was asked for before is then under way."""
    names = parameter_srv.GetParameters.Request(names=['device'])
    for number in range(6):
        for kind, name, request in (
            (srv.GetSettings, 'get_settings', None), (parameter_srv.GetParameters, 'get_parameters', names),
            (GetState, 'get_state', None),
        ):
            with Stopwatch(node.process.pid) as took:
                client.call(kind, name, request, reading=True)
            if number > 0:  # the first time, it has to be found
                took.check(ANSWERED, name)
        time.sleep(0.1)


@pytest.mark.parametrize('scheme', ['rtsp', 'http'])
def test_a_host_that_does_not_answer_holds_up_no_service(domain: int, silent_host: str, scheme: str) -> None:
    node = NodeProcess(domain, {'device': f'{scheme}://{silent_host}/stream'})
    try:
        with client_of(domain) as client:
            answer = client.call(srv.GetSettings, 'get_settings', reading=True)
            assert state_of(client) == 'configuring'
            assert (answer.error_name, answer.success) == ('InvalidStateError', False)
            assert 'still being opened' in answer.message
            read_everything(node, client)
            assert succeeded(client.call(srv.EnumerateDevices, 'enumerate_devices')).device_id
            refused = client.call(ChangeState, 'change_state', ChangeState.Request(
                transition=Transition(id=Transition.TRANSITION_CLEANUP)))
            assert not refused.success
            assert state_of(client) == 'configuring'
        with Stopwatch(node.process.pid) as took:
            code = node.stop()
        assert code == 0, node.output
        took.check(ENDED, 'a node that waits for a host that does not answer')
        assert 'Traceback' not in node.output
    finally:
        node.stop()


def test_a_slow_device_delays_only_who_asks_it(domain: int) -> None:
    with running_node(domain, device='sim') as node, client_of(domain) as client:
        answered(client)
        assert put(client, 'sim.faults', f'stall:{LONG}').successful
        request = parameter_srv.SetParameters.Request(parameters=[Parameter('zoom', value=2.0).to_parameter_msg()])
        setter = client.node.create_client(parameter_srv.SetParameters, '/camera/set_parameters')
        assert setter.wait_for_service(PATIENCE)
        began = time.monotonic()
        setting = setter.call_async(request)
        read_everything(node, client)
        assert not setting.done() or time.monotonic() - began >= LONG
        until(lambda: client.spin_once(0.1) or setting.done())
        assert setting.result().results[0].successful
        assert time.monotonic() - began >= LONG


def test_a_long_photo_delays_neither_settings_nor_parameters(domain: int) -> None:
    with running_node(domain, device='sim') as node, client_of(domain) as client:
        answered(client)
        assert put(client, 'sim.faults', f'shutter:{LONG}').successful
        photographer = client.node.create_client(srv.TakePhoto, '/camera/take_photo')
        assert photographer.wait_for_service(PATIENCE)
        began = time.monotonic()
        taking = photographer.call_async(srv.TakePhoto.Request(omit_data=True))
        read_everything(node, client)
        assert not taking.done() or time.monotonic() - began >= LONG
        until(lambda: client.spin_once(0.1) or taking.done())
        assert taking.result().success, taking.result().message
        assert time.monotonic() - began >= LONG


def test_the_stream_can_be_stopped_while_a_photo_is_taken(domain: int) -> None:
    with running_node(domain, device='sim'), client_of(domain) as client:
        answered(client)
        assert put(client, 'sim.faults', f'shutter:{LONG}').successful
        photographer = client.node.create_client(srv.TakePhoto, '/camera/take_photo')
        assert photographer.wait_for_service(PATIENCE)
        taking = photographer.call_async(srv.TakePhoto.Request(omit_data=True))
        time.sleep(IN_FLIGHT)
        for transition, state in ((Transition.TRANSITION_DEACTIVATE, 'inactive'),
                                  (Transition.TRANSITION_CLEANUP, 'unconfigured')):
            request = ChangeState.Request(transition=Transition(id=transition))
            assert client.call(ChangeState, 'change_state', request).success
            assert state_of(client) == state
        until(lambda: client.spin_once(0.1) or taking.done())
        assert taking.result().error_name == 'UnknownError', taking.result()  # Image Capture, clause 2.1


def test_who_configures_a_node_that_is_stopped_meanwhile_gets_an_answer(domain: int, silent_host: str) -> None:
    with (
        running_node(domain, device=f'rtsp://{silent_host}/stream', autostart=False) as node,
        client_of(domain) as client,
    ):
        until(lambda: state_of(client) == 'unconfigured')
        transitions = client.node.create_client(ChangeState, '/camera/change_state')
        assert transitions.wait_for_service(PATIENCE)
        configuring = transitions.call_async(
            ChangeState.Request(transition=Transition(id=Transition.TRANSITION_CONFIGURE)))
        until(lambda: state_of(client) == 'configuring')
        node.process.send_signal(signal.SIGINT)
        until(lambda: client.spin_once(0.1) or configuring.done())
        assert not configuring.result().success
