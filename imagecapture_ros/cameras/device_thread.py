# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A thread that works for a device."""

from __future__ import annotations

import threading


class DeviceThread(threading.Thread):
    """A thread that works for a device, perhaps still after everybody has given the device up."""

    muffled = False
    """Whether nobody is interested any more in what it logs; whoever shows the log looks at this."""
