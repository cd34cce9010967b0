# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""camera.launch.py with a parameter file: what it states counts where no argument does."""

import os
import unittest
from pathlib import Path

import launch_testing
import launch_testing.asserts
from fixtures.launching import DOMAIN, PATIENCE, client_of, configured, launching, until
from fixtures.node_process import state_of
from launch import LaunchDescription

FOLDER = Path(os.environ['LAUNCH_TEST_FOLDER'])


def generate_test_description() -> LaunchDescription:
    file = FOLDER / 'camera.yaml'
    file.write_text('/**:\n  ros__parameters:\n    device: sim:?seed=5\n    zoom: 2.0\n    frame_id: eye\n')
    return launching('camera.launch.py', params_file=file, photo_directory=FOLDER / 'photos', autostart='true')


class TestParameters(unittest.TestCase):
    def test_file_and_arguments(self) -> None:
        with client_of(DOMAIN) as client:
            settings = configured(client)
            self.assertEqual((settings['device_id'], settings['zoom']), ('sim:?seed=5', 2.0))
            until(lambda: state_of(client) == 'active')  # after it has its camera
            photo = client.take_photo(width=640, save_as='door.jpg', timeout=PATIENCE)
            self.assertEqual(photo.camera_info.header.frame_id, 'eye')
            self.assertEqual(Path(photo.saved_as), FOLDER / 'photos' / 'door.jpg')


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    def test_it_ended_cleanly(self, proc_info: launch_testing.ProcInfoHandler) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
