# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What tests need of the simulated camera: faults on purpose, and frames that tell their number."""
