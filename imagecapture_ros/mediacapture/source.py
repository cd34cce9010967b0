"""What a track needs of the thing behind it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from imagecapture_ros.mediacapture.candidates import DeviceState
from imagecapture_ros.mediacapture.capabilities import PhotoCapabilities, PhotoSettings, Settings
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.select_settings import Selection


class SourceState(DeviceState, Protocol):
    """A consistent snapshot of a device."""

    @property
    def delivered_settings(self) -> Settings: ...
    @property
    def photo_capabilities(self) -> PhotoCapabilities: ...
    @property
    def photo_settings(self) -> PhotoSettings: ...


@dataclass(frozen=True)
class SourceStatus:
    """Whether a source delivers frames; ``reason`` says why not, or is empty."""

    muted: bool
    ended: bool
    reason: str = ''


class VideoSource(Protocol):
    """A device that a track shows. Jobs are served in order; their futures complete on the device's thread."""

    @property
    def snapshot(self) -> SourceState:
        """The present state; immutable."""

    @property
    def status(self) -> SourceStatus:
        """Whether frames come."""

    def apply(self, solve: Callable[[SourceState], Selection], accept: Callable[[], None]) -> Future[None]:
        """Let ``solve`` choose settings for the state at that moment, bring the device to them, then call ``accept``.

        All three happen on the device's thread, so that calls never mix. An error that ``solve`` raises reaches the
        future and changes nothing.
        """

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Make one exposure with its own settings."""

    def next_frame(self) -> Future[Frame]:
        """Return the next delivered frame."""
