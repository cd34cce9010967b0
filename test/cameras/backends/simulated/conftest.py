# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera on a clock that only moves when it sleeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device
from imagecapture_ros.cameras.backends.simulated import camera as camera_module


class ManualClock:
    """Stands in for the time module: nothing takes time but sleeping."""

    def __init__(self) -> None:
        self.now = 1_000_000_000_000

    def monotonic_ns(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(1, round(seconds * 1e9))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    manual = ManualClock()
    monkeypatch.setattr(camera_module, 'time', manual)
    return manual


@pytest.fixture
def camera(clock: ManualClock) -> Iterator[SimulatedCamera]:
    """Yield a streaming camera."""
    device = SimulatedCamera(parse_device('sim'))
    device.open()
    device.start()
    yield device
    device.close()
