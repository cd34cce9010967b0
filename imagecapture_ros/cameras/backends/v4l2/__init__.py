# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Linux cameras: Video4Linux capture nodes, through a thin layer of our own on ioctl, mmap and poll."""
