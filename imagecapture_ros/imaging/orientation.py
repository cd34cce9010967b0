# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Turning an image as its file says."""

from __future__ import annotations

from imagecapture_ros.imaging.geometry import mirror, rotate
from imagecapture_ros.mediacapture.frames import Pixels

_STEPS = {2: (0, True), 3: (180, False), 4: (180, True), 5: (90, True), 6: (90, False), 7: (270, True), 8: (270, False)}
"""By EXIF's number: degrees clockwise, and whether left and right are then exchanged."""


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return pixels as they are stored turned as EXIF's ``orientation`` says, 1 to 8; the same array for 1."""
    if orientation not in _STEPS:
        return pixels
    degrees, mirrored = _STEPS[orientation]
    turned = rotate(pixels, degrees)
    return mirror(turned) if mirrored else turned
