# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A running node is asked anything that its interfaces can carry: it answers, says what is wrong, and goes on."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fixtures.fault_cycle import FaultyNode
from fixtures.kept import Kept, kept
from fixtures.node_process import answered, client_of, running_node, until
from fixtures.random_messages import WORDS, described, messages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import ParameterType, ParameterValue
from rcl_interfaces.srv import GetParameters, ListParameters, SetParameters, SetParametersAtomically
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import msg, srv
from imagecapture_ros.node.parameters.faults import NAME as FAULTS_PARAMETER

ERRORS = {'ConstraintTypeError', 'InvalidStateError', 'NotSupportedError', 'OperationError', 'OverconstrainedError',
          'SecurityError', 'TypeError', 'UnknownError'}
"""Every name that an answer to a request may have."""

SERVICES = {
    'take_photo': 8, 'apply_constraints': 80, 'get_photo_capabilities': 2, 'get_photo_settings': 2,
    'get_capabilities': 2, 'get_settings': 2, 'get_constraints': 2, 'grab_frame': 2, 'enumerate_devices': 2,
    'set_camera_info': 60, 'set_parameters': 100, 'set_parameters_atomically': 60, 'get_parameters': 40,
    'get_parameter_types': 40, 'describe_parameters': 40, 'list_parameters': 40, 'change_state': 40, 'get_state': 2,
    'get_available_states': 2, 'get_available_transitions': 2, 'get_transition_graph': 2, 'get_type_description': 20,
}
"""How many requests of each are made; those without members are all the same."""

SHUTDOWN = {'shutdown', 'create', 'destroy'}
"""Transitions after which nobody asks anything any more."""
SHUTDOWN_IDS = {Transition.TRANSITION_UNCONFIGURED_SHUTDOWN, Transition.TRANSITION_INACTIVE_SHUTDOWN,
                Transition.TRANSITION_ACTIVE_SHUTDOWN}


@contextmanager
def started(domain: int, folder: Path) -> Iterator[FaultyNode]:
    """Run a node that may save photos and calibrations in a folder of its own."""
    with (
        running_node(domain, device='sim', photo_directory=str(folder / 'photos'),
                     environment={'ROS_HOME': str(folder), 'ROS_LOG_DIR': str(folder / 'log')}) as process,
        client_of(domain) as client,
    ):
        answered(client)
        yield FaultyNode(process, client, lambda _: None, lambda: None)


@pytest.fixture(scope='module')
def nodes(module_domain: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept[FaultyNode]]:
    with kept(lambda: started(module_domain, tmp_path_factory.mktemp('fuzz'))) as nodes:
        yield nodes


@pytest.fixture
def node(nodes: Kept[FaultyNode], request: pytest.FixtureRequest) -> FaultyNode:
    """Return the node that all tests use as long as none fails."""
    return nodes.lend(request.node)


@pytest.fixture(autouse=True)
def goes_on(node: FaultyNode) -> Iterator[None]:
    """Check after each test that the node lives, streams, and has complained of nothing that it did not expect."""
    yield
    assert node.node.process.poll() is None, node.node.output
    node.put(FAULTS_PARAMETER, '')
    node.streams()
    assert node.ask(srv.ApplyConstraints, 'apply_constraints')[0].success
    assert 'Traceback' not in node.node.output, node.node.output
    assert 'unexpectedly' not in node.node.output, node.node.output


def types_of_services(node: FaultyNode) -> dict[str, Any]:
    """Return the classes of the services that the node offers, as the graph tells once it knows them all."""
    def offered() -> dict[str, str]:
        try:
            services = node.client.node.get_service_names_and_types_by_node('camera', '/')
        except RuntimeError:  # the node is not found yet
            return {}
        kinds = {path.removeprefix('/camera/'): kind for path, (kind, *_) in services}
        return kinds if kinds.keys() >= SERVICES.keys() else {}

    found = {}
    for name, kind in until(offered).items():
        package, _, class_name = kind.split('/')
        found[name] = getattr(importlib.import_module(f'{package}.srv'), class_name)
    return found


def check(request: Any, answer: Any) -> None:
    """Check that an answer is a success, or says in defined words why not."""
    said = f'{described(request)}\nwas answered with\n{described(answer)}'
    if hasattr(answer, 'error_name'):
        assert answer.success == (not answer.error_name), said
        assert answer.success or (answer.error_name in ERRORS and answer.message), said
    if hasattr(answer, 'status_message'):
        assert answer.success or answer.status_message, said
    results = [*getattr(answer, 'results', ()), *([answer.result] if hasattr(answer, 'result') else ())]
    for result in results:
        assert not hasattr(result, 'reason') or result.successful or result.reason, said
    assert 'unexpectedly' not in repr(answer), said


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Return the settings of a property test over a node: the same requests each time, as long as they take."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck))


def test_all_services_are_asked(node: FaultyNode) -> None:
    assert types_of_services(node).keys() == SERVICES.keys()


@pytest.mark.parametrize('name', SERVICES)
def test_any_request_is_answered(node: FaultyNode, name: str) -> None:
    kind = types_of_services(node)[name]

    @fuzzed(SERVICES[name])
    @given(messages(kind.Request))
    def ask(request: Any) -> None:
        if kind is ChangeState and (request.transition.id in SHUTDOWN_IDS or request.transition.label in SHUTDOWN):
            return
        check(request, node.client.call(kind, name, request))

    ask()


def test_any_value_of_any_parameter_is_answered(node: FaultyNode) -> None:
    names = node.ask(ListParameters, 'list_parameters')[0].result.names
    assert len(names) > 30
    for name in names:
        for value in values():
            request = SetParameters.Request(parameters=[ParameterMessage(name=name, value=value)])
            answer = node.client.call(SetParameters, 'set_parameters', request)
            check(request, answer)
            assert len(answer.results) == 1
    request = GetParameters.Request(names=names)
    assert len(node.ask(GetParameters, 'get_parameters', request)[0].values) == len(names)


def values() -> list[ParameterValue]:
    """Return parameter values of all types, also of one that there is not, with what is extreme in each."""
    kind = ParameterType
    numbers = (0, -1, 2**63 - 1)
    floats = (0.0, 1e308, 5e-324, math.nan, -math.inf)
    return [
        *(ParameterValue(type=kind.PARAMETER_INTEGER, integer_value=number) for number in numbers),
        *(ParameterValue(type=kind.PARAMETER_DOUBLE, double_value=number) for number in floats),
        *(ParameterValue(type=kind.PARAMETER_BOOL, bool_value=truth) for truth in (False, True)),
        *(ParameterValue(type=kind.PARAMETER_STRING, string_value=text) for text in ('', '猫/..', 'a' * 100_000)),
        ParameterValue(type=kind.PARAMETER_NOT_SET),
        ParameterValue(type=200),
        ParameterValue(type=kind.PARAMETER_BYTE_ARRAY, byte_array_value=[b'\0', b'\xff']),
        ParameterValue(type=kind.PARAMETER_BOOL_ARRAY, bool_array_value=[True] * 1000),
        ParameterValue(type=kind.PARAMETER_INTEGER_ARRAY),
        ParameterValue(type=kind.PARAMETER_INTEGER_ARRAY, integer_array_value=[2**62] * 1000),
        *(ParameterValue(type=kind.PARAMETER_DOUBLE_ARRAY, double_array_value=list_)
          for list_ in ([], [math.nan] * 2, [0.5] * 9999)),
        ParameterValue(type=kind.PARAMETER_STRING_ARRAY, string_array_value=['猫'] * 1000),
    ]


def test_startup_parameters_of_a_node_that_is_not_configured(node: FaultyNode) -> None:
    assert node.change('deactivate') and node.change('cleanup')
    names = node.ask(ListParameters, 'list_parameters')[0].result.names
    dump = node.ask(GetParameters, 'get_parameters', GetParameters.Request(names=names))[0].values

    @fuzzed(80)
    @given(st.sampled_from(names), st.sampled_from(values()))
    def put(name: str, value: ParameterValue) -> None:
        request = SetParameters.Request(parameters=[ParameterMessage(name=name, value=value)])
        check(request, node.client.call(SetParameters, 'set_parameters', request))

    put()
    node.change('configure')  # with all that was accepted; it may fail
    node.change('cleanup')
    back = [ParameterMessage(name=name, value=value) for name, value in zip(names, dump, strict=True)]
    answer = node.ask(SetParameters, 'set_parameters', SetParameters.Request(parameters=back))[0]
    assert [result.reason for result in answer.results if not result.successful] == []


@pytest.mark.parametrize(('name', 'value', 'said'), [
    ('device', ParameterValue(type=ParameterType.PARAMETER_INTEGER_ARRAY), 'is a list'),
    ('start_type_description_service', ParameterValue(type=ParameterType.PARAMETER_DOUBLE_ARRAY), ''),
    ('points_of_interest', ParameterValue(type=ParameterType.PARAMETER_BYTE_ARRAY, byte_array_value=[b'a', b'b']),
     'not a number'),
    ('points_of_interest', ParameterValue(type=ParameterType.PARAMETER_STRING_ARRAY, string_array_value=['a', '1']),
     'not a number'),
    ('frame_rate', ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=5e-324), ''),
])
def test_what_once_failed_unexpectedly(node: FaultyNode, name: str, value: ParameterValue, said: str) -> None:
    request = SetParameters.Request(parameters=[ParameterMessage(name=name, value=value)])
    answer = node.ask(SetParameters, 'set_parameters', request)[0]
    check(request, answer)
    assert said in answer.results[0].reason


HUGE = {
    'sets': srv.ApplyConstraints.Request(advanced=[msg.MediaTrackConstraintSet()] * 1000),
    'points': srv.ApplyConstraints.Request(constraints=msg.MediaTrackConstraintSet(
        points_of_interest=msg.ConstrainPoint2D(ideal=[msg.Point2D(x=0.5, y=0.5)] * 10_000))),
    'alternatives': srv.ApplyConstraints.Request(constraints=msg.MediaTrackConstraintSet(
        focus_mode=msg.ConstrainString(ideal=['continuous'] * 50_000))),
    'word': srv.ApplyConstraints.Request(constraints=msg.MediaTrackConstraintSet(
        device_id=msg.ConstrainString(exact=['x' * 1_000_000]))),
}


@pytest.mark.parametrize('what', HUGE)
def test_huge_constraints_are_answered(node: FaultyNode, what: str) -> None:
    answer = node.client.call(srv.ApplyConstraints, 'apply_constraints', HUGE[what])
    check(HUGE[what], answer)
    assert len(answer.message) < 10_000


def test_thousands_of_parameters_in_one_request_are_answered(node: FaultyNode) -> None:
    many = [ParameterMessage(name=f'{word}{number}', value=value)
            for number in range(40) for word, value in zip(WORDS, values(), strict=False)]
    for kind, name in ((SetParameters, 'set_parameters'), (SetParametersAtomically, 'set_parameters_atomically')):
        request = kind.Request(parameters=many)
        check(request, node.client.call(kind, name, request))


def test_a_calibration_that_is_huge_is_refused(node: FaultyNode) -> None:
    request = SetCameraInfo.Request()
    request.camera_info.width, request.camera_info.height = 640, 480
    request.camera_info.d = [0.0] * 200_000
    answer = node.client.call(SetCameraInfo, 'set_camera_info', request)
    assert not answer.success and 'coefficients' in answer.status_message
