# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the node makes of the simulated camera alone: exact intrinsics, and faults as a parameter."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from fixtures.node_process import Inbox, answered, client_of, running_node
from rcl_interfaces import srv as parameter_srv
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile

from imagecapture_ros import msg, srv
from imagecapture_ros.client import CameraClient, succeeded
from imagecapture_ros.mediacapture.errors import UnknownError
from imagecapture_ros.node.parameters.faults import NAME


def apply(client: CameraClient, **values: float) -> None:
    constraints = msg.MediaTrackConstraintSet()
    for name, value in values.items():
        setattr(constraints, name, msg.ConstrainDouble(exact=[value]))
    succeeded(client.call(srv.ApplyConstraints, 'apply_constraints', srv.ApplyConstraints.Request(
        constraints=constraints)))


def put(client: CameraClient, value: str) -> Any:
    request = parameter_srv.SetParameters.Request(parameters=[Parameter(NAME, value=value).to_parameter_msg()])
    return client.call(parameter_srv.SetParameters, 'set_parameters', request).results[0]


def test_it_is_the_pinhole_that_its_camera_info_says(domain: int, tmp_path: Path) -> None:
    environment = {'ROS_HOME': str(tmp_path)}
    with running_node(domain, device='sim', rotation=90, environment=environment), client_of(domain) as client:
        answered(client)
        focal_length = 320.0 / math.tan(math.radians(30.0))
        grabbed = succeeded(client.call(srv.GrabFrame, 'grab_frame'))
        info = grabbed.camera_info
        assert (info.width, info.height) == (grabbed.image.width, grabbed.image.height) == (480, 640)
        assert list(info.k) == pytest.approx([focal_length, 0, 239.5, 0, focal_length, 319.5, 0, 0, 1])
        assert list(info.d) == [0.0] * 5
        # A crop of the middle of the 320x240 mode, zoomed in.
        apply(client, zoom=2.0, width=320.0, height=180.0)
        info = succeeded(client.call(srv.GrabFrame, 'grab_frame')).camera_info
        assert (info.width, info.height) == (180, 320)
        assert (info.k[0], info.k[4]) == pytest.approx((focal_length, focal_length))
        assert (info.k[2], info.k[5]) == pytest.approx((89.5, 159.5))
        photo = client.take_photo(width=4000, height=3000)
        assert photo.camera_info.k[0] == pytest.approx(2.0 * focal_length * 4000.0 / 640.0)
        assert (photo.camera_info.k[2], photo.camera_info.k[5]) == pytest.approx((1499.5, 1999.5))


def test_faults_are_a_parameter(domain: int) -> None:
    with running_node(domain, device='sim'), client_of(domain) as client:
        latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        status = Inbox(client, msg.TrackStatus, '/camera/track_status', latched)
        status.wait_for(lambda got: got and not got[-1].muted)
        refused = put(client, 'explode')
        assert not refused.successful
        assert "there is no kind 'explode'; allowed are unplug" in refused.reason

        assert put(client, 'photo').successful
        with pytest.raises(UnknownError, match='because of the fault photo'):
            client.take_photo(width=640)
        assert put(client, '').successful
        assert client.take_photo(width=640).photo_settings.image_width == 640.0

        assert put(client, 'unplug+0.5s').successful
        status.wait_for(lambda got: got[-1].muted and 'because of the fault unplug' in got[-1].reason)
        status.wait_for(lambda got: not got[-1].muted)
        assert succeeded(client.call(srv.GrabFrame, 'grab_frame')).image.width == 640


def test_faults_can_be_given_at_start_and_belong_to_the_simulated_camera(domain: int) -> None:
    with running_node(domain, **{'device': 'sim', NAME: 'photo'}) as node, client_of(domain) as client:
        answered(client)
        with pytest.raises(UnknownError, match='because of the fault photo'):
            client.take_photo(width=640)
        assert 'is not known' not in node.output
