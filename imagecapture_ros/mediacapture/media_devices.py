# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which camera, and how it is opened (MediaDevices: getUserMedia, getSupportedConstraints)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from imagecapture_ros.mediacapture.constraints import Constraints, checked_constraints
from imagecapture_ros.mediacapture.errors import (
    AbortError,
    ConstraintTypeError,
    MediaCaptureError,
    NotAllowedError,
    NotFoundError,
    NotReadableError,
    OperationError,
    OverconstrainedError,
)
from imagecapture_ros.mediacapture.solver.select_settings import select_settings
from imagecapture_ros.mediacapture.source import State, VideoSource
from imagecapture_ros.mediacapture.track import PanTiltZoom, VideoTrack, exposed_state, refuse_movements
from imagecapture_ros.mediacapture.vocabulary import SELECTING, VOCABULARY


class MediaDevice(Protocol[State]):
    """A camera that can be opened."""

    def open(self) -> VideoSource[State]:
        """Take hold of the camera, without streaming, and return it; blocks until it is open.

        A camera that tracks show already may be given again: all tracks of it share what it does.

        :raises NotFoundError: there is no such device any more.
        :raises NotReadableError: it is busy, or what it delivers cannot be read.
        :raises NotAllowedError: the operating system refuses access.
        """


def get_supported_constraints() -> dict[str, bool]:
    """Return true for each constraint this software knows, by its W3C name, whatever a camera can do."""
    return {row.w3c_name: True for row in VOCABULARY.values()}


def get_user_media(
    devices: Sequence[MediaDevice[State]], video: Constraints, *, ptz: PanTiltZoom = PanTiltZoom.ALLOWED,
    snap: bool = False,
) -> VideoTrack[State]:
    """Return a track of the one of ``devices`` that suits ``video`` best, brought to it (getUserMedia).

    What ``video`` does not mention stays as it was found: opening a camera moves no motor. ``snap`` is that of
    :meth:`VideoTrack.apply_constraints`.

    The first of equally suitable ones is taken; one that cannot be opened is passed over if another suits. What is
    opened and not taken is released again, also after an error. Blocks until the camera is set up.

    :raises ConstraintTypeError: a value has the wrong type, or something is required by which no camera is chosen.
    :raises SecurityError: pan, tilt or zoom is constrained but not allowed.
    :raises NotFoundError: there is no device.
    :raises NotReadableError: all that are there are busy or unreadable.
    :raises NotAllowedError: the operating system refuses access to them.
    :raises OverconstrainedError: none has settings that meet what is required.
    :raises AbortError: the device failed while it was set up.
    """
    video = checked_constraints(video)
    refuse_movements(video, ptz)
    video = _for_selection(video)
    track = VideoTrack(_best_of(devices, video, ptz), ptz=ptz)
    try:
        track.apply_constraints(video, keep=True, snap=snap).result()
    except BaseException as error:
        track.stop()
        if isinstance(error, OperationError):
            raise AbortError(f'{track.label} could not be set up: {error}') from error
        raise
    return track


def _best_of(
    devices: Sequence[MediaDevice[State]], video: Constraints, ptz: PanTiltZoom,
) -> VideoSource[State]:
    """Return the opened source with the smallest fitness distance; all others that no track shows are released."""
    if not devices:
        raise NotFoundError('no camera was found on this machine')
    opened: list[tuple[float, VideoSource[State]]] = []
    failures: list[MediaCaptureError] = []
    taken: VideoSource[State] | None = None
    try:
        for device in devices:
            try:
                source = device.open()
            except (NotFoundError, NotReadableError, NotAllowedError) as error:
                failures.append(error)
                continue
            opened.append((math.inf, source))
            try:
                state = exposed_state(source.snapshot, ptz)
                opened[-1] = select_settings(state, [video.basic], video.advanced).distance, source
            except OverconstrainedError as error:
                failures.append(error)
        if len(failures) == len(devices):
            # That a camera is busy is easier to change than what it can do.
            raise min(failures, key=lambda error: isinstance(error, OverconstrainedError))
        taken = min(opened, key=lambda one: one[0])[1]
        return taken
    finally:
        for _, source in opened:
            if source is not taken and not source.tracks.any:
                source.release()


def _for_selection(video: Constraints) -> Constraints:
    """Return ``video`` as it counts for the choice of a device; an empty device id is none."""
    required = [name for name, constraint in video.basic.items() if constraint.required and name not in SELECTING]
    if required:
        raise ConstraintTypeError(
            f'{required[0]}: {video.basic[required[0]].without_ideal()} cannot be required of a camera that is to be '
            f'opened; make it ideal or put it into an advanced set. Required may be {", ".join(sorted(SELECTING))}')
    basic = dict(video.basic)
    if 'device_id' in basic and {basic['device_id'].exact, basic['device_id'].ideal} <= {None, ('',)}:
        del basic['device_id']
    return Constraints(basic, video.advanced).stated

