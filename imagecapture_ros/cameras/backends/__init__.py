# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The kinds of cameras there are; each implements the protocol in ``cameras.api``."""
