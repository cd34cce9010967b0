# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node on the emulated USB camera under the real uvcvideo: the whole way, once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, client_of, running_node, stamp_of, until
from fixtures.v4l2.bench import CHOICE, Bench
from fixtures.v4l2.scene import GAIN, jpeg, without_exif
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters, SetParametersAtomically
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CompressedImage, Image

from imagecapture_ros import msg, srv
from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.client import CameraClient, succeeded

pytestmark = pytest.mark.skipif(os.environ.get(CHOICE) != 'kernel', reason='needs make test-v4l2')

LATCHED = QoSProfile(depth=20, durability=DurabilityPolicy.TRANSIENT_LOCAL)
EMULATED = 4 * PATIENCE
"""Seconds to wait where the whole machine is emulated."""
DEVICE = '1d6b:0102:EMU0001'


@pytest.fixture
def bench() -> Iterator[Bench]:
    from fixtures.v4l2.kernel import kernel_bench

    bench = kernel_bench()
    bench.repair()
    yield bench
    bench.unplug()


def value_of(client: CameraClient, name: str) -> Any:
    response = client.call(GetParameters, 'get_parameters', GetParameters.Request(names=[name]), timeout=EMULATED)
    value = response.values[0]
    return value.integer_value or value.double_value


def set_together(client: CameraClient, values: dict[str, Any]) -> Any:
    request = SetParametersAtomically.Request(
        parameters=[Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
    return client.call(SetParametersAtomically, 'set_parameters_atomically', request, timeout=EMULATED).result


def test_stream_controls_photo_and_unplugging(domain: int, bench: Bench) -> None:
    given = {'device': DEVICE, 'width': 320, 'height': 240, 'frame_rate': 5.0}
    with running_node(domain, **given) as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw')
        got = images.take(6, EMULATED)
        assert {(image.width, image.height, image.encoding) for image in got} == {(320, 240, 'yuv422_yuy2')}
        assert all(stamp_of(after) > stamp_of(before) for before, after in pairwise(got))
        # All controls.
        names = client.call(ListParameters, 'list_parameters', timeout=EMULATED).result.names
        assert {'pan', 'tilt', 'zoom', 'focus_mode', 'focus_distance', 'white_balance_mode', 'color_temperature',
                'exposure_mode', 'exposure_time', 'brightness', 'contrast', 'saturation', 'sharpness', 'v4l2.hue',
                'v4l2.gamma', 'v4l2.gain', 'v4l2.power_line_frequency', 'v4l2.backlight_compensation',
                'v4l2.exposure_dynamic_framerate', 'v4l2.privacy'} <= set(names)
        zoom, = client.call(DescribeParameters, 'describe_parameters', DescribeParameters.Request(names=['zoom']),
                            timeout=EMULATED).descriptors
        assert (zoom.floating_point_range[0].from_value, zoom.floating_point_range[0].to_value) == (1.0, 5.0)
        wanted = {'zoom': 2.0, 'focus_mode': 'manual', 'focus_distance': 100.0, 'v4l2.gain': 20, 'exposure_mode':
                  'manual', 'exposure_time': 120.0}
        result = set_together(client, wanted)
        assert result.successful, result.reason
        assert (bench.read(ioctl.CID_ZOOM_ABSOLUTE), bench.read(ioctl.CID_FOCUS_ABSOLUTE), bench.read(GAIN),
                bench.read(ioctl.CID_EXPOSURE_ABSOLUTE)) == (200, 100, 20, 120)
        # Another program.
        bench.write(ioctl.CID_BRIGHTNESS, 30)
        until(lambda: value_of(client, 'brightness') == 30.0, EMULATED)
        # A photo in a larger mode.
        photo = client.take_photo(timeout=EMULATED)
        assert without_exif(photo.data).startswith(jpeg(1280, 720))
        assert photo.stream_gap > 0.0
        count = len(images.messages)
        images.wait_for(lambda messages: len(messages) >= count + 2, EMULATED)
        # Unplugged, and plugged in again.
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        bench.unplug()
        status.wait_for(lambda told: [one for one in told if one.muted and 'ENODEV' in one.reason], EMULATED)
        bench.plug()
        status.wait_for(lambda told: not told[-1].muted, EMULATED)
        count = len(images.messages)
        images.wait_for(lambda messages: len(messages) >= count + 2, EMULATED)
        assert (bench.read(ioctl.CID_ZOOM_ABSOLUTE), bench.read(GAIN)) == (200, 20)
    assert 'Traceback' not in node.output


def test_jpeg_is_passed_through_to_the_byte(domain: int, bench: Bench) -> None:
    with running_node(domain, device=DEVICE, width=1280, height=720, frame_rate=5.0), client_of(domain) as client:
        until(lambda: client.call(srv.GetSettings, 'get_settings', timeout=EMULATED).success, EMULATED)
        for one in Inbox(client, CompressedImage, '/camera/image_raw/compressed').take(3, EMULATED):
            assert bytes(one.data).startswith(jpeg(1280, 720))
        settings = succeeded(client.call(srv.GetSettings, 'get_settings', timeout=EMULATED)).settings
        assert settings.device_id == DEVICE
