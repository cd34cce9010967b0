# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all sources here have in common: one size and rate, nothing to control, photos that are frames."""

from __future__ import annotations

import time
from collections.abc import Sequence

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    MediaSettingsRange,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.mediacapture.source import DeviceInfo


class SingleModeCamera:
    """The part of a Camera that follows from its one native mode."""

    def __init__(self, info: DeviceInfo) -> None:
        self.info = info
        self.capabilities: Capabilities = {}
        self.settings: Settings = {}
        self.defaults: Settings = {}
        self._mode: NativeMode | None = None
        self._opened_at = 0

    @property
    def mode(self) -> NativeMode:
        """The size and rate of the source."""
        if self._mode is None:
            raise InvalidStateError(f'{self.info.label} is not open')
        return self._mode

    @property
    def in_force_since(self) -> int:
        """When it was opened, or changed its rate or size by itself: nothing else does."""
        if self._mode is None:
            raise InvalidStateError(f'{self.info.label} is not open')
        return self._opened_at

    @property
    def native_modes(self) -> Sequence[NativeMode]:
        """The one mode."""
        return (self.mode,)

    @property
    def field_of_view(self) -> None:
        """Nothing is known of the optics."""
        return None

    @property
    def photo_capabilities(self) -> PhotoCapabilities:
        """A photo is a frame: it has the native size and no other."""
        mode = self.mode
        return PhotoCapabilities(
            image_width=MediaSettingsRange(mode.width, mode.width), sizes=((mode.width, mode.height),),
            image_height=MediaSettingsRange(mode.height, mode.height))

    @property
    def photo_settings(self) -> PhotoSettings:
        """The native size."""
        return PhotoSettings(image_width=self.mode.width, image_height=self.mode.height)

    def apply(self, settings: Settings, mode: NativeMode) -> None:
        """Do nothing: there is no control, and one mode, which is in force."""

    def _open_in(self, mode: NativeMode) -> None:
        """Be open, in ``mode`` from now on."""
        self._mode = mode
        self._opened_at = time.monotonic_ns()
