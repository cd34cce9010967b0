# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of a photo beside its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from imagecapture_ros.mediacapture.capabilities import PhotoSettings, Settings


@dataclass(frozen=True)
class PhotoFacts:
    """What is known of a photo; ``exif.exif_of`` writes it into a file."""

    model: str
    """Of the camera; ``make`` is empty where nobody says it."""
    serial_number: str
    """The device's unique id."""
    taken_at: datetime
    """Time of exposure, with its time zone."""
    software: str
    width: int
    height: int
    """In pixels, of the photo as it is stored."""
    photo_settings: PhotoSettings
    """What the photo was taken with."""
    settings: Settings
    """The device's settings at the exposure."""
    make: str = ''
    has_flash: bool = False
    flash_fired: bool = False
    subject_distance: float | None = None
    """Metres to the plane in focus, if somebody knows."""
    focal_length: float | None = None
    """In pixels of the photo, if the camera is calibrated."""
