# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a CameraInfo says of the picture that it comes with, whose size it does not state where pixels are binned.

``width``, ``height``, ``k`` and ``p`` are those of the whole sensor. ``roi`` is the window of it that is captured, and
``binning_x`` times ``binning_y`` pixels of the window make one of the picture. Binning of 0 means 1, and a ``roi`` of
zeros the whole sensor.
"""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo


def window(info: CameraInfo) -> tuple[int, int, int, int]:
    """Return the columns and rows of the sensor left out at the left and the top, and the captured ones."""
    roi = info.roi
    if not roi.width and not roi.height:
        return 0, 0, info.width, info.height
    return roi.x_offset, roi.y_offset, roi.width, roi.height


def picture_size(info: CameraInfo) -> tuple[int, int]:
    """Return width and height, in pixels, of the picture that a CameraInfo comes with."""
    _, _, width, height = window(info)
    return width // (info.binning_x or 1), height // (info.binning_y or 1)


def of_whole_sensor(info: CameraInfo) -> CameraInfo:
    """Return the intrinsics of a picture of the whole sensor, without binning."""
    return CameraInfo(width=info.width, height=info.height, distortion_model=info.distortion_model, d=info.d, k=info.k,
                      r=info.r, p=info.p)


def of_picture(info: CameraInfo) -> CameraInfo:
    """Return the same intrinsics with the picture for the sensor: ``k`` and ``p`` are those of its own pixels."""
    x, y, _, _ = window(info)
    scale_x, scale_y = 1 / (info.binning_x or 1), 1 / (info.binning_y or 1)
    width, height = picture_size(info)
    k, p = list(info.k), list(info.p)
    for matrix, stride in ((k, 3), (p, 4)):
        matrix[0] *= scale_x
        matrix[1] *= scale_x
        matrix[stride + 1] *= scale_y
        # Pixel centres lie at whole numbers, so that an edge is half a pixel away from the first one.
        matrix[2] = (matrix[2] - x + 0.5) * scale_x - 0.5
        matrix[stride + 2] = (matrix[stride + 2] - y + 0.5) * scale_y - 0.5
    p[3] *= scale_x
    p[7] *= scale_y
    return CameraInfo(width=width, height=height, distortion_model=info.distortion_model, d=info.d, k=k, r=info.r, p=p)
