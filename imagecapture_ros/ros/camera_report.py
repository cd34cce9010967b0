# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well a camera is, as /diagnostics tell it once a second: a level, why, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus

from imagecapture_ros.engine.session import CameraSession
from imagecapture_ros.interfaces import diagnostic_names as names
from imagecapture_ros.ros.diagnostics import Diagnostics, RateMeter, counter_values
from imagecapture_ros.ros.image_publisher import ImagePublisher
from imagecapture_ros.ros.transport import Transport

SLOW = 0.9
"""Part of the camera's rate below which it is too slow."""

SLOW_REPORTS = 3
"""Reports in a row with a rate that is too low until that is a warning: a photo or another exposure takes a moment."""


class CameraReport:
    """Tells the state of one camera; nothing is published but what is true now."""

    def __init__(self, diagnostics: Diagnostics, images: ImagePublisher, transport: Transport) -> None:
        self._diagnostics = diagnostics
        self._images = images
        self._transport = transport
        self._rate = RateMeter()
        self._slow_reports = 0
        self._dropped = 0

    def publish(self, session: CameraSession | None, unmet: Sequence[str]) -> None:
        """Report on an open camera, or that there is none; ``unmet`` is what of the wishes at start is not met."""
        if session is None:
            values: dict[str, object] = {names.TRANSPORT: self._transport.description}
            self._diagnostics.publish(DiagnosticStatus.WARN, 'not configured', '', values)
            return
        snapshot, thread = session.thread.snapshot, session.thread
        measured = self._rate.rate(thread.counters.frames)
        level, summary = self._condition(session, measured, bool(unmet))
        self._diagnostics.publish(level, summary, snapshot.info.device_id, {
            'device': snapshot.info.label, 'rate of the camera (Hz)': f'{measured:.1f}',
            names.RATE_CONFIGURED: f'{snapshot.framing.frame_rate:g}',
            **self._images.latencies(), **self._images.counters, **counter_values(thread.counters),
            'requests waiting': thread.waiting,
            'stamps': 'clock of the device' if snapshot.device_clock else 'time of reading, the source has no clock',
            names.TRANSPORT: self._transport.description, 'not met at start': '; '.join(unmet),
            'not met since the device came back': thread.conflict,
        })

    def _condition(self, session: CameraSession, measured: float, unmet: bool) -> tuple[Any, str]:
        """Return the level and what is to be said first; the worst counts."""
        status, mode = session.thread.status, session.thread.snapshot.framing.mode
        dropped, self._dropped = self._images.dropped - self._dropped, self._images.dropped
        slow = not status.muted and measured < SLOW * mode.frame_rate
        self._slow_reports = self._slow_reports + 1 if slow else 0
        summary = f'streaming {mode}'
        if status.muted:
            return DiagnosticStatus.ERROR if session.thread.counters.frames else DiagnosticStatus.WARN, status.reason
        if self._images.hanging:
            return DiagnosticStatus.ERROR, self._images.hanging
        if session.thread.conflict:
            return DiagnosticStatus.WARN, f'{summary}; the device came back unable to do as before'
        if unmet:
            return DiagnosticStatus.WARN, f'{summary}; not all that was asked at start is met'
        if self._slow_reports >= SLOW_REPORTS:
            return DiagnosticStatus.WARN, (f'{summary}, but only {measured:.1f} frames a second come: the exposure may '
                                           f'be too long for the rate, or the machine or the connection too busy')
        if dropped > 0:
            return DiagnosticStatus.WARN, f'{summary}; {dropped} images were dropped since the last report'
        return DiagnosticStatus.OK, summary
