# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A user's mistakes at start: one clear error, a next step, exit code 1, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.limits import LONG_PATIENCE
from fixtures.node_process import NodeProcess, running_node, until
from PIL import Image as PillowImage

CASES = {
    'no device': ([], 'no camera was found', 'set the parameter device to sim'),
    'missing file': (['-p', 'device:=/no/such.mp4'], '/no/such.mp4', 'no such file or folder'),
    'number for a string': (['-p', 'device:=1.5'], "'1.5'", 'quotes'),
    'boolean for a string': (['-p', 'device:=on'], 'device', 'quotes'),
    'unknown encoding': (['-p', 'device:=sim', '-p', 'encoding:=yuv1'], 'yuv1', 'bgr8'),
    'unknown rotation': (['-p', 'device:=sim', '-p', 'rotation:=45'], '45', '0, 90, 180, 270'),
    'text for a number': (['-p', 'device:=sim', '-p', 'photo_quality:=high'], 'photo_quality', 'whole number'),
    'wrong type of property': (['-p', 'device:=sim', '-p', 'zoom:=wide'], 'zoom', 'not a number'),
    'strict': (['-p', 'device:=sim', '-p', 'strict_startup:=true', '-p', 'zoom:=99.0'], 'zoom: asked for 99.0', 'got'),
    'calibration missing': (
        ['-p', 'device:=sim', '-p', 'camera_info_url:=file:///no/c.yaml'], '/no/c.yaml', 'does not exist'),
    'calibration URL': (['-p', 'device:=sim', '-p', 'camera_info_url:=ftp://c.yaml'], 'ftp://c.yaml', 'file:///'),
    'simulated option': (['-p', 'device:=sim:?sed=1'], 'sed', 'seed'),
    'fault': (['-p', 'device:=sim', '-p', 'sim.faults:=explode'], 'explode', 'unplug'),
    'quality of service': (
        ['-p', 'device:=sim', '-p', 'qos_overrides./camera/image_raw.publisher.reliability:=bogus'], 'bogus', ''),
    'type of use_sim_time': (['-p', 'device:=sim', '-p', 'use_sim_time:=maybe'], 'use_sim_time', ''),
    'argument of ROS': (['--device', 'sim'], '--device', ''),
    'host': (['-p', f'device:=http://{"a" * 64}/stream'], 'cannot be the name of a host', 'check the address'),
    'url scheme': (['-p', 'device:=carrier-pigeon://cam'], 'carrier-pigeon', 'http'),
}


@pytest.mark.parametrize('case', CASES)
def test_a_mistake_ends_in_one_clear_error(domain: int, case: str) -> None:
    arguments, thing, next_step = CASES[case]
    node = NodeProcess(domain, {}, tuple(arguments))
    code = node.wait()
    output = node.output
    assert code == 1, output
    assert thing in output
    assert next_step in output
    assert 'Traceback' not in output
    # Fast DDS may complain of what killed processes left in shared memory; the rest is ours.
    ours = [line for line in output.splitlines() if line.strip() and 'RTPS' not in line]
    assert len(ours) == 1, output


BOMB = '/**:\n  ros__parameters:\n    a0: &a0 [x, x]\n' + ''.join(
    f'    a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n' for level in range(1, 40))
NESTED = '/**: {ros__parameters: {device: ' + '[' * 100_000

HOSTILE = {
    'parameters in a pipe': (None, ['--params-file', '{}'], 'is a pipe and no file'),
    'parameters with aliases': (BOMB, ['--params-file', '{}'], 'the alias *a0 is not taken'),
    'parameters in lists in lists': (NESTED, ['--params-file', '{}'], 'cannot be used'),
    'a calibration in a pipe': (
        None, ['-p', 'device:=sim', '-p', 'camera_info_url:=file://{}'], 'is a pipe and no file'),
    'a calibration with aliases': (BOMB, ['-p', 'device:=sim', '-p', 'camera_info_url:=file://{}'], 'the alias *a0'),
    'a video that is a pipe': (None, ['-p', 'device:={}'], 'is a pipe and no file'),
}


@pytest.mark.parametrize('case', HOSTILE)
def test_what_would_never_be_read_to_its_end_ends_in_one_clear_error(domain: int, tmp_path: Path, case: str) -> None:
    content, words, message = HOSTILE[case]
    place = tmp_path / 'thing.yaml'
    if content is None:
        os.mkfifo(place)
    else:
        place.write_text(content)
    node = NodeProcess(domain, {}, tuple(word.format(place) for word in words))
    assert node.wait() == 1, node.output
    assert 'thing.yaml' in node.output
    assert message in node.output
    assert 'Traceback' not in node.output


@pytest.mark.parametrize(('argument', 'code', 'answer'), [
    ('--help', 0, 'usage: imagecapture_node'), ('--version', 0, 'imagecapture_node 0.'),
    ('device:=sim', 2, '--ros-args -p device:=sim'), ('--bogus', 2, "'--bogus'"),
])
def test_arguments_that_are_not_of_ros_are_answered(argument: str, code: int, answer: str) -> None:
    result = subprocess.run([sys.executable, '-m', 'imagecapture_ros.node', argument], capture_output=True, text=True,
                            timeout=LONG_PATIENCE, check=False)
    assert result.returncode == code
    assert answer in result.stdout + result.stderr


@pytest.mark.parametrize(('name', 'content'), [('empty.mp4', b''), ('text.mp4', b'this is no video\n' * 100)])
def test_a_broken_video_is_named(domain: int, tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    node = NodeProcess(domain, {'device': str(path)})
    assert node.wait() == 1
    assert str(path) in node.output
    assert 'Traceback' not in node.output


def test_a_folder_without_images_is_named(domain: int, tmp_path: Path) -> None:
    node = NodeProcess(domain, {'device': str(tmp_path)})
    assert node.wait() == 1
    assert str(tmp_path) in node.output
    assert 'image' in node.output


def test_a_parameter_file_for_another_node_is_told_before_its_lack_is(domain: int, tmp_path: Path) -> None:
    path = tmp_path / 'robot.yaml'
    path.write_text('imagecapture_node:\n  ros__parameters: {device: sim}\n/robot/lidar:\n  ros__parameters: {x: 1}\n')
    node = NodeProcess(domain, {}, ('--params-file', str(path)))
    assert node.wait() == 1
    told = (f'nothing in the parameter file {path} is for this node: it has sections for /imagecapture_node, '
            f'/robot/lidar only, and this node is /camera; call one of them /camera, or /** for every node')
    assert node.output.index(told) < node.output.index('no camera was found')


def test_misspelt_parameters_are_told_with_what_was_meant(domain: int, tmp_path: Path) -> None:
    path = tmp_path / 'camera.yaml'
    path.write_text("""/**:
  ros__parameters:
    devcie: sim
    photo_qualty: 90
    use_sim_time: false
    v4l2.anything: 1
    qos_overrides:
      /camera/image_raw:
        publisher: {reliability: best_effort, durability: volatile}
      /camera/image_rw:
        publisher: {depth: 2}
""")
    node = NodeProcess(domain, {}, ('--params-file', str(path)))
    assert node.wait() == 1
    end = node.output.index('no camera was found')
    for name, advice in {
        'devcie': 'did you mean device?', 'photo_qualty': 'did you mean photo_quality?',
        'qos_overrides./camera/image_raw.publisher.durability': 'of this topic there are depth, history, reliability',
        'qos_overrides./camera/image_rw.publisher.depth':
            'did you mean qos_overrides./camera/image_raw.publisher.depth?',
    }.items():
        told = node.output.find(f'parameter {name} is not known and has no effect; {advice}')
        assert 0 < told < end, node.output
    assert node.output.count('has no effect') == 4


def test_faults_of_a_camera_that_is_not_simulated_have_no_effect(domain: int, tmp_path: Path) -> None:
    PillowImage.new('RGB', (64, 48)).save(tmp_path / 'one.png')
    with running_node(domain, '-p', 'sim.faults:=drop:1', device=str(tmp_path / 'one.png')) as node:
        until(lambda: 'opened' in node.output)
        assert 'parameter sim.faults has no effect: this is no simulated camera' in node.output


def test_values_in_a_parameter_file_are_converted_or_explained(domain: int, tmp_path: Path) -> None:
    good = tmp_path / 'good.yaml'
    good.write_text('/**:\n  ros__parameters:\n    device: 12345678\n    photo_quality: 90.0\n    dds_profile: off\n')
    node = NodeProcess(domain, {}, ('--params-file', str(good)))
    assert node.wait() == 1
    assert '12345678' in node.output  # a serial number in digits stays the text it is meant to be
    assert 'dds_profile' not in node.output


@pytest.mark.parametrize(('missing', 'next_step'), [
    ('imagecapture_ros.msg', 'colcon build'), ('rclpy', 'pip install'), ('cv2', 'pip install'),
])
def test_an_incomplete_installation_is_explained(missing: str, next_step: str) -> None:
    program = (f'import sys; sys.modules[{missing!r}] = None; from imagecapture_ros.node.main import main; '
               f'sys.exit(main(["node"]))')
    result = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, timeout=LONG_PATIENCE,
                            check=False)
    assert result.returncode == 1
    assert missing in result.stderr
    assert next_step in result.stderr
    assert 'Traceback' not in result.stderr
