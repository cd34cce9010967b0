# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same picture with several exposure times, for a picture of high contrast: exposure_bracketing.py [DEVICE]."""

from __future__ import annotations

import sys

from imagecapture_ros.navigator import ImageCapture, media_devices

with media_devices.get_user_media(device=sys.argv[1] if sys.argv[1:] else 'sim') as stream:
    track = stream.get_tracks()[0]
    allowed = track.get_capabilities()['exposureTime']
    capture = ImageCapture(track)
    metered = track.get_settings()['exposureTime']
    for stops in (-2, -1, 0, 1, 2):
        time = min(max(metered * 2.0 ** stops, allowed['min']), allowed['max'])
        track.apply_constraints(exposure_mode={'exact': 'manual'}, exposure_time=time)
        photo = capture.take_photo()
        print(f'{photo.settings["exposureTime"] / 10:.1f} ms: {photo.save(f"bracket_{stops:+d}.jpg")}')
