# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""camera.launch.py: one camera with its services, stopped cleanly."""

import unittest

import launch_testing
import launch_testing.asserts
from fixtures.launching import DOMAIN, PATIENCE, client_of, configured, frame_of, launching
from launch import LaunchDescription

from imagecapture_ros.client import camera_nodes

SERVICES = {
    'apply_constraints', 'enumerate_devices', 'get_capabilities', 'get_constraints', 'get_photo_capabilities',
    'get_photo_settings', 'get_settings', 'grab_frame', 'take_photo', 'set_camera_info', 'change_state',
    'set_parameters',
}


def generate_test_description() -> LaunchDescription:
    return launching('camera.launch.py', namespace='/robot', camera_name='front', device='sim:?seed=4',
                     frame_id='front_eye', log_level='info')


class TestCamera(unittest.TestCase):
    def test_it_streams_and_answers_under_its_name(self) -> None:
        with client_of(DOMAIN, '/robot/front') as client:
            self.assertEqual(configured(client)['device_id'], 'sim:?seed=4')
            info = frame_of(client).camera_info
            self.assertEqual((info.header.frame_id, info.width), ('front_eye', 640))
            self.assertEqual(client.take_photo(width=640, timeout=PATIENCE).width, 640)
            self.assertEqual(camera_nodes(client.node), ['/robot/front'])

    def test_all_services_are_there(self) -> None:
        with client_of(DOMAIN, '/robot/front') as client:
            configured(client)
            names = {name for name, _ in client.node.get_service_names_and_types()}
            self.assertLessEqual({f'/robot/front/{name}' for name in SERVICES}, names)

    def test_it_logs_what_it_opened(self, proc_output: launch_testing.IoHandler) -> None:
        proc_output.assertWaitFor('opened Simulated camera', timeout=PATIENCE)


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    def test_it_ended_cleanly(
        self, proc_info: launch_testing.ProcInfoHandler, proc_output: launch_testing.IoHandler,
    ) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
        text = b''.join(part.text for name in proc_output.process_names() for part in proc_output[name]).decode()
        self.assertIn('opened', text)
        self.assertNotIn('Traceback', text)
