# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the node tells about itself on /diagnostics once a second: a level, why, and the numbers behind it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.lifecycle import LifecycleNode

from imagecapture_ros.cameras.capture.counters import Counters
from imagecapture_ros.engine.session import CameraSession
from imagecapture_ros.interfaces import diagnostic_names as names
from imagecapture_ros.node.images.publisher import ImagePublisher
from imagecapture_ros.node.middleware.transport import Transport
from imagecapture_ros.texts import in_short

SLOW = 0.9
"""Part of the camera's rate below which it is too slow."""

SLOW_REPORTS = 3
"""Reports in a row with a rate that is too low until that is a warning: a photo or another exposure takes a moment."""


PERIODS = 5
"""Periods of a slow camera over which its rate is measured: a second has a frame, or none."""


class RateMeter:
    """Measures how many events a second happen, by looks at a counter."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque([(time.monotonic(), 0)], maxlen=4096)
        self.seconds = 0.0
        """Over which the last rate was measured."""

    def begin(self, count: int) -> None:
        """Begin anew: what was before has nothing to do with what comes."""
        self._looks.clear()
        self._looks.append((time.monotonic(), count))

    def rate(self, count: int, expected: float) -> float:
        """Return events per second since the last call, given the counter's present value.

        Where :data:`PERIODS` events of the ``expected`` rate take longer, it is since so many seconds.
        """
        now, looks = time.monotonic(), self._looks
        while len(looks) > 1 and now - looks[1][0] >= PERIODS / expected:
            looks.popleft()
        since, before = looks[0]
        self.seconds = now - since
        looks.append((now, count))
        return max(0, count - before) / self.seconds if self.seconds > 0 else 0.0


class Diagnostics:
    """Publishes one status for the camera."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 1)

    def publish(self, level: bytes, summary: str, hardware_id: str, values: Mapping[str, object]) -> None:
        """Publish ``values`` under ``summary``; ``level`` is one of DiagnosticStatus."""
        status = DiagnosticStatus(
            level=level, name=f'{self._node.get_fully_qualified_name().lstrip("/")}: camera', message=in_short(summary),
            hardware_id=in_short(hardware_id),
            values=[KeyValue(key=key, value=in_short(str(value))) for key, value in values.items()],
        )
        stamp = self._node.get_clock().now().to_msg()
        message = DiagnosticArray(status=[status])
        message.header.stamp = stamp
        self._publisher.publish(message)


def counter_values(counters: Counters) -> dict[str, object]:
    """Return the counters of the capture thread as diagnostics show them."""
    return {
        'frames captured': counters.frames, names.LOST: counters.lost,
        'frames faulty': counters.faulty, names.LEFT_OUT: counters.decimated, 'stalls': counters.stalls,
        'device reopened': counters.reopened, 'photos': counters.photos, 'photos failed': counters.photos_failed,
        'last stream gap of a photo (s)': f'{counters.photo_gap:.3f}',
    }


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
            self._diagnostics.publish(DiagnosticStatus.WARN, 'not configured', '', self._transport_values())
            return
        snapshot, thread = session.thread.snapshot, session.thread
        framing = snapshot.framing
        measured = self._rate.rate(thread.counters.frames, framing.mode.frame_rate)
        level, summary = self._condition(session, measured, bool(unmet))
        self._diagnostics.publish(level, summary, snapshot.info.device_id, {
            'device': snapshot.info.label,
            names.RATE_MEASURED: f'{measured:.1f}' if measured >= 2.0 else f'{measured:.2g}',
            names.RATE_OF_MODE: f'{framing.mode.frame_rate:g}, {thread.rate_origin}',
            names.RATE_CONFIGURED: f'{framing.frame_rate:g}',
            **self._images.latencies(), **self._images.counters, **counter_values(thread.counters),
            'requests waiting': thread.waiting,
            'stamps': ('clock of the device' if snapshot.has_capture_timestamps
                       else 'time of reading, the source has no clock'),
            **self._transport_values(), 'not met at start': '; '.join(unmet),
            'not met since the device came back': thread.conflict,
        })

    def _transport_values(self) -> dict[str, object]:
        return {names.TRANSPORT: self._transport.description, names.SEGMENT: self._transport.segment_size}

    def _condition(self, session: CameraSession, measured: float, unmet: bool) -> tuple[Any, str]:
        """Return the level and what is to be said first; the worst counts."""
        status, mode = session.thread.status, session.thread.snapshot.framing.mode
        dropped, self._dropped = self._images.dropped - self._dropped, self._images.dropped
        # Of a slow camera the frame that is just due counts, and a look at less than a few periods says nothing.
        seconds = self._rate.seconds
        due = 1.0 / seconds if mode.frame_rate < PERIODS and seconds else 0.0
        slow = not status.muted and seconds * mode.frame_rate >= 0.9 * PERIODS and (
            measured + due < SLOW * mode.frame_rate)
        if status.muted:
            self._rate.begin(session.thread.counters.frames)
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
        if self._transport.trouble:
            return DiagnosticStatus.WARN, f'{summary}; {self._transport.trouble}'
        if dropped > 0:
            return DiagnosticStatus.WARN, f'{summary}; {dropped} images were dropped since the last report'
        return DiagnosticStatus.OK, summary
