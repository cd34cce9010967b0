# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras that OpenCV reads: video files, images, network streams and GStreamer pipelines."""

from imagecapture_ros.cameras.device_string import open_opencv_camera

__all__ = ['open_opencv_camera']
