# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which camera a device string names, and which cameras there are.

Each kind of camera is loaded when it is needed: a node is to show its first picture soon.
"""

from __future__ import annotations

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.imaging.image_header import MAX_PIXELS
from imagecapture_ros.mediacapture.errors import NotFoundError, SecurityError
from imagecapture_ros.mediacapture.source import DeviceInfo

_HOW_TO_CHOOSE = ('connect one ("imagecapture devices" lists them), or set the parameter device to sim (the simulated '
                  'camera), a video or image file, a folder of images, a URL (http://, rtsp://), or gst: and a '
                  'GStreamer pipeline')


TIMEOUT = 5.0
"""Seconds in which a network camera answers, and sends the next frame, if nothing else is said."""


def cameras_for(
    device: str, *, loop: bool = True, pixel_format: str = '', max_pixels: int = MAX_PIXELS,
    open_timeout: float = TIMEOUT, read_timeout: float = TIMEOUT, poll_period: float = 1.0,
    source_rate: float = 30.0,
) -> list[Camera]:
    """Return the cameras that ``device`` may mean, not yet opened: the one it names, or all real ones if it is empty.

    A Linux camera is named by the id that is listed, by its serial number or bus info, by its node, or by a path
    that leads there. ``loop`` lets files start again at their end; ``pixel_format`` is the only one that Linux cameras
    are to use (``YUYV``, ``MJPG``, ...), empty for the best. ``max_pixels`` is what an image of a file or a network may
    have. ``open_timeout`` and ``read_timeout`` are the seconds in which network cameras and pipelines answer, and send
    the next frame; ``poll_period`` is for a picture in the network, which is asked for again after so many.
    ``source_rate`` is how many pictures a second are played of files without times.

    :raises NotFoundError: there is no such device, or the text names none.
    :raises NotReadableError: it is no camera.
    :raises NotAllowedError: it may not be opened to look.
    """
    if device == 'sim' or device.startswith('sim:'):
        from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device

        return [SimulatedCamera(parse_device(device))]
    from imagecapture_ros.cameras.backends.v4l2 import enumeration
    from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera

    if not device:
        cameras: list[Camera] = [V4L2Camera(entry, pixel_format=pixel_format) for entry in enumeration.find_all()]
        if not cameras:
            raise NotFoundError(f'no camera was found on this machine; {_HOW_TO_CHOOSE}')
        return cameras
    if device.startswith('/dev/'):
        return [V4L2Camera(enumeration.find(device), pixel_format=pixel_format)]
    entries = enumeration.find_all()
    for entry in entries:
        if entry.is_called(device):
            return [V4L2Camera(entry, pixel_format=pixel_format)]
    from imagecapture_ros.cameras.device_string import open_opencv_camera

    try:
        return [open_opencv_camera(device, loop=loop, source_rate=source_rate, max_pixels=max_pixels,
                                   open_timeout=open_timeout, read_timeout=read_timeout, poll_period=poll_period)]
    except NotFoundError as error:
        if device.isdecimal():
            raise NotFoundError(f'{device!r}: a number is no device; write /dev/video{device}, or what the camera is '
                                f'called: {enumeration.listed(entries)}') from None
        raise NotFoundError(f'{error}; nor is a camera connected that is called so: '
                            f'{enumeration.listed(entries)}') from error


def check_is_camera_here(device: str) -> None:
    """Refuse a device string that leads to a file, a network or a program instead of a camera of this machine.

    Allowed are the cameras that :func:`enumerate_devices` lists, under all their names, simulated ones with a scene of
    their own, and the empty string.

    :raises SecurityError: it is another one.
    :raises NotFoundError: it is no valid simulated camera.
    """
    from imagecapture_ros.cameras.backends.simulated import parse_device
    from imagecapture_ros.cameras.backends.simulated.scene.scenes import BUILT_IN_SCENES
    from imagecapture_ros.cameras.backends.v4l2 import enumeration
    from imagecapture_ros.redaction import redacted_device

    if device == 'sim' or device.startswith('sim:'):
        allowed = parse_device(device).scene in BUILT_IN_SCENES
    else:
        allowed = not device or any(entry.is_called(device) for entry in enumeration.find_all())
    if not allowed:
        raise SecurityError(f'{redacted_device(device)!r} is no camera of this machine; files, addresses and pipelines '
                            f'can be given at start only: -p device:=...')


def enumerate_devices() -> list[DeviceInfo]:
    """Return the cameras that can be opened without naming a file or a URL (enumerateDevices)."""
    from imagecapture_ros.cameras.backends.simulated import SimulatedDevice
    from imagecapture_ros.cameras.backends.v4l2 import enumeration

    return [*(entry.info for entry in enumeration.find_all()), SimulatedDevice().info]
