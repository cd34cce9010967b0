"""The W3C properties of a device: which controls they are made of, in which unit, and in which order written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Protocol

from imagecapture_ros.cameras.v4l2 import ioctl
from imagecapture_ros.cameras.v4l2.controls import Control, Controls
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    Capability,
    MediaSettingsRange,
    Settings,
    SettingValue,
)
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

CONTINUOUS, MANUAL, SINGLE_SHOT, NONE = 'continuous', 'manual', 'single-shot', 'none'


class PropertyControl(Protocol):
    """One property of the vocabulary on one device."""

    @property
    def name(self) -> str:
        """The property."""

    @property
    def identifiers(self) -> tuple[int, ...]:
        """The controls that it is made of."""

    @property
    def capability(self) -> Capability:
        """What it can be set to."""

    @property
    def default(self) -> SettingValue:
        """The driver's own default."""

    @property
    def value(self) -> SettingValue:
        """What it is, as last read."""

    def write(self, value: SettingValue) -> None:
        """Set it; errors as :meth:`Controls.write`."""


class NumberControl:
    """A number in a control's own unit, or in ``scale`` of them."""

    def __init__(self, controls: Controls, name: str, identifier: int, scale: int = 1) -> None:
        self.name = name
        self.identifiers: tuple[int, ...] = (identifier,)
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


class MenuNumber:
    """A number that is one of a menu's, which are given in thousandths; the control holds the index."""

    scale = 1000

    def __init__(self, controls: Controls, name: str, identifier: int) -> None:
        self.name = name
        self.identifiers: tuple[int, ...] = (identifier,)
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
        self._automatic = ioctl.CID_ISO_SENSITIVITY_AUTO in controls
        if self._automatic:
            self.identifiers = (ioctl.CID_ISO_SENSITIVITY, ioctl.CID_ISO_SENSITIVITY_AUTO)

    def write(self, value: SettingValue) -> None:
        """See :class:`PropertyControl`."""
        if self._automatic:
            chosen = self._controls[ioctl.CID_ISO_SENSITIVITY_AUTO].default if value == self.default else 0
            self._controls.write(ioctl.CID_ISO_SENSITIVITY_AUTO, chosen, self.name)
            if chosen:
                return
        super().write(value)


class ModeControl:
    """A metering mode: a switch between automatic and manual, with a button for a single run where there is one."""

    def __init__(
        self, controls: Controls, name: str, switch: int | None, states: Mapping[str, int],
        meaning: Mapping[int, str], button: int | None = None,
    ) -> None:
        """Make a mode whose ``states`` are what is written to ``switch``; ``meaning`` is what is read from it."""
        self.name = name
        self.identifiers: tuple[int, ...] = tuple(one for one in (switch, button) if one is not None)
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


class TorchControl:
    """The light of a camera as a lamp."""

    name = 'torch'
    identifiers: tuple[int, ...] = (ioctl.CID_FLASH_LED_MODE,)
    default: SettingValue = False
    capability: Capability = (False, True)
    _OFF, _ON = 0, 2

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    @classmethod
    def possible(cls, controls: Controls) -> bool:
        """Return whether the light can be on and off."""
        return {cls._OFF, cls._ON} <= controls[ioctl.CID_FLASH_LED_MODE].menu.keys()

    @property
    def value(self) -> SettingValue:
        """See :class:`PropertyControl`."""
        return self._controls.number(ioctl.CID_FLASH_LED_MODE) == self._ON

    def write(self, value: SettingValue) -> None:
        """See :class:`PropertyControl`."""
        self._controls.write(ioctl.CID_FLASH_LED_MODE, self._ON if value else self._OFF, self.name)


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
                if one.value != settings[name]:
                    one.write(settings[name])
                    if isinstance(one, (ModeControl, IsoControl)):
                        # It activates and deactivates others, and their values are now the automatic's.
                        self._controls.refresh()
        finally:
            self._controls.refresh()

    def _counts(self, name: str) -> bool:
        coupling = VOCABULARY[name].coupling
        mode = None if coupling is None else self._properties.get(coupling.mode)
        return coupling is None or mode is None or mode.value in coupling.effective_in


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
