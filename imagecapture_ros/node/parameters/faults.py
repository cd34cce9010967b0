# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated camera's faults as a dynamic parameter, so that tests can break a camera in another process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rcl_interfaces.msg import ParameterDescriptor, SetParametersResult
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.mediacapture.errors import OperationError
from imagecapture_ros.rclpy_compat import overrides_of

if TYPE_CHECKING:
    from imagecapture_ros.cameras.backends.simulated import FaultInjector

NAME = 'sim.faults'


class FaultParameter:
    """Declares the parameter while a simulated camera is open; its text adds faults, no text ends them all.

    Use on the executor's thread only.
    """

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._faults: FaultInjector | None = None
        node.add_on_set_parameters_callback(self._check)

    def declare(self, camera: Camera) -> None:
        """Declare the parameter if ``camera`` is a simulated one; a value given at start takes effect.

        :raises OperationError: the value given at start describes no faults.
        """
        faults = getattr(camera, 'faults', None)  # other cameras do not even load the simulated one
        if faults is None:
            return
        from imagecapture_ros.cameras.backends.simulated import FaultError

        given = str(overrides_of(self._node).get(NAME, ''))
        try:
            faults.inject(given)
        except FaultError as error:
            raise OperationError(f'parameter {NAME}: {error}') from error
        descriptor = ParameterDescriptor(
            description='faults to add, for instance unplug+2s; empty ends all',
            additional_constraints='KIND[:ARGUMENT][@START][+DURATION], joined by commas; seconds from now')
        self._node.declare_parameter(NAME, given, descriptor, ignore_override=True)
        self._faults = faults

    def undeclare(self) -> None:
        """Take the parameter away."""
        if self._faults is not None:
            self._faults = None
            if self._node.has_parameter(NAME):
                self._node.undeclare_parameter(NAME)

    def carry_out(self, parameters: Sequence[Parameter[Any]]) -> None:
        """Do what the text says, once ``parameters`` are stored and all else that was asked with them is done."""
        for parameter in parameters:
            if parameter.name == NAME and self._faults is not None:
                if parameter.value:
                    self._faults.inject(parameter.value)
                else:
                    self._faults.end()

    def _check(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        """Refuse a text that describes no faults; must not raise, which would end the node.

        Nothing happens yet: others may still refuse the request.
        """
        for parameter in parameters:
            if parameter.name != NAME or self._faults is None:
                continue
            from imagecapture_ros.cameras.backends.simulated import FaultError, parse_faults

            try:
                parse_faults(parameter.value or '')
            except FaultError as error:
                return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)
