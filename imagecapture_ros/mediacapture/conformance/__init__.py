# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Test vectors for the model: what a call must lead to, written down as data, and a runner that checks it."""
