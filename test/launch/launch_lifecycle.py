# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A launch file that drives the camera's lifecycle: configured, then activated, by events."""

import unittest

import launch_testing
import launch_testing.asserts
from fixtures.launching import DOMAIN, PATIENCE, client_of, until
from fixtures.node_process import state_of
from launch import LaunchDescription
from launch.actions import EmitEvent, RegisterEventHandler
from launch.events import matches_action
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_testing.actions import ReadyToTest
from lifecycle_msgs.msg import Transition


def generate_test_description() -> LaunchDescription:
    camera = LifecycleNode(
        package='imagecapture_ros', executable='imagecapture_node', name='camera', namespace='', output='screen',
        parameters=[{'device': 'sim', 'autostart': False}])

    def asking_for(transition: int) -> EmitEvent:
        return EmitEvent(event=ChangeState(lifecycle_node_matcher=matches_action(camera), transition_id=transition))

    return LaunchDescription([
        camera,
        RegisterEventHandler(OnStateTransition(
            target_lifecycle_node=camera, goal_state='inactive', start_state='configuring',
            entities=[asking_for(Transition.TRANSITION_ACTIVATE)])),
        asking_for(Transition.TRANSITION_CONFIGURE),
        ReadyToTest(),  # at once: launch_testing waits 15 s for it, and a loaded machine takes longer to become active
    ])


class TestLifecycle(unittest.TestCase):
    def test_it_is_active(self) -> None:
        with client_of(DOMAIN) as client:
            until(lambda: state_of(client) == 'active')
            self.assertEqual(client.grab_frame(timeout=PATIENCE).pixels.shape, (480, 640, 3))


@launch_testing.post_shutdown_test()
class TestShutdown(unittest.TestCase):
    def test_it_ended_cleanly(self, proc_info: launch_testing.ProcInfoHandler) -> None:
        launch_testing.asserts.assertExitCodes(proc_info)
