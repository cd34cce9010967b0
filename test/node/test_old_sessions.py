# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that is closed while it is still busy leaves nothing behind for the next one: one story each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fixtures.fault_cycle import TRANSITIONS, FaultyNode
from fixtures.in_flight import MIDDLE, OPERATIONS, Operation, Requests, check, error_of, errors_allowed
from fixtures.node_process import answered, client_of, running_node
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.srv import GetParameters, ListParameters

from imagecapture_ros import srv
from imagecapture_ros.node.parameters.faults import NAME as FAULTS_PARAMETER

APPLY, SET, TAKE = OPERATIONS['ApplyConstraints'], OPERATIONS['SetParameters'], OPERATIONS['TakePhoto']


@dataclass
class Camera:
    """A node on the simulated camera, and all that it says."""

    cycle: FaultyNode
    requests: Requests

    def change(self, name: str) -> None:
        assert self.requests.change(TRANSITIONS[name]), f'{name} failed; the node printed:\n{self.cycle.node.output}'

    def fault(self, text: str) -> None:
        self.requests.set(FAULTS_PARAMETER, text)


@pytest.fixture
def camera(domain: int) -> Iterator[Camera]:
    """Yield a node of the test's own: after what is tested here it might be good for nothing."""
    with running_node(domain, device='sim', width=320, height=240) as node, client_of(domain) as client:
        answered(client)
        cycle = FaultyNode(node, client, lambda text: None, lambda: None)
        requests = Requests(client, node.process.pid)
        requests.know(*((one.kind, one.name) for one in (APPLY, SET, TAKE)), (ChangeState, 'change_state'),
                      (ListParameters, 'list_parameters'), (GetParameters, 'get_parameters'))
        requests.until_in()
        cycle.streams()
        yield Camera(cycle, requests)
    assert 'Traceback' not in node.output, node.output
    assert 'unexpected' not in node.output, node.output


@pytest.mark.parametrize('steps', [('deactivate', 'cleanup'), ('shutdown',)])
def test_a_photo_that_is_done_waits_behind_slow_settings_when_the_camera_is_closed(
    camera: Camera, steps: tuple[str, ...],
) -> None:
    requests = camera.requests
    camera.fault('shutter:0.3,stall:30+2s')
    photo = requests.send(TAKE.kind, TAKE.name, TAKE.request)
    requests.taken()
    applying = requests.send(APPLY.kind, APPLY.name, APPLY.request)
    deadline = time.monotonic() + 1.0
    requests.spin_until(lambda: time.monotonic() > deadline)  # the photo is done by now, the settings are not
    assert not photo.done()
    for step in steps:
        if step == 'shutdown':
            assert requests.change(Transition.TRANSITION_ACTIVE_SHUTDOWN)
        else:
            camera.change(step)
    check(requests.answer(photo), errors_allowed(TAKE))
    check(requests.answer(applying), errors_allowed(APPLY))
    requests.check_none_came_twice()
    if steps == ('shutdown',):
        requests.until_in('finalized')
        return
    camera.cycle.streams()
    photos = [requests.send(TAKE.kind, TAKE.name, TAKE.request) for _ in range(32)]
    assert Counter(error_of(requests.answer(one)) for one in photos) == {'': 32}


@pytest.mark.parametrize('operation', [APPLY, SET], ids=['ApplyConstraints', 'SetParameters'])
@pytest.mark.parametrize('idle', [False, True], ids=['active', 'inactive'])
def test_cleanup_while_settings_are_applied_leaves_no_parameter_and_the_next_configure_succeeds(
    camera: Camera, operation: Operation, idle: bool,
) -> None:
    requests = camera.requests
    if idle:
        camera.change('deactivate')
    camera.fault('stall:2')
    sent = requests.begin(operation, MIDDLE, lambda: None)
    if not idle:
        camera.change('deactivate')
    camera.change('cleanup')
    check(requests.answer(sent), errors_allowed(operation))
    requests.until_in('unconfigured')
    requests.check_no_parameter_of_the_device_is_left()
    camera.change('configure')
    camera.change('activate')
    camera.cycle.streams()
    camera.cycle.settings_agree()


@pytest.mark.parametrize('idle, stall', [(True, 9.0), (False, 13.0)], ids=['inactive', 'active'])
def test_settings_that_end_long_after_cleanup_reach_nothing_of_the_next_session(
    camera: Camera, idle: bool, stall: float,
) -> None:
    """Cleanup, and deactivate, give up waiting after 5 s each; the next session has begun when the settings end."""
    cycle, requests = camera.cycle, camera.requests
    if idle:
        camera.change('deactivate')
    camera.fault(f'stall:{stall:g}')
    began = time.monotonic()
    applying = requests.begin(APPLY, MIDDLE, lambda: None)
    requests.send(TAKE.kind, TAKE.name, TAKE.request)  # something that waits behind it, too
    if not idle:
        camera.change('deactivate')
    camera.change('cleanup')
    check(requests.answer(applying), errors_allowed(APPLY))
    camera.change('configure')
    configured = time.time_ns()
    camera.change('activate')
    cycle.streams()
    assert requests.answer(requests.send(
        SET.kind, SET.name, SET.request)).results[0].successful  # brightness 10, zoom as it was
    cycle.settings_agree(zoom=1.0, brightness=10.0)
    printed, known = len(cycle.node.output), len(cycle.statuses.messages)
    requests.spin_until(lambda: time.monotonic() > began + stall + 1.0)
    cycle.settings_agree(zoom=1.0, brightness=10.0)
    new = [one for one in cycle.settings.messages
           if one.header.stamp.sec * 1_000_000_000 + one.header.stamp.nanosec > configured]
    assert {tuple(one.zoom) for one in new} == {(1.0,)}, 'settings of the old session'
    assert len(cycle.statuses.messages) == known, cycle.statuses.messages[known:]
    assert cycle.node.output[printed:] == ''
    settings = requests.answer(requests.send(srv.GetSettings, 'get_settings')).settings
    assert list(settings.zoom) == [1.0]
    requests.check_none_came_twice()
