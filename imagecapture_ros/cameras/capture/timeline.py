# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which state of a device was in force when: what a frame was taken with is looked up by its time of exposure."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.mediacapture.capabilities import SettingValue

KEPT = 64
"""States; more do not change while a frame is on its way from the sensor to here."""

BUFFERED = 8
"""Frames that wait in a device's buffers, at most: what is read after that many others is new, whatever its stamp."""


class Exposures:
    """When frames were exposed, as far as that decides what they were taken with.

    A few drivers tell moments that lie far back, or stand still. Of those frames, nobody would ever see one that was
    taken with what was applied last. For the device's thread only.
    """

    def __init__(self) -> None:
        self.since = 0
        """From when on frames are taken with all that was applied, in nanoseconds of CLOCK_MONOTONIC."""
        self._old = 0

    def expect(self, since: int) -> None:
        """Take frames as new that are exposed from ``since`` on."""
        self.since, self._old = since, 0

    def moment(self, exposed_at: int) -> int:
        """Return when a frame that was just read, and says ``exposed_at``, was exposed at the latest."""
        now = time.monotonic_ns()
        if exposed_at >= self.since or now < self.since:
            return exposed_at
        self._old += 1
        return exposed_at if self._old <= BUFFERED else now


class Timeline:
    """The last states of a device, each with the moment from which frames were taken with it.

    Only the device's thread adds to it; any thread may read.
    """

    def __init__(self, first: Snapshot) -> None:
        """Begin with the state of a device that was just opened."""
        self._states: tuple[Snapshot, ...] = (first,)

    @property
    def newest(self) -> Snapshot:
        """What was asked of the device last, or was noticed last, whether frames show it already or not."""
        return self._states[-1]

    def add(self, snapshot: Snapshot) -> Snapshot:
        """Add what the device was brought to, or was found in, and return it as the newest state.

        It counts from its ``in_force_since`` on. That may lie before changes that were asked for and are still to take
        effect, where an automatic or another program turns something meanwhile: those then have it, too.
        """
        newest, since = self.newest, snapshot.in_force_since
        if snapshot.framing.mode != newest.framing.mode:
            # The stream begins anew: no frame of an earlier state can come any more.
            self._states = (snapshot,)
            return snapshot
        under_way = [state for state in self._states if state.in_force_since > since]
        if not under_way:
            self._states = (*self._states, snapshot)[-KEPT:]
            return snapshot
        changed = {
            name: value for name, value in snapshot.settings.items() if newest.settings.get(name) != value}
        before = self._states[:len(self._states) - len(under_way)] or self._states[:1]
        between = replace(_with(before[-1], changed), in_force_since=since)
        last = replace(snapshot, in_force_since=newest.in_force_since)
        self._states = (*before, between, *(_with(state, changed) for state in under_way[:-1]), last)[-KEPT:]
        return last

    def begin_anew(self, since: int) -> None:
        """Forget what was before a stream that begins: all its frames are taken with the newest state."""
        self._states = (replace(self.newest, in_force_since=since),)

    def at(self, moment: int) -> Snapshot:
        """Return the state with which a frame exposed at ``moment`` of CLOCK_MONOTONIC (nanoseconds) was taken."""
        states = self._states
        return next((state for state in reversed(states) if state.in_force_since <= moment), states[0])


def _with(state: Snapshot, changed: Mapping[str, SettingValue]) -> Snapshot:
    return replace(state, settings={**state.settings, **changed})
