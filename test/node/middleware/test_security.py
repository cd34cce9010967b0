# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What other programs cannot make the node do, and what it never says; see docs/security.md."""

from __future__ import annotations

import importlib
import io
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures.command import imagecapture
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.limits import LONG_PATIENCE
from fixtures.node_process import Inbox, NodeProcess, answered, client_of, running_node, state_of, until
from fixtures.videos import moving_frames, write_images
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from PIL import Image as PillowImage
from rcl_interfaces import srv as parameter_srv
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import msg, srv
from imagecapture_ros.cli.private_domain import private_environment
from imagecapture_ros.client import CameraClient

SECRET = 'Gehe1mnis'


def put(client: CameraClient, name: str, value: Any) -> Any:
    request = parameter_srv.SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return client.call(parameter_srv.SetParameters, 'set_parameters', request).results[0]


def calibration() -> CameraInfo:
    return CameraInfo(width=640, height=480, distortion_model='plumb_bob', d=[0.0] * 5, k=[1.0] * 9, r=[1.0] * 9,
                      p=[1.0] * 12)


# What is reached on the machine.


def test_what_the_node_reaches_is_decided_at_start_only(domain: int, tmp_path: Path) -> None:
    image = tmp_path / 'private.png'
    PillowImage.new('RGB', (64, 48)).save(image)
    target = tmp_path / 'target.yaml'
    with (
        running_node(domain, device='sim', autostart=False, environment={'ROS_HOME': str(tmp_path / 'home')}) as node,
        client_of(domain) as client,
    ):
        until(lambda: state_of(client) == 'unconfigured')
        for name, value in (
            ('camera_info_url', f'file://{target}'), ('camera_info_url', f'package://../..{target}'),
            ('photo_directory', str(tmp_path)), ('device', str(image)), ('device', f'file:{image}'),
            ('device', f'file://{image}'), ('device', 'http://127.0.0.1:9/'), ('device', 'rtsp://127.0.0.1:9/'),
            ('device', f'gst:videotestsrc ! filesink location={target}'), ('device', f'sim:?scene={image}'),
            ('device', '/dev/../dev/watchdog'), ('device', '/dev/zero'), ('max_pixels', 10**9), ('memory_limit', 1000),
            ('allow_ptz', False),
        ):
            result = put(client, name, value)
            assert not result.successful, (name, value)
            assert result.reason.startswith('SecurityError'), result.reason
            assert 'at start only' in result.reason
        for value in ('../../elsewhere', '.hidden', '/etc/passwd', 'a/b', 'a\nb'):
            result = put(client, 'camera_name', value)
            assert not result.successful
            assert 'plain name' in result.reason
        assert put(client, 'device', 'sim:?seed=5').successful
        assert not target.exists()
    assert 'Traceback' not in node.output


@pytest.mark.parametrize('name', ['../evil', '/etc/evil', '.evil', 'a/../b'])
def test_a_camera_name_is_no_path(domain: int, name: str) -> None:
    node = NodeProcess(domain, {'device': 'sim', 'camera_name': f'"{name}"'})
    assert node.wait() == 1
    assert 'not a plain name' in node.output


def test_photos_and_calibrations_stay_where_they_belong(domain: int, tmp_path: Path) -> None:
    photos, victim, stranger = tmp_path / 'photos', tmp_path / 'victim', tmp_path / 'stranger'
    photos.mkdir()
    victim.write_text('untouched')
    (photos / 'link.jpg').symlink_to(victim)
    (photos / 'dangling.jpg').symlink_to(stranger)
    calibrated = tmp_path / 'calibration.yaml'
    calibrated.symlink_to(victim)
    names = ('../evil.jpg', '/etc/evil.jpg', '..', '.', '.hidden', 'a/b.jpg', 'a\\b.jpg', '\x00', 'a\nb', '~/x.jpg',
             '../photos_elsewhere/x.jpg')
    with (
        running_node(domain, device='sim', photo_directory=str(photos)) as node,
        client_of(domain) as client,
    ):
        answered(client)
        for name in names:
            if '\x00' in name:  # no message can carry it
                continue
            answer = client.call(srv.TakePhoto, 'take_photo', srv.TakePhoto.Request(save_as=name, omit_data=True))
            assert answer.error_name == 'NotSupportedError', (name, answer)
        for name in ('link.jpg', 'dangling.jpg'):
            request = srv.TakePhoto.Request(save_as=name, omit_data=True)
            answer = client.call(srv.TakePhoto, 'take_photo', request)
            assert answer.success, answer.message
            assert Path(answer.path).parent == photos
            assert not Path(answer.path).is_symlink()
    assert node.output.count('Traceback') == 0
    with (
        running_node(domain, device='sim', autostart=False, camera_info_url=f'file://{calibrated}'),
        client_of(domain) as client,
    ):
        until(lambda: state_of(client) == 'unconfigured')
        saved = client.call(SetCameraInfo, 'set_camera_info', SetCameraInfo.Request(camera_info=calibration()))
        assert saved.success, saved.status_message
    assert victim.read_text() == 'untouched'
    assert not stranger.exists()
    assert {path.name for path in tmp_path.iterdir()} == {'photos', 'victim', 'calibration.yaml'}


@pytest.mark.parametrize('name', ['pan', 'tilt', 'zoom'])
def test_without_leave_nobody_turns_the_camera(domain: int, name: str) -> None:
    with running_node(domain, device='sim', allow_ptz=False), client_of(domain) as client:
        before = getattr(answered(client).settings, name)
        constraints = msg.MediaTrackConstraintSet(**{name: msg.ConstrainDouble(exact=[2.0])})
        for request in (srv.ApplyConstraints.Request(constraints=constraints),
                        srv.ApplyConstraints.Request(advanced=[constraints])):
            answer = client.call(srv.ApplyConstraints, 'apply_constraints', request)
            assert (answer.success, answer.error_name) == (False, 'SecurityError'), answer
        result = put(client, name, 2.0)
        assert not result.successful
        assert result.reason.startswith('SecurityError')
        refused = put(client, 'allow_ptz', True)
        assert (refused.successful, refused.reason[:13]) == (False, 'SecurityError')
        assert getattr(answered(client).settings, name) == before


def test_leave_to_turn_the_camera_is_not_had_by_configuring_the_node_again(domain: int) -> None:
    with running_node(domain, device='sim', allow_ptz=False), client_of(domain) as client:
        answered(client)
        for transition in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP):
            assert client.call(
                ChangeState, 'change_state', ChangeState.Request(transition=Transition(id=transition))).success
        refused = put(client, 'allow_ptz', True)
        assert (refused.successful, refused.reason[:13]) == (False, 'SecurityError')


# What is never said.


def test_a_password_in_the_address_is_never_said(domain: int, tmp_path: Path) -> None:
    images = write_images(tmp_path, moving_frames(10), '.jpg')
    logs = tmp_path / 'logs'
    environment = {'ROS_LOG_DIR': str(logs), 'ROS_HOME': str(tmp_path / 'home')}
    said: list[str] = []
    with http_mjpeg_server(images, login=f'user:{SECRET}') as server:
        device = server.url(login=f'user:{SECRET}')
        with running_node(domain, device=device, environment=environment) as node, client_of(domain) as client:
            inboxes = everything_published(client)
            answered(client)
            assert len(inboxes) >= 8
            for name, kind in services().items():
                answer = client.call(kind, name)
                said.append(repr(answer))
                if name == 'take_photo':
                    assert answer.success, answer.message
                    exif = PillowImage.open(io.BytesIO(bytes(answer.photo.data))).getexif()
                    said += [repr(dict(exif)), repr(bytes(answer.photo.data))]
                    for directory in (0x8769, 0x8825):
                        said.append(repr(dict(exif.get_ifd(directory))))
            said += parameters(client)
            for value in (f'http://user:{SECRET}@127.0.0.1/x', f'user:{SECRET}@host',
                          f'gst:souphttpsrc user-pw={SECRET}'):
                said.append(repr(put(client, 'device', value)))
            photo = imagecapture('photo', '-o', tmp_path / 'photo.jpg', domain=domain)
            assert photo.returncode == 0, photo.stderr
            said += [photo.stdout, photo.stderr, repr((tmp_path / 'photo.jpg').read_bytes())]
            server.process.kill()
            status = inboxes['/camera/track_status']
            status.wait_for(lambda got: got and got[-1].muted)
            said.append(repr(client.call(srv.TakePhoto, 'take_photo')))
            diagnostics = inboxes['/diagnostics']
            count = len(diagnostics.messages)
            diagnostics.wait_for(lambda got: len(got) >= count + 2)
            said += [repr(inbox.messages) for inbox in inboxes.values()]
        said.append(node.output)
    said += [path.read_text(errors='replace') for path in logs.rglob('*') if path.is_file()]
    assert any('***' in text for text in said), 'nothing was said of the address at all; the test shows nothing'
    assert [text[:500] for text in said if SECRET in text] == []


@pytest.mark.parametrize('address', [
    'rtsp://user:{}@127.0.0.1:9/stream', 'http://127.0.0.1:9/x?password={}', 'rtsp://user:{}@host with space/x',
    'gst:rtspsrc location=rtsp://user:{}@127.0.0.1:9/x', 'user:{}@127.0.0.1/stream', 'carrier-pigeon://user:{}@cam',
    'http://user:{}@[::1', 'rtsp://user:{}@host:port/x',
])
def test_a_password_in_a_wrong_address_is_never_said(domain: int, tmp_path: Path, address: str) -> None:
    node = NodeProcess(domain, {'device': f"'{address.format(SECRET)}'"}, environment={'ROS_LOG_DIR': str(tmp_path)})
    assert node.wait() == 1
    assert node.output.strip()
    said = [node.output, *(path.read_text(errors='replace') for path in tmp_path.rglob('*') if path.is_file())]
    assert [text for text in said if SECRET in text] == []


def services() -> Mapping[str, Any]:
    return {name: getattr(srv, ''.join(word.capitalize() for word in name.split('_'))) for name in (
        'take_photo', 'get_photo_capabilities', 'get_photo_settings', 'get_capabilities', 'get_settings',
        'get_constraints', 'grab_frame', 'enumerate_devices', 'apply_constraints')}


def everything_published(client: CameraClient) -> dict[str, Inbox]:
    """Subscribe to all that the node publishes."""
    needed = {'/diagnostics', '/camera/track_status', '/camera/image_raw'}
    until(lambda: client.spin_once(0.1) or (len(found := published(client)) >= 9 and needed <= {*found}))
    inboxes = {}
    for topic, kind in published(client).items():
        package, _, name = kind.split('/')
        message = getattr(importlib.import_module(f'{package}.msg'), name)
        latched = topic.endswith(('settings', 'track_status', 'rosout'))
        durability = DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE
        qos = QoSProfile(depth=100, durability=durability)
        inboxes[topic] = Inbox(client, message, topic, qos)
    return inboxes


def published(client: CameraClient) -> dict[str, str]:
    if 'camera' not in client.node.get_node_names():
        return {}
    return {topic: kinds[0] for topic, kinds in client.node.get_publisher_names_and_types_by_node('camera', '/')}


def parameters(client: CameraClient) -> list[str]:
    """Return all that the parameter services say."""
    names = client.call(parameter_srv.ListParameters, 'list_parameters').result.names
    got = client.call(parameter_srv.GetParameters, 'get_parameters', parameter_srv.GetParameters.Request(names=names))
    described = client.call(parameter_srv.DescribeParameters, 'describe_parameters',
                            parameter_srv.DescribeParameters.Request(names=names))
    assert len(got.values) == len(names)
    return [repr(got), repr(described)]


# Protection by DDS.

PROTECTED = {'ROS_SECURITY_ENABLE': 'true', 'ROS_SECURITY_STRATEGY': 'Enforce'}


@pytest.mark.parametrize(('environment', 'said'), [
    (PROTECTED, 'ROS_SECURITY_KEYSTORE names no keystore'),
    ({**PROTECTED, 'ROS_SECURITY_KEYSTORE': '/no/such'}, 'has no folder enclaves'),
    ({**PROTECTED, 'ROS_SECURITY_STRATEGY': 'enforce'}, 'which ROS takes for Permissive'),
    ({**PROTECTED, 'ROS_SECURITY_ENABLE': 'True'}, 'which ROS takes for no'),
    ({'ROS_SECURITY_STRATEGY': 'Enforce'}, 'ROS_SECURITY_ENABLE is not true'),
])
def test_who_asks_for_protection_gets_it_or_a_refusal(domain: int, environment: dict[str, str], said: str) -> None:
    node = NodeProcess(domain, {'device': 'sim'}, environment=environment)
    assert node.wait() == 1
    assert said in node.output
    assert 'ROS_SECURITY_ENABLE=false' in node.output
    assert 'Traceback' not in node.output


def test_keys_that_cannot_be_used_are_a_refusal(domain: int, tmp_path: Path) -> None:
    enclave = tmp_path / 'enclaves' / 'camera'
    enclave.mkdir(parents=True)
    for name in ('identity_ca.cert.pem', 'cert.pem', 'key.pem', 'permissions_ca.cert.pem', 'governance.p7s',
                 'permissions.p7s'):
        (enclave / name).write_text('no key')
    node = NodeProcess(domain, {'device': 'sim'}, ('--enclave', '/camera'),
                       {**PROTECTED, 'ROS_SECURITY_KEYSTORE': str(tmp_path)})
    assert node.wait() == 1
    assert 'ROS_SECURITY_STRATEGY is Enforce' in node.output
    assert 'ROS_SECURITY_ENABLE=false' in node.output
    assert 'Traceback' not in node.output


def test_the_command_does_not_join_without_the_keys_it_was_told_to_use(
    domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {**PROTECTED, 'ROS_SECURITY_KEYSTORE': str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    done = imagecapture('status', domain=domain)
    assert done.returncode == 1
    assert 'ROS_SECURITY_ENABLE=false' in done.stderr
    assert 'Traceback' not in done.stderr


def test_who_asks_for_no_protection_gets_none(domain: int) -> None:
    environment = {'ROS_SECURITY_ENABLE': 'false', 'ROS_SECURITY_STRATEGY': 'Enforce'}
    with running_node(domain, device='sim', environment=environment), client_of(domain) as client:
        assert answered(client).success


def test_a_participant_without_keys_gets_nothing(domain: int, tmp_path: Path) -> None:
    ros2 = shutil.which('ros2')
    if ros2 is None:
        pytest.skip('needs "ros2 security" (sros2), and a middleware with DDS security, which the wheels have not')
    policy = Path(__file__).resolve().parents[3] / 'config' / 'sros2' / 'camera.policy.xml'
    for command in (['create_keystore', str(tmp_path)],
                    ['generate_artifacts', '-k', str(tmp_path), '-p', str(policy)]):
        # Permissions are for one ROS domain: that of the environment.
        done = subprocess.run([ros2, 'security', *command], capture_output=True, text=True, timeout=LONG_PATIENCE,
                              check=False, env=private_environment(domain))
        if done.returncode:
            pytest.skip(f'ros2 security {command[0]} is not possible here: {done.stderr.strip()[-200:]}')
    environment = {**PROTECTED, 'ROS_SECURITY_KEYSTORE': str(tmp_path)}
    node = NodeProcess(domain, {'device': 'sim'}, ('--enclave', '/camera'), environment)
    try:
        until(lambda: 'opened' in node.output or node.process.poll() is not None)
        if 'built without DDS security' in node.output:
            pytest.skip('this middleware was built without DDS security')
        assert node.process.poll() is None, node.output
        with client_of(domain) as client:
            images = Inbox(client, CameraInfo, '/camera/camera_info')
            for _ in range(50):
                client.spin_once(0.1)
            assert images.messages == []
            assert 'camera' not in client.node.get_node_names()
    finally:
        node.stop()


def test_the_policy_is_that_of_the_node() -> None:
    root = Path(__file__).resolve().parents[3]
    written = (root / 'config' / 'sros2' / 'camera.policy.xml').read_text(encoding='utf-8')
    script = root / 'scripts' / 'sros2_policy.py'
    printed = subprocess.run(
        [sys.executable, str(script), '--print'], capture_output=True, text=True, timeout=LONG_PATIENCE, check=False)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout == written, 'the interface of the node has changed; run "make policy"'
