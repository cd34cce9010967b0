# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Takes a photo whenever something moves: motion_trigger.py [DEVICE [PHOTOS]]."""

from __future__ import annotations

import sys

import cv2

from imagecapture_ros.navigator import ImageCapture, media_devices

device, count = (*sys.argv[1:], *('sim', '3')[len(sys.argv) - 1:])
MOVED = 0.002  # part of the picture that has to change
with media_devices.get_user_media(device=device, width=320, height=240) as stream:
    track = stream.get_tracks()[0]
    capture = ImageCapture(track)
    before, photos = None, 0
    for frame in track.frames(encoding='mono8', max_waiting=1):
        smooth = cv2.blur(frame, (5, 5))
        if before is not None and (cv2.absdiff(smooth, before) > 25).mean() > MOVED:
            print('something moved:', capture.take_photo().save(f'motion_{photos:04d}.jpg'))
            photos += 1
            if photos == int(count):
                break
        before = smooth
