# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bringing a device back to what it was: after it refused something, and after it was lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Set

from imagecapture_ros.cameras.api import Camera, DeviceGone
from imagecapture_ros.cameras.capture.snapshot import Snapshot, device_part, snapshot_of, wishes_for
from imagecapture_ros.cameras.driver_controls import DriverControlCamera, DriverControlValue, in_writing_order
from imagecapture_ros.cameras.frame_times import RateFollowingCamera
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.errors import OperationError, OverconstrainedError
from imagecapture_ros.mediacapture.solver.select_settings import Selection, select_settings
from imagecapture_ros.mediacapture.source import LiveTracks
from imagecapture_ros.mediacapture.vocabulary import STREAM_PROPERTIES

logger = logging.getLogger(__name__)

REOPEN_DELAYS = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each attempt to open a lost device again; the last one repeats."""


class Reopening:
    """When a lost device is to be opened again: ever more rarely, until it has worked."""

    def __init__(self) -> None:
        self.at: float | None = None
        """On the monotonic clock; ``None`` while nothing is to be opened."""
        self._attempts = 0

    @property
    def is_due(self) -> bool:
        """Whether it is to be opened now."""
        return self.at is not None and time.monotonic() >= self.at

    def schedule(self) -> None:
        """Plan the next attempt."""
        self.at = time.monotonic() + REOPEN_DELAYS[min(self._attempts, len(REOPEN_DELAYS) - 1)]
        self._attempts += 1

    def worked(self) -> None:
        """Begin with the shortest delay the next time."""
        self._attempts = 0


def restored(camera: Camera, before: Snapshot) -> str:
    """Bring ``camera``, which refused something, back to ``before``, and return how that went.

    :raises DeviceGone: it was lost meanwhile.
    """
    settings = {name: before.settings[name] for name in camera.capabilities if name in before.settings}
    try:
        camera.apply(settings, before.framing.mode)
    except DeviceGone:
        raise
    except Exception as error:
        return f'its earlier settings could not be restored: {error}'
    return 'its earlier settings are restored'


def brought_back(
    camera: Camera, native: Framing, selection: Selection | None, driver: DriverControlCamera | None,
    driver_controls: Mapping[str, DriverControlValue], constrained: Set[str] | None = None,
) -> tuple[Framing, str]:
    """Bring a ``camera`` that was opened again, or is not what it was, as near to what was asked of it as it can.

    It may have come back with other modes and ranges. ``native`` is the framing of its mode now, ``driver_controls``
    are the values that controls of its ``driver`` had. ``constrained`` are the properties of which somebody asks
    something, ``None`` if that is not known: of a stream that is not the same, the others are what it is now. Returns
    the framing, and what could not be had again, for people; also logged.
    """
    framing, conflicts = (native, []) if selection is None else _reapplied(camera, selection, native, constrained)
    if driver is not None:
        conflicts += _driver_controls_reapplied(driver, driver_controls)
    conflict = '; '.join(conflicts)
    if conflict:
        logger.warning('the device came back, or changed, without being able to do as before: %s', conflict)
    return framing, conflict


def at_its_rate(camera: Camera, native: Framing, before: Snapshot, tracks: LiveTracks) -> Framing:
    """Return how a ``camera`` whose mode has another rate now than ``before`` is to be delivered.

    That is what its ``tracks`` ask for, and the rate of the mode if they do not ask for one. ``native`` is the framing
    of its mode.
    """
    if not tracks.any:
        return before.framing.taken_as(camera.mode)
    asked = [track.asked for track in tracks.all]
    try:
        selection = select_settings(
            snapshot_of(camera, native), [one for each in asked for one in (each.constraints.basic, each.wishes)],
            [one for each in asked for one in each.constraints.advanced])
    except OverconstrainedError:  # the device cannot do better
        return before.framing.taken_as(camera.mode)
    return native.selected(selection)


def _reapplied(
    camera: Camera, selection: Selection, native: Framing, constrained: Set[str] | None,
) -> tuple[Framing, list[str]]:
    present = snapshot_of(camera, native)
    wishes = wishes_for(selection.settings)
    if constrained is not None and selection.mode not in present.native_modes:
        wishes = {name: wish for name, wish in wishes.items() if name in constrained or name not in STREAM_PROPERTIES}
    if isinstance(camera, RateFollowingCamera):
        # It was found, and not asked for; see at_its_rate.
        wishes = {name: wish for name, wish in wishes.items() if name not in ('frame_rate', 'resize_mode')}
    nearest = select_settings(present, [wishes])
    conflicts = [
        f'{name}: was {selection.settings[name]}, ' + (
            f'can be no nearer than {nearest.settings[name]}' if name in nearest.settings else 'is not there any more')
        for name in wishes if nearest.settings.get(name) != selection.settings[name]]
    framing = present.framing.selected(nearest)
    try:
        camera.apply(device_part(nearest), framing.mode)
    except OperationError as error:
        return native.taken_as(camera.mode), [*conflicts, str(error)]
    return framing.taken_as(camera.mode), conflicts


def _driver_controls_reapplied(driver: DriverControlCamera, values: Mapping[str, DriverControlValue]) -> list[str]:
    conflicts = []
    for name, value in in_writing_order(driver.driver_controls, values).items():
        try:
            driver.set_driver_controls({name: value})
        except OperationError as error:
            conflicts.append(f'{name}: was {value}, {error}')
    return conflicts
