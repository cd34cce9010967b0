# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The states a device went through, as its thread learns of them and tells of them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.capture.timeline import Exposures, Timeline
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.mediacapture.frames import Frame


class StateHistory:
    """The states of one device; changed by the device's thread only, ``newest`` and ``since`` may be read by any.

    ``tell`` is called with each state once frames are taken with it.
    """

    def __init__(self, tell: Callable[[Snapshot], None]) -> None:
        self._tell = tell
        self._timeline: Timeline | None = None
        self._exposures = Exposures()
        self._untold: deque[Snapshot] = deque()

    @property
    def newest(self) -> Snapshot:
        """What was asked of the device last, or was noticed last, whether frames show it already or not.

        :raises InvalidStateError: the device has not been opened.
        """
        return self._opened.newest

    @property
    def is_open(self) -> bool:
        """Whether there is a first state."""
        return self._timeline is not None

    @property
    def since(self) -> int:
        """From when on frames are taken with all that was applied, in nanoseconds of CLOCK_MONOTONIC."""
        return self._exposures.since

    def begin(self, first: Snapshot) -> None:
        """Begin with the state of a device that was just opened."""
        self._timeline = Timeline(first)

    def begin_stream(self, since: int) -> None:
        """Let a stream begin, whose frames are all taken with the newest state."""
        self._opened.begin_anew(since)
        self.expect_newest()
        self.tell_all()

    def expect_newest(self) -> None:
        """Take only frames as new that are taken with the newest state, which somebody asked for."""
        self._exposures.expect(self.newest.in_force_since)

    def exposure_of(self, frame: Frame) -> tuple[int, Snapshot]:
        """Return when a frame that was just read was exposed, and with which state it was taken."""
        moment = self._exposures.moment(frame.exposed_at)
        return moment, self._opened.at(moment)

    def update(self, state: Snapshot) -> None:
        """Take what the device was brought to, or was found in, as its newest state, and tell of it when it is time."""
        before = self.newest
        if state == before:
            return
        if state.device_settings == before.device_settings and state.framing.mode == before.framing.mode:
            # Cut and rate are our own doing, and no camera can say when they changed.
            state = replace(state, in_force_since=time.monotonic_ns())
        if state.framing.mode != before.framing.mode:
            self._untold.clear()  # what it began anew never came into force
        self._untold.append(self._opened.add(state))
        self.tell()

    def tell(self) -> None:
        """Tell of changes once frames are taken with them: before, they may still turn out otherwise."""
        now = time.monotonic_ns()
        while self._untold and self._untold[0].in_force_since <= now:
            state = self._untold.popleft()
            if not self._untold or self._untold[0].in_force_since > state.in_force_since:
                self._tell(state)

    def tell_all(self) -> None:
        """Tell of a change without waiting for frames that are taken with it: none come, or all of them are."""
        if self._untold:
            self._untold.clear()
            # Without frames that could show it later, it is in force now at the latest.
            self._opened.begin_anew(min(self.newest.in_force_since, time.monotonic_ns()))
            self._tell(self.newest)

    @property
    def _opened(self) -> Timeline:
        if self._timeline is None:
            raise InvalidStateError('the device has not been opened')
        return self._timeline
