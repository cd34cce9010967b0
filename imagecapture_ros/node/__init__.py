# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 node: the only part of the package that imports rclpy."""
