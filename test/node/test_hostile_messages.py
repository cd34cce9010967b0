# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that no program of good faith sends: the node says so, lives, streams, and answers the next one."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from builtin_interfaces.msg import Time
from fixtures.kept import Kept
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, stamp_of, until
from fixtures.raw_requests import raw_requests
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces import srv as parameter_srv
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, ServiceTimeout

MIB = 1 << 20
ENOUGH = 1024 * MIB
"""Bytes by which a request makes the node grow at most: 128 MiB are what it may take, the rest is pictures."""

SERVICES: dict[str, Any] = {
    'apply_constraints': srv.ApplyConstraints, 'set_parameters': parameter_srv.SetParameters,
    'set_camera_info': SetCameraInfo, 'get_parameters': parameter_srv.GetParameters,
    'change_state': ChangeState, 'take_photo': srv.TakePhoto,
}


def lengths(claimed: int, words: int = 50) -> bytes:
    """Return a body in which every length says the same."""
    return struct.pack('<I', claimed) * words


BODIES = {
    'ones': b'\xff' * 200, 'empty': b'', 'millions': lengths(5_000_000), 'a hundred millions': lengths(100_000_000),
    'two milliards': lengths(2**31 - 1), 'one and nothing': lengths(1, 3), 'cut off': b'\1',
}


def memory_of(node: NodeProcess) -> int:
    """Return the private memory of a node in bytes."""
    for line in Path(f'/proc/{node.process.pid}/status').read_text().splitlines():
        if line.startswith('RssAnon:'):
            return int(line.split()[1]) * 1024
    raise AssertionError('the kernel does not tell')


def streams(client: CameraClient) -> None:
    """Check that images come that were not on their way before."""
    images = Inbox(client, Image, '/camera/image_raw', 5)
    images.take(3)
    images.close()


def answers(client: CameraClient, service: str) -> bool:
    """Return whether a service answers; a single request may get lost while the hostile client leaves the graph."""
    try:
        return client.call(SERVICES[service], service, timeout=PATIENCE / 4) is not None
    except ServiceTimeout:
        return False


@pytest.mark.parametrize('body', BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize('service', SERVICES)
def test_a_request_that_is_none_costs_neither_the_stream_nor_the_service(
    camera_nodes: Kept[Any], request: pytest.FixtureRequest, module_domain: int, service: str, body: bytes,
) -> None:
    node, client = camera_nodes.lend(request.node)
    before = memory_of(node)
    with raw_requests(module_domain, SERVICES[service], service) as requests:
        for _ in range(3):
            requests.send(body)
        streams(client)
    until(lambda: answers(client, service))
    assert client.call(srv.GetSettings, 'get_settings').success
    assert memory_of(node) - before < ENOUGH
    assert node.process.poll() is None, node.output


def clock(sec: int, nanosec: int = 0) -> Clock:
    return Clock(clock=Time(sec=sec, nanosec=nanosec))


def test_a_clock_that_says_nonsense_stays_where_it_was(domain: int) -> None:
    with running_node(domain, device='sim', use_sim_time=True) as node, client_of(domain) as client:
        answered(client)
        publisher = client.node.create_publisher(
            Clock, '/clock', QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
        infos = Inbox(client, CameraInfo, '/camera/camera_info', 5)
        images = Inbox(client, Image, '/camera/image_raw', 5)

        def stamped(second: int) -> None:
            """Wait until what the camera publishes is stamped with a time of the clock."""
            until(lambda: publisher.publish(clock(second)) or client.spin_once(0.1) or (
                infos.messages and infos.messages[-1].header.stamp.sec == second), state=lambda: node.output)

        stamped(100)
        for nonsense in (clock(-5), clock(-2**31, 2**32 - 1), clock(100, 2**32 - 1), clock(2**31 - 1)) * 3:
            publisher.publish(nonsense)
            client.spin_once(0.1)
        count = len(infos.messages)
        infos.wait_for(lambda got: len(got) > count + 5)
        assert {message.header.stamp.sec for message in infos.messages[count:]} == {100}
        assert node.output.count('/clock says') == 1
        for second in (2**31 - 3600, 200, 5, 100):  # to the end, back, back to the beginning, and on
            stamped(second)
        assert [stamp_of(image) for image in images.messages]


def test_a_clock_that_says_nonsense_is_survived_when_use_sim_time_comes_later(
    camera_nodes: Kept[Any], request: pytest.FixtureRequest,
) -> None:
    node, client = camera_nodes.lend(request.node)
    publisher = client.node.create_publisher(Clock, '/clock', 1)

    def use_sim_time(value: bool) -> None:
        setting = parameter_srv.SetParameters.Request(parameters=[Parameter(
            name='use_sim_time', value=ParameterValue(type=ParameterType.PARAMETER_BOOL, bool_value=value))])
        assert client.call(parameter_srv.SetParameters, 'set_parameters', setting).results[0].successful

    use_sim_time(True)
    until(lambda: publisher.publish(clock(-5)) or client.spin_once(0.1) or '/clock says -5' in node.output)
    use_sim_time(False)
    streams(client)
    assert node.process.poll() is None


def test_with_a_limit_of_memory_what_wants_more_fails_and_the_node_lives(domain: int) -> None:
    with running_node(domain, device='sim', memory_limit=1500) as node, client_of(domain) as client:
        answered(client)
        limit = Path(f'/proc/{node.process.pid}/limits').read_text()
        assert any(line.startswith('Max data size') and str(1500 * MIB) in line for line in limit.splitlines()), limit
        with raw_requests(domain, srv.ApplyConstraints, 'apply_constraints') as requests:
            requests.send(BODIES['ones'])
            requests.send(BODIES['millions'])
            streams(client)
        assert client.call(srv.GetSettings, 'get_settings').success
