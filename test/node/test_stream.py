# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The image stream and the latched topics of a simulated camera, received in another process."""

from __future__ import annotations

import array
import io
import re
from itertools import pairwise

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.node_process import Inbox, client_of, running_node, stamp_of
from PIL import Image as PillowImage
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from imagecapture_ros import msg, srv
from imagecapture_ros.cameras.backends.simulated import read_frame_counter
from imagecapture_ros.client import CameraClient
from imagecapture_ros.imaging.bridge import get_bridge

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def pixels_of(image: Image) -> np.ndarray:
    return np.asarray(get_bridge().imgmsg_to_cv2(image))


def test_frames_come_in_order_none_twice_with_growing_stamps(client: CameraClient) -> None:
    inbox = Inbox(client, Image, '/camera/image_raw')
    images = inbox.take(60)
    inbox.close()
    counters = [read_frame_counter(pixels_of(image)) for image in images]
    assert all(later > earlier for earlier, later in pairwise(counters))
    stamps = [stamp_of(image) for image in images]
    assert all(later > earlier for earlier, later in pairwise(stamps))
    # Stamps are times of exposure on an exact schedule, so the rate shows in them however late they arrive.
    per_frame = [(stamps[-1] - stamps[0]) / (counters[-1] - counters[0]) / 1e9]
    assert per_frame == pytest.approx([1 / 30], rel=0.02)
    assert {(image.width, image.height, image.encoding, image.step) for image in images} == {(640, 480, 'bgr8', 1920)}
    assert {image.header.frame_id for image in images} == {'camera_optical_frame'}


def test_every_image_has_its_calibration(client: CameraClient) -> None:
    infos, images = Inbox(client, CameraInfo, '/camera/camera_info'), Inbox(client, Image, '/camera/image_raw')
    images.take(10)
    stamps = {stamp_of(image) for image in images.messages[2:8]}
    infos.wait_for(lambda got: stamps <= {stamp_of(info) for info in got})
    for inbox in (infos, images):
        inbox.close()
    [info] = [info for info in infos.messages if stamp_of(info) in stamps][:1]
    assert (info.width, info.height, info.header.frame_id) == (640, 480, 'camera_optical_frame')


def test_the_compressed_sibling_shows_the_same_picture(client: CameraClient) -> None:
    raw = Inbox(client, Image, '/camera/image_raw')
    compressed = Inbox(client, CompressedImage, '/camera/image_raw/compressed')
    pairs = compressed.wait_for(lambda got: [
        (image, jpeg) for jpeg in got for image in raw.messages if stamp_of(jpeg) == stamp_of(image)][:1])
    raw.close()
    compressed.close()
    [(image, jpeg)] = pairs
    assert jpeg.format == 'jpeg'
    decoded = np.asarray(PillowImage.open(io.BytesIO(bytes(jpeg.data))))[:, :, ::-1]
    error = np.mean((decoded.astype(float) - pixels_of(image).astype(float)) ** 2)
    assert 10 * np.log10(255**2 / max(error, 1e-9)) > 30


def test_settings_and_track_status_are_latched(client: CameraClient) -> None:
    settings = Inbox(client, msg.MediaTrackSettings, '/camera/settings', LATCHED)
    status = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
    assert settings.take(1)[0].width[0] == 640.0
    [latest] = status.take(1)
    settings.close()
    status.close()
    assert (latest.ready_state, latest.muted, latest.enabled, latest.reason) == ('live', False, True, '')


def test_settings_are_published_on_change(client: CameraClient) -> None:
    settings = Inbox(client, msg.MediaTrackSettings, '/camera/settings', LATCHED)
    settings.take(1)
    request = srv.ApplyConstraints.Request()
    request.constraints.zoom.exact = [2.0]
    client.call(srv.ApplyConstraints, 'apply_constraints', request)
    settings.wait_for(lambda got: any(one.zoom[0] == 2.0 for one in got))
    settings.close()


def test_diagnostics_tell_the_rate(client: CameraClient) -> None:
    inbox, images = Inbox(client, DiagnosticArray, '/diagnostics'), Inbox(client, Image, '/camera/image_raw')
    images.take(5)
    reports = inbox.take(len(inbox.messages) + 3)
    inbox.close()
    images.close()
    values = {value.key: value.value for value in reports[-1].status[0].values}
    assert reports[-1].status[0].hardware_id == 'sim'
    assert float(values['rate of the camera (Hz)']) > 5.0
    assert values['rate configured (Hz)'] == '30'
    assert values['requests waiting'] == '0'
    assert re.fullmatch(r'\d+\.\d, at most \d+\.\d', values['image_raw latency (ms)'])
    assert values['image_raw/compressed latency (ms)'] == ''


def test_names_follow_remapping_and_quality_of_service_can_be_overridden(domain: int) -> None:
    with (
        running_node(
            domain, '-r', '__node:=front', '-r', '__ns:=/robot', '-r', '~/image_raw:=/robot/eye', '-p',
            'qos_overrides./robot/eye.publisher.reliability:=best_effort', '-p', 'rotation:=90', '-p',
            'encoding:=mono8', device='sim'),
        client_of(domain, '/robot/front') as client,
    ):
        best_effort = QoSProfile(depth=10, reliability=2)
        images = Inbox(client, Image, '/robot/eye', best_effort)
        [image] = images.take(1)
        compressed = Inbox(client, CompressedImage, '/robot/eye/compressed')
        compressed.take(1)
        publisher = client.node.get_publishers_info_by_topic('/robot/eye')[0]
        settings = client.call(srv.GetSettings, 'get_settings').settings
    assert publisher.qos_profile.reliability.name == 'BEST_EFFORT'
    assert (image.width, image.height, image.encoding) == (480, 640, 'mono8')
    assert image.header.frame_id == 'front_optical_frame'
    assert isinstance(image.data, array.array)
    assert (settings.width[0], settings.height[0]) == (480.0, 640.0)
