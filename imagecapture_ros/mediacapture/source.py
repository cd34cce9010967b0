# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a track needs of the thing behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from imagecapture_ros.mediacapture.capabilities import DeviceState, PhotoCapabilities, PhotoSettings, Settings
from imagecapture_ros.mediacapture.constraints import Constraints, ConstraintSet
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.solver.select_settings import Selection


@dataclass(frozen=True)
class DeviceInfo:
    """Who a device is (Media Capture and Streams, MediaDeviceInfo)."""

    device_id: str
    """Stable over restarts and the same for no other device."""
    label: str
    """For people."""
    group_id: str
    """The same for all devices of one physical unit."""
    facing_mode: str = ''
    """user, environment, left, right, or empty when unknown."""
    make: str = ''
    """Who made it, or empty when unknown."""
    path: str = ''
    """Where the operating system has it at the moment (``/dev/video0``), or empty."""


class SourceState(DeviceState, Protocol):
    """A consistent snapshot of a device."""

    @property
    def delivered_settings(self) -> Settings:
        """The settings with the width, height and aspect ratio of the picture as it is delivered."""

    @property
    def photo_capabilities(self) -> PhotoCapabilities:
        """What a photo can be asked for."""

    @property
    def photo_settings(self) -> PhotoSettings:
        """What a photo would be taken with if nothing is asked."""


State = TypeVar('State', bound=SourceState)
"""What a source tells of the device; a source that knows more than :class:`SourceState` tells that, too."""


@dataclass(frozen=True)
class CompletedApply(Generic[State]):
    """What was chosen, the state that it led to, and the state before, whatever others asked of the device since."""

    selection: Selection
    state: State
    before: State


@dataclass(frozen=True)
class CompletedFrame(Generic[State]):
    """A delivered frame, and the state that was in force when it was exposed."""

    frame: Frame
    state: State


@dataclass(frozen=True)
class CompletedPhoto(Generic[State]):
    """A photo, and the state that was in force when it was exposed; its settings are those of the photo."""

    photo: RawPhoto
    state: State


@dataclass(frozen=True)
class SourceStatus:
    """Whether a source delivers frames; ``reason`` says why not, or is empty."""

    muted: bool
    ended: bool
    reason: str = ''


@dataclass(frozen=True)
class Asked:
    """What a track asks of its source; replaced as a whole."""

    constraints: Constraints = field(default_factory=Constraints)
    """Of the last successful ``apply_constraints``."""
    wishes: ConstraintSet = field(default_factory=dict)
    """What ``apply_exact`` asked since then."""


class AskingTrack(Protocol):
    """A track as the other tracks of its source see it."""

    @property
    def asked(self) -> Asked:
        """What it asks of the source."""


class LiveTracks:
    """The tracks that show one source and have not been stopped; any thread may use it.

    With its last track a source lets go of the device, so that no further one can be added.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tracks: tuple[AskingTrack, ...] = ()
        self._over = False

    def add(self, track: AskingTrack) -> bool:
        """Count ``track`` in; return whether the source still has the device."""
        with self._lock:
            if not self._over:
                self._tracks = (*self._tracks, track)
            return not self._over

    def remove(self, track: AskingTrack) -> bool:
        """Count ``track`` out; return whether none is left."""
        with self._lock:
            self._tracks = tuple(other for other in self._tracks if other is not track)
            self._over = not self._tracks
            return self._over

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return bool(self._tracks)

    @property
    def all(self) -> tuple[AskingTrack, ...]:
        """All tracks, the oldest first."""
        return self._tracks

    @property
    def constrained(self) -> frozenset[str]:
        """The names of all properties of which any of them asks something."""
        return frozenset(
            name for track in self._tracks for asked in (track.asked,)
            for constraints in (asked.constraints.basic, *asked.constraints.advanced, asked.wishes)
            for name in constraints)

    def others(self, track: AskingTrack) -> tuple[AskingTrack, ...]:
        """Return all tracks but ``track``, the oldest first."""
        return tuple(other for other in self._tracks if other is not track)


class VideoSource(Protocol[State]):
    """A device that tracks show. Jobs are served in order; their futures complete on the device's thread.

    What a future has belongs to its own moment: the state in it is the one that the request led to or was served in.
    """

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""

    @property
    def tracks(self) -> LiveTracks:
        """Who shows it."""

    @property
    def snapshot(self) -> State:
        """The present state; immutable."""

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""

    def apply(
        self, solve: Callable[[SourceState], Selection], accept: Callable[[], None],
    ) -> Future[CompletedApply[State]]:
        """Let ``solve`` choose settings for the state at that moment, bring the device to them, then call ``accept``.

        All three happen on the device's thread, so that calls never mix. The future has the selection and the state it
        led to; an error that ``solve`` raises reaches it and changes nothing. Properties that the selection leaves out
        stay as they are.
        """

    def take_photo(self, wishes: PhotoSettings) -> Future[CompletedPhoto[State]]:
        """Make one exposure with its own settings; ``wishes`` are attainable."""

    def next_frame(self) -> Future[CompletedFrame[State]]:
        """Return the next delivered frame that was taken with all that has been applied so far."""

    def release(self) -> None:
        """Let go of the device, without waiting for it: nobody shows it any more."""
