# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Odd network cameras through the node to a subscriber: what is published fits together, whatever they do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.node_process import Inbox, NodeProcess, client_of, running_node, stamp_of, until
from fixtures.odd_camera import OddCamera, number_of, odd_camera, picture
from fixtures.videos import Pixels
from PIL import Image as PillowImage
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.imaging.bridge import get_bridge

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
QUEUE = 500


@pytest.fixture
def odd() -> Iterator[OddCamera]:
    with odd_camera() as camera:
        yield camera


def pixels_of(image: Any) -> Pixels:
    return np.asarray(get_bridge().imgmsg_to_cv2(image))


def size_of(message: Any) -> tuple[int, int]:
    return message.width, message.height


def size_set(client: CameraClient) -> tuple[float, float]:
    settings = succeeded(client.call(srv.GetSettings, 'get_settings')).settings
    return settings.width[0], settings.height[0]


@pytest.mark.parametrize(('path', 'size'), [('shrinks', (160, 120)), ('squeezes', (320, 180)), ('grows', (640, 480))])
def test_another_size_is_told_with_all_that_depends_on_it(
    domain: int, odd: OddCamera, path: str, size: tuple[int, int],
) -> None:
    with running_node(domain, device=odd.url(path, rate=10), autostart=True) as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw', QUEUE)
        infos = Inbox(client, CameraInfo, '/camera/camera_info', QUEUE)
        settings = Inbox(client, msg.MediaTrackSettings, '/camera/settings', LATCHED)
        images.wait_for(lambda got: sum(size_of(image) == size for image in got) >= 3)
        until(lambda: size_set(client) == size)
        photo = client.take_photo()
        assert PillowImage.open(io.BytesIO(photo.data)).size == size
        settings.wait_for(lambda got: got and (got[-1].width[0], got[-1].height[0]) == size)
        stamps = {stamp_of(info): size_of(info) for info in infos.messages}
        for image in images.messages:
            number_of(pixels_of(image))  # neither squeezed nor cut
            assert stamps.get(stamp_of(image), size_of(image)) == size_of(image)
        assert size in stamps.values()
        assert succeeded(client.call(srv.GetCapabilities, 'get_capabilities')).capabilities.width[0].max == size[0]
        assert len(odd.asked[path]) == 1
        assert node.output.count(f'sends frames of {size[0]}x{size[1]} now, and not of 320x240') == 1


def test_what_was_asked_of_the_stream_is_asked_again(domain: int, odd: OddCamera) -> None:
    with running_node(domain, device=odd.url('grows', rate=10), width=160) as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw', QUEUE)
        until(lambda: 'sends frames of 640x480 now' in node.output)
        seen = len(images.messages)
        images.wait_for(lambda got: len(got) >= seen + 5)
        assert {size_of(image) for image in images.messages} == {(160, 120)}
        assert size_set(client) == (160, 120)
        for image in images.messages:
            number_of(pixels_of(image))


def test_what_cannot_be_had_any_more_is_said(domain: int, odd: OddCamera) -> None:
    with running_node(domain, device=odd.url('shrinks', rate=10), width=300) as node, client_of(domain) as client:
        until(lambda: 'width: was 300, can be no nearer than 160' in node.output)
        until(lambda: size_set(client)[0] == 160)


def test_sizes_in_turn_are_said_and_counted(domain: int, odd: OddCamera) -> None:
    with running_node(domain, device=odd.url('alternates', rate=20)) as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw', QUEUE)
        diagnostics = Inbox(client, DiagnosticArray, '/diagnostics')
        until(lambda: 'in turn; those of another size' in node.output)
        seen = len(images.messages)
        images.wait_for(lambda got: len(got) >= seen + 20)
        assert len({size_of(image) for image in images.messages[-20:]}) == 1
        diagnostics.wait_for(lambda got: got and int(values_of(got[-1])['frames lost by the device or reader']) > 5)
        assert len(odd.asked['alternates']) == 1


def values_of(diagnostics: Any) -> dict[str, str]:
    return {entry.key: entry.value for entry in diagnostics.status[0].values}


def test_damaged_pictures_are_not_published_but_counted(domain: int, odd: OddCamera) -> None:
    with running_node(domain, device=odd.url('cut_and_ended')) as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw', QUEUE).take(12)
        assert all(number_of(pixels_of(image)) % 3 != 2 for image in images)
        diagnostics = Inbox(client, DiagnosticArray, '/diagnostics')
        diagnostics.wait_for(lambda got: got and int(values_of(got[-1])['frames lost by the device or reader']) > 2)
        assert node.output.count('is damaged; it is left out') == 1


def test_a_snapshot_is_polled_and_a_photo_is_its_picture(domain: int, odd: OddCamera) -> None:
    with (running_node(domain, device=odd.url('snapshot_kept'), poll_period=0.2) as node,
          client_of(domain) as client):
        images = Inbox(client, Image, '/camera/image_raw', QUEUE).take(4)
        for image in images:
            number_of(pixels_of(image))
        assert succeeded(client.call(srv.GetSettings, 'get_settings')).settings.frame_rate[0] == 5.0
        photo = client.take_photo()
        assert photo.data[-500:] in {picture(number)[-500:] for number in range(12)}
        assert number_of(np.asarray(PillowImage.open(io.BytesIO(photo.data)))[:, :, ::-1]) in range(12)
        track = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        odd.fails_with = b'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'
        track.wait_for(lambda got: got and got[-1].muted and '503' in got[-1].reason)
        odd.fails_with = b''
        track.wait_for(lambda got: got and not got[-1].muted)
        assert 'Traceback' not in node.output


def test_a_picture_that_stays_the_same_is_no_silence(domain: int, odd: OddCamera) -> None:
    with running_node(domain, device=odd.url('snapshot_etag'), poll_period=0.1), client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw', QUEUE)
        track = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        images.take(2)
        odd.stands_still.set()
        asked = len(odd.asked['snapshot_etag'])
        until(lambda: len(odd.asked['snapshot_etag']) > asked + 40)  # twice as long as a silence may be
        assert client.take_photo().data  # which is asked for without a condition
        seen = len(images.messages)
        odd.stands_still.clear()
        images.wait_for(lambda got: len(got) > seen + 3)
        assert not track.messages[-1].muted
        assert [status.reason for status in track.messages if 'no frame' in status.reason] == []


def test_a_wrong_address_says_what_came(domain: int, odd: OddCamera) -> None:
    node = NodeProcess(domain, {'device': odd.url('text')})
    assert node.wait() == 1
    assert "with application/json that begins with b'{\"error\": \"no such channel\"}'" in node.output
