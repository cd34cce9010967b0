"""The node's parameter services: they wait for the device without holding up anybody else."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from rcl_interfaces import srv
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import SetParametersResult
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.exceptions import ParameterNotDeclaredException
from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter
from rclpy.parameter_service import ParameterService
from rclpy.qos import qos_profile_parameters

from imagecapture_ros.mediacapture.errors import MediaCaptureError, OverconstrainedError
from imagecapture_ros.ros.futures import completed
from imagecapture_ros.ros.property_parameters import PropertyParameters, constraints_for
from imagecapture_ros.ros.session import SessionHolder
from imagecapture_ros.ros.startup_parameters import STARTUP_PARAMETERS, StartupParameterError


class AsyncParameterService(ParameterService):
    """Serves parameters like rclpy's own; values of the device's properties are solved, applied, then stored.

    All properties of one request are applied together or not at all.
    """

    def __init__(self, node: LifecycleNode, holder: SessionHolder, properties: PropertyParameters) -> None:
        # rclpy's constructor would put all services into one exclusive group, where a slow set delays every read.
        self._node_weak_ref = weakref.ref(node)
        self._holder = holder
        self._properties = properties
        group = ReentrantCallbackGroup()
        for service_type, name, callback in (
            (srv.DescribeParameters, 'describe_parameters', self._describe_parameters_callback),
            (srv.GetParameters, 'get_parameters', self._get_parameters_callback),
            (srv.GetParameterTypes, 'get_parameter_types', self._get_parameter_types_callback),
            (srv.ListParameters, 'list_parameters', self._list_parameters_callback),
            (srv.SetParameters, 'set_parameters', self._set),
            (srv.SetParametersAtomically, 'set_parameters_atomically', self._set_atomically),
        ):
            node.create_service(service_type, f'~/{name}', callback, qos_profile=qos_profile_parameters,
                                callback_group=group)

    async def _set(
        self, request: srv.SetParameters.Request, response: srv.SetParameters.Response,
    ) -> srv.SetParameters.Response:
        properties, others = self._sorted(request.parameters)
        results = {parameter.name: self._set_other([parameter]) for parameter in others}
        if properties:
            applied = await self._apply(properties)
            results.update(dict.fromkeys(properties, applied))
        response.results = [results[parameter.name] for parameter in request.parameters]
        return response

    async def _set_atomically(
        self, request: srv.SetParametersAtomically.Request, response: srv.SetParametersAtomically.Response,
    ) -> srv.SetParametersAtomically.Response:
        properties, others = self._sorted(request.parameters)
        node = self._get_node()
        before = [node.get_parameter(one.name) for one in others if node.has_parameter(one.name)]
        response.result = self._set_other(others)
        if response.result.successful and properties:
            response.result = await self._apply(properties)
            if not response.result.successful and before:
                self._set_other(before)
        return response

    def _sorted(
        self, messages: Sequence[ParameterMessage],
    ) -> tuple[dict[str, Any], list[Parameter[Any]]]:
        parameters = {message.name: Parameter.from_parameter_msg(message) for message in messages}
        properties = {
            name: parameter.value for name, parameter in parameters.items() if name in self._properties.declared}
        return properties, [parameter for name, parameter in parameters.items() if name not in properties]

    async def _apply(self, values: dict[str, Any]) -> SetParametersResult:
        try:
            session = self._holder.need_session()
            constraints = constraints_for(values, session.track.capabilities)
            executor = self._get_node().executor
            assert executor is not None
            await completed(executor, session.track.apply_exact(constraints))
            self._properties.mirror(session.thread.snapshot.settings)
        except OverconstrainedError as error:
            named = f'({error.constraint})' if error.constraint else ''
            return SetParametersResult(successful=False, reason=f'{error.name}{named}: {error.message}')
        except MediaCaptureError as error:
            return SetParametersResult(successful=False, reason=f'{error.name}: {error.message}')
        except Exception as error:  # an exception in a service callback would end the node
            self._get_node().get_logger().error(f'setting {", ".join(values)} failed unexpectedly: {error!r}')
            return SetParametersResult(successful=False, reason=f'UnknownError: {error}')
        return SetParametersResult(successful=True)

    def _set_other(self, parameters: list[Parameter[Any]]) -> SetParametersResult:
        node = self._get_node()
        changed = []
        for parameter in parameters:
            if not node.has_parameter(parameter.name):
                return SetParametersResult(successful=False, reason=(
                    f'{parameter.name} is not a parameter of this node, or the device does not have this property; '
                    f'see "ros2 param list {node.get_fully_qualified_name()}"'))
            row = STARTUP_PARAMETERS.get(parameter.name)
            try:
                value = parameter.value if row is None else row.converted(parameter.value)
            except StartupParameterError as error:
                return SetParametersResult(successful=False, reason=str(error))
            if value != node.get_parameter(parameter.name).value:  # so that a whole dump can be loaded
                changed.append(Parameter(parameter.name, value=value))
        if not changed:
            return SetParametersResult(successful=True)
        try:
            return node.set_parameters_atomically(changed)
        except ParameterNotDeclaredException as error:
            return SetParametersResult(successful=False, reason=str(error))
