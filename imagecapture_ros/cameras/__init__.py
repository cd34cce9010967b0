# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras: one module or folder per kind of device behind one protocol, without ROS."""
