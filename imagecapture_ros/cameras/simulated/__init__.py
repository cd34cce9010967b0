"""A simulated camera before a test chart with moving targets; what its controls do is seen in the pixels."""

from imagecapture_ros.cameras.simulated.camera import SimulatedCamera
from imagecapture_ros.cameras.simulated.device import SimulatedDevice, parse_device
from imagecapture_ros.cameras.simulated.frame_counter import read_frame_counter

__all__ = ['SimulatedCamera', 'SimulatedDevice', 'parse_device', 'read_frame_counter']
