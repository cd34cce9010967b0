# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""demo.launch.py: a photo lies there as soon as the camera streams."""

import os
import unittest
from pathlib import Path

import launch_testing
import launch_testing.asserts
from fixtures.launching import DOMAIN, PATIENCE, client_of, configured, launching, until
from launch import LaunchDescription
from PIL import Image

PHOTO = Path(os.environ['LAUNCH_TEST_FOLDER']) / 'demo.jpg'


def generate_test_description() -> LaunchDescription:
    return launching('demo.launch.py', output=PHOTO)


class TestDemo(unittest.TestCase):
    def test_a_photo_is_taken(self, proc_info: launch_testing.ProcInfoHandler) -> None:
        until(PHOTO.exists, 120.0)
        with Image.open(PHOTO) as photo:
            self.assertEqual(photo.size, (4000, 3000))
        with client_of(DOMAIN) as client:
            self.assertEqual(configured(client)['width'], 1280)
        proc_info.assertWaitForShutdown('imagecapture-2', timeout=PATIENCE)  # the one that took the photo


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    def test_all_ended_cleanly(self, proc_info: launch_testing.ProcInfoHandler) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
