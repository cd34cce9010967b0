# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Texts of others, megabytes long or meant for the terminal: answers, topics and the log stay short, and text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.fault_cycle import LATCHED
from fixtures.hostile_camera import EVIL, SHOWN
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, until
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces import srv as parameter_srv
from rcl_interfaces.msg import Log
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient
from imagecapture_ros.node.log import BURST
from imagecapture_ros.texts import visible_lines

MEGABYTES = 'a\x1b' * 1_000_000
SHORT = 20_000
"""Bytes of an answer: all but the text of somebody else."""

Pair = tuple[NodeProcess, CameraClient]


@pytest.fixture(scope='module')
def pair(module_domain: int) -> Iterator[Pair]:
    with running_node(module_domain, device='sim') as node, client_of(module_domain) as client:
        answered(client)
        yield node, client


def put(client: CameraClient, values: dict[str, Any]) -> parameter_srv.SetParameters.Response:
    request = parameter_srv.SetParameters.Request(
        parameters=[Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
    answer: parameter_srv.SetParameters.Response = client.call(parameter_srv.SetParameters, 'set_parameters', request)
    return answer


def test_a_label_of_a_transition_is_refused_in_one_short_line(pair: Pair) -> None:
    node, client = pair
    log = Inbox(client, Log, '/rosout', LATCHED)
    before = len(node.output)
    for label in (MEGABYTES, EVIL):
        request = ChangeState.Request(transition=Transition(label=label))
        assert not client.call(ChangeState, 'change_state', request).success
    written = until(lambda: SHOWN in node.output and node.output[before:])
    assert len(written) < SHORT
    assert visible_lines(written) == written
    assert len([line for line in written.splitlines() if 'is not possible' in line]) == 2
    line = log.wait_for(lambda lines: next((one for one in lines if SHOWN in one.msg), None))
    assert visible_lines(line.msg) == line.msg
    assert max(len(one.msg) for one in log.messages) < SHORT
    log.close()


@pytest.mark.parametrize('values', [
    {'sim.faults': MEGABYTES}, {'sim.faults': 'drop,' * 1_000_000}, {MEGABYTES: 1}, {'zoom': MEGABYTES},
    {'frame_id': MEGABYTES}, {'device': MEGABYTES}, {'facing_mode': MEGABYTES}, {'encoding': MEGABYTES},
    {'points_of_interest': [0.5] * 1_000_001}, {'camera_name': MEGABYTES},
], ids=lambda values: next(iter(values))[:20].replace('\x1b', ''))
def test_a_refusal_of_a_parameter_is_short(pair: Pair, values: dict[str, Any]) -> None:
    node, client = pair
    before = len(node.output)
    answer = put(client, values)
    assert [result.successful for result in answer.results] == [False]
    assert answer.results[0].reason
    assert len(serialize_message(answer)) < SHORT
    request = parameter_srv.SetParametersAtomically.Request(
        parameters=[Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
    atomic = client.call(parameter_srv.SetParametersAtomically, 'set_parameters_atomically', request)
    assert not atomic.result.successful
    assert len(serialize_message(atomic)) < SHORT
    assert len(node.output) - before < SHORT


def test_texts_of_start_up_parameters_that_go_into_every_message_have_an_end(domain: int) -> None:
    with running_node(domain, device='sim', autostart=False) as node, client_of(domain) as client:
        for name in ('frame_id', 'device', 'pixel_format'):
            [result] = put(client, {name: MEGABYTES}).results
            assert not result.successful
            assert '4096 at most' in result.reason or 'SecurityError' in result.reason
        assert put(client, {'frame_id': 'a' * 4096}).results[0].successful
        assert len(node.output) < SHORT


@pytest.mark.parametrize('constraints', [
    msg.MediaTrackConstraintSet(device_id=msg.ConstrainString(ideal=[MEGABYTES])),
    msg.MediaTrackConstraintSet(device_id=msg.ConstrainString(ideal=['a b'] * 101)),
    msg.MediaTrackConstraintSet(facing_mode=msg.ConstrainString(exact=[MEGABYTES])),
], ids=['long', 'many', 'mode'])
def test_strings_in_constraints_have_an_end_and_are_not_kept(
    pair: Pair, constraints: msg.MediaTrackConstraintSet,
) -> None:
    _, client = pair
    for request in (srv.ApplyConstraints.Request(constraints=constraints),
                    srv.ApplyConstraints.Request(advanced=[constraints])):
        answer = client.call(srv.ApplyConstraints, 'apply_constraints', request)
        assert answer.error_name == 'TypeError'
        assert len(serialize_message(answer)) < SHORT
    assert len(serialize_message(client.call(srv.GetConstraints, 'get_constraints'))) < SHORT


def test_other_requests_with_long_texts_are_answered_in_short(pair: Pair) -> None:
    node, client = pair
    before = len(node.output)
    calibration = SetCameraInfo.Request()
    calibration.camera_info.width = calibration.camera_info.height = 10
    calibration.camera_info.distortion_model = MEGABYTES
    for kind, name, request in (
        (srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(save_as=MEGABYTES)),
        (srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(
            photo_settings=msg.PhotoSettings(fill_light_mode=MEGABYTES))),
        (SetCameraInfo, 'set_camera_info', calibration),
    ):
        answer = client.call(kind, name, request)
        assert not answer.success
        assert len(serialize_message(answer)) < SHORT
    assert len(node.output) - before < SHORT


def test_diagnostics_and_status_are_short(pair: Pair) -> None:
    _, client = pair
    diagnostics, status = Inbox(client, DiagnosticArray, '/diagnostics'), Inbox(
        client, msg.TrackStatus, '/camera/track_status', LATCHED)
    assert len(serialize_message(diagnostics.take(2)[-1])) < SHORT
    assert len(serialize_message(status.take(1)[-1])) < SHORT


def test_lines_that_others_cause_are_counted_after_the_first_ones(domain: int) -> None:
    with running_node(domain, device='sim') as node, client_of(domain) as client:
        answered(client)
        request = ChangeState.Request(transition=Transition(id=77))
        for _ in range(10 * BURST):
            assert not client.call(ChangeState, 'change_state', request).success
        lines = until(lambda: 'were left out' in node.output and node.output).splitlines()
        refused = [line for line in lines if 'transition 77 is not possible' in line]
        counted = [line for line in lines if 'more lines like the last ones' in line]
    told = sum(int(line.split(' more lines')[0].split()[-1])
               for line in node.output.splitlines() if 'more lines like the last ones' in line)
    # A machine under load may need longer than one period for all of them.
    assert BURST <= len(refused) < 10 * BURST
    assert counted
    shown = node.output.count('transition 77 is not possible')
    assert shown + told == 10 * BURST
