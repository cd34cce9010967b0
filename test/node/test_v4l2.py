# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node on a Linux camera that a preloaded library plays: frames, parameters, photos, a camera that is unplugged."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, NodeProcess, client_of, running_node, stamp_of, state_of, until
from fixtures.v4l2.bench import RemoteShim, compile_shim, shim_environment
from fixtures.v4l2.scene import GAIN, jpeg, without_exif, zoom_in
from PIL import Image as PillowImage
from rcl_interfaces.msg import ParameterEvent, ParameterType
from rcl_interfaces.srv import DescribeParameters, GetParameters, SetParameters, SetParametersAtomically
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CompressedImage, Image

from imagecapture_ros import msg, srv
from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.client import CameraClient, succeeded

LATCHED = QoSProfile(depth=20, durability=DurabilityPolicy.TRANSIENT_LOCAL)

pytestmark = pytest.mark.skipif(
    shutil.which(os.environ.get('CC', 'cc').split()[0]) is None, reason='needs a C compiler: apt-get install gcc')


@pytest.fixture(scope='module')
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim(tmp_path_factory.mktemp('shim'))


@pytest.fixture
def place(library: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the folder of a camera, and the environment in which a node has it."""
    root, environment = shim_environment(library)
    yield root, environment
    shutil.rmtree(root)


def value_of(client: CameraClient, name: str) -> Any:
    response = client.call(GetParameters, 'get_parameters', GetParameters.Request(names=[name]))
    value = response.values[0]
    return {
        ParameterType.PARAMETER_INTEGER: value.integer_value, ParameterType.PARAMETER_DOUBLE: value.double_value,
        ParameterType.PARAMETER_BOOL: value.bool_value, ParameterType.PARAMETER_STRING: value.string_value,
    }.get(value.type)


def set_together(client: CameraClient, **values: Any) -> Any:
    request = SetParametersAtomically.Request(parameters=[
        Parameter(name.replace('__', '.'), value=value).to_parameter_msg() for name, value in values.items()])
    return client.call(SetParametersAtomically, 'set_parameters_atomically', request).result


def written_when_read(fifo: Path) -> int | None:
    """Return a descriptor once somebody reads the other end."""
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def test_frames_reach_a_subscriber_as_the_camera_made_them(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    _, environment = place
    with running_node(domain, environment=environment) as node, client_of(domain) as client:
        inbox = Inbox(client, Image, '/camera/image_raw')
        images = inbox.take(20)
        settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
        devices = succeeded(client.call(srv.EnumerateDevices, 'enumerate_devices'))
    for image in images:
        assert (image.encoding, image.width, image.height, image.step) == ('yuv422_yuy2', 640, 480, 1280)
        pixels = np.frombuffer(bytes(image.data), np.uint8).reshape(480, 640, 2)
        assert set(np.unique(pixels[16:])) == {128}
        assert zoom_in(pixels) == 100
    assert all(stamp_of(after) > stamp_of(before) for before, after in pairwise(images))
    assert settings.device_id == '1d6b:0102:SHIM0001'
    assert list(devices.device_id) == ['1d6b:0102:SHIM0001', 'sim']
    assert 'opened Shim cam' in node.output


def test_a_jpeg_camera_is_passed_through_to_the_byte(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    _, environment = place
    with (
        running_node(domain, environment=environment, device='/dev/video7', width=1280, height=720),
        client_of(domain) as client,
    ):
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        compressed = Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(5)
        photo = client.take_photo()
        after = Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(5)
    assert [bytes(one.data) for one in (*compressed, *after)] == [jpeg(1280, 720)] * 10
    assert {one.format for one in (*compressed, photo)} == {'jpeg'}
    assert without_exif(photo.data) == jpeg(1280, 720)
    assert not [told for told in status.messages if 'photo' in told.reason]


def test_a_photo_in_a_larger_mode_and_the_stream_after_it(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    _, environment = place
    with running_node(domain, environment=environment), client_of(domain) as client:
        inbox = Inbox(client, Image, '/camera/image_raw')
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        inbox.take(3)
        photo = client.take_photo()
        status.wait_for(lambda told: [one.muted for one in told[-3:]] == [False, True, False])
        assert 'a photo is being taken' in status.messages[-2].reason
        count = len(inbox.messages)
        inbox.wait_for(lambda images: len(images) >= count + 5)
        capabilities = succeeded(client.call(srv.GetPhotoCapabilities, 'get_photo_capabilities')).photo_capabilities
    assert PillowImage.open(io.BytesIO(photo.data)).size == (1280, 720)
    assert photo.stream_gap > 0.0
    assert capabilities.image_width[0].max == 1280.0
    assert {(image.width, image.height) for image in inbox.messages} == {(640, 480)}


def test_controls_are_parameters_with_the_drivers_ranges(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    root, environment = place
    given = {'v4l2.gain': 30, 'v4l2.nothing': 1}
    with running_node(domain, environment=environment, **given) as node, client_of(domain) as client:
        shim = RemoteShim(root)
        until(lambda: client.call(srv.GetSettings, 'get_settings').success)
        names = ['zoom', 'v4l2.gain', 'v4l2.power_line_frequency', 'v4l2.privacy', 'v4l2.exposure_dynamic_framerate']
        zoom, gain, line, privacy, dynamic = client.call(
            DescribeParameters, 'describe_parameters', DescribeParameters.Request(names=names)).descriptors
        assert (zoom.floating_point_range[0].from_value, zoom.floating_point_range[0].to_value) == (1.0, 5.0)
        assert (gain.integer_range[0].from_value, gain.integer_range[0].to_value) == (0, 100)
        assert line.additional_constraints == 'one of: 0 = Disabled, 1 = 50 Hz, 2 = 60 Hz'
        assert privacy.additional_constraints == 'read-only'
        assert dynamic.type == ParameterType.PARAMETER_BOOL
        assert shim.read(GAIN) == 30
        assert value_of(client, 'v4l2.gain') == 30
        assert set_together(client, zoom=2.0, v4l2__gain=40).successful
        assert (shim.read(ioctl.CID_ZOOM_ABSOLUTE), shim.read(GAIN)) == (200, 40)
        assert set_together(client, v4l2__power_line_frequency='60 Hz').successful
        assert value_of(client, 'v4l2.power_line_frequency') == 2
        refused = set_together(client, zoom=9.0, v4l2__gain=50)
        assert not refused.successful
        assert 'OverconstrainedError(zoom)' in refused.reason
        assert (shim.read(ioctl.CID_ZOOM_ABSOLUTE), shim.read(GAIN)) == (200, 40)
        for values, reason in (
            ({'v4l2__gain': 400}, 'v4l2.gain: 400 is out of range; the device allows 0 to 100'),
            ({'v4l2__gain': 'much'}, "v4l2.gain: 'much' is not a whole number"),
            ({'v4l2__power_line_frequency': 7}, '0 (Disabled), 1 (50 Hz), 2 (60 Hz)'),
            ({'v4l2__exposure_dynamic_framerate': 3}, '3 is not a boolean'),
            ({'v4l2__privacy': True}, 'v4l2.privacy: the driver refuses'),
        ):
            result = set_together(client, **values)
            assert not result.successful
            assert reason in result.reason
        # A dump can be loaded, the read-only ones included.
        assert set_together(client, v4l2__privacy=False, v4l2__gain=41).successful
    assert 'not met at start: v4l2.nothing: asked for 1, the device does not have it' in node.output


def test_what_another_program_changes_shows_everywhere(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    root, environment = place
    with running_node(domain, environment=environment), client_of(domain) as client:
        shim = RemoteShim(root)
        settings = Inbox(client, msg.MediaTrackSettings, '/camera/settings', LATCHED)
        events = Inbox(client, ParameterEvent, '/parameter_events')
        Inbox(client, Image, '/camera/image_raw').take(2)
        events.wait_for(lambda _: client.node.count_publishers('/parameter_events') > 1)
        shim.write(ioctl.CID_ZOOM_ABSOLUTE, 300)
        shim.write(GAIN, 77)
        settings.wait_for(lambda got: got and got[-1].zoom and got[-1].zoom[0] == 3.0)
        until(lambda: (value_of(client, 'zoom'), value_of(client, 'v4l2.gain')) == (3.0, 77))
        assert succeeded(client.call(srv.GetSettings, 'get_settings')).settings.zoom[0] == 3.0


def test_a_camera_that_is_unplugged_comes_back_as_it_was(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    root, environment = place
    parameters = {'v4l2.gain': 30, 'zoom': 2.0}
    with running_node(domain, environment=environment, **parameters) as node, client_of(domain) as client:
        shim = RemoteShim(root)
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        images = Inbox(client, Image, '/camera/image_raw')
        images.take(3)
        shim.unplug()
        lost = status.wait_for(lambda got: [one for one in got if one.muted and 'ENODEV' in one.reason])
        assert 'unplugged' in lost[0].reason
        until(lambda: shim.held() == (0, 0))
        assert shim.plug() == '/dev/video7'
        status.wait_for(lambda got: not got[-1].muted)
        count = len(images.messages)
        images.wait_for(lambda got: len(got) >= count + 3)
        assert (shim.read(ioctl.CID_ZOOM_ABSOLUTE), shim.read(GAIN)) == (200, 30)
    assert 'Traceback' not in node.output


def test_a_rate_that_cannot_be_reached_is_explained(domain: int, place: tuple[Path, dict[str, str]]) -> None:
    _, environment = place
    with running_node(domain, environment=environment, frame_rate=60.0) as node, client_of(domain) as client:
        until(lambda: client.call(srv.GetSettings, 'get_settings').success)
        assert '60 Hz cannot be had at 640x480: modes of at least that size do not exceed 30 Hz' in node.output


@pytest.mark.parametrize('device, said', [
    ('/dev/video8', r'captures no video'), ('/dev/video77', r'there is no such camera'),
])
def test_a_node_that_is_no_camera_is_told(
    domain: int, place: tuple[Path, dict[str, str]], device: str, said: str,
) -> None:
    _, environment = place
    node = NodeProcess(domain, {'device': device}, environment=environment)
    assert node.wait() == 1
    assert said in node.output
    assert 'Traceback' not in node.output


def test_a_driver_that_is_slow_to_say_what_it_is_holds_up_only_who_asks_for_it(
    domain: int, place: tuple[Path, dict[str, str]],
) -> None:
    root, environment = place
    with running_node(domain, environment=environment, autostart=False) as node, client_of(domain) as client:
        until(lambda: state_of(client) == 'unconfigured')
        index = min(root.glob('sys/class/video4linux/video*/index'))
        index.unlink()
        os.mkfifo(index)  # who reads it waits for somebody who writes
        setter = client.node.create_client(SetParameters, '/camera/set_parameters')
        assert setter.wait_for_service(PATIENCE)
        setting = setter.call_async(SetParameters.Request(
            parameters=[Parameter('device', value='1d6b:0102:SHIM0001').to_parameter_msg()]))
        with os.fdopen(until(lambda: written_when_read(index)), 'w') as driver:
            for _ in range(5):
                assert value_of(client, 'device') == ''
                assert state_of(client) == 'unconfigured'
            assert not setting.done()
            driver.write('0\n')
        until(lambda: client.spin_once(0.1) or setting.done())
        assert setting.result().results[0].successful, setting.result()
        assert value_of(client, 'device') == '1d6b:0102:SHIM0001'
        index.unlink()
    assert 'Traceback' not in node.output
