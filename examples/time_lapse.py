# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A photo every so many seconds: time_lapse.py [DEVICE [SECONDS [COUNT]]]."""

from __future__ import annotations

import sys
import time

from imagecapture_ros.navigator import ImageCapture, media_devices

device, seconds, count = (*sys.argv[1:], *('sim', '10', '6')[len(sys.argv) - 1:])
with media_devices.get_user_media(device=device) as stream:
    capture = ImageCapture(stream.get_tracks()[0])
    due = time.monotonic()
    for number in range(int(count)):
        time.sleep(max(0.0, due - time.monotonic()))
        due += float(seconds)
        print(capture.take_photo().save(f'time_lapse_{number:04d}.jpg'))
