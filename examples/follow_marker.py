# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps what is brightest in the middle of the picture, with pan and tilt: follow_marker.py [DEVICE [FRAMES]]."""

from __future__ import annotations

import sys

import cv2

from imagecapture_ros.navigator import media_devices

device, count = (*sys.argv[1:], *('sim', '100')[len(sys.argv) - 1:])
GAIN = 40.0  # arc seconds for each pixel beside the middle
with media_devices.get_user_media({'video': {'pan': True, 'tilt': True}}, device=device) as stream:
    track = stream.get_tracks()[0]
    if 'pan' not in track.get_capabilities():
        sys.exit(f'{track.label} cannot pan')
    for number, frame in zip(range(int(count)), track.frames(encoding='mono8', max_waiting=1), strict=False):
        height, width = frame.shape
        x, y = cv2.minMaxLoc(cv2.blur(frame, (15, 15)))[3]
        now = track.get_settings()
        track.apply_constraints(pan=now['pan'] + GAIN * (x - width / 2), tilt=now['tilt'] - GAIN * (y - height / 2))
        if number % 10 == 0:
            print(f'the marker is {x - width // 2:+d}, {y - height // 2:+d} pixels beside the middle')
