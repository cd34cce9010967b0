# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Network cameras that state no rate, through the node: the rate that was asked for, slow cameras, stamps."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from fixtures.clock_camera import clock_camera, moment_shown
from fixtures.limits import Stopwatch
from fixtures.node_process import Inbox, answered, client_of, running_node, stamp_of
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import Image

from imagecapture_ros import msg
from imagecapture_ros.imaging.bridge import get_bridge

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
OLD = 0.2


def check_stamps(images: list[Any], watch: Stopwatch) -> None:
    """Fail unless the stamps of images are the times that they show."""
    ahead = time.time_ns() - time.monotonic_ns()
    late = [(stamp - moment_shown(np.asarray(get_bridge().imgmsg_to_cv2(image)), stamp)) / 1e9
            for image in images for stamp in (stamp_of(image) - ahead,)]
    assert max(late) <= watch.limit(OLD), (late, str(watch))


@pytest.mark.parametrize('asked', [10.0, 5.0, 3.0])
def test_the_rate_that_is_asked_for_is_the_rate_that_comes(domain: int, asked: float) -> None:
    with (clock_camera(10.0) as camera, running_node(domain, device=camera.url, frame_rate=asked) as node,
          client_of(domain) as client):
        assert answered(client).settings.frame_rate[0] == pytest.approx(asked, rel=0.1)
        images = Inbox(client, Image, '/camera/image_raw').take(25)
        assert 'mode 192x48@10' in node.output
    seconds = (stamp_of(images[-1]) - stamp_of(images[0])) / 1e9
    assert (len(images) - 1) / seconds == pytest.approx(asked, rel=0.1)


def test_a_slow_camera_is_no_silent_one(domain: int) -> None:
    with clock_camera(0.4) as camera, running_node(domain, device=camera.url), client_of(domain) as client:
        statuses = Inbox(client, msg.TrackStatus, '/camera/track_status', LATCHED)
        reports = Inbox(client, DiagnosticArray, '/diagnostics')
        images = Inbox(client, Image, '/camera/image_raw')
        assert answered(client).settings.frame_rate[0] == pytest.approx(0.4, rel=0.15)
        client.grab_frame()
        client.take_photo()
        images.take(4)
        told = [status.reason for status in statuses.messages if status.muted]
        assert set(told) <= {'the stream has not been started'}
        report = reports.messages[-1].status[0]
        values = {value.key: value.value for value in report.values}
    assert report.level == DiagnosticStatus.OK, report.message
    assert values['stalls'] == '0'
    assert values['rate of the mode (Hz)'].endswith('measured; the source states none')


def test_a_camera_that_is_slower_than_five_seconds_can_be_had(domain: int) -> None:
    with (clock_camera(0.15) as camera, running_node(domain, device=camera.url, read_timeout=20),
          client_of(domain) as client):
        assert answered(client).settings.frame_rate[0] == pytest.approx(0.15, rel=0.15)
        Inbox(client, Image, '/camera/image_raw').take(1)


def test_where_the_process_stood_still_nothing_old_is_published_as_new(domain: int) -> None:
    with clock_camera(20.0) as camera, running_node(domain, device=camera.url) as node, client_of(domain) as client:
        images = Inbox(client, Image, '/camera/image_raw')
        images.take(5)
        with Stopwatch(node.process.pid) as watch:
            os.kill(node.process.pid, signal.SIGSTOP)
            time.sleep(2.0)
            os.kill(node.process.pid, signal.SIGCONT)
            images.take(len(images.messages) + 20)
        check_stamps(images.messages, watch)
