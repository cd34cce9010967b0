# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which state of a device was in force when: what a frame was taken with is looked up by its time of exposure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from imagecapture_ros.cameras.snapshot import Snapshot
from imagecapture_ros.mediacapture.capabilities import SettingValue

KEPT = 64
"""States; more do not change while a frame is on its way from the sensor to here."""


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
