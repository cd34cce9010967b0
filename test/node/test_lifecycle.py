# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The managed node's states and what answers in each."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, state_of, until
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces import srv as parameter_srv
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.mediacapture.errors import InvalidStateError

TESTS = Path(__file__).resolve().parents[1]

SERVICES: dict[str, Any] = {
    'take_photo': srv.TakePhoto, 'get_photo_capabilities': srv.GetPhotoCapabilities,
    'get_photo_settings': srv.GetPhotoSettings, 'apply_constraints': srv.ApplyConstraints,
    'get_capabilities': srv.GetCapabilities, 'get_settings': srv.GetSettings, 'get_constraints': srv.GetConstraints,
    'grab_frame': srv.GrabFrame,
}


def change(client: CameraClient, transition: int) -> bool:
    request = ChangeState.Request(transition=Transition(id=transition))
    return bool(client.call(ChangeState, 'change_state', request).success)


def put(client: CameraClient, name: str, value: Any) -> Any:
    request = parameter_srv.SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return client.call(parameter_srv.SetParameters, 'set_parameters', request).results[0]


def test_every_state_answers_as_documented(domain: int) -> None:
    with running_node(domain, device='sim', autostart=False), client_of(domain) as client:
        latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', latched)
        images = Inbox(client, Image, '/camera/image_raw')
        assert state_of(client) == 'unconfigured'
        for name, kind in SERVICES.items():
            with pytest.raises(InvalidStateError, match='not configured'):
                succeeded(client.call(kind, name))
        assert succeeded(client.call(srv.EnumerateDevices, 'enumerate_devices')).device_id

        assert change(client, Transition.TRANSITION_CONFIGURE)
        for name, kind in SERVICES.items():
            if name != 'grab_frame':
                succeeded(client.call(kind, name))
        with pytest.raises(InvalidStateError, match='muted'):
            succeeded(client.call(srv.GrabFrame, 'grab_frame'))
        assert status.wait_for(lambda got: got and got[-1].ready_state == 'live' and got[-1].muted)
        assert not images.messages

        assert change(client, Transition.TRANSITION_ACTIVATE)
        images.take(3)
        succeeded(client.call(srv.GrabFrame, 'grab_frame'))

        assert change(client, Transition.TRANSITION_DEACTIVATE)
        assert status.wait_for(lambda got: got[-1].muted)
        assert change(client, Transition.TRANSITION_ACTIVATE)
        assert change(client, Transition.TRANSITION_DEACTIVATE)
        assert change(client, Transition.TRANSITION_CLEANUP)
        assert status.wait_for(lambda got: got[-1].ready_state == 'ended')
        assert state_of(client) == 'unconfigured'


def test_the_device_can_be_changed_while_unconfigured(domain: int) -> None:
    with running_node(domain, device='/does/not/exist.mp4', autostart=False) as node, client_of(domain) as client:
        assert not change(client, Transition.TRANSITION_CONFIGURE)
        assert '/does/not/exist.mp4' in node.output
        assert state_of(client) == 'unconfigured'
        assert put(client, 'device', 'sim:?seed=5').successful
        assert change(client, Transition.TRANSITION_CONFIGURE)
        settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
        assert settings.device_id == 'sim:?seed=5'


CONFIGURE, CLEANUP = Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_CLEANUP
ACTIVATE, DEACTIVATE = Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_DEACTIVATE
SHUTDOWN = {
    'unconfigured': Transition.TRANSITION_UNCONFIGURED_SHUTDOWN, 'inactive': Transition.TRANSITION_INACTIVE_SHUTDOWN,
    'active': Transition.TRANSITION_ACTIVE_SHUTDOWN,
}
WAY = {'unconfigured': (), 'inactive': (CONFIGURE,), 'active': (CONFIGURE, ACTIVATE)}
"""The transitions that lead from the start to a state."""

FROM = {'unconfigured': {CONFIGURE}, 'inactive': {ACTIVATE, CLEANUP}, 'active': {DEACTIVATE}}


def test_transitions_that_are_not_possible_change_nothing(domain: int) -> None:
    """Among them each one twice in a row."""
    with running_node(domain, device='sim', autostart=False), client_of(domain) as client:
        for state, steps in WAY.items():
            for step in steps[-1:]:
                assert change(client, step)
            wrong = {CONFIGURE, ACTIVATE, DEACTIVATE, CLEANUP, *SHUTDOWN.values(), 99} - FROM[state] - {SHUTDOWN[state]}
            for transition in sorted(wrong):
                assert not change(client, transition)
                assert state_of(client) == state
        client.grab_frame()  # and the stream goes on
        for transition, state in ((DEACTIVATE, 'inactive'), (CLEANUP, 'unconfigured')):
            assert change(client, transition)
            assert not change(client, transition)
            assert state_of(client) == state


@pytest.mark.parametrize('state', WAY)
def test_shutdown_is_for_good(domain: int, state: str) -> None:
    with running_node(domain, device='sim', autostart=False), client_of(domain) as client:
        for transition in WAY[state]:
            assert change(client, transition)
        assert change(client, SHUTDOWN[state])
        assert state_of(client) == 'finalized'
        for transition in (SHUTDOWN[state], CONFIGURE):
            assert not change(client, transition)
        with pytest.raises(InvalidStateError, match='start it again if it was shut down'):
            client.settings()
        assert client.devices()


def test_a_device_that_is_gone_fails_the_start_of_the_stream_and_nothing_else(domain: int) -> None:
    with running_node(domain, device='sim', autostart=False) as node, client_of(domain) as client:
        assert change(client, CONFIGURE)
        assert put(client, 'sim.faults', 'unplug').successful
        for _ in range(2):
            assert not change(client, ACTIVATE)
            assert state_of(client) == 'inactive'
        assert 'could not activate' in node.output
        assert put(client, 'sim.faults', '').successful
        until(lambda: change(client, ACTIVATE))
        client.grab_frame()
        # Lost while it streams: stopping and releasing it work, and it can be had again.
        assert put(client, 'sim.faults', 'unplug').successful
        assert change(client, DEACTIVATE)
        assert change(client, CLEANUP)
        assert change(client, CONFIGURE)
        assert change(client, ACTIVATE)
        client.grab_frame()


@pytest.mark.parametrize('steps', [(DEACTIVATE,), (DEACTIVATE, CLEANUP), (SHUTDOWN['active'],)])
def test_a_photo_is_answered_whatever_the_node_does_meanwhile(domain: int, steps: tuple[int, ...]) -> None:
    with running_node(domain, device='sim'), client_of(domain) as client:
        until(lambda: answered(client).success)
        client.photo_settings()
        until(lambda: state_of(client) == 'active')
        photos = client.node.create_client(srv.TakePhoto, '/camera/take_photo')
        client.take_photo(width=640)  # by now the node knows where to send photos
        assert photos.wait_for_service(PATIENCE)
        pending = [photos.call_async(srv.TakePhoto.Request(omit_data=True)) for _ in range(2)]
        for step in steps:
            assert change(client, step)
        until(lambda: client.spin_once(0.1) or all(future.done() for future in pending))
        for answer in (future.result() for future in pending):
            assert answer.success or answer.error_name in ('InvalidStateError', 'UnknownError'), answer
            assert answer.success or answer.message
        if steps == (DEACTIVATE,):
            assert all(future.result().success for future in pending)  # the device is still open
            assert change(client, ACTIVATE)
            client.grab_frame()


def test_the_device_is_fixed_while_configured_and_another_one_afterwards(domain: int) -> None:
    with running_node(domain, device='sim', autostart=False), client_of(domain) as client:
        for seed in (1, 2):
            assert put(client, 'device', f'sim:?seed={seed}').successful
            assert change(client, CONFIGURE)
            refused = put(client, 'device', 'sim:?seed=9')
            assert not refused.successful
            assert 'device' in refused.reason
            assert client.settings()['device_id'] == f'sim:?seed={seed}'
            assert change(client, CLEANUP)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_node_cleanly(domain: int, number: signal.Signals) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    with client_of(domain) as client:
        answered(client)
    assert node.stop(number) == 0
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('delay', [0.4, 0.7, 1.0, 1.5, 2.0])
def test_a_signal_during_the_start_ends_the_node_too(domain: int, delay: float) -> None:
    node = NodeProcess(domain, {'device': 'sim'})
    time.sleep(delay)  # any moment of the start will do
    code = node.stop(signal.SIGTERM)
    # Before our first line the system ends the process as it ends any other.
    assert code in (0, -signal.SIGTERM), node.output
    assert 'Traceback' not in node.output
    assert 'error' not in node.output


def test_a_second_node_of_the_same_name_is_a_warning(domain: int) -> None:
    with running_node(domain, device='sim') as first, client_of(domain) as client:
        answered(client)
        assert 'another node' not in first.output
        with running_node(domain, device='sim'):
            Inbox(client, Image, '/camera/image_raw').wait_for(
                lambda _: 'another node is called /camera' in first.output)


def test_nobody_ends_the_transitions_of_others(domain: int) -> None:
    wishes = [Transition(id=number) for number in (0, 8, 9, 10, 11, 12, 30, 62, 255)] + [
        Transition(label=label) for label in ('transition_success', 'transition_failure', 'transition_error', 'x')]
    with running_node(domain, device='sim', autostart=False) as node, client_of(domain) as client:
        until(lambda: state_of(client) == 'unconfigured')
        change = client.node.create_client(ChangeState, '/camera/change_state')
        assert change.wait_for_service(PATIENCE)
        for step, state in ((Transition.TRANSITION_CONFIGURE, 'inactive'), (Transition.TRANSITION_ACTIVATE, 'active'),
                            (Transition.TRANSITION_DEACTIVATE, 'inactive')):
            for wish in wishes:  # as many as the request's queue holds for certain
                own = change.call_async(ChangeState.Request(transition=Transition(id=step)))
                others = [change.call_async(ChangeState.Request(transition=wish)) for _ in range(3)]
                until(lambda own=own, others=others: client.spin_once(0.05) or all(
                    one.done() for one in (own, *others)))
                assert not any(one.result().success for one in others), wish
            assert state_of(client) == state
    assert 'Traceback' not in node.output


def test_a_message_that_is_never_sent_holds_up_neither_the_services_nor_the_end(domain: int) -> None:
    path = os.pathsep.join(filter(None, (str(TESTS), os.environ.get('PYTHONPATH'))))
    with (
        running_node(domain, module='fixtures.node_on_a_hanging_wire', environment={'PYTHONPATH': path},
                     device='sim') as node,
        client_of(domain) as client,
    ):
        answered(client)
        images = Inbox(client, Image, '/camera/image_raw')
        infos = Inbox(client, CameraInfo, '/camera/camera_info')
        until(lambda: client.spin_once(0.1) or 'has not been sent for' in node.output)
        infos.take(len(infos.messages) + 10)
        assert client.take_photo().data
        assert images.messages == []
        assert node.stop() == 0
        assert 'still being sent' in node.output
