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
from imagecapture_ros.node.diagnostics import PERIODS, SLOW, SLOW_REPORTS, CameraReport, RateMeter
from imagecapture_ros.node.middleware.transport import Transport

OK, WARN, ERROR = DiagnosticStatus.OK, DiagnosticStatus.WARN, DiagnosticStatus.ERROR
MODE = NativeMode(640, 480, 30.0)
LIVE, MUTED = SourceStatus(muted=False, ended=False, reason=''), SourceStatus(True, False, 'no frame for 3 s')


class Clinic:
    """A report, what it reports on, and what it said last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, trouble: str = '') -> None:
        self.images = SimpleNamespace(counters={}, dropped=0, hanging='', latencies=dict)
        self.thread = SimpleNamespace(
            status=LIVE, counters=Counters(frames=100), conflict='', waiting=3, rate_origin='stated',
            snapshot=SimpleNamespace(
                framing=SimpleNamespace(mode=MODE, frame_rate=15.0), info=DeviceInfo('id', 'Eye', 'group'),
                has_capture_timestamps=True))
        self.measured = 30.0
        self.begun = 0
        self.said: tuple[Any, str, str, Mapping[str, object]]
        monkeypatch.setattr(diagnostics, 'RateMeter', lambda: SimpleNamespace(
            rate=lambda count, expected: self.measured, seconds=1.0, begin=self._begin))
        publisher: Any = SimpleNamespace(publish=self._take)
        images: Any = self.images
        self.report = CameraReport(publisher, images, Transport('pigeons', 3, trouble))

    def _begin(self, count: int) -> None:
        self.begun += 1

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


def test_the_rate_of_the_mode_says_where_it_comes_from(clinic: Clinic) -> None:
    clinic.thread.rate_origin = 'measured; the source states 25 Hz'
    clinic.condition()
    assert clinic.said[3]['rate of the mode (Hz)'] == '30, measured; the source states 25 Hz'


class Looks:
    """Looks at a counter once a second, of a camera of some rate."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(diagnostics.time, 'monotonic', lambda: self.now)
        self.meter = RateMeter()

    def after(self, seconds: int, rate: float) -> list[float]:
        measured = []
        for _ in range(seconds):
            self.now += 1.0
            measured.append(self.meter.rate(int((self.now - 100.0) * rate + 1e-9), rate))
        return measured


@pytest.mark.parametrize('rate', [0.05, 0.15, 0.4, 2.0, 30.0])
def test_the_rate_of_a_slow_camera_is_measured_over_some_periods(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(monkeypatch)
    looks.after(int(PERIODS / rate) + 1, rate)
    for measured in looks.after(200, rate):
        assert measured + 1.0 / looks.meter.seconds > SLOW * rate
        assert measured < 1.3 * rate


def test_a_rate_that_begins_anew_knows_nothing_of_what_was_before(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(monkeypatch)
    looks.after(60, 0.0001)
    looks.meter.begin(0)
    looks.now += 10.0
    assert looks.meter.rate(4, 0.4) == pytest.approx(0.4)


@pytest.mark.parametrize('seconds, level', [(3.0, OK), (30.0, WARN)])
def test_a_slow_camera_is_judged_after_some_periods(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, seconds: float, level: Any,
) -> None:
    clinic.thread.snapshot.framing.mode = NativeMode(640, 480, 0.4)
    clinic.measured = 0.1
    monkeypatch.setattr(clinic.report._rate, 'seconds', seconds)
    assert [clinic.condition()[0] for _ in range(SLOW_REPORTS)][-1] == level


def test_while_no_frames_come_no_rate_is_measured(clinic: Clinic) -> None:
    clinic.condition()
    assert clinic.begun == 0
    clinic.thread.status = MUTED
    clinic.condition()
    assert clinic.begun == 1


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
