# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts a node for each camera of a file: ros2 launch imagecapture_ros multi_camera.launch.py cameras_file:=FILE."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterFile
from launch_ros.substitutions import FindPackageShare

from imagecapture_ros.cameras_file import read_cameras


def generate_launch_description() -> LaunchDescription:
    """Return the cameras of a file."""
    return LaunchDescription([
        DeclareLaunchArgument(
            'cameras_file', default_value=[FindPackageShare('imagecapture_ros'), '/config/cameras.yaml'],
            description='YAML with a section for each camera; config/cameras.yaml is an example that explains it'),
        DeclareLaunchArgument('namespace', default_value='', description='namespace of cameras that name none'),
        DeclareLaunchArgument('log_level', default_value='info', choices=['debug', 'info', 'warn', 'error', 'fatal'],
                              description='how much the nodes log'),
        DeclareLaunchArgument('respawn', default_value='false', choices=['true', 'false', 'True', 'False'],
                              description='start a node again when it ends, for instance as its camera was not there'),
        OpaqueFunction(function=_cameras),
    ])


def _cameras(context: LaunchContext) -> list[LifecycleNode]:
    return [
        LifecycleNode(
            package='imagecapture_ros', executable='imagecapture_node', name=camera.name,
            namespace=LaunchConfiguration('namespace') if camera.namespace is None else camera.namespace,
            output='screen', emulate_tty=True,
            respawn=LaunchConfiguration('respawn').perform(context).lower() == 'true', respawn_delay=2.0,
            parameters=[*(ParameterFile(str(file)) for file in camera.params_files), camera.parameters],
            ros_arguments=['--log-level', LaunchConfiguration('log_level')],
        )
        for camera in read_cameras(LaunchConfiguration('cameras_file').perform(context))
    ]
