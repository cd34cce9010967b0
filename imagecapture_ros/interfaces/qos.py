# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many messages topics and services keep for a reader that is slow."""

SERVICE_DEPTH = 1000
"""Requests and answers kept: every client of a service sees the answers to all, and the default of 10 loses some."""

PICTURE_DEPTH = 64
"""The same of services whose answers hold a picture: the middleware keeps so many for a client that has stopped, and
megabytes each. At most 32 are under way at once."""

IMAGE_DEPTH = 4
"""Images, photos and their calibrations."""
