"""Stamps: times of exposure in ROS time, never running backwards."""

from __future__ import annotations

import time

import pytest
from rclpy.clock import ROSClock

from imagecapture_ros.ros.stamps import RosStamps


def test_an_exposure_in_the_past_gets_a_stamp_in_the_past() -> None:
    stamps = RosStamps(ROSClock())
    assert stamps.of(time.monotonic_ns() - 500_000_000) == pytest.approx(time.time_ns() - 500_000_000, abs=200_000_000)


def test_stamps_of_frames_only_grow() -> None:
    stamps, now = RosStamps(ROSClock()), time.monotonic_ns()
    first = stamps.of_frame(now)
    assert stamps.of_frame(now - 1_000_000) == first + 1
    assert stamps.of_frame(now + 1_000_000_000) > first + 1
