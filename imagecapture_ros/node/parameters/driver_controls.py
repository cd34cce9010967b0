# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The driver's own controls as dynamic parameters, under the driver's names, with its ranges."""

from __future__ import annotations

import array
from collections.abc import Mapping
from typing import Any

from rcl_interfaces.msg import IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.driver_controls import (
    DriverControl,
    DriverControlKind,
    DriverControlValue,
    in_writing_order,
)
from imagecapture_ros.mediacapture.errors import ConstraintTypeError, MediaCaptureError
from imagecapture_ros.texts import excerpt

_TYPES = {
    DriverControlKind.INTEGER: Parameter.Type.INTEGER,
    DriverControlKind.BOOLEAN: Parameter.Type.BOOL,
    DriverControlKind.BUTTON: Parameter.Type.BOOL,
    DriverControlKind.TEXT: Parameter.Type.STRING,
    DriverControlKind.INTEGERS: Parameter.Type.INTEGER_ARRAY,
}


class DriverControlParameters:
    """Keeps parameters in step with the controls of the driver. Use on the executor's thread only."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._controls: Mapping[str, DriverControl] = {}
        self._mirroring = False
        node.add_on_set_parameters_callback(self._allow)

    @property
    def declared(self) -> frozenset[str]:
        """The names of the controls that are parameters now."""
        return frozenset(self._controls)

    def undeclare(self) -> None:
        """Take all these parameters away."""
        for name in self._controls:
            self._node.undeclare_parameter(name)
        self._controls = {}

    def mirror(self, snapshot: Snapshot) -> None:
        """Declare what the device has, and store what its controls are set to, in one parameter event."""
        self._mirroring = True
        try:
            if snapshot.driver_controls != self._controls:
                self.undeclare()
                for name, control in snapshot.driver_controls.items():
                    self._node.declare_parameter(name, _TYPES[control.kind], _descriptor(control), ignore_override=True)
                self._controls = dict(snapshot.driver_controls)
            changed = [
                parameter for name, value in snapshot.driver_settings.items()
                if _differs(parameter := _parameter(self._controls[name], value),
                            self._node.get_parameter_or(name, Parameter(name)).value)
            ]
            result = self._node.set_parameters_atomically(changed) if changed else None
        finally:
            self._mirroring = False
        if result is not None and not result.successful:
            self._node.get_logger().error(f'the driver reports what its own range excludes: {result.reason}')

    def checked(self, values: Mapping[str, Any]) -> dict[str, DriverControlValue]:
        """Return what a request asks of declared controls, as the device takes it.

        :raises ConstraintTypeError: a value has the wrong type or is out of range; the message says what is allowed.
        """
        return {name: checked_driver_control(self._controls[name], value) for name, value in values.items()}

    def _allow(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        """Let only the mirror store these; must not raise, which would end the node."""
        for parameter in parameters:
            if parameter.name in self._controls and not self._mirroring:
                return SetParametersResult(successful=False, reason=(
                    f'{parameter.name} belongs to the device; use the parameter services'))
        return SetParametersResult(successful=True)


def checked_driver_control(control: DriverControl, value: Any) -> DriverControlValue:
    """Return ``value`` as a control takes it; a menu takes the number or the text of an item.

    :raises ConstraintTypeError: it does not fit; the message says what is allowed.
    """
    if value is None:
        raise ConstraintTypeError(f'{control.name}: a control of the device cannot be deleted')
    if control.kind in (DriverControlKind.BOOLEAN, DriverControlKind.BUTTON):
        if not isinstance(value, bool):
            raise ConstraintTypeError(f'{control.name}: {excerpt(value)} is not a boolean; use true or false')
        return value
    if control.kind is DriverControlKind.TEXT:
        if not isinstance(value, str):
            raise ConstraintTypeError(f'{control.name}: {excerpt(value)} is not text; write it in quotes')
        length = len(value.encode('utf-8'))
        if not control.minimum <= length <= control.maximum:
            raise ConstraintTypeError(f'{control.name}: the text has {length} bytes; the device takes '
                                      f'{control.minimum} to {control.maximum}')
        return value
    if control.kind is DriverControlKind.INTEGERS:
        if not isinstance(value, (list, tuple, array.array)) or len(value) != control.elements:
            raise ConstraintTypeError(f'{control.name}: {excerpt(value)} is not a list of {control.elements} whole '
                                      f'numbers')
        return tuple(_checked_number(control, element) for element in value)
    items = {item: index for index, item in control.items.items()}
    return items[value] if isinstance(value, str) and value in items else _checked_number(control, value)


def opening_driver_controls(thread: CaptureThread, values: Mapping[str, Any]) -> list[str]:
    """Set controls of the driver as they were given at start, and return what of that was not met, for people."""
    unmet = []
    for name, value in in_writing_order(thread.snapshot.driver_controls, values).items():
        control = thread.snapshot.driver_controls.get(name)
        if control is None:
            has = ', '.join(thread.snapshot.driver_controls) or 'none of that kind'
            unmet.append(f'{name}: asked for {value}, the device does not have it; it has {has}')
            continue
        try:
            thread.set_driver_controls({name: checked_driver_control(control, value)}).result()
        except MediaCaptureError as error:
            unmet.append(f'{name}: asked for {value}, {error}')
    return unmet


def _checked_number(control: DriverControl, value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConstraintTypeError(f'{control.name}: {excerpt(value)} is not a whole number; {_allowed(control)}')
    outside = value not in control.items if control.items else not control.minimum <= value <= control.maximum
    if outside:
        raise ConstraintTypeError(f'{control.name}: {value} is out of range; {_allowed(control)}')
    return value


def _allowed(control: DriverControl) -> str:
    if control.items:
        return 'the device allows ' + ', '.join(f'{index} ({item})' for index, item in control.items.items())
    return f'the device allows {control.minimum} to {control.maximum}'


def _parameter(control: DriverControl, value: DriverControlValue) -> Parameter[Any]:
    return Parameter(control.name, _TYPES[control.kind], list(value) if isinstance(value, tuple) else value)


def _differs(parameter: Parameter[Any], stored: Any) -> bool:
    return bool(parameter.value != (list(stored) if isinstance(stored, array.array) else stored))


def _descriptor(control: DriverControl) -> ParameterDescriptor:
    notes = []
    if control.items:
        notes.append('one of: ' + ', '.join(f'{index} = {item}' for index, item in control.items.items()))
    elif control.kind is DriverControlKind.INTEGER and control.step > 1:
        notes.append(f'in steps of {control.step}')
    elif control.kind is DriverControlKind.BUTTON:
        notes.append('true presses it')
    if control.read_only:
        notes.append('read-only')
    descriptor = ParameterDescriptor(
        description=f'{control.label} (control of the driver)', additional_constraints='; '.join(notes))
    if control.kind is DriverControlKind.INTEGER:
        # The driver rounds to its step and says to what; rclpy would refuse, also what the device itself reports.
        descriptor.integer_range = [IntegerRange(from_value=control.minimum, to_value=control.maximum, step=1)]
    return descriptor
