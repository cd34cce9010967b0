# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The W3C properties of a device one by one: of which controls each is made, and in which unit."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from itertools import pairwise

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.controls import Control, Controls
from imagecapture_ros.mediacapture.capabilities import Capability, MediaSettingsRange, SettingValue

CONTINUOUS, MANUAL, SINGLE_SHOT, NONE = 'continuous', 'manual', 'single-shot', 'none'


class PropertyControl(abc.ABC):
    """One property of the vocabulary on one device."""

    name: str
    """The property."""
    identifiers: tuple[int, ...]
    """The controls that it is made of."""

    @property
    @abc.abstractmethod
    def capability(self) -> Capability:
        """What it can be set to."""

    @property
    @abc.abstractmethod
    def default(self) -> SettingValue:
        """The driver's own default."""

    @property
    @abc.abstractmethod
    def value(self) -> SettingValue:
        """What it is, as last read."""

    @property
    def automatic(self) -> bool:
        """Whether the device chooses the value at the moment, other than by a mode of the vocabulary."""
        return False

    def holds(self, value: SettingValue) -> bool:
        """Return whether nothing has to be written for it to have this value."""
        return self.value == value

    @abc.abstractmethod
    def write(self, value: SettingValue) -> None:
        """Set it; errors as :meth:`Controls.write`."""


class NumberControl(PropertyControl):
    """A number in a control's own unit, or in ``scale`` of them."""

    def __init__(self, controls: Controls, name: str, identifier: int, scale: int = 1) -> None:
        self.name = name
        self.identifiers = (identifier,)
        self._controls = controls
        self._scale = scale

    @property
    def _control(self) -> Control:
        return self._controls[self.identifiers[0]]

    @property
    def capability(self) -> MediaSettingsRange:
        """See :class:`PropertyControl`."""
        control, scale = self._control, self._scale
        return MediaSettingsRange(control.minimum / scale, control.maximum / scale, max(1, control.step) / scale)

    @property
    def default(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return self._inside(self._control.default)

    @property
    def value(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return self._inside(self._controls.number(self._control.id))

    def write(self, value: SettingValue) -> None:
        """See :class:`PropertyControl`."""
        assert isinstance(value, (int, float))
        self._controls.write(self._control.id, round(value * self._scale), self.name)

    def _inside(self, value: int) -> float:
        """Return a driver's number in the property's unit; a few drivers report what their own range excludes."""
        control = self._control
        return min(max(value, control.minimum), control.maximum) / self._scale


class MenuNumber(PropertyControl):
    """A number that is one of a menu's, which are given in thousandths; the control holds the index."""

    scale = 1000
    def __init__(self, controls: Controls, name: str, identifier: int) -> None:
        self.name = name
        self.identifiers = (identifier,)
        self._controls = controls

    @property
    def _numbers(self) -> dict[int, float]:
        menu = self._controls[self.identifiers[0]].menu
        return {index: item / self.scale for index, item in menu.items() if isinstance(item, int)}

    @property
    def capability(self) -> MediaSettingsRange:
        """The smallest difference of neighbours is the step where it reaches all of them; else there is none."""
        numbers = sorted(set(self._numbers.values()))
        gaps = [after - before for before, after in pairwise(numbers)]
        step = min(gaps, default=0.0)
        even = step > 0.0 and all(abs(gap / step - round(gap / step)) < 1e-6 for gap in gaps)
        return MediaSettingsRange(numbers[0], numbers[-1], step if even else 0.0)

    @property
    def default(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return self._number(self._controls[self.identifiers[0]].default)

    @property
    def value(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return self._number(self._controls.number(self.identifiers[0]))

    def write(self, value: SettingValue) -> None:
        """Take the menu's number nearest to ``value``; see :class:`PropertyControl`."""
        assert isinstance(value, (int, float))
        numbers = self._numbers
        nearest = min(numbers, key=lambda index: abs(numbers[index] - value))
        self._controls.write(self.identifiers[0], nearest, self.name)

    def _number(self, index: int) -> float:
        numbers = self._numbers
        return numbers[index] if index in numbers else next(iter(numbers.values()))


class IsoControl(MenuNumber):
    """The sensitivity; its default gives it back to the camera, if that chooses it by default."""

    def __init__(self, controls: Controls) -> None:
        super().__init__(controls, 'iso', ioctl.CID_ISO_SENSITIVITY)
        self._switched = ioctl.CID_ISO_SENSITIVITY_AUTO in controls
        if self._switched:
            self.identifiers = (ioctl.CID_ISO_SENSITIVITY, ioctl.CID_ISO_SENSITIVITY_AUTO)

    @property
    def automatic(self) -> bool:
        """See :class:`PropertyControl`."""
        return self._switched and bool(self._controls.number(ioctl.CID_ISO_SENSITIVITY_AUTO))

    def holds(self, value: SettingValue) -> bool:
        """See :class:`PropertyControl`."""
        return self.automatic == self._to_be_automatic(value) and (self.automatic or self.value == value)

    def write(self, value: SettingValue) -> None:
        """See :class:`PropertyControl`."""
        if self._switched:
            automatic = self._to_be_automatic(value)
            default = self._controls[ioctl.CID_ISO_SENSITIVITY_AUTO].default
            self._controls.write(ioctl.CID_ISO_SENSITIVITY_AUTO, default if automatic else 0, self.name)
            if automatic:
                return
        super().write(value)

    def _to_be_automatic(self, value: SettingValue) -> bool:
        by_default = self._switched and bool(self._controls[ioctl.CID_ISO_SENSITIVITY_AUTO].default)
        return by_default and value == self.default


class ModeControl(PropertyControl):
    """A metering mode: a switch between automatic and manual, with a button for a single run where there is one."""

    def __init__(
        self, controls: Controls, name: str, switch: int | None, states: Mapping[str, int],
        meaning: Mapping[int, str], button: int | None = None,
    ) -> None:
        """Make a mode whose ``states`` are what is written to ``switch``; ``meaning`` is what is read from it."""
        self.name = name
        self.identifiers = tuple(one for one in (switch, button) if one is not None)
        self._controls = controls
        self._switch = switch
        self._states = states
        self._meaning = meaning
        self._button = button
        self._single_run = False

    @property
    def capability(self) -> tuple[str, ...]:
        """See :class:`PropertyControl`."""
        return tuple(self._states)

    @property
    def default(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return MANUAL if self._switch is None else self._state(self._controls[self._switch].default)

    @property
    def value(self) -> SettingValue:
        """See :class:`PropertyControl`; after a single run it stays single-shot until something else is asked."""
        if self._switch is None:
            return MANUAL
        number = self._controls.number(self._switch)
        if self._single_run and number == self._states[SINGLE_SHOT]:
            return SINGLE_SHOT
        return self._state(number)

    def write(self, value: SettingValue) -> None:
        """See :class:`PropertyControl`; single-shot runs the automatic once, each time that the mode is entered."""
        if self._switch is None:
            return
        assert isinstance(value, str)
        self._controls.write(self._switch, self._states[value], self.name)
        self._single_run = value == SINGLE_SHOT
        if self._single_run and self._button is not None:
            self._controls.write(self._button, 1, self.name)

    def _state(self, number: int) -> str:
        state = self._meaning.get(number, CONTINUOUS)
        return state if state in self._states else next(iter(self._states))


class TorchControl(PropertyControl):
    """The light of a camera as a lamp."""

    name = 'torch'
    identifiers = (ioctl.CID_FLASH_LED_MODE,)
    _OFF, _ON = 0, 2

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    @classmethod
    def possible(cls, controls: Controls) -> bool:
        """Return whether the light can be on and off."""
        return {cls._OFF, cls._ON} <= controls[ioctl.CID_FLASH_LED_MODE].menu.keys()

    @property
    def capability(self) -> Capability:
        """See :class:`PropertyControl`."""
        return (False, True)

    @property
    def default(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return False

    @property
    def value(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return self._controls.number(ioctl.CID_FLASH_LED_MODE) == self._ON

    def write(self, value: SettingValue) -> None:
        """See :class:`PropertyControl`."""
        self._controls.write(ioctl.CID_FLASH_LED_MODE, self._ON if value else self._OFF, self.name)
