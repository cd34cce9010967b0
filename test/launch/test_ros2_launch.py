# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""``ros2 launch`` as a person types it: mistakes, and Ctrl-C at any moment."""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from pathlib import Path

import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import client_of, until
from fixtures.ros2_launch import Ros2Launch

from imagecapture_ros import srv
from imagecapture_ros.client import CameraClient, ServiceTimeout

if shutil.which('ros2') is None:
    pytest.skip('the command ros2 is not there; it comes with ROS 2', allow_module_level=True)
pytest.importorskip('ros2launch', reason='"ros2 launch" is not installed; it comes with ROS 2')

PACKAGE = 'imagecapture_ros'
MISTAKES = {
    'params_file that is not there': (
        ('camera.launch.py', 'device:=sim', 'params_file:=/no/front.yaml'), ('params_file', '/no/front.yaml')),
    'params_file that is in neither place': (
        ('camera.launch.py', 'device:=sim', 'params_file:=front.yaml'), ('params_file', 'front.yaml', 'config')),
    'cameras_file that is not there': (
        ('multi_camera.launch.py', 'cameras_file:=/no/cameras.yaml'), ('/no/cameras.yaml',)),
    'autostart': (('camera.launch.py', 'device:=sim', 'autostart:=maybe'), ('"autostart"', '"maybe"', "'true'")),
    'respawn': (('camera.launch.py', 'device:=sim', 'respawn:=maybe'), ('"respawn"', '"maybe"', "'true'")),
    'log_level': (('camera.launch.py', 'device:=sim', 'log_level:=loud'), ('"log_level"', '"loud"', "'debug'")),
    'respawn of several': (('multi_camera.launch.py', 'respawn:=maybe'), ('"respawn"', '"maybe"', "'true'")),
    'log_level of several': (('multi_camera.launch.py', 'log_level:=loud'), ('"log_level"', '"loud"', "'debug'")),
    'view': (('demo.launch.py', 'view:=maybe'), ('"view"', '"maybe"', "'true'")),
}


@pytest.mark.parametrize('case', MISTAKES)
def test_a_mistake_is_named_and_nothing_starts(domain: int, tmp_path: Path, case: str) -> None:
    words, named = MISTAKES[case]
    with Ros2Launch(domain, PACKAGE, *words, cwd=tmp_path) as launch:
        assert launch.wait() == 1
        assert [text for text in named if text not in launch.output] == [], launch.output
        assert 'Traceback' not in launch.output
        assert 'process started' not in launch.output


def test_a_params_file_that_is_no_yaml_is_named(domain: int, tmp_path: Path) -> None:
    (tmp_path / 'front.yaml').write_text('/**: {ros__parameters: [\n')
    with Ros2Launch(domain, PACKAGE, 'camera.launch.py', 'params_file:=front.yaml', cwd=tmp_path) as launch:
        launch.wait_for('process has died')
        launch.wait()
        assert 'front.yaml' in launch.output
        assert 'Traceback' not in launch.output


def test_a_params_file_of_the_package_needs_its_name_only(domain: int, tmp_path: Path) -> None:
    with Ros2Launch(domain, PACKAGE, 'camera.launch.py', 'params_file:=simulated.yaml', 'autostart:=True',
                    cwd=tmp_path) as launch:
        launch.wait_for('delivers 1280x720@30')


def test_the_demo_goes_on_without_a_viewer(domain: int, tmp_path: Path) -> None:
    with Ros2Launch(domain, PACKAGE, 'demo.launch.py', 'view:=true', cwd=tmp_path) as launch:
        until((tmp_path / 'photo.jpg').exists, 120.0, lambda: launch.output)
        launch.wait_for('process has finished cleanly')  # the one that took the photo
        assert launch.process.poll() is None
        if 'rqt_image_view-' not in launch.output:
            assert 'view:=true needs rqt_image_view' in launch.output
        assert 'Traceback' not in launch.output


@pytest.mark.parametrize('delay', [0.0, 0.1, 0.3, 1.0])
def test_ctrl_c_at_the_start_leaves_nothing(domain: int, tmp_path: Path, delay: float) -> None:
    with Ros2Launch(domain, PACKAGE, 'camera.launch.py', 'device:=sim', cwd=tmp_path) as launch:
        launch.wait_for('process started')
        time.sleep(delay)
        launch.interrupt()
        launch.wait()
        # What Python itself prints of a signal before our first line has no line of ours in it.
        assert f'{PACKAGE}/node' not in launch.output
        assert 'sending signal' in launch.output


@pytest.mark.parametrize('moment', ['streaming', 'in a photo', 'while several stream'])
def test_ctrl_c_ends_all_cleanly(domain: int, tmp_path: Path, moment: str) -> None:
    words = (('multi_camera.launch.py',) if moment == 'while several stream'
             else ('camera.launch.py', 'device:=sim:?faults=shutter:20'))
    names = ('/left', '/right') if moment == 'while several stream' else ('/camera',)
    with Ros2Launch(domain, PACKAGE, *words, cwd=tmp_path) as launch:
        for name in names:
            with client_of(domain, name) as client:
                until(lambda client=client: client.call(
                    srv.GrabFrame, 'grab_frame', timeout=PATIENCE, reading=True).success)
        with client_of(domain, names[0]) as client:
            asked = threading.Thread(target=_ask_for_a_photo, args=(client,))
            if moment == 'in a photo':
                asked.start()
                time.sleep(1.0)
            launch.interrupt()
            code = launch.wait()
            if moment == 'in a photo':
                asked.join()
        assert code == 0, launch.output
        assert launch.output.count('process has finished cleanly') == len(names), launch.output
        assert 'Traceback' not in launch.output


def _ask_for_a_photo(client: CameraClient) -> None:
    with contextlib.suppress(ServiceTimeout):
        client.call(srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(omit_data=True), timeout=10.0)
