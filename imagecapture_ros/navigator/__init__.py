# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras for Python programs, without ROS: the API that pages know from the browser.

>>> from imagecapture_ros.navigator import media_devices, ImageCapture
>>> with media_devices.get_user_media({'video': {'zoom': True}}, device='sim') as stream:
...     track = stream.get_video_tracks()[0]
...     track.apply_constraints({'advanced': [{'zoom': 2}]})
...     photo = ImageCapture(track).take_photo({'imageWidth': 640})
>>> photo.type
'image/jpeg'

The names are those of the standard in snake_case; dictionaries are the standard's own. The module
``imagecapture_ros.navigator.aio`` has the same with coroutines.
"""

from imagecapture_ros.mediacapture.errors import (
    AbortError,
    ConstraintTypeError,
    InvalidStateError,
    MediaCaptureError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    NotSupportedError,
    OperationError,
    OverconstrainedError,
    SecurityError,
    UnknownError,
)
from imagecapture_ros.navigator.captures import ImageCapture
from imagecapture_ros.navigator.devices import MediaDeviceInfo, MediaDevices, media_devices
from imagecapture_ros.navigator.events import Event
from imagecapture_ros.navigator.pictures import Photo, VideoFrame
from imagecapture_ros.navigator.tracks import Frames, MediaStream, MediaStreamTrack

__all__ = [
    'AbortError', 'ConstraintTypeError', 'Event', 'Frames', 'ImageCapture', 'InvalidStateError', 'MediaCaptureError',
    'MediaDeviceInfo', 'MediaDevices', 'MediaStream', 'MediaStreamTrack', 'NotAllowedError', 'NotFoundError',
    'NotReadableError', 'NotSupportedError', 'OperationError', 'OverconstrainedError', 'Photo', 'SecurityError',
    'UnknownError', 'VideoFrame', 'media_devices',
]
