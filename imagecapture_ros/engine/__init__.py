# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera at work: its session, its photos, its pictures on their way to whoever wants them; no ROS."""
