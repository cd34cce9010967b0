# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the command line and parameter files say before rclpy reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imagecapture_ros.interfaces.startup_parameters import StartupParameterError
from imagecapture_ros.node.middleware.transport import TransportWish
from imagecapture_ros.node.parameters.early import files_for_others, memory_limit, parameters_in, transport_wish


def profile_in(*arguments: str) -> str:
    return transport_wish(parameters_in(arguments, 'camera')).profile


def test_the_dds_profile_is_found_on_the_command_line_and_in_files(tmp_path: Path) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text('camera:\n  ros__parameters:\n    dds_profile: "off"\n')

    def found(*arguments: str) -> str:
        return profile_in('node', '--ros-args', *arguments)

    assert found() == 'auto'
    assert found('-p', 'dds_profile:=off') == 'off'
    assert found('--param', 'camera:dds_profile:=off') == 'off'
    assert found('--params-file', str(file)) == 'off'
    assert found('--params-file', str(file), '-r', '__node:=front') == 'auto'
    assert found('--params-file', str(tmp_path / 'none.yaml')) == 'auto'
    with pytest.raises(StartupParameterError, match='auto, off'):
        found('-p', 'dds_profile:=fast')


@pytest.mark.parametrize(('content', 'profile'), [
    ('/**:\n  ros__parameters:\n    dds_profile: off\n', 'off'),
    ('/**:\n  front:\n    ros__parameters:\n      dds_profile: off\n', 'off'),
    ('/robot/front:\n  ros__parameters:\n    dds_profile: off\n', 'off'),
    ('robot:\n  front:\n    ros__parameters:\n      dds_profile: off\n', 'off'),
    ('/robot/back:\n  ros__parameters:\n    dds_profile: off\n', 'auto'),
    ('- no\n- sections\n', 'auto'),
    ('{', 'auto'),
])
def test_sections_of_a_parameter_file_are_for_the_nodes_they_name(tmp_path: Path, content: str, profile: str) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text(content)
    arguments = ['--ros-args', '--params-file', str(file), '-r', '__ns:=/robot', '-r', '__node:=front']
    assert profile_in(*arguments) == profile


@pytest.mark.parametrize(('section', 'fits'), [
    # As rclpy was seen to take them.
    ('/**', True), ('/*', False), ('/robot/*', True), ('/**/front', True), ('/**/robot/front', True), ('front', False),
    ('/front', False), ('/robot/front', True), ('robot/front', True), ('/robot/**', True), ('*/front', True),
    ('/robot/fron', False), ('/robot/front/eye', False),
])
def test_sections_fit_as_rcl_takes_them(tmp_path: Path, section: str, fits: bool) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text(f'"{section}":\n  ros__parameters:\n    dds_profile: "off"\n')
    arguments = ['--ros-args', '--params-file', str(file), '-r', '__ns:=/robot', '-r', '__node:=front']
    assert profile_in(*arguments) == ('off' if fits else 'auto')
    told = files_for_others(arguments, 'camera')
    assert told == [] if fits else f'sections for /{section.strip("/")} only, and this node is /robot/front' in told[0]


def test_a_file_with_one_section_that_fits_is_for_the_node(tmp_path: Path) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text('lidar:\n  ros__parameters: {rate: 1}\n/camera:\n  ros__parameters: {width: 640}\n')
    assert files_for_others(['--ros-args', '--params-file', str(file)], 'camera') == []
    assert len(files_for_others(['--ros-args', '--params-file', str(file)], 'front')) == 1
    file.write_text('{}')
    assert files_for_others(['--ros-args', '--params-file', str(file)], 'camera') == []


def test_the_limit_of_memory_is_found() -> None:
    def limit(*arguments: str) -> int:
        return memory_limit(parameters_in(['--ros-args', *arguments], 'camera'))

    assert limit() == 0
    assert limit('-p', 'memory_limit:=2000') == limit('-p', 'memory_limit:=2000.0') == 2000
    for wrong in ('-1', 'much', '0.5', '100'):
        with pytest.raises(StartupParameterError, match='memory_limit'):
            limit('-p', f'memory_limit:={wrong}')


def test_the_size_of_the_images_is_found(tmp_path: Path) -> None:
    def wish(*arguments: str) -> TransportWish:
        return transport_wish(parameters_in(['--ros-args', *arguments], 'camera'))

    assert wish() == TransportWish('auto', 1920, 1080)
    assert wish('-p', 'width:=640', '-p', 'height:=480.0') == TransportWish('auto', 640, 480)
    file = tmp_path / 'camera.yaml'
    file.write_text('/**:\n  ros__parameters:\n    width: 3840\n')
    assert wish('--params-file', str(file)) == TransportWish('auto', 3840, 1080)


@pytest.mark.parametrize('value', ['[', 'wide', 'true', '-1', '0', '.nan', '.inf', '{a: 1}', ''])
def test_values_that_make_no_sense_are_left_to_whom_they_are_for(value: str) -> None:
    arguments = ['--ros-args', '-p', f'width:={value}', '-p', f'height:={value}']
    assert transport_wish(parameters_in(arguments, 'camera')) == TransportWish()


ALIASES = 'a0: &a0 [x, x]\n' + ''.join(
    f'a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n' for level in range(1, 40))


@pytest.mark.parametrize('content', [ALIASES, '/**: {ros__parameters: {device: ' + '[' * 100_000])
def test_a_parameter_file_that_rcl_would_take_hours_for_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / 'camera.yaml'
    file.write_text(content)
    with pytest.raises(StartupParameterError, match=r'the parameter file .*camera\.yaml cannot be used: .*line'):
        profile_in('--ros-args', '--params-file', str(file))


def test_a_value_that_rcl_would_take_hours_for_is_refused() -> None:
    with pytest.raises(StartupParameterError, match=r'parameter a: its value cannot be used: .*line'):
        profile_in('--ros-args', '-p', 'a:=' + '[' * 100_000)


def test_a_parameter_file_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'camera.yaml')
    for place, kind in ((tmp_path / 'camera.yaml', 'a pipe'), (tmp_path, 'a folder'), ('/dev/zero', 'a device')):
        with pytest.raises(StartupParameterError, match=f'is {kind} and no file'):
            profile_in('--ros-args', '--params-file', str(place))
