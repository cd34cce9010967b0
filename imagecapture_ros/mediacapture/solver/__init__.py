# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From constraints to settings: SelectSettings of the specification, without writing all settings out."""
