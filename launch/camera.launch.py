"""Starts one camera node: ros2 launch imagecapture_ros camera.launch.py device:=sim."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare


def generate_launch_description() -> LaunchDescription:
    """Return one camera node with its arguments."""
    arguments = [
        DeclareLaunchArgument('camera_name', default_value='camera', description='name of the node'),
        DeclareLaunchArgument('namespace', default_value='', description='namespace of the node'),
        DeclareLaunchArgument(
            'device', description='a Linux camera (imagecapture devices lists them), sim, a file, a folder of images, '
                                  'or a URL'),
        DeclareLaunchArgument(
            'params_file', default_value=[FindPackageShare('imagecapture_ros'), '/config/camera.yaml'],
            description='parameters of the node in YAML'),
        DeclareLaunchArgument('log_level', default_value='info', description='debug, info, warn, error or fatal'),
    ]
    node = LifecycleNode(
        package='imagecapture_ros', executable='imagecapture_node', name=LaunchConfiguration('camera_name'),
        namespace=LaunchConfiguration('namespace'), output='screen',
        # After the file, so that the argument wins; as text, so that a serial number of digits stays one.
        parameters=[
            ParameterFile(LaunchConfiguration('params_file')),
            {'device': ParameterValue(LaunchConfiguration('device'), value_type=str)},
        ],
        ros_arguments=['--log-level', LaunchConfiguration('log_level')],
    )
    return LaunchDescription([*arguments, node])
