# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 distribution that this package was built for: its compiled messages work with that one."""

from __future__ import annotations


def distribution() -> str:
    """Return its name, for instance ``jazzy``; empty where the build did not know it, or there was none."""
    try:
        from imagecapture_ros._built_for import ROS_DISTRO
    except ImportError:  # a source tree over a package that was built before this file was written
        return ''
    return str(ROS_DISTRO)


def title() -> str:
    """Return the distribution as people write it, for instance ``ROS 2 Jazzy``."""
    return f'ROS 2 {distribution().capitalize() or "of an unknown distribution"}'
