# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts one camera node: ros2 launch imagecapture_ros camera.launch.py device:=sim."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from imagecapture_ros.share import find_parameter_file

# Without choices launch would take any word, and fail later without saying for which argument.
BOOLEAN = ['true', 'false', 'True', 'False']

# Given to the node only if they are not empty, so that a parameter file can state them, too.
PARAMETERS = {
    'device': 'a Linux camera (imagecapture devices lists them), sim, a file, a folder of images, or a URL; empty: as '
              'params_file says, else the best Linux camera',
    'camera_info_url': 'calibration, file:// or package://; empty: as params_file says, else '
                       '~/.ros/camera_info/CAMERA_NAME.yaml',
    'frame_id': 'optical frame of the images; empty: as params_file says, else CAMERA_NAME_optical_frame',
    'photo_directory': 'folder in which save_as may write; empty: as params_file says, else save_as is refused',
    'autostart': 'false leaves configuring and activating to others; empty: as params_file says, else true',
}


def generate_launch_description() -> LaunchDescription:
    """Return one camera node with its arguments."""
    return LaunchDescription([
        DeclareLaunchArgument('namespace', default_value='', description='namespace of the node'),
        DeclareLaunchArgument('camera_name', default_value='camera', description='name of the node'),
        DeclareLaunchArgument(
            'params_file', default_value=[FindPackageShare('imagecapture_ros'), '/config/camera.yaml'],
            description='parameters of the node in YAML: a file, or one that comes with the package, as webcam.yaml'),
        *(DeclareLaunchArgument(name, default_value='', description=text,
                                choices=['', *BOOLEAN] if name == 'autostart' else None)
          for name, text in PARAMETERS.items()),
        DeclareLaunchArgument('log_level', default_value='info', choices=['debug', 'info', 'warn', 'error', 'fatal'],
                              description='how much the node logs'),
        DeclareLaunchArgument('respawn', default_value='false', choices=BOOLEAN,
                              description='start the node again when it ends, for instance as no camera was there'),
        OpaqueFunction(function=_camera),
    ])


def _camera(context: LaunchContext) -> list[LifecycleNode]:
    # launch itself only warns of a file that is not there, and starts the node without it.
    try:
        params_file = find_parameter_file(LaunchConfiguration('params_file').perform(context))
    except FileNotFoundError as error:
        raise FileNotFoundError(f'params_file: {error}') from error
    parameters: list[object] = [ParameterFile(str(params_file))]
    # After the file, so that arguments win.
    for name in PARAMETERS:
        if LaunchConfiguration(name).perform(context):
            # As text, so that a serial number of digits stays one.
            kind = bool if name == 'autostart' else str
            parameters.append({name: ParameterValue(LaunchConfiguration(name), value_type=kind)})
    return [LifecycleNode(
        package='imagecapture_ros', executable='imagecapture_node', name=LaunchConfiguration('camera_name'),
        namespace=LaunchConfiguration('namespace'), output='screen', emulate_tty=True,
        respawn=LaunchConfiguration('respawn').perform(context).lower() == 'true', respawn_delay=2.0,
        parameters=parameters, ros_arguments=['--log-level', LaunchConfiguration('log_level')],
    )]
