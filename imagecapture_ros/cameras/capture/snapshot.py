# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The state of a device as everybody but its own thread sees it: one immutable snapshot, replaced when it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.driver_controls import DriverControl, DriverControlCamera, DriverControlValue
from imagecapture_ros.cameras.framing import Framing
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    Capability,
    MediaSettingsRange,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
    aspect_ratio,
)
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet
from imagecapture_ros.mediacapture.solver.select_settings import Selection
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.mediacapture.vocabulary import RESIZE_MODES, STREAM_PROPERTIES, VOCABULARY

T = TypeVar('T')


@dataclass(frozen=True)
class Snapshot:
    """What a device can do and does, with the stream's size and rate and the identifiers filled in."""

    info: DeviceInfo
    capabilities: Capabilities
    settings: Settings
    """As constraints are written: width and height before any rotation of the delivered picture."""
    defaults: Settings
    native_modes: tuple[NativeMode, ...]
    framing: Framing
    has_capture_timestamps: bool
    field_of_view: float | None
    """See :attr:`Camera.field_of_view`."""
    photo_capabilities: PhotoCapabilities
    photo_settings: PhotoSettings
    driver_controls: Mapping[str, DriverControl] = field(default_factory=dict)
    """The driver's controls that no property stands for, by parameter name."""
    driver_settings: Mapping[str, DriverControlValue] = field(default_factory=dict)
    in_force_since: int = field(default=0, compare=False)
    """Frames exposed at this moment of CLOCK_MONOTONIC (nanoseconds) or later were taken in this state."""

    @property
    def delivered_settings(self) -> Settings:
        """The settings with the width, height and aspect ratio of the picture as it is delivered (getSettings)."""
        size = (self.framing.delivered_width, self.framing.delivered_height)
        return {**self.settings, 'width': size[0], 'height': size[1], 'aspect_ratio': aspect_ratio(*size)}

    @property
    def device_settings(self) -> Settings:
        """The settings that are the camera's own business."""
        return _own(self.settings)


def snapshot_of(camera: Camera, framing: Framing) -> Snapshot:
    """Return the present state of an open ``camera`` whose stream is delivered as ``framing`` says."""
    modes = tuple(camera.native_modes)
    identity = _identity(camera.info)
    capabilities: dict[str, Capability] = {
        **camera.capabilities, **_stream_capabilities(modes), **{name: (value,) for name, value in identity.items()}}
    default = modes[0]
    driver = camera if isinstance(camera, DriverControlCamera) else None
    return Snapshot(
        info=camera.info,
        capabilities=_in_order(capabilities),
        settings=_in_order({**camera.settings, **framing.stream_settings, **identity}),
        defaults=_in_order({**camera.defaults, **Framing.native(default).stream_settings, **identity}),
        native_modes=modes,
        framing=framing,
        has_capture_timestamps=camera.has_capture_timestamps,
        field_of_view=camera.field_of_view,
        photo_capabilities=camera.photo_capabilities,
        photo_settings=camera.photo_settings,
        driver_controls=driver.driver_controls if driver else {},
        driver_settings=driver.driver_settings if driver else {},
        in_force_since=camera.in_force_since,
    )


def device_part(selection: Selection) -> Settings:
    """Return the settings that are the camera's own business."""
    return _own(selection.settings)


def _own(settings: Settings) -> Settings:
    return {
        name: value for name, value in settings.items()
        if name not in STREAM_PROPERTIES and not VOCABULARY[name].identifies
    }


def wishes_for(settings: Settings) -> ConstraintSet:
    """Return the wish for ``settings``, without what their modes leave to the device."""
    return {
        name: Constraint(ideal=(value,) if isinstance(value, str) else value)
        for name, value in settings.items() if VOCABULARY[name].counts(settings)
    }


def _identity(info: DeviceInfo) -> dict[str, str]:
    values = {'facing_mode': info.facing_mode, 'device_id': info.device_id, 'group_id': info.group_id}
    return {name: value for name, value in values.items() if value}


def _stream_capabilities(modes: tuple[NativeMode, ...]) -> dict[str, Capability]:
    width = max(mode.width for mode in modes)
    height = max(mode.height for mode in modes)
    return {
        'width': MediaSettingsRange(1, width, 1),
        'height': MediaSettingsRange(1, height, 1),
        'aspect_ratio': MediaSettingsRange(aspect_ratio(1, height), aspect_ratio(width, 1)),
        'frame_rate': MediaSettingsRange(0.0, max(mode.frame_rate for mode in modes)),
        'resize_mode': RESIZE_MODES,
    }


def _in_order(values: dict[str, T]) -> dict[str, T]:
    return {name: values[name] for name in VOCABULARY if name in values}
