# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The blocking client against a node in a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import client_of, running_node, until
from fixtures.ros_context import ros_context
from PIL import Image
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo

from imagecapture_ros import srv
from imagecapture_ros.cameras.backends.simulated.controls import CAPABILITIES
from imagecapture_ros.client import CameraClient, ServiceTimeout
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    MediaCaptureError,
    NotSupportedError,
    OperationError,
    OverconstrainedError,
)
from imagecapture_ros.mediacapture.vocabulary import Point2D


@pytest.fixture(scope='module')
def module_client(camera_domain: int) -> Iterator[CameraClient]:
    with client_of(camera_domain) as client:
        until(lambda: _configured(client))
        yield client


@pytest.fixture
def client(module_client: CameraClient) -> CameraClient:
    """Yield a client of a camera that nothing is asked of."""
    module_client.apply(timeout=PATIENCE)
    return module_client


def _configured(client: CameraClient) -> bool:
    try:
        return bool(client.settings(timeout=PATIENCE))
    except MediaCaptureError:
        return False


def test_a_camera_that_is_not_there_is_a_timeout(domain: int) -> None:
    with client_of(domain, '/nobody') as client:
        with pytest.raises(ServiceTimeout, match='/nobody/get_settings is not there'):
            client.settings(timeout=0.5)
        with pytest.raises(ServiceTimeout, match='/nobody/take_photo is not there'):
            client.take_photo(timeout=0.5)


def test_a_photo_has_what_it_was_taken_with(client: CameraClient, tmp_path: Path) -> None:
    photo = client.take_photo(width=1920, height=1080, timeout=PATIENCE)
    assert Image.open(io.BytesIO(photo.data)).size == (photo.width, photo.height) == (1920, 1080)
    assert (photo.format, photo.saved_as) == ('jpeg', '')
    assert photo.photo_settings.image_width == 1920.0
    assert photo.settings['device_id'] == 'sim'
    assert photo.camera_info.width == 1920
    assert photo.exposed_at > 0
    first, second = photo.save(tmp_path / 'door.png'), photo.save(str(tmp_path / 'door'))
    assert (first.name, second.name) == ('door.jpg', 'door_1.jpg')
    assert first.read_bytes() == photo.data
    saved = client.take_photo(width=640, save_as='here.jpg', omit_data=True, timeout=PATIENCE)
    assert Image.open(saved.saved_as).width == 640
    assert saved.data == b''
    with pytest.raises(NotSupportedError, match='image_width 99999 is out of range'):
        client.take_photo(width=99999, timeout=PATIENCE)


def test_wishes_requirements_and_what_became_of_them(client: CameraClient) -> None:
    result = client.apply(zoom=2, exposure_mode='manual', exposure_time={'exact': 50}, saturation=1000, torch=True,
                          points_of_interest=[(0.25, 0.5)], width=Constraint(min=600.0))
    assert result.settings['zoom'] == 2.0
    assert (result.settings['exposure_mode'], result.settings['exposure_time']) == ('manual', 50.0)
    assert (result.settings['saturation'], result.settings['torch']) == (255.0, True)
    assert result.settings['points_of_interest'] == (Point2D(0.25, 0.5),)
    assert result.unmet == ('saturation',)
    assert client.settings()['exposure_time'] == 50.0
    constraints = client.constraints()
    assert constraints == result.constraints
    assert constraints.basic['exposure_time'] == Constraint(exact=50.0)
    assert client.apply(constraints).constraints == constraints
    assert client.apply().settings['zoom'] == 1.0
    assert client.constraints() == Constraints()


def test_what_cannot_be_is_told_and_changes_nothing(client: CameraClient) -> None:
    client.apply(zoom=2)
    with pytest.raises(OverconstrainedError, match='1 to 4') as caught:
        client.apply(zoom={'exact': 9})
    assert caught.value.constraint == 'zoom'
    with pytest.raises(ConstraintTypeError, match='zooom is no property of the vocabulary; did you mean zoom'):
        client.apply(zooom=2)
    with pytest.raises(ConstraintTypeError, match='is not a number'):
        client.apply(zoom='far')
    with pytest.raises(ConstraintTypeError, match='use exact, ideal, min or max'):
        client.apply(zoom={'exactly': 2})
    with pytest.raises(ConstraintTypeError, match='not both'):
        client.apply(Constraints(), zoom=2)
    with pytest.raises(ConstraintTypeError, match='cannot be required of a node'):
        client.apply(zoom=Constraint(exact=True))
    with pytest.raises(ConstraintTypeError, match=r'is not a list of \(x, y\)'):
        client.apply(points_of_interest=[0.5, 0.5])
    assert client.settings()['zoom'] == 2.0


def test_constraints_as_json(client: CameraClient) -> None:
    result = client.apply_json(
        '{"zoom": {"exact": 2}, "advanced": [{"torch": true, "iso": 1}, {"exposureMode": "manual"}]}')
    assert (result.settings['zoom'], result.settings['torch']) == (2.0, False)
    assert result.settings['exposure_mode'] == 'manual'
    assert result.skipped_advanced == (0,)
    assert client.apply_json({}).settings['zoom'] == 1.0
    with pytest.raises(ConstraintTypeError, match='the constraints are not JSON'):
        client.apply_json('{zoom: 2}')


def test_capabilities_are_those_of_the_device(client: CameraClient) -> None:
    capabilities = client.capabilities()
    for name, capability in CAPABILITIES.items():
        if name != 'points_of_interest':  # the specification gives them none
            assert capabilities[name] == capability
    assert capabilities['device_id'] == ('sim',)
    photo = client.photo_capabilities()
    assert photo.image_width is not None
    assert (photo.image_width.min, photo.image_width.max) == (640.0, 4000.0)
    assert photo.fill_light_mode == ('auto', 'off', 'flash')
    assert client.photo_settings().image_width == 4000.0


def test_a_frame_is_an_array(client: CameraClient) -> None:
    frame = client.grab_frame()
    assert (frame.pixels.shape, frame.encoding) == ((480, 640, 3), 'bgr8')
    assert (frame.camera_info.width, frame.camera_info.height) == (640, 480)
    grey = client.grab_frame('mono8')
    assert (grey.pixels.shape, grey.encoding) == ((480, 640), 'mono8')
    assert grey.exposed_at > frame.exposed_at


def test_devices_are_those_of_the_nodes_machine(client: CameraClient) -> None:
    assert client.devices()[-1].device_id == 'sim'


def test_a_calibration_is_given_and_refused(client: CameraClient) -> None:
    info = CameraInfo(width=640, height=480, distortion_model='plumb_bob', d=[0.0] * 5,
                      k=[600.0, 0.0, 320.0, 0.0, 600.0, 240.0, 0.0, 0.0, 1.0], r=[1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0],
                      p=[600.0, 0.0, 320.0, 0.0, 0.0, 600.0, 240.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    assert client.set_camera_info(info).endswith('camera_info/camera.yaml')
    assert client.grab_frame().camera_info.k[0] == 600.0
    with pytest.raises(OperationError, match='0x480'):
        client.set_camera_info(CameraInfo(width=0, height=480))


def test_several_threads_are_served_one_after_the_other(client: CameraClient) -> None:
    zooms: list[object] = []
    threads = [threading.Thread(target=lambda: zooms.append(client.settings(timeout=PATIENCE)['zoom']))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert zooms == [1.0] * 8


def test_it_works_inside_a_callback_of_another_executor(client: CameraClient, camera_domain: int) -> None:
    with ros_context(camera_domain) as context:
        node, widths = Node('robot', context=context), []
        timer = node.create_timer(0.01, lambda: widths.append(client.settings(timeout=PATIENCE)['width']))
        executor = SingleThreadedExecutor(context=context)
        executor.add_node(node)
        while not widths:
            executor.spin_once(timeout_sec=1.0)
        node.destroy_timer(timer)
        executor.shutdown()
        node.destroy_node()
    assert widths[0] == 640


def test_the_size_of_a_turned_camera_is_met(domain: int) -> None:
    with running_node(domain, device='sim', rotation=90), client_of(domain) as client:
        until(lambda: _configured(client))
        result = client.apply(width={'exact': 320}, height=240, timeout=PATIENCE)
        assert result.unmet == ()
        assert (result.settings['width'], result.settings['height']) == (240, 320)
        assert list(client.call(srv.GetSettings, 'get_settings', reading=True).settings.width) == [240.0]


@pytest.mark.parametrize('timeout', [None, -1.0, float('nan'), float('inf'), '5'])
def test_a_time_limit_is_a_number_of_seconds(client: CameraClient, timeout: Any) -> None:
    with pytest.raises(ValueError, match=f'timeout: {timeout!r} is no number of seconds from 0 to 1e.09; give'):
        client.settings(timeout=timeout)


INTERRUPTED = """
import os, random, signal, threading, time
from imagecapture_ros.client import CameraClient

signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run in the background of a shell
for _ in range(200):
    sender = threading.Thread(target=lambda: (time.sleep(random.uniform(0, 0.01)), os.kill(os.getpid(), signal.SIGINT)))
    try:
        with CameraClient() as client:
            sender.start()
            while True:
                client.spin_once(0.1)
    except KeyboardInterrupt:
        sender.join()
"""


def test_ctrl_c_never_crashes_a_program(domain: int) -> None:
    environment = {**os.environ, 'ROS_DOMAIN_ID': str(domain)}
    subprocess.run([sys.executable, '-c', INTERRUPTED], env=environment, timeout=PATIENCE, check=True)


INTERRUPTED_IN_A_DESTRUCTOR = """
import os, signal, sys
from imagecapture_ros.client import CameraClient

signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests may run in the background of a shell
class Tired:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

def interrupt():
    timer.cancel()
    Tired()

try:
    with CameraClient() as client:
        timer = client.node.create_timer(0.01, interrupt)
        if sys.argv[1] == 'spins':
            while True:
                client.spin_once(0.1)
        client.settings(timeout=50.0)
except KeyboardInterrupt:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    print('interrupted')
"""


@pytest.mark.parametrize('waits', ['spins', 'asks'])
def test_ctrl_c_that_python_ignores_is_not_lost(domain: int, waits: str) -> None:
    done = subprocess.run([sys.executable, '-c', INTERRUPTED_IN_A_DESTRUCTOR, waits], capture_output=True, text=True,
                          env={**os.environ, 'ROS_DOMAIN_ID': str(domain)}, timeout=PATIENCE, check=False)
    assert 'Exception ignored in' in done.stderr
    assert (done.returncode, done.stdout) == (0, 'interrupted\n'), done.stderr


IGNORES = """
import os, signal
from imagecapture_ros.client import CameraClient

signal.signal(signal.SIGINT, signal.SIG_IGN)
with CameraClient() as client:
    for _ in range(20):
        os.kill(os.getpid(), signal.SIGINT)
        client.spin_once(0.05)
assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
"""


def test_a_program_that_ignores_ctrl_c_goes_on(domain: int) -> None:
    environment = {**os.environ, 'ROS_DOMAIN_ID': str(domain)}
    subprocess.run([sys.executable, '-c', IGNORES], env=environment, timeout=PATIENCE, check=True)
