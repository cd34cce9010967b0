# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera node answers, as Python holds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensor_msgs.msg import CameraInfo

from imagecapture_ros.imaging.bridge import get_bridge
from imagecapture_ros.imaging.convert import PASSTHROUGH
from imagecapture_ros.imaging.photo_files import EncodedPhoto, file_type_of, save_photo
from imagecapture_ros.interfaces import messages
from imagecapture_ros.interfaces.intrinsics import picture_size
from imagecapture_ros.mediacapture import errors
from imagecapture_ros.mediacapture.capabilities import PhotoSettings, Settings, SettingValue, aspect_ratio
from imagecapture_ros.mediacapture.constraints import Constraint, Constraints
from imagecapture_ros.mediacapture.frames import Pixels
from imagecapture_ros.mediacapture.solver.domains import fulfils, satisfies

_ERRORS = {
    kind.name: kind for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.MediaCaptureError)
}


class ServiceTimeout(TimeoutError):
    """A service did not appear, or did not answer, in time."""


def succeeded(response: Any) -> Any:
    """Return ``response`` if the camera carried the request out.

    :raises MediaCaptureError: the error that the camera named.
    """
    if response.success:
        return response
    if response.error_name == errors.OverconstrainedError.name:
        raise errors.OverconstrainedError(response.constraint, response.message)
    raise _ERRORS.get(response.error_name, errors.UnknownError)(response.message)


@dataclass(frozen=True)
class Photo:
    """A photo and what it was taken with."""

    data: bytes
    """The complete image file; empty if the request said ``omit_data``."""
    format: str
    """``jpeg`` or ``png``."""
    width: int
    height: int
    """In pixels."""
    exposed_at: int
    """ROS time of the exposure, in nanoseconds."""
    photo_settings: PhotoSettings
    settings: Settings
    """What the camera was set to at the exposure, by property."""
    camera_info: CameraInfo
    """The calibration of this picture; ``k`` is 0 if the camera is not calibrated."""
    stream_gap: float
    """Seconds for which the stream stood still; 0 if it did not."""
    saved_as: str
    """Path on the node's machine, if ``save_as`` was asked for."""

    def save(self, path: str | Path) -> Path:
        """Write the file and return its path.

        An existing file is never replaced, a number is added to the name; the suffix becomes that of the format.

        :raises UnknownError: it cannot be written.
        :raises ValueError: the photo carries no data.
        """
        if not self.data:
            raise ValueError('this photo carries no data, because it was taken with omit_data')
        path = Path(path)
        return save_photo(EncodedPhoto(self.data, self.format, self.width, self.height), str(path.parent), path.name)


def photo_of(response: Any) -> Photo:
    """Return the photo of a TakePhoto response."""
    width, height = picture_size(response.camera_info)
    return Photo(
        data=bytes(response.photo.data), format=file_type_of(response.photo.format), width=width, height=height,
        exposed_at=_nanoseconds(response.photo.header.stamp),
        photo_settings=messages.photo_settings_from(response.photo_settings),
        settings=messages.settings_from(response.settings), camera_info=response.camera_info,
        stream_gap=response.stream_gap, saved_as=response.path,
    )


@dataclass(frozen=True)
class GrabbedFrame:
    """One frame of the stream."""

    pixels: Pixels
    """Shape (height, width) or (height, width, channels)."""
    encoding: str
    """Of the pixels, as in sensor_msgs/Image."""
    exposed_at: int
    """ROS time of the exposure, in nanoseconds."""
    camera_info: CameraInfo
    """The calibration of this picture; ``k`` is 0 if the camera is not calibrated."""


def frame_of(response: Any, encoding: str) -> GrabbedFrame:
    """Return the frame of a GrabFrame response in ``encoding``, or as it came with ``passthrough``.

    :raises EncodingError: the conversion is not offered.
    """
    pixels = get_bridge().imgmsg_to_cv2(response.image, encoding)
    return GrabbedFrame(pixels, response.image.encoding if encoding == PASSTHROUGH else encoding,
                        _nanoseconds(response.image.header.stamp), response.camera_info)


@dataclass(frozen=True)
class Applied:
    """What became of constraints that a camera accepted: all that was required is met."""

    constraints: Constraints
    settings: Settings
    """What the camera is set to, by property; the size is that of the picture as delivered."""
    unmet: tuple[str, ...]
    """Properties whose ideal is not what the camera does; the nearest possible was taken."""
    skipped_advanced: tuple[int, ...]
    """Advanced sets that could not be met as a whole, counted from 0."""


def applied(constraints: Constraints, settings: Settings, *, turned: bool) -> Applied:
    """Compare ``settings`` with what was asked.

    ``turned`` tells that the picture is delivered turned by 90 or 270 degrees, after which its size is in
    ``settings`` while constraints mean the size before.
    """
    compared = _turned_back(settings) if turned else settings
    return Applied(
        constraints, settings,
        tuple(name for name, one in constraints.basic.items() if not _holds(compared.get(name), one)),
        tuple(index for index, one in enumerate(constraints.advanced)
              if not all(_required(compared.get(name), constraint) for name, constraint in one.items())),
    )


def _holds(value: SettingValue | None, constraint: Constraint) -> bool:
    return constraint.empty or (value is not None and fulfils(value, constraint))


def _required(value: SettingValue | None, constraint: Constraint) -> bool:
    return not constraint.required or (value is not None and satisfies(value, constraint))


def _turned_back(settings: Settings) -> Settings:
    width, height = settings.get('height'), settings.get('width')
    if not isinstance(width, int) or not isinstance(height, int):
        return settings
    return {**settings, 'width': width, 'height': height, 'aspect_ratio': aspect_ratio(width, height)}


def _nanoseconds(stamp: Any) -> int:
    return int(stamp.sec) * messages.NANOSECONDS + int(stamp.nanosec)
