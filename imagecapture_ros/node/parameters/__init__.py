# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of the node: those read once at start, and those that follow the device."""
