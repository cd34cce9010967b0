"""Which camera a device string names, and which cameras there are."""

from __future__ import annotations

from imagecapture_ros.cameras.camera import Camera
from imagecapture_ros.cameras.opencv import open_opencv_camera
from imagecapture_ros.cameras.simulated import SimulatedCamera, SimulatedDevice, parse_device
from imagecapture_ros.mediacapture.errors import NotFoundError
from imagecapture_ros.mediacapture.source import DeviceInfo

_HOW_TO_CHOOSE = ('set the parameter device to sim (the simulated camera), a video or image file, a folder of '
                  'images, a URL (http://, rtsp://), or gst: and a GStreamer pipeline')


def cameras_for(device: str, *, loop: bool = True) -> list[Camera]:
    """Return the cameras that ``device`` may mean, not yet opened: the one it names, or all real ones if it is empty.

    ``loop`` lets files start again at their end.

    :raises NotFoundError: there is no such device, or the text names none.
    """
    if not device:
        raise NotFoundError(f'no camera was found on this machine; {_HOW_TO_CHOOSE}')
    if device == 'sim' or device.startswith('sim:'):
        return [SimulatedCamera(parse_device(device))]
    if device.startswith('/dev/'):
        raise NotFoundError(f'{device}: this version cannot open Linux cameras yet; {_HOW_TO_CHOOSE}')
    return [open_opencv_camera(device, loop=loop)]


def enumerate_devices() -> list[DeviceInfo]:
    """Return the cameras that can be opened without naming a file or a URL (enumerateDevices)."""
    return [SimulatedDevice().info]
