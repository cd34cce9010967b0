# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Constrainable properties as dynamic parameters: declared with the device's real ranges, mirrored from the device."""

from __future__ import annotations

import array
from collections.abc import Mapping
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from imagecapture_ros.interfaces.messages import points_from_parameter
from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS, StartupParameterError
from imagecapture_ros.mediacapture.capabilities import Capability, MediaSettingsRange, SettingValue
from imagecapture_ros.mediacapture.constraints import Constraint, ConstraintSet, checked_number, checked_value
from imagecapture_ros.mediacapture.errors import ConstraintTypeError
from imagecapture_ros.mediacapture.source import SourceState
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY, Kind, Property
from imagecapture_ros.texts import excerpt

_TYPES = {
    Kind.STRING: Parameter.Type.STRING,
    Kind.NUMBER: Parameter.Type.DOUBLE,
    Kind.INTEGER: Parameter.Type.INTEGER,
    Kind.BOOLEAN: Parameter.Type.BOOL,
    Kind.POINTS: Parameter.Type.DOUBLE_ARRAY,
}


class PropertyParameters:
    """Keeps the node's parameters in step with what the device has and does. Use on the executor's thread only."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._declared: list[str] = []
        self._capabilities: Mapping[str, Capability] = {}
        self._mirroring = False
        self._startup_fixed = False
        node.add_on_set_parameters_callback(self._allow)

    @property
    def declared(self) -> frozenset[str]:
        """The names of the properties that are parameters now."""
        return frozenset(self._declared)

    @property
    def startup_fixed(self) -> bool:
        """Whether changes of the start-up parameters are refused."""
        return self._startup_fixed

    def fix_startup(self, fixed: bool) -> None:
        """Refuse, or allow again, changes of the start-up parameters."""
        self._startup_fixed = fixed

    def declare(self, state: SourceState) -> None:
        """Declare a parameter for each property of the device, with its range."""
        self._mirroring = True
        try:
            for name in state.settings:
                descriptor = _descriptor(VOCABULARY[name], state.capabilities.get(name))
                self._node.declare_parameter(name, _TYPES[VOCABULARY[name].kind], descriptor, ignore_override=True)
                self._declared.append(name)
        finally:
            self._mirroring = False
        self._capabilities = state.capabilities
        self.mirror(state)

    def undeclare(self) -> None:
        """Take all property parameters away."""
        for name in self._declared:
            self._node.undeclare_parameter(name)
        self._declared = []
        self._capabilities = {}

    def mirror(self, state: SourceState) -> None:
        """Store what the device does, in one parameter event; nothing happens when nothing changed.

        A device that came back with other capabilities gets its parameters anew.
        """
        if state.capabilities != self._capabilities or state.settings.keys() != set(self._declared):
            self.undeclare()
            self.declare(state)
            return
        changed = [
            parameter for name in self._declared
            if (parameter := _parameter(VOCABULARY[name], state.settings[name])).value
            != self._node.get_parameter_or(name, Parameter(name)).value
        ]
        if not changed:
            return
        self._mirroring = True
        try:
            result = self._node.set_parameters_atomically(changed)
        finally:
            self._mirroring = False
        if not result.successful:
            self._node.get_logger().error(f'the device reports what its own range excludes: {result.reason}')

    def _allow(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        """Decide whether a change may be stored; must not raise, which would end the node."""
        for parameter in parameters:
            if parameter.name in self._declared and not self._mirroring:
                return SetParametersResult(successful=False, reason=(
                    f'{parameter.name} belongs to the device; use the parameter services or apply_constraints'))
            row = STARTUP_PARAMETERS.get(parameter.name)
            if row is None or self._node.get_parameter(row.name).value == parameter.value:
                continue
            if row.at_start_only:
                return SetParametersResult(successful=False, reason=(
                    f'SecurityError: {row.name} decides what others may do with this node, and can be given at start '
                    f'only: -p {row.name}:=...'))
            if self._startup_fixed:
                return SetParametersResult(successful=False, reason=(
                    f'InvalidStateError: {row.name} is fixed while the node is configured; deactivate and clean up the '
                    f'node first'))
            try:
                row.converted(parameter.value)
            except StartupParameterError as error:
                return SetParametersResult(successful=False, reason=f'TypeError: {error}')
        return SetParametersResult(successful=True)


def constraints_for(values: Mapping[str, Any]) -> ConstraintSet:
    """Return what a set of parameter values asks of the device: exact.

    A value that its mode, set in the same request, leaves to the device is only a wish: so a dump of a camera in an
    automatic mode can be loaded.

    :raises ConstraintTypeError: naming the parameter and the value that does not fit.
    """
    wanted = {name: _wanted(VOCABULARY[name], value) for name, value in values.items()}
    return {
        name: Constraint(exact=value) if VOCABULARY[name].counts(wanted) else Constraint(ideal=value)
        for name, value in wanted.items()
    }


def opening_constraints(values: Mapping[str, Any]) -> ConstraintSet:
    """Return what property values given at start ask of the device: wishes.

    :raises ConstraintTypeError: naming the parameter and the value that does not fit.
    """
    return {name: Constraint(ideal=_wanted(VOCABULARY[name], value)) for name, value in values.items()}


def _wanted(row: Property, value: Any) -> Any:
    if value is None:
        raise ConstraintTypeError(f'{row.name}: a property of the device cannot be deleted')
    if row.kind is Kind.POINTS:
        if not isinstance(value, (list, tuple, array.array)):
            raise ConstraintTypeError(f'{row.name}: {excerpt(value)} is not a list; give [x1, y1, x2, y2, ...]')
        return checked_value(row, points_from_parameter(value), row.name)
    if row.kind is Kind.STRING and isinstance(value, (list, tuple)):
        raise ConstraintTypeError(f'{row.name}: {excerpt(list(value))} is a list; give one string, without brackets')
    if row.kind is Kind.STRING and not isinstance(value, str):
        raise ConstraintTypeError(f'{row.name}: {excerpt(value)} is not a string; YAML reads off, on, yes and no as '
                                  f'booleans, '
                                  f"so quote them: 'off'")
    if row.kind is Kind.INTEGER and isinstance(value, float) and not value.is_integer():
        raise ConstraintTypeError(f'{row.name}: {excerpt(value)} is not a whole number')
    return checked_number(row, value, row.name) if row.numeric else checked_value(row, value, row.name)


def _parameter(row: Property, value: SettingValue) -> Parameter[Any]:
    if row.kind is Kind.POINTS:
        flat = [axis for point in value for axis in point]  # type: ignore[union-attr]
        return Parameter(row.name, _TYPES[row.kind], flat)
    if row.kind is Kind.INTEGER:
        return Parameter(row.name, _TYPES[row.kind], int(value))  # type: ignore[arg-type]
    if row.kind is Kind.NUMBER:
        return Parameter(row.name, _TYPES[row.kind], float(value))  # type: ignore[arg-type]
    return Parameter(row.name, _TYPES[row.kind], value)


def _descriptor(row: Property, capability: Capability | None) -> ParameterDescriptor:
    description = f'{row.meaning} [{row.unit}]' if row.unit else row.meaning
    descriptor = ParameterDescriptor(description=description)
    if isinstance(capability, MediaSettingsRange):
        if capability.step:
            descriptor.additional_constraints = f'in steps of {capability.step:g}; other values are snapped'
        if row.kind is Kind.INTEGER:
            descriptor.integer_range = [
                IntegerRange(from_value=int(capability.min), to_value=int(capability.max), step=1)]
        else:
            # rclpy would check a step with a tolerance that refuses good values, before we could say why.
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=float(capability.min), to_value=float(capability.max), step=0.0)]
    elif capability:
        descriptor.additional_constraints = 'one of: ' + ', '.join(str(value) for value in capability)
    return descriptor
