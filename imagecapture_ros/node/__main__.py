# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the camera node: ``python -m imagecapture_ros.node``."""

import sys

from imagecapture_ros.node.main import main

if __name__ == '__main__':
    sys.exit(main())
