# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera hands over: frames of the stream and photos, before anyone encodes or publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from numpy.typing import NDArray

from imagecapture_ros.mediacapture.capabilities import PhotoSettings, SettingValue

Pixels = NDArray[Any]
"""Rows of pixels; shape and dtype are those of the frame's encoding, rows may be padded."""

JPEG = 'jpeg'
"""The encoding of a frame whose data is a complete JPEG file."""


@dataclass(frozen=True)
class Frame:
    """One image as the camera delivered it; nobody writes to its pixels after it was handed over."""

    data: Union[Pixels, bytes]
    """Pixels, or the bytes of a JPEG file when ``encoding`` is ``jpeg``."""
    encoding: str
    """An encoding of sensor_msgs (``bgr8``, ``mono16``, ``yuv422_yuy2``, ``nv12``, ...), or ``jpeg``."""
    width: int
    height: int
    exposed_at: int
    """Time of exposure in nanoseconds of CLOCK_MONOTONIC."""
    sequence: int
    """Counts the frames of this stream as the device made them: a gap is a lost frame."""


@dataclass(frozen=True)
class RawPhoto:
    """One still image before it is encoded, with what it was really taken with."""

    frame: Frame
    settings: PhotoSettings
    device_settings: Mapping[str, SettingValue]
    """The device's settings at the exposure."""
    flash_fired: bool = False
    subject_distance: float | None = None
    """Metres from the lens to the plane in focus; ``None`` where nobody knows, as the units of many drivers."""
    stream_gap: float = 0.0
    """Seconds for which the stream stood still; 0 if it did not."""
