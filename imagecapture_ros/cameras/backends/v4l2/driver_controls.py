# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The controls that no property of the vocabulary stands for, as parameters under their own names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from imagecapture_ros.cameras.backends.v4l2 import ioctl
from imagecapture_ros.cameras.backends.v4l2.controls import Control, Controls, ControlValue
from imagecapture_ros.cameras.driver_controls import (
    PREFIX,
    DriverControl,
    DriverControlKind,
    DriverControlValue,
    in_writing_order,
)
from imagecapture_ros.mediacapture.errors import OperationError

_KINDS = {
    ioctl.CTRL_TYPE_BOOLEAN: DriverControlKind.BOOLEAN,
    ioctl.CTRL_TYPE_BUTTON: DriverControlKind.BUTTON,
    ioctl.CTRL_TYPE_STRING: DriverControlKind.TEXT,
}


class DriverControls:
    """All controls of a device but those that its properties are made of."""

    def __init__(self, controls: Controls, taken: Iterable[int]) -> None:
        self._controls = controls
        taken = frozenset(taken)
        self._identifiers: dict[str, int] = {}
        for control in controls.all:
            if control.id not in taken:
                name = _parameter_name(control.label)
                if not name or name in self._identifiers:
                    name = f'{name or PREFIX + "control"}_{control.id:x}'
                self._identifiers[name] = control.id

    @property
    def controls(self) -> Mapping[str, DriverControl]:
        """By parameter name, in the driver's order."""
        return {name: _described(name, self._controls[one]) for name, one in self._identifiers.items()}

    @property
    def settings(self) -> Mapping[str, DriverControlValue]:
        """What they are, as last read."""
        return {name: _setting(self._controls[one], self._controls.value(one))
                for name, one in self._identifiers.items()}

    def apply(self, values: Mapping[str, DriverControlValue]) -> None:
        """Set controls and read all back; errors as :meth:`DriverControlCamera.set_driver_controls`."""
        try:
            for name, value in in_writing_order(self.controls, values).items():
                identifier = self._identifiers.get(name)
                if identifier is None:
                    raise OperationError(f'{name}: the device has no such control; it has '
                                         f'{", ".join(self._identifiers) or "none of that kind"}')
                control = self._controls[identifier]
                if control.type == ioctl.CTRL_TYPE_BUTTON:
                    if value:
                        self._controls.write(identifier, 1, name)
                elif not control.lasting or value != _setting(control, self._controls.value(identifier)):
                    self._controls.write(identifier, int(value) if isinstance(value, bool) else value, name)
        finally:
            self._controls.refresh()


def _parameter_name(label: str) -> str:
    """Return the name under which users of Linux cameras know a control: lower case, words joined by underscores."""
    words = re.findall(r'[a-z0-9]+', label.lower())
    return PREFIX + '_'.join(words) if words else ''


def _described(name: str, control: Control) -> DriverControl:
    kind = DriverControlKind.INTEGERS if control.is_array else _KINDS.get(control.type, DriverControlKind.INTEGER)
    return DriverControl(
        name, control.label, kind, control.minimum, control.maximum, max(1, control.step),
        _setting(control, control.default), {index: str(item) for index, item in control.menu.items()},
        control.elements, control.read_only, control.lasting)


def _setting(control: Control, value: ControlValue | None) -> DriverControlValue:
    """Return a value as the kind of its control, within its range, which some drivers do not keep themselves.

    What cannot be read is shown as the default.
    """
    if control.type == ioctl.CTRL_TYPE_BUTTON:
        return False
    if control.type == ioctl.CTRL_TYPE_STRING:
        return value if isinstance(value, str) else ''
    if control.is_array:
        return value if isinstance(value, tuple) else (control.default,) * control.elements
    number = value if isinstance(value, int) else control.default
    if control.type == ioctl.CTRL_TYPE_BOOLEAN:
        return bool(number)
    return min(max(number, control.minimum), control.maximum)
