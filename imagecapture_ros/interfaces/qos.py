# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many messages topics and services keep for a reader that is slow."""

SERVICE_DEPTH = 1000
"""Requests and answers kept: every client of a service sees the answers to all, and the default of 10 loses some."""

IMAGE_DEPTH = 4
"""Images, photos and their calibrations."""
