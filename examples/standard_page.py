# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The example of the standard's page: a photo with zoom, and a frame."""

from __future__ import annotations

import sys

from imagecapture_ros.navigator import ImageCapture, media_devices

with media_devices.get_user_media({'video': {'zoom': True}}, device=sys.argv[1] if sys.argv[1:] else 'sim') as stream:
    track = stream.get_video_tracks()[0]
    if 'zoom' in track.get_capabilities():
        track.apply_constraints({'advanced': [{'zoom': 2}]})
    capture = ImageCapture(track)
    photo = capture.take_photo({'imageWidth': 1920})
    frame = capture.grab_frame()
    print(f'{track.label}: {photo.save("photo.jpg")}, {photo.width}x{photo.height}, and a frame of {frame.shape}')
