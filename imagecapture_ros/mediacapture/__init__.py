# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The W3C model: vocabulary, capabilities, constraints, tracks and ImageCapture, without ROS and without a camera."""
