# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The clock of the machine is set while the node streams, as NTP does after a start without network."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fixtures.limits import PATIENCE
from fixtures.node_process import Inbox, client_of, running_node, stamp_of
from fixtures.v4l2.bench import CHOICE
from sensor_msgs.msg import Image

from imagecapture_ros import srv
from imagecapture_ros.client import succeeded

pytestmark = pytest.mark.skipif(os.environ.get(CHOICE) != 'kernel', reason='needs a machine whose clock may be set')

EMULATED = 4 * PATIENCE
"""Seconds to wait where the whole machine is emulated."""
HOUR = 3600.0


def test_the_stream_follows_a_clock_that_is_set(domain: int) -> None:
    with (
        running_node(domain, device='sim', width=320, height=240, frame_rate=5.0) as node,
        client_of(domain) as client,
    ):
        images = Inbox(client, Image, '/camera/image_raw')
        diagnostics = Inbox(client, DiagnosticArray, '/diagnostics')
        images.take(5, EMULATED)
        for jump in (HOUR, -HOUR):
            told = len(diagnostics.messages)
            time.clock_settime(time.CLOCK_REALTIME, time.time() + jump)
            seen = len(images.messages)
            images.take(seen + 20, EMULATED)
            newest = images.messages[seen + 10:seen + 20]  # up to ten may have been on their way
            assert all(0 < stamp_of(after) - stamp_of(before) < 60e9 for before, after in pairwise(newest))
            assert abs(time.time() - stamp_of(newest[-1]) * 1e-9) < EMULATED
            succeeded(client.call(srv.GetSettings, 'get_settings', reading=True, timeout=EMULATED))
            succeeded(client.call(srv.TakePhoto, 'take_photo', timeout=EMULATED))
            diagnostics.take(told + 2, EMULATED)
        assert node.process.poll() is None
