# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the simulated camera, and takes a photo as soon as it streams: ros2 launch imagecapture_ros demo.launch.py.

Also an example of a launch file that drives the node's states: a step begins when the one before it is done.
"""

from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.conditions import IfCondition
from launch.events import matches_action
from launch.substitutions import LaunchConfiguration, SubstitutionFailure
from launch_ros.actions import LifecycleNode, Node
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.substitutions import ExecutableInPackage, FindPackageShare
from lifecycle_msgs.msg import Transition


def generate_launch_description() -> LaunchDescription:
    """Return the simulated camera with a photo and, if wanted, a viewer."""
    camera = LifecycleNode(
        package='imagecapture_ros', executable='imagecapture_node', name='camera', namespace='', output='screen',
        emulate_tty=True,
        # Not by itself: events of a node that starts can come before anybody here has heard of it.
        parameters=[[FindPackageShare('imagecapture_ros'), '/config/simulated.yaml'], {'autostart': False}],
    )
    photo = ExecuteProcess(
        cmd=[ExecutableInPackage('imagecapture', 'imagecapture_ros'), 'photo', '--output',
             LaunchConfiguration('output')],
        output='screen',
    )
    return LaunchDescription([
        DeclareLaunchArgument('output', default_value='photo.jpg', description='where the photo is saved'),
        DeclareLaunchArgument('view', default_value='false', choices=['true', 'false', 'True', 'False'],
                              description='show the stream in rqt_image_view, which must be installed'),
        camera,
        RegisterEventHandler(OnStateTransition(
            target_lifecycle_node=camera, start_state='configuring', goal_state='inactive',
            entities=[_asking_for(camera, Transition.TRANSITION_ACTIVATE)])),
        RegisterEventHandler(OnStateTransition(target_lifecycle_node=camera, goal_state='active', entities=[
            LogInfo(msg='the camera streams; try "ros2 param set /camera zoom 2.0" or "imagecapture watch"'), photo])),
        _asking_for(camera, Transition.TRANSITION_CONFIGURE),
        OpaqueFunction(function=_viewer, condition=IfCondition(LaunchConfiguration('view'))),
    ])


def _viewer(context: LaunchContext) -> list[Node | LogInfo]:
    # Looked for first: launch would end everything for a program that is not there.
    try:
        ExecutableInPackage('rqt_image_view', 'rqt_image_view').perform(context)
    except (LookupError, SubstitutionFailure):
        return [LogInfo(msg='view:=true needs rqt_image_view, which is not installed: apt-get install '
                            'ros-$ROS_DISTRO-rqt-image-view; the demo goes on without it')]
    return [Node(package='rqt_image_view', executable='rqt_image_view', arguments=['/camera/image_raw'])]


def _asking_for(camera: LifecycleNode, transition: int) -> EmitEvent:
    return EmitEvent(event=ChangeState(lifecycle_node_matcher=matches_action(camera), transition_id=transition))
