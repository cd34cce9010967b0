# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A Linux camera on the bench."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.v4l2.bench import CHOICE, Bench, FakeBench, ShimBench
from fixtures.v4l2.fake import FakeCamera

from imagecapture_ros.cameras.backends.v4l2 import enumeration
from imagecapture_ros.cameras.backends.v4l2.camera import V4L2Camera


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Yield the bench that the environment chooses, its camera connected and in order."""
    choice = os.environ.get(CHOICE, 'fake')
    if choice == 'fake':
        fake = FakeCamera(tmp_path)
        fake.install(monkeypatch)
        bench: Bench = FakeBench(fake)
    elif choice == 'shim':
        bench = ShimBench()
    else:
        from fixtures.v4l2.kernel import kernel_bench  # it needs root and kernel modules

        bench = kernel_bench()
    bench.repair()
    yield bench
    assert bench.held() == (0, 0)


@pytest.fixture
def camera(bench: Bench) -> Iterator[V4L2Camera]:
    """Yield the camera, open."""
    [entry] = enumeration.find_all()
    camera = V4L2Camera(entry)
    camera.open()
    yield camera
    camera.close()


@pytest.fixture
def streaming(camera: V4L2Camera) -> V4L2Camera:
    """Return the camera while it streams."""
    camera.start()
    return camera
