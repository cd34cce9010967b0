"""Bringing a device back to what it was: after it refused something, and after it was lost."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from imagecapture_ros.cameras.camera import Camera, DeviceGone
from imagecapture_ros.cameras.extra_controls import DriverControlled, ExtraValue, in_writing_order
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.cameras.snapshot import Snapshot, device_part, snapshot_of, wishes_for
from imagecapture_ros.mediacapture.errors import OperationError
from imagecapture_ros.mediacapture.select_settings import Selection, select_settings

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


def reapply(camera: Camera, selection: Selection, native: Framing) -> Framing:
    """Bring ``camera`` as near to ``selection`` as it can, and return the framing; ``native`` is that of its mode now.

    It may have come back with other modes and ranges.
    """
    present = snapshot_of(camera, native)
    wishes = wishes_for(selection.settings)
    nearest = select_settings(present, [wishes])
    other = [name for name in wishes if nearest.settings.get(name) != selection.settings[name]]
    if other:
        logger.warning('the device came back without being able to do as before: %s', ', '.join(other))
    framing = present.framing.selected(nearest)
    try:
        camera.apply(device_part(nearest), framing.mode)
    except OperationError as error:
        logger.warning('the settings from before the loss could not be restored: %s', error)
        return native.taken_as(camera.mode)
    return framing.taken_as(camera.mode)


def reapply_extra(driver: DriverControlled, values: Mapping[str, ExtraValue]) -> None:
    """Set the controls of the driver that were set before, as far as it has them."""
    for name, value in in_writing_order(driver.extra_controls, values).items():
        try:
            driver.set_extra({name: value})
        except OperationError as error:
            logger.warning('a control could not be restored after the loss: %s', error)
