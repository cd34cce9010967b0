# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node with a calibration file: what its pictures are told with, and what it says of the file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fixtures.node_process import Inbox, answered, client_of, running_node
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from PIL import Image as PillowImage
from PIL.ExifTags import IFD, Base
from sensor_msgs.msg import CameraInfo

from imagecapture_ros.client import CameraClient

BINNED = """image_width: 1200
image_height: 1600
camera_name: head
camera_matrix: {rows: 3, cols: 3, data: [1000.0, 0.0, 580.0, 0.0, 1000.0, 820.0, 0.0, 0.0, 1.0]}
distortion_coefficients: {rows: 1, cols: 4, data: [0.1, 0.2, 0.0, 0.0]}
binning_x: 2
binning_y: 2
roi: {x_offset: 100, y_offset: 200, height: 1280, width: 960, do_rectify: true}
"""
"""Of pictures of 480x640 with a focal length of 500 pixels and the principal point (239.75, 309.75)."""


def put_through(client: CameraClient, *transitions: int) -> None:
    for transition in transitions:
        request = ChangeState.Request(transition=Transition(id=transition))
        assert client.call(ChangeState, 'change_state', request).success


def test_binning_and_region_of_a_file_are_in_what_pictures_are_told_with(domain: int, tmp_path: Path) -> None:
    (tmp_path / 'front.yaml').write_text(BINNED)
    node = running_node(
        domain, environment={'ROS_HOME': str(tmp_path)}, device='sim', rotation=90, mirror=True, camera_name='front',
        camera_info_url='file://${ROS_HOME}/${NAME}.yaml')
    with node as process, client_of(domain) as client:
        answered(client)
        for info in (client.grab_frame().camera_info, Inbox(client, CameraInfo, '/camera/camera_info').take(1)[0]):
            assert (info.width, info.height, info.binning_x, info.binning_y) == (1200, 1600, 2, 2)
            assert (info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height) == (100, 200, 960, 1280)
            assert info.roi.do_rectify
            assert list(info.k) == [1000.0, 0.0, 580.0, 0.0, 1000.0, 820.0, 0.0, 0.0, 1.0]
            assert list(info.p) == [1000.0, 0.0, 580.0, 0.0, 0.0, 1000.0, 820.0, 0.0, 0.0, 0.0, 1.0, 0.0]
        photo = client.take_photo(width=640, height=480)
        assert PillowImage.open(io.BytesIO(photo.data)).size == (photo.width, photo.height) == (480, 640)
        assert photo.camera_info.binning_x == 2
        exif = PillowImage.open(io.BytesIO(photo.data)).getexif().get_ifd(IFD.Exif)
        assert float(exif[Base.FocalLength]) == pytest.approx(500.0 * 36.0 / 480.0, rel=1e-3)
        client.apply(width=320, height=240)
        small = client.grab_frame()
        assert small.pixels.shape[:2] == (320, 240)
        assert (small.camera_info.width, small.camera_info.height, small.camera_info.binning_x) == (240, 320, 0)
        assert list(small.camera_info.k) == pytest.approx([250.0, 0, 119.625, 0, 250.0, 154.625, 0, 0, 1])
        # A calibration that is given to it is saved with its region.
        client.set_camera_info(info)
        put_through(client, Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP,
                    Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE)
        again = client.grab_frame().camera_info
        assert (again.width, again.binning_x, again.roi.x_offset, again.k[2]) == (1200, 2, 100, 580.0)
        assert 'camera_name: front' in (tmp_path / 'front.yaml').read_text()
    assert process.output.count("is that of a camera called 'head', and this one is front") == 1


def test_what_does_not_fit_is_said_once(domain: int, tmp_path: Path) -> None:
    path = tmp_path / 'calibration.yaml'
    path.write_text(BINNED.replace('1200', '640').replace('1600', '480').replace(
        'roi: {x_offset: 100, y_offset: 200, height: 1280, width: 960, do_rectify: true}', ''))
    with running_node(domain, device='sim', camera_info_url=str(path)) as process, client_of(domain) as client:
        answered(client)
        info = client.grab_frame().camera_info
        assert (info.width, info.height, info.binning_x, info.k[0]) == (640, 480, 0, 1000.0)
        put_through(client, Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_CLEANUP,
                    Transition.TRANSITION_CONFIGURE)
    assert process.output.count("is that of a camera called 'head', and this one is camera; if it is of this") == 1
    assert 'the calibration is for pictures of 320x240, and the camera delivers 640x480' in process.output
