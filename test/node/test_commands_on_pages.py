# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the pages tell readers to type means something to the node that there is.

Services are called and parameters are set as ``ros2`` would; what ``ros2`` itself makes of its words is tested in
test/launch, where it is installed.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.isolated import REPOSITORY
from fixtures.node_process import until
from fixtures.pages import Command, commands_of, named_files
from rcl_interfaces import srv as parameter_srv
from rclpy.parameter import Parameter

from imagecapture_ros import srv
from imagecapture_ros.cameras.driver_controls import PREFIX
from imagecapture_ros.cli.apply import run as apply
from imagecapture_ros.cli.assignments import constraints_of
from imagecapture_ros.cli.main import command_line
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.node.parameters.properties import opening_constraints

OURS = 'imagecapture_ros'
FOREIGN = ('security', 'daemon', 'pkg', 'component')
"""Verbs whose words have nothing to do with a camera."""
FOREIGN_PACKAGES = ('rqt_image_view', 'camera_calibration', 'usb_cam', 'v4l2_camera')
NODES = ('/camera', '/left', '/front', '/robot/left')

ROS2 = [command for command in commands_of('ros2') if len(command.words) > 2 and command.words[1] not in FOREIGN]


def of(verb: str, *more: str) -> list[Command]:
    return [command for command in ROS2 if command.words[1:2 + len(more)] == (verb, *more)]


def test_every_command_is_looked_at_here() -> None:
    known = [*of('param'), *of('service', 'call'), *of('lifecycle', 'set'), *of('launch'), *of('run'),
             *of('interface', 'show')]
    assert len(known) > 30
    assert [str(command) for command in ROS2 if command not in known] == []


@pytest.mark.parametrize('command', of('service', 'call'), ids=str)
def test_services_are_called(client: CameraClient, command: Command) -> None:
    name, kind, *values = command.words[3:]
    assert (name, [kind]) in client.node.get_service_names_and_types()
    module, _, service_name = kind.replace('/', '.').rpartition('.')
    service = getattr(importlib.import_module(module), service_name)
    request = filled(service.Request(), yaml.safe_load(values[0]) if values else {})
    answer = client.call(service, name.rpartition('/')[2], request)
    succeeded(answer)


@pytest.mark.parametrize('command', of('param'), ids=str)
def test_parameters_are_there_and_take_the_value(client: CameraClient, command: Command) -> None:
    verb, *node = command.words[2:4]
    more = command.words[4:]
    assert verb in ('set', 'list', 'describe', 'dump', 'load')
    assert node in ([], ['/camera'])
    if verb in ('list', 'dump', 'load') or more == ('NAME',):
        return
    name, *value = more
    if name.startswith(PREFIX):
        return  # those of a Linux camera
    listed = client.call(parameter_srv.ListParameters, 'list_parameters').result.names
    assert name in listed
    if name in STARTUP_PARAMETERS:
        STARTUP_PARAMETERS[name].converted(yaml.safe_load(value[0]))
    elif verb == 'set':
        put(client, name, yaml.safe_load(value[0]))
        if name == 'sim.faults':
            put(client, name, '')
            until(lambda: client.call(srv.ApplyConstraints, 'apply_constraints').success)


@pytest.mark.parametrize('command', of('lifecycle', 'set'), ids=str)
def test_transitions_are_those_of_managed_nodes(command: Command) -> None:
    _, _, _, node, transition = command.words
    assert node == '/camera'
    assert transition in ('configure', 'activate', 'deactivate', 'cleanup', 'shutdown')


@pytest.mark.parametrize('command', of('interface', 'show'), ids=str)
def test_interfaces_are_ours(command: Command) -> None:
    package, kind, name = command.words[3].split('/')
    assert package == OURS
    assert (REPOSITORY / kind / f'{name}.{kind}').is_file()


@pytest.mark.parametrize('command', of('launch'), ids=str)
def test_launch_files_have_the_arguments(command: Command) -> None:
    words = command.words[2:]
    if words[0].startswith('./'):
        return  # one that the page itself shows: test/launch starts it
    assert words[0] == OURS
    known = arguments_of(words[1])
    assert [word for word in words[2:] if word.partition(':=')[0] not in known] == []


@pytest.mark.parametrize('command', [*of('run'), *commands_of('imagecapture_node')], ids=str)
def test_programs_are_there_and_know_their_parameters(command: Command) -> None:
    words = command.words
    if words[0] == 'ros2':
        if words[2] in FOREIGN_PACKAGES:
            return
        assert words[2] == OURS
        assert (REPOSITORY / 'scripts' / words[3]).is_file()
    for option, value in pairwise(words):
        if option == '-p':
            name, assign, text = value.partition(':=')
            assert assign
            check_parameter(name.rpartition(':')[2], text)


@pytest.mark.parametrize('command', [
    one for one in commands_of('imagecapture') if len(one.words) > 1 and 'VERB' not in one.words], ids=str)
def test_words_of_the_command_are_understood(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    parser, verbs = command_line()
    if len(command.words) == 2:
        assert command.words[1] in (*verbs.choices, '--version')
        return
    monkeypatch.chdir(tmp_path)
    for name, content in named_files(REPOSITORY / command.page).items():
        Path(name).write_text(content)
    arguments = parser.parse_args(command.words[1:])
    if arguments.run is apply and arguments.constraints:
        constraints_of(arguments.constraints)
    assert getattr(arguments, 'camera', None) in (None, *NODES)


def test_names_within_the_node_are_topics_or_services(client: CameraClient) -> None:
    named = {name for command in ROS2 for word in command.words for name in re.findall(r'/camera/[\w/]+', word)}
    there = {name for name, _ in (*client.node.get_service_names_and_types(), *client.node.get_topic_names_and_types())}
    assert '/camera/image_raw' in named
    assert named - there == set()


def put(client: CameraClient, name: str, value: Any) -> None:
    """Set a parameter."""
    request = parameter_srv.SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    [result] = client.call(parameter_srv.SetParameters, 'set_parameters', request).results
    assert result.successful, result.reason


def check_parameter(name: str, text: str) -> None:
    """Fail unless the node knows a parameter and takes the value."""
    value = yaml.safe_load(text)
    if name in STARTUP_PARAMETERS:
        STARTUP_PARAMETERS[name].converted(value)
    elif name in VOCABULARY:
        opening_constraints({name: value})
    else:
        assert name.startswith((PREFIX, 'qos_overrides.', 'sim.')) or name == 'use_sim_time'


def arguments_of(name: str) -> set[str]:
    """Return the arguments that a launch file of ours declares, without launch, which need not be installed."""
    tree = ast.parse((REPOSITORY / 'launch' / name).read_text(encoding='utf-8'))
    names: set[str] = {'--show-args'}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == 'DeclareLaunchArgument':
            if isinstance(node.args[0], ast.Constant):
                names.add(str(node.args[0].value))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == 'PARAMETERS':
            names.update(ast.literal_eval(node.value))
    return names


def filled(message: Any, values: Mapping[str, Any]) -> Any:
    """Return a message with members from YAML, as ``ros2`` converts them."""
    types = message.get_fields_and_field_types()
    for name, value in values.items():
        kind = types[name]
        element = re.sub(r'^sequence<([^,>]*).*>$', r'\1', kind)
        converted = [_converted(element, one) for one in value] if element != kind else _converted(kind, value)
        setattr(message, name, converted)
    return message


def _converted(kind: str, value: Any) -> Any:
    if '/' in kind:
        package, name = kind.split('/')
        return filled(getattr(importlib.import_module(f'{package}.msg'), name)(), value)
    return float(value) if kind in ('double', 'float') else value
