# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Since when which settings of a device are in force, as far back as frames lie that are still to be read."""

from __future__ import annotations

from collections import deque

from imagecapture_ros.cameras.timeline import KEPT
from imagecapture_ros.mediacapture.capabilities import Settings


class InForce:
    """The settings of an open device over time; all times are nanoseconds of CLOCK_MONOTONIC."""

    def __init__(self, settings: Settings, since: int) -> None:
        self._changes: deque[tuple[int, Settings]] = deque([(since, settings)], KEPT)

    @property
    def since(self) -> int:
        """From when on the present settings are in force."""
        return self._changes[-1][0]

    def note(self, settings: Settings, since: int) -> None:
        """Take ``settings`` as in force from ``since`` on; what is known later cannot have been there sooner."""
        self._changes.append((max(since, self.since), settings))

    def at(self, moment: int) -> Settings:
        """Return the settings in force at ``moment``; before everything that is remembered, the oldest ones."""
        return next((settings for since, settings in reversed(self._changes) if since <= moment), self._changes[0][1])
