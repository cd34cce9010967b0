# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The modes of a camera and their pixel formats."""

from __future__ import annotations

import pytest
from fixtures.limits import PATIENCE
from fixtures.v4l2.scene import native_modes

from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, NativeMode
from imagecapture_ros.mediacapture.errors import OperationError


def test_all_modes_are_there_once_the_default_first(camera: V4L2Camera) -> None:
    modes = camera.native_modes
    assert set(modes) == native_modes()
    assert len(modes) == len(native_modes())
    assert modes[0] == camera.mode == NativeMode(640, 480, 30.0)


def test_a_mode_is_had_in_pixels_where_there_are_and_else_in_jpeg(camera: V4L2Camera) -> None:
    for mode, encoding in ((NativeMode(320, 240, 15.0), 'yuv422_yuy2'), (NativeMode(1280, 720, 15.0), 'jpeg')):
        camera.apply({}, mode)
        assert camera.mode == mode
        camera.start()
        frame = camera.read(PATIENCE)
        camera.stop()
        assert (frame.width, frame.height, frame.encoding) == (mode.width, mode.height, encoding)


def test_a_mode_that_it_has_not_is_refused_with_those_it_has(camera: V4L2Camera) -> None:
    with pytest.raises(OperationError, match=r'does not have the mode 1000x1000@30; it has 640x480@30'):
        camera.apply({}, NativeMode(1000, 1000, 30.0))
    assert camera.mode == NativeMode(640, 480, 30.0)


def test_photos_have_the_sizes_of_all_modes(camera: V4L2Camera) -> None:
    capabilities = camera.photo_capabilities
    assert capabilities.sizes == ((320, 240), (640, 480), (1280, 720))
    assert capabilities.image_width == MediaSettingsRange(320, 1280)
    assert (camera.photo_settings.image_width, camera.photo_settings.image_height) == (1280.0, 720.0)
