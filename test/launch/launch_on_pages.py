# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The launch files that the pages show, in Python, XML and YAML: what they say they start is there."""

import os
import unittest
from pathlib import Path

import launch_testing
import launch_testing.asserts
from fixtures.isolated import REPOSITORY
from fixtures.launching import DOMAIN, client_of, configured, frame_of
from fixtures.pages import named_files
from launch import LaunchDescription
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource
from launch_testing.actions import ReadyToTest

FOLDER = Path(os.environ['LAUNCH_TEST_FOLDER'])
TWO = {
    '/left': {'device_id': 'sim', 'width': 640},
    '/right': {'device_id': 'sim:?seed=2', 'width': 1280, 'frame_rate': 15.0},
}


@launch_testing.parametrize('page,name,cameras', [
    ('launch.md', 'two_cameras.launch.xml', TWO),
    ('launch.md', 'two_cameras.launch.yaml', TWO),
    ('tutorial.md', 'camera_and_me.launch.py', {'/front': {'width': 1280, 'exposure_mode': 'manual'}}),
])
def generate_test_description(page: str, name: str, cameras: dict[str, dict[str, object]]) -> LaunchDescription:
    files = named_files(REPOSITORY / 'docs' / page)
    for file, content in files.items():
        (FOLDER / file).write_text(content)
    os.chdir(FOLDER)  # files beside a launch file are named without a folder, as where it is started
    return LaunchDescription([IncludeLaunchDescription(AnyLaunchDescriptionSource(str(FOLDER / name))), ReadyToTest()])


class TestCameras(unittest.TestCase):
    def test_each_is_as_its_file_says(self, cameras: dict[str, dict[str, object]]) -> None:
        for camera, expected in cameras.items():
            with client_of(DOMAIN, camera) as client:
                settings = configured(client)
                self.assertEqual({name: settings[name] for name in expected}, expected)
                self.assertGreater(frame_of(client).pixels.size, 0)


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    def test_all_ended_cleanly(
        self, proc_info: launch_testing.ProcInfoHandler, cameras: dict[str, dict[str, object]],
    ) -> None:
        self.assertEqual(len(proc_info.process_names()), len(cameras))
        launch_testing.asserts.assertExitCodes(proc_info)
