# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Who is told what a device does, and who is not any more."""

from __future__ import annotations

import threading

import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder, ScriptedCamera, apply, exactly, nothing

from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.listener import Relay
from imagecapture_ros.cameras.capture.snapshot import Snapshot


class Slow(Recorder):
    """A listener that can be held up while it is told of a snapshot."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()
        self.go_on = threading.Event()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self.told.set()
        assert self.go_on.wait(PATIENCE)
        super().on_snapshot(snapshot)


@pytest.fixture
def relay() -> Relay:
    return Relay()


@pytest.fixture
def recorder(relay: Relay) -> Relay:
    """Return the relay, as what the thread of a camera tells."""
    return relay


def test_nobody_is_told_before_somebody_is_attached(
    thread: CaptureThread, relay: Relay, camera: ScriptedCamera,
) -> None:
    apply(thread, zoom=2.0)
    listener = Recorder()
    relay.attach(listener, thread)
    assert [snapshot.settings['zoom'] for snapshot in listener.snapshots] == [2.0]
    assert [status.reason for status in listener.statuses] == ['the stream has not been started']
    thread.start_stream().result(PATIENCE)
    camera.deliver(0)
    listener.wait_for_frames(0)
    assert listener.statuses[-1].muted is False


def test_what_a_device_does_after_the_end_reaches_nobody(
    stream: CaptureThread, relay: Relay, camera: ScriptedCamera,
) -> None:
    listener = Recorder()
    relay.attach(listener, stream)
    gate = camera.block('apply')
    applied = stream.apply(exactly(zoom=3.0), nothing)
    assert camera.entered['apply'].wait(PATIENCE)
    relay.detach(PATIENCE)
    told = len(listener.snapshots), len(listener.statuses)
    gate.set()
    assert applied.result(PATIENCE).state.settings['zoom'] == 3.0
    camera.deliver(0)
    camera.wait_for_reads(2)
    assert (len(listener.snapshots), len(listener.statuses), listener.frames) == (*told, [])


def test_the_newest_is_told_last_whoever_tells_it(thread: CaptureThread, relay: Relay) -> None:
    listener = Slow()
    attaching = threading.Thread(target=relay.attach, args=(listener, thread))
    attaching.start()
    assert listener.told.wait(PATIENCE)
    # The device goes on meanwhile; what it does then is told after what the attaching thread tells.
    applied = thread.apply(exactly(zoom=3.0), nothing)
    listener.go_on.set()
    applied.result(PATIENCE)
    attaching.join(PATIENCE)
    assert [snapshot.settings['zoom'] for snapshot in listener.snapshots] == [1.0, 3.0]


def test_nothing_is_told_twice(thread: CaptureThread, relay: Relay) -> None:
    apply(thread, zoom=2.0)
    listener = Recorder()
    relay.attach(listener, thread)
    relay.on_snapshot(thread.snapshot)
    relay.on_status(thread.status)
    assert (len(listener.snapshots), len(listener.statuses)) == (1, 1)


def test_a_listener_that_hangs_does_not_hold_up_the_end(thread: CaptureThread, relay: Relay) -> None:
    listener = Slow()
    attaching = threading.Thread(target=relay.attach, args=(listener, thread))
    attaching.start()
    assert listener.told.wait(PATIENCE)
    relay.detach(0.05)
    listener.go_on.set()
    attaching.join(PATIENCE)
    apply(thread, zoom=2.0)
    assert [snapshot.settings['zoom'] for snapshot in listener.snapshots] == [1.0]
