# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Records the stream as a video file: record_video.py [DEVICE [SECONDS [FILE]]]."""

from __future__ import annotations

import sys

import cv2

from imagecapture_ros.navigator import media_devices

device, seconds, file = (*sys.argv[1:], *('sim', '5', 'video.mp4')[len(sys.argv) - 1:])
with media_devices.get_user_media(device=device, width=640, height=480, frame_rate=15) as stream:
    track = stream.get_tracks()[0]
    settings = track.get_settings()
    rate, size = settings['frameRate'], (settings['width'], settings['height'])
    writer = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*'mp4v'), rate, size)
    frames = track.frames()
    for _, frame in zip(range(round(float(seconds) * rate)), frames, strict=False):
        writer.write(frame)
    writer.release()
    print(f'{file}: {size[0]}x{size[1]}, {rate:g} frames a second, {frames.dropped} dropped')
