# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The W3C properties of a device: which controls they are made of, in which unit, and in which order written."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.controls import Controls
from imagecapture_ros.cameras.backends.v4l2.errors import ControlInactive
from imagecapture_ros.cameras.backends.v4l2.property_controls import (
    CONTINUOUS,
    MANUAL,
    NONE,
    SINGLE_SHOT,
    IsoControl,
    MenuNumber,
    ModeControl,
    NumberControl,
    PropertyControl,
    TorchControl,
)
from imagecapture_ros.mediacapture.capabilities import Capabilities, Settings, SettingValue
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

logger = logging.getLogger(__name__)


class DeviceProperties:
    """All properties of the vocabulary that a device's controls give, except those of its stream."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._properties: dict[str, PropertyControl] = {one.name: one for one in _present(controls)}

    @property
    def identifiers(self) -> frozenset[int]:
        """The controls that the properties are made of."""
        return frozenset(identifier for one in self._properties.values() for identifier in one.identifiers)

    @property
    def capabilities(self) -> Capabilities:
        """By property name, in the order of writing."""
        return {name: one.capability for name, one in self._properties.items()}

    @property
    def defaults(self) -> Settings:
        """The driver's own defaults."""
        return {name: one.default for name, one in self._properties.items()}

    @property
    def settings(self) -> Settings:
        """What the device does, as last read."""
        return {name: one.value for name, one in self._properties.items()}

    @property
    def held(self) -> Settings:
        """The settings without what the device chooses at the moment, so that applying them leaves the choice to it."""
        return {name: one.value for name, one in self._properties.items() if self._counts(name) and not one.automatic}

    def apply(self, settings: Settings) -> None:
        """Bring the device to ``settings``, then read everything back.

        A mode is written before the values it governs, and those only in a mode in which they count: all others are
        the device's. What the device does already is not written again.

        :raises OperationError: the driver refuses a value.
        """
        try:
            for name, one in self._properties.items():
                if name not in settings or not self._counts(name):
                    continue
                if not one.holds(settings[name]):
                    self._write(one, settings[name])
                    if isinstance(one, (ModeControl, IsoControl)):
                        # It activates and deactivates others, and their values are now the automatic's.
                        self._controls.refresh()
        finally:
            self._controls.refresh()

    def _write(self, one: PropertyControl, value: SettingValue) -> None:
        try:
            one.write(value)
        except ControlInactive as error:
            # An automatic of the driver's own governs it, which no mode of the vocabulary tells: it stays as it is.
            if not any(self._controls[identifier].inactive for identifier in one.identifiers):
                raise
            logger.warning('%s', error)

    def _counts(self, name: str) -> bool:
        return VOCABULARY[name].counts(self.settings)


def _present(controls: Controls) -> Iterator[PropertyControl]:
    """Yield the properties of a device in the order in which they are written."""
    for name, identifier in (('pan', ioctl.CID_PAN_ABSOLUTE), ('tilt', ioctl.CID_TILT_ABSOLUTE)):
        yield from _number(controls, name, identifier)
    yield from _zoom(controls)
    yield from _focus_mode(controls)
    yield from _number(controls, 'focus_distance', ioctl.CID_FOCUS_ABSOLUTE)
    yield from _white_balance_mode(controls)
    yield from _number(controls, 'color_temperature', ioctl.CID_WHITE_BALANCE_TEMPERATURE)
    yield from _exposure_mode(controls)
    if _usable_menu(controls, ioctl.CID_AUTO_EXPOSURE_BIAS):
        yield MenuNumber(controls, 'exposure_compensation', ioctl.CID_AUTO_EXPOSURE_BIAS)
    # Both are in units of 100 microseconds.
    yield from _number(controls, 'exposure_time', ioctl.CID_EXPOSURE_ABSOLUTE)
    if _usable_menu(controls, ioctl.CID_ISO_SENSITIVITY):
        yield IsoControl(controls)
    for name, identifier in (
        ('brightness', ioctl.CID_BRIGHTNESS), ('contrast', ioctl.CID_CONTRAST),
        ('saturation', ioctl.CID_SATURATION), ('sharpness', ioctl.CID_SHARPNESS),
    ):
        yield from _number(controls, name, identifier)
    if _writable(controls, ioctl.CID_FLASH_LED_MODE) and TorchControl.possible(controls):
        yield TorchControl(controls)


def _writable(controls: Controls, identifier: int) -> bool:
    return identifier in controls and not controls[identifier].read_only and controls[identifier].elements == 1


def _usable_menu(controls: Controls, identifier: int) -> bool:
    return _writable(controls, identifier) and any(
        isinstance(item, int) for item in controls[identifier].menu.values())


def _number(controls: Controls, name: str, identifier: int) -> Iterator[PropertyControl]:
    if _writable(controls, identifier) and controls[identifier].minimum <= controls[identifier].maximum:
        yield NumberControl(controls, name, identifier)


def _zoom(controls: Controls) -> Iterator[PropertyControl]:
    # The unit of the control is the driver's; its minimum is the widest view, ratio 1. From a minimum of 0 no ratio
    # can be told, so such a zoom stays a control of the driver.
    if _writable(controls, ioctl.CID_ZOOM_ABSOLUTE):
        control = controls[ioctl.CID_ZOOM_ABSOLUTE]
        if 0 < control.minimum <= control.maximum:
            yield NumberControl(controls, 'zoom', ioctl.CID_ZOOM_ABSOLUTE, scale=control.minimum)


def _focus_mode(controls: Controls) -> Iterator[PropertyControl]:
    yield from _switched(controls, 'focus_mode', ioctl.CID_FOCUS_AUTO, ioctl.CID_FOCUS_ABSOLUTE,
                         ioctl.CID_AUTO_FOCUS_START)


def _white_balance_mode(controls: Controls) -> Iterator[PropertyControl]:
    if ioctl.CID_AUTO_WHITE_BALANCE not in controls and _writable(controls, ioctl.CID_AUTO_N_PRESET_WHITE_BALANCE):
        # The other items are presets for kinds of light; they are manual as far as the vocabulary goes.
        menu = controls[ioctl.CID_AUTO_N_PRESET_WHITE_BALANCE].menu
        states = {name: index for name, index in ((MANUAL, 0), (CONTINUOUS, 1)) if index in menu}
        if states:
            yield ModeControl(controls, 'white_balance_mode', ioctl.CID_AUTO_N_PRESET_WHITE_BALANCE, states,
                              {index: CONTINUOUS if index == 1 else MANUAL for index in menu})
        return
    yield from _switched(controls, 'white_balance_mode', ioctl.CID_AUTO_WHITE_BALANCE,
                         ioctl.CID_WHITE_BALANCE_TEMPERATURE, ioctl.CID_DO_WHITE_BALANCE)


def _switched(controls: Controls, name: str, switch: int, value: int, button: int) -> Iterator[PropertyControl]:
    """Yield a mode whose automatic is a switch; off is manual if there is a value to set, else none."""
    has_value = _writable(controls, value)
    off = MANUAL if has_value else NONE
    if not _writable(controls, switch):
        if has_value:
            yield ModeControl(controls, name, None, {MANUAL: 0}, {})
        return
    states = {off: 0, CONTINUOUS: 1}
    if button in controls:
        states[SINGLE_SHOT] = 0
    yield ModeControl(controls, name, switch, states, {0: off, 1: CONTINUOUS}, button if button in controls else None)


def _exposure_mode(controls: Controls) -> Iterator[PropertyControl]:
    has_value = _writable(controls, ioctl.CID_EXPOSURE_ABSOLUTE)
    if not _writable(controls, ioctl.CID_EXPOSURE_AUTO):
        if has_value:
            yield ModeControl(controls, 'exposure_mode', None, {MANUAL: 0}, {})
        return
    manual = MANUAL if has_value else NONE
    menu = controls[ioctl.CID_EXPOSURE_AUTO].menu
    choices = (
        (manual, (ioctl.EXPOSURE_MANUAL, ioctl.EXPOSURE_SHUTTER_PRIORITY)),
        (CONTINUOUS, (ioctl.EXPOSURE_APERTURE_PRIORITY, ioctl.EXPOSURE_AUTO)),
    )
    states = {name: item for name, items in choices for item in reversed(items) if item in menu}
    if states:
        yield ModeControl(controls, 'exposure_mode', ioctl.CID_EXPOSURE_AUTO, states, {
            ioctl.EXPOSURE_AUTO: CONTINUOUS, ioctl.EXPOSURE_MANUAL: manual,
            ioctl.EXPOSURE_SHUTTER_PRIORITY: manual, ioctl.EXPOSURE_APERTURE_PRIORITY: CONTINUOUS,
        })
