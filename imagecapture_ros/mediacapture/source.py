# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a track needs of the thing behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from imagecapture_ros.mediacapture.capabilities import DeviceState, PhotoCapabilities, PhotoSettings, Settings
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.select_settings import Selection

if TYPE_CHECKING:
    from imagecapture_ros.mediacapture.track import VideoTrack


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


@dataclass(frozen=True)
class SourceStatus:
    """Whether a source delivers frames; ``reason`` says why not, or is empty."""

    muted: bool
    ended: bool
    reason: str = ''


class LiveTracks:
    """The tracks that show one source and have not been stopped; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tracks: tuple[VideoTrack, ...] = ()

    def add(self, track: VideoTrack) -> None:
        """Count ``track`` in."""
        with self._lock:
            self._tracks = (*self._tracks, track)

    def remove(self, track: VideoTrack) -> bool:
        """Count ``track`` out; return whether none is left."""
        with self._lock:
            self._tracks = tuple(other for other in self._tracks if other is not track)
            return not self._tracks

    def others(self, track: VideoTrack) -> tuple[VideoTrack, ...]:
        """Return all tracks but ``track``, the oldest first."""
        return tuple(other for other in self._tracks if other is not track)


class VideoSource(Protocol):
    """A device that tracks show. Jobs are served in order; their futures complete on the device's thread."""

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""

    @property
    def tracks(self) -> LiveTracks:
        """Who shows it."""

    @property
    def snapshot(self) -> SourceState:
        """The present state; immutable."""

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""

    def apply(self, solve: Callable[[SourceState], Selection], accept: Callable[[], None]) -> Future[Selection]:
        """Let ``solve`` choose settings for the state at that moment, bring the device to them, then call ``accept``.

        All three happen on the device's thread, so that calls never mix. The future has the selection; an error that
        ``solve`` raises reaches it and changes nothing. Properties that the selection leaves out stay as they are.
        """

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Make one exposure with its own settings; ``wishes`` are attainable."""

    def next_frame(self) -> Future[Frame]:
        """Return the next delivered frame."""

    def release(self) -> None:
        """Let go of the device, without waiting for it: nobody shows it any more."""
