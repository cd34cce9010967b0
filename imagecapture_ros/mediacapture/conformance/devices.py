# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The devices that vectors describe, as the model holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagecapture_ros.mediacapture.capabilities import (
    Capability,
    MediaSettingsRange,
    NativeMode,
    PhotoCapabilities,
    SettingValue,
)
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.vocabulary import BY_W3C_NAME, VOCABULARY, Kind, Point2D, Property
from imagecapture_ros.mediacapture.w3c_json import photo_settings_from_json


def fixed_names(description: Mapping[str, Any]) -> frozenset[str]:
    """Return the properties that have a setting and no capability: nobody can change them."""
    settings = _settings(description.get('settings', {})).keys()
    # Points of interest never have a capability.
    return frozenset(settings - _capabilities(description.get('capabilities', {})).keys() - {'points_of_interest'})


def state_of(description: Mapping[str, Any]) -> ScriptedState:
    """Return the state of the device that a vector, or one entry of its ``devices``, describes."""
    capabilities = _capabilities(description.get('capabilities', {}))
    settings = _settings(description.get('settings', {}))
    if 'points_of_interest' in settings:
        capabilities['points_of_interest'] = ()
    # What nobody can change is one value to choose from; a track would tell of it, so getCapabilities leaves it out.
    capabilities.update({name: _only(VOCABULARY[name], settings[name]) for name in fixed_names(description)})
    settings = {name: settings[name] if name in settings else _some_value(capability)
                for name, capability in capabilities.items()}
    defaults = {**settings, **_settings(description.get('defaults', {}))}
    shot = description.get('photo_state', description.get('photo_defaults', {}))
    return ScriptedState(
        {name: capabilities[name] for name in VOCABULARY if name in capabilities},
        settings,
        {name: value for name, value in defaults.items() if name in capabilities},
        tuple(NativeMode(int(width), int(height), float(rate))
              for width, height, rate in description.get('native_modes', ())),
        _photo_capabilities(description.get('photo_capabilities', {}), description.get('photo_sizes', ())),
        photo_settings_from_json(shot),
    )


def _capabilities(members: Mapping[str, Any]) -> dict[str, Capability]:
    known = {BY_W3C_NAME[name]: value for name, value in members.items() if name in BY_W3C_NAME}
    return {row.name: _capability(row, value) for row, value in known.items() if value not in ({}, None)}


def _capability(row: Property, value: Any) -> Capability:
    if row.numeric:
        return _range(value, step=1.0 if row.kind is Kind.INTEGER else 0.0)
    if isinstance(value, bool):
        return (False, True) if value else (False,)  # torch was a plain boolean until 2023
    return (value,) if isinstance(value, str) else tuple(value)


def _only(row: Property, value: Any) -> Capability:
    if row.numeric:
        return MediaSettingsRange(value, value, 1.0 if row.kind is Kind.INTEGER else 0.0)
    return (value,)


def _range(value: Mapping[str, Any], step: float = 0.0) -> MediaSettingsRange:
    return MediaSettingsRange(value['min'], value['max'], value.get('step') or step)


def _settings(members: Mapping[str, Any]) -> dict[str, SettingValue]:
    return {BY_W3C_NAME[name].name: _setting(value) for name, value in members.items() if name in BY_W3C_NAME}


def _setting(value: Any) -> SettingValue:
    if isinstance(value, list):
        return tuple(Point2D(point.get('x', 0.0), point.get('y', 0.0)) for point in value)
    return value  # type: ignore[no-any-return]


def _some_value(capability: Capability) -> SettingValue:
    """Return what a device whose setting is not described does: nothing unusual."""
    if isinstance(capability, MediaSettingsRange):
        return capability.nearest(0.0)
    return capability[0] if capability else ()


def _photo_capabilities(members: Mapping[str, Any], sizes: Any) -> PhotoCapabilities:
    width, height = (_range(members[name]) if name in members else None for name in ('imageWidth', 'imageHeight'))
    return PhotoCapabilities(
        red_eye_reduction=members.get('redEyeReduction', 'never'), image_width=width, image_height=height,
        fill_light_mode=tuple(members.get('fillLightMode', ())),
        sizes=tuple((int(width), int(height)) for width, height in sizes),
    )
