# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""multi_camera.launch.py: the cameras of a file, side by side."""

import os
import unittest
from pathlib import Path

import launch_testing
import launch_testing.asserts
from fixtures.launching import DOMAIN, PATIENCE, client_of, configured, frame_of, launching, until
from launch import LaunchDescription

from imagecapture_ros.client import camera_nodes

CAMERAS = """
cameras:
  left: {device: 'sim:?seed=1', namespace: /robot}
  right:
    device: sim:?seed=2
    params_file: right.yaml
    parameters: {frame_id: right_eye, frame_rate: 15.0}
"""


def generate_test_description() -> LaunchDescription:
    folder = Path(os.environ['LAUNCH_TEST_FOLDER'])
    (folder / 'cameras.yaml').write_text(CAMERAS)
    (folder / 'right.yaml').write_text('/**:\n  ros__parameters: {width: 320, height: 240, frame_rate: 30.0}\n')
    return launching('multi_camera.launch.py', cameras_file=folder / 'cameras.yaml', namespace='/other')


class TestCameras(unittest.TestCase):
    def test_each_has_its_device_and_parameters(self) -> None:
        with client_of(DOMAIN, '/robot/left') as left, client_of(DOMAIN, '/other/right') as right:
            self.assertEqual(configured(left)['device_id'], 'sim:?seed=1')
            settings = configured(right)
            self.assertEqual((settings['device_id'], settings['width'], settings['frame_rate']),
                             ('sim:?seed=2', 320, 15.0))
            self.assertEqual(frame_of(right).camera_info.header.frame_id, 'right_eye')
            until(lambda: camera_nodes(left.node) == ['/other/right', '/robot/left'])
            # What one is asked does not reach the other.
            left.apply(zoom=2, timeout=PATIENCE)
            self.assertEqual((left.settings()['zoom'], right.settings()['zoom']), (2.0, 1.0))


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    def test_both_ended_cleanly(self, proc_info: launch_testing.ProcInfoHandler) -> None:
        self.assertEqual(len(proc_info.process_names()), 2)
        launch_testing.asserts.assertExitCodes(proc_info)
