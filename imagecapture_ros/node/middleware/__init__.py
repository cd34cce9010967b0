# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What lies below rclpy: the transport, shared memory, serialized messages, security."""
