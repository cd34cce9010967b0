"""A camera on a clock that only moves when it sleeps, and the eye that finds a mark in its picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from imagecapture_ros.cameras.simulated import SimulatedCamera, parse_device
from imagecapture_ros.cameras.simulated import camera as camera_module


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


@pytest.fixture
def find_mark() -> Callable[[np.ndarray, float, float, float], tuple[float, float]]:
    """Return a function that measures where a quartered mark of a radius really is, near to where it should be."""
    def find(image: np.ndarray, x: float, y: float, radius: float) -> tuple[float, float]:
        size = max(3, int(0.65 * radius))
        down, right = np.mgrid[-size:size + 1, -size:size + 1]
        template = np.where(down * right > 0, 0, 255).astype(np.uint8)
        left, top = round(x) - size - 15, round(y) - size - 15
        near = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[top:top + 2 * size + 31, left:left + 2 * size + 31]
        _, score, _, (column, row) = cv2.minMaxLoc(cv2.matchTemplate(near, template, cv2.TM_CCOEFF_NORMED))
        assert score > 0.8, f'no mark near ({x:.1f}, {y:.1f})'
        window = (max(3, int(radius / 2)),) * 2
        guess = np.array([[[column + size, row + size]]], np.float32)
        stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 40, 1e-3)
        found = cv2.cornerSubPix(near, guess, window, (-1, -1), stop).ravel()
        return left + float(found[0]), top + float(found[1])

    return find
