"""The managed node's states and what answers in each."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
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
    return bool(client.call(ChangeState, 'change_state', request, timeout=60.0).success)


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
        with running_node(domain, device='sim'):
            Inbox(client, Image, '/camera/image_raw').wait_for(
                lambda _: 'another node is called /camera' in first.output)


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
        assert client.take_photo().photo.data
        assert images.messages == []
        assert node.stop() == 0
        assert 'still being sent' in node.output
