# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The node's parameter services: they wait for the device without holding up anybody else."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from rcl_interfaces import srv
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import SetParametersResult
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.exceptions import ParameterNotDeclaredException
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_parameters

from imagecapture_ros.cameras.driver_controls import DriverControlValue
from imagecapture_ros.cameras.registry import check_is_camera_here
from imagecapture_ros.engine.background import in_background
from imagecapture_ros.engine.session import CameraSession
from imagecapture_ros.interfaces.startup_parameters import DEVICE, STARTUP_PARAMETERS, StartupParameterError
from imagecapture_ros.mediacapture.constraints import ConstraintSet
from imagecapture_ros.mediacapture.errors import MediaCaptureError, OverconstrainedError
from imagecapture_ros.node.futures import completed
from imagecapture_ros.node.host import CameraHost
from imagecapture_ros.node.parameters.driver_controls import DriverControlParameters
from imagecapture_ros.node.parameters.faults import FaultParameter
from imagecapture_ros.node.parameters.mirror import ParameterMirror
from imagecapture_ros.node.parameters.properties import PropertyParameters, constraints_for
from imagecapture_ros.node.parameters.refusals import refusals
from imagecapture_ros.rclpy_compat import ParameterReaders
from imagecapture_ros.texts import in_short


class AsyncParameterService:
    """Serves parameters like rclpy's own; values of the device's properties are solved, applied, then stored.

    All properties of one request are applied together or not at all.
    """

    def __init__(
        self, node: CameraHost, properties: PropertyParameters, driver_controls: DriverControlParameters,
        mirror: ParameterMirror, faults: FaultParameter,
    ) -> None:
        self._node = node
        self._properties = properties
        self._driver_controls = driver_controls
        self._mirror = mirror
        self._faults = faults
        group = ReentrantCallbackGroup()
        for service_type, name, callback in (
            *ParameterReaders(node).readers,
            (srv.SetParameters, 'set_parameters', self._set),
            (srv.SetParametersAtomically, 'set_parameters_atomically', self._set_atomically),
        ):
            node.create_service(service_type, f'~/{name}', self._once_settled(callback),
                                qos_profile=qos_profile_parameters, callback_group=group)

    def _once_settled(self, callback: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Awaitable[Any]]:
        """Let requests wait while the node starts: the device's parameters are there only then."""

        async def answer(request: Any, response: Any) -> Any:
            with self._node.served():
                await self._node.settled()
                try:
                    answered = callback(request, response)
                    return await answered if inspect.isawaitable(answered) else answered
                except Exception as error:  # would end the node, or be lost with the answer: that is up to rclpy
                    self._node.report_unexpected('a request for parameters', error)
                    return response

        return answer

    async def _set(
        self, request: srv.SetParameters.Request, response: srv.SetParameters.Response,
    ) -> srv.SetParameters.Response:
        try:
            response.results = await self._set_each(request.parameters)
        except Exception as error:  # an exception in a service callback would end the node
            response.results = [self._unexpected(error)] * len(request.parameters)
        for result in response.results:
            result.reason = in_short(result.reason)
        return response

    async def _set_atomically(
        self, request: srv.SetParametersAtomically.Request, response: srv.SetParametersAtomically.Response,
    ) -> srv.SetParametersAtomically.Response:
        try:
            response.result = await self._set_all(request.parameters)
        except Exception as error:  # as above
            response.result = self._unexpected(error)
        response.result.reason = in_short(response.result.reason)
        return response

    async def _set_each(self, messages: Sequence[ParameterMessage]) -> list[SetParametersResult]:
        parameters, results = _read(messages)
        properties, others = self._sorted(parameters)
        for parameter in others:
            results[parameter.name], changed = await self._store([parameter])
            self._faults.carry_out(changed)
        results.update(await self._apply(properties))
        return [results[message.name] for message in messages]

    async def _set_all(self, messages: Sequence[ParameterMessage]) -> SetParametersResult:
        parameters, refused = _read(messages)
        if refused:
            return next(iter(refused.values()))
        properties, others = self._sorted(parameters)
        # All is looked at before anything is done; only the device itself can refuse something after that.
        impossible = self._impossible(properties)
        if impossible is not None:
            return impossible
        node = self._node
        before = [node.get_parameter(one.name) for one in others if node.has_parameter(one.name)]
        result, changed = await self._store(others)
        if not result.successful:
            return result
        failure = _main_failure(await self._apply(properties))
        if failure is not None:
            node.set_parameters_atomically(before)
            return failure
        self._faults.carry_out(changed)
        return result

    def _impossible(self, values: dict[str, Any]) -> SetParametersResult | None:
        """Return why the device cannot be brought to ``values``, as far as that can be told without it."""
        if not values:
            return None
        session = None
        try:
            session = self._node.need_session()
            self._check(session, values)
        except MediaCaptureError as error:
            return _main_failure(self._refused(session, values, error))
        return None

    def _unexpected(self, error: Exception) -> SetParametersResult:
        self._node.report_unexpected('setting parameters', error)
        return _refusal(f'UnknownError: failed unexpectedly: {error}')

    def _sorted(self, parameters: dict[str, Parameter[Any]]) -> tuple[dict[str, Any], list[Parameter[Any]]]:
        """Return the values of the device's properties and controls, and the other parameters."""
        devices = self._properties.declared | self._driver_controls.declared
        values = {name: parameter.value for name, parameter in parameters.items() if name in devices}
        return values, [parameter for name, parameter in parameters.items() if name not in values]

    async def _apply(self, values: dict[str, Any]) -> dict[str, SetParametersResult]:
        """Bring the device to ``values``, all or nothing, and return a result for each."""
        if not values:
            return {}
        session = None
        try:
            session = self._node.need_session()
            await self._bring(session, values)
            self._mirror.now(session)
        except MediaCaptureError as error:
            return self._refused(session, values, error)
        return dict.fromkeys(values, SetParametersResult(successful=True))

    def _refused(
        self, session: CameraSession | None, values: dict[str, Any], error: MediaCaptureError,
    ) -> dict[str, SetParametersResult]:
        """Return why each of ``values`` was not applied, and which of them could be."""
        refused = refusals(values, lambda some: self._check(session, some)) if session and len(values) > 1 else {}
        if not refused:  # there is one value only, or the device itself gave the reason
            refused = dict.fromkeys(values, error)
        *others, last = (name for name in values if name in refused)
        names = f'{", ".join(others)} and {last}' if others else last
        possible = (f'{_NOT_APPLIED}, because {names} {"were" if others else "was"} refused; this value is possible: '
                    f'set it again without {names}')
        return {name: _refusal(self._reason(refused[name]) if name in refused else possible) for name in values}

    def _reason(self, error: MediaCaptureError) -> str:
        if not isinstance(error, OverconstrainedError):
            return f'{error.name}: {error.message}'
        reason = f'{error.name}({error.constraint})' if error.constraint else error.name
        if not error.required_earlier:
            return f'{reason}: {error.message}'
        name = self._node.get_fully_qualified_name()
        command = 'imagecapture reset' if name == '/camera' else f'imagecapture reset --camera {name}'
        return f'{reason}: {error.message}; "{command}" removes all that is required'

    def _check(self, session: CameraSession, values: Mapping[str, Any]) -> None:
        """Raise what is wrong with ``values``, as far as that can be told without the device."""
        constraints, _ = self._wanted(values)
        session.track.check_exact(constraints)

    def _wanted(self, values: Mapping[str, Any]) -> tuple[ConstraintSet, dict[str, DriverControlValue]]:
        """Return what ``values`` ask of the device: of its properties, and of its driver's controls."""
        declared = self._driver_controls.declared
        driver_controls = self._driver_controls.checked(
            {name: value for name, value in values.items() if name in declared})
        return constraints_for({name: value for name, value in values.items() if name not in declared}), driver_controls

    async def _bring(self, session: CameraSession, values: dict[str, Any]) -> None:
        """Bring the device to ``values``: first its properties, whose modes govern other controls, too.

        When one of those is refused, all is as it was.
        """
        constraints, driver_controls = self._wanted(values)
        executor = self._node.running_executor
        before = session.thread.snapshot
        if constraints:
            before = (await completed(executor, session.track.apply_exact(constraints))).before
        if not driver_controls:
            return
        try:
            await completed(executor, session.thread.set_driver_controls(driver_controls))
        except MediaCaptureError:
            earlier = {name: before.driver_settings[name] for name in driver_controls
                       if before.driver_controls[name].lasting}
            with contextlib.suppress(MediaCaptureError):
                await completed(executor, session.thread.set_driver_controls(earlier))
            if constraints:
                held = constraints_for({name: before.settings[name] for name in constraints})
                with contextlib.suppress(MediaCaptureError):
                    await completed(executor, session.track.apply_exact(held))
            raise

    async def _store(
        self, parameters: list[Parameter[Any]],
    ) -> tuple[SetParametersResult, list[Parameter[Any]]]:
        """Store what is not of the device, all or nothing; return the result, and those that have another value now."""
        node = self._node
        changed: list[Parameter[Any]] = []
        for parameter in parameters:
            if not node.has_parameter(parameter.name):
                return _refusal(
                    f'{parameter.name!r} is not a parameter of this node, or the device does not have this property; '
                    f'see "ros2 param list {node.get_fully_qualified_name()}"'), []
            row = STARTUP_PARAMETERS.get(parameter.name)
            try:
                if row is not None:
                    parameter = Parameter(parameter.name, value=row.converted(parameter.value))
            except StartupParameterError as error:
                return _refusal(f'TypeError: {error}'), []
            if parameter.value != node.get_parameter(parameter.name).value:  # so that a whole dump can be loaded
                changed.append(parameter)
        if not changed:
            return SetParametersResult(successful=True), []
        try:
            await self._check_device(changed)
            result = node.set_parameters_atomically(changed)
        except MediaCaptureError as error:
            return _refusal(f'{error.name}: {error}'), []
        except ParameterNotDeclaredException as error:
            return _refusal(str(error)), []
        return result, changed if result.successful else []

    async def _check_device(self, parameters: Sequence[Parameter[Any]]) -> None:
        """Refuse a device that is no camera of this machine, unless the parameter is fixed anyway."""
        device = next((str(one.value) for one in parameters if one.name == DEVICE), None)
        if device is not None and not self._properties.startup_fixed:
            # Which cameras there are their drivers have to say, and one may take its time.
            await completed(self._node.running_executor, in_background(
                lambda: check_is_camera_here(device), 'enumeration'))


_NOT_APPLIED = 'not applied'


def _main_failure(results: Mapping[str, SetParametersResult]) -> SetParametersResult | None:
    """Return the failure that has the most to say, that which names the constraint; ``None`` if all succeeded."""
    failures = [result for result in results.values() if not result.successful]
    return max(failures, key=lambda failure: not failure.reason.startswith(_NOT_APPLIED)) if failures else None


def _refusal(reason: str) -> SetParametersResult:
    return SetParametersResult(successful=False, reason=in_short(reason))


def _read(
    messages: Sequence[ParameterMessage],
) -> tuple[dict[str, Parameter[Any]], dict[str, SetParametersResult]]:
    """Return the parameters of a request by name, and the refusals of those that cannot be read."""
    parameters: dict[str, Parameter[Any]] = {}
    refused: dict[str, SetParametersResult] = {}
    for message in messages:
        try:
            parameters[message.name] = Parameter.from_parameter_msg(message)
        except (TypeError, ValueError) as error:
            name = message.name or 'a parameter without a name'
            refused[message.name] = _refusal(f'TypeError: {name}: the value is malformed ({error})')
    return {name: parameter for name, parameter in parameters.items() if name not in refused}, refused
