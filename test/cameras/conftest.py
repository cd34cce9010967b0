# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scripted camera on its thread."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, ScriptedCamera

from imagecapture_ros.cameras.capture.capture_thread import CaptureThread


@pytest.fixture
def camera(request: pytest.FixtureRequest) -> ScriptedCamera:
    """Return a camera with the modes that an indirect parameter gives, or those of its own."""
    return ScriptedCamera(*getattr(request, 'param', ()))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def thread(camera: ScriptedCamera, recorder: Recorder) -> Iterator[CaptureThread]:
    """Yield the open camera's thread; afterwards it has ended and the device is closed, whatever the test did."""
    capture = CaptureThread(camera, recorder)
    capture.open().result(PATIENCE)
    yield capture
    for gate in camera.gates.values():
        gate.set()
    assert capture.close(PATIENCE)
    assert not camera.is_open


@pytest.fixture
def stream(thread: CaptureThread) -> CaptureThread:
    """Return the thread of a camera that streams."""
    thread.start_stream().result(PATIENCE)
    return thread
