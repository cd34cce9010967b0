# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which level /diagnostics have, and what they say first."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticStatus

from imagecapture_ros.cameras.capture.counters import Counters
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.source import DeviceInfo, SourceStatus
from imagecapture_ros.node import diagnostics
from imagecapture_ros.node.diagnostics import SLOW_REPORTS, CameraReport
from imagecapture_ros.node.middleware.transport import Transport

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
MODE = NativeMode(640, 480, 30.0)
LIVE, MUTED = SourceStatus(muted=False, ended=False, reason=''), SourceStatus(True, False, 'no frame for 3 s')


class Clinic:
    """A report, what it reports on, and what it said last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, trouble: str = '') -> None:
        self.images = SimpleNamespace(counters={}, dropped=0, hanging='', latencies=dict)
        self.thread = SimpleNamespace(
            status=LIVE, counters=Counters(frames=100), conflict='', waiting=3, snapshot=SimpleNamespace(
                framing=SimpleNamespace(mode=MODE, frame_rate=15.0), info=DeviceInfo('id', 'Eye', 'group'),
                has_capture_timestamps=True))
        self.measured = 30.0
        self.said: tuple[Any, str, str, Mapping[str, object]]
        monkeypatch.setattr(diagnostics, 'RateMeter', lambda: SimpleNamespace(rate=lambda count: self.measured))
        publisher: Any = SimpleNamespace(publish=self._take)
        images: Any = self.images
        self.report = CameraReport(publisher, images, Transport('pigeons', 3, trouble))

    def _take(self, *said: Any) -> None:
        self.said = (said[0], said[1], said[2], said[3])

    def condition(self, unmet: tuple[str, ...] = ()) -> tuple[Any, str]:
        session: Any = SimpleNamespace(thread=self.thread)
        self.report.publish(session, unmet)
        return self.said[:2]


@pytest.fixture
def clinic(monkeypatch: pytest.MonkeyPatch) -> Clinic:
    return Clinic(monkeypatch)


def test_all_is_well(clinic: Clinic) -> None:
    assert clinic.condition() == (OK, 'streaming 640x480@30')
    _, _, hardware_id, values = clinic.said
    assert hardware_id == 'id'
    assert (values['rate of the camera (Hz)'], values['rate configured (Hz)']) == ('30.0', '15')
    assert (values['requests waiting'], values['transport'], values['shared memory (bytes)']) == (3, 'pigeons', 3)


def test_without_a_camera_it_is_a_warning(clinic: Clinic) -> None:
    clinic.report.publish(None, ())
    assert clinic.said == (WARN, 'not configured', '', {'transport': 'pigeons', 'shared memory (bytes)': 3})


def test_no_frames_are_an_error_once_there_were_some(clinic: Clinic) -> None:
    clinic.thread.status = MUTED
    assert clinic.condition() == (ERROR, 'no frame for 3 s')
    clinic.thread.counters = Counters()
    assert clinic.condition() == (WARN, 'no frame for 3 s')


def test_what_hangs_is_an_error_and_what_is_not_met_a_warning(clinic: Clinic) -> None:
    level, summary = clinic.condition(('zoom: asked for 99, got 4',))
    assert level == WARN and 'not all that was asked at start is met' in summary
    clinic.thread.conflict = 'zoom: was 8, can be no nearer than 4'
    level, summary = clinic.condition()
    assert level == WARN and 'unable to do as before' in summary
    clinic.images.hanging = 'a message has not been sent for 5 s'
    assert clinic.condition() == (ERROR, 'a message has not been sent for 5 s')


def test_a_camera_that_stays_too_slow_is_a_warning(clinic: Clinic) -> None:
    clinic.measured = 20.0
    for _ in range(SLOW_REPORTS - 1):
        assert clinic.condition()[0] == OK
    level, summary = clinic.condition()
    assert level == WARN and 'only 20.0 frames a second come' in summary
    clinic.measured = 29.0
    assert clinic.condition()[0] == OK
    clinic.measured = 20.0
    assert clinic.condition()[0] == OK


def test_settings_of_the_transport_that_are_not_in_force_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Clinic(monkeypatch, 'they fly away').condition() == (WARN, 'streaming 640x480@30; they fly away')


def test_images_that_were_dropped_just_now_are_a_warning(clinic: Clinic) -> None:
    clinic.images.dropped = 7
    assert clinic.condition() == (WARN, 'streaming 640x480@30; 7 images were dropped since the last report')
    assert clinic.condition()[0] == OK
