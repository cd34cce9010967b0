# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera node's services as coroutines of another node."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from rcl_interfaces.srv import GetParameters
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import CameraInfo
from sensor_msgs.srv import SetCameraInfo

from imagecapture_ros import srv
from imagecapture_ros.client.answers import (
    Applied,
    GrabbedFrame,
    Photo,
    applied,
    frame_of,
    photo_of,
    succeeded,
)
from imagecapture_ros.client.service_calls import ServiceCalls
from imagecapture_ros.imaging.convert import PASSTHROUGH
from imagecapture_ros.interfaces import messages
from imagecapture_ros.mediacapture.capabilities import Capabilities, PhotoCapabilities, PhotoSettings, Settings
from imagecapture_ros.mediacapture.constraints import Constraints
from imagecapture_ros.mediacapture.errors import ConstraintTypeError, OperationError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.mediacapture.w3c_json import constraints_from_json
from imagecapture_ros.mediacapture.wishes import Wish, constraint_set
from imagecapture_ros.rclpy_compat import future_of
from imagecapture_ros.texts import excerpt

T = TypeVar('T')

TIMEOUT = 10.0
"""Seconds for a request, the wait for the service included."""

PICTURE_TIMEOUT = 30.0
"""Seconds for a request that waits for a photo or a frame: some cameras make one in 20 s."""


class AsyncCameraClient:
    """Asks one camera node through ``node``, which some executor spins; nothing here blocks.

    Await the methods inside coroutines of that executor (any ``async def`` callback), or hand the call to
    :meth:`submit` and get a future. Names of cameras are resolved as all names of the node are. All methods raise
    ``ServiceTimeout`` when the camera is not there or does not answer in time, and the W3C's error
    (``MediaCaptureError``) when it refuses.
    """

    def __init__(self, node: Node, camera: str = '/camera') -> None:
        self._calls = ServiceCalls(node, camera)

    def close(self) -> None:
        """Forget the camera's services; the node stays."""
        self._calls.close()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Let the node's executor run ``work``, a call of one of the methods below, and return its future.

        From any thread. The future holds the error if there is one: it does not end the executor's ``spin``.

        :raises RuntimeError: the node is in no executor.
        """
        try:
            executor = self._calls.executor
        except RuntimeError:
            work.close()  # it will never be awaited
            raise
        future: Future[T] = future_of(executor)

        async def run() -> None:
            try:
                result = await work
            except Exception as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        executor.create_task(run)
        return future

    async def call(
        self, service_type: Any, name: str, request: Any = None, *, timeout: float = TIMEOUT, reading: bool = False,
    ) -> Any:
        """Call the camera's service ``name``, and return its whole response, successful or not.

        With ``reading`` the request is sent again when no answer comes: only for requests that change nothing.
        """
        request = service_type.Request() if request is None else request
        return await self._calls.call(service_type, name, request, timeout=timeout, reading=reading)

    async def take_photo(
        self, *, width: float | None = None, height: float | None = None, fill_light_mode: str | None = None,
        red_eye_reduction: bool | None = None, save_as: str = '', omit_data: bool = False,
        timeout: float = PICTURE_TIMEOUT,
    ) -> Photo:
        """Take a photo of the size nearest to ``width`` and ``height`` (pixels) that the camera has.

        ``save_as`` names a file in the folder that the node's parameter ``photo_directory`` names.
        """
        wishes = PhotoSettings(fill_light_mode, width, height, red_eye_reduction)
        request = srv.TakePhoto.Request(
            photo_settings=messages.photo_settings_message(wishes), save_as=save_as, omit_data=omit_data)
        return photo_of(succeeded(await self.call(srv.TakePhoto, 'take_photo', request, timeout=timeout)))

    async def apply(
        self, constraints: Constraints | None = None, /, *, timeout: float = TIMEOUT, **wishes: Wish,
    ) -> Applied:
        """Replace all constraints: a bare value is an ideal, ``{'exact': 2}`` or a ``Constraint`` says more.

        What is left out returns to its default, so ``apply()`` resets the camera. Either all that is required is met
        or nothing changes. Instead of single wishes, ``constraints`` with advanced sets can be given.

        :raises OverconstrainedError: what is required cannot be met; ``constraint`` names it.
        :raises ConstraintTypeError: a property is not known, or a value does not fit.
        """
        if constraints is not None and wishes:
            raise ConstraintTypeError(f'give either constraints or single wishes ({", ".join(wishes)}), not both')
        if constraints is not None and not isinstance(constraints, Constraints):
            raise ConstraintTypeError(
                f'{excerpt(constraints)} is no Constraints; write apply(zoom=2), or apply_json({{"zoom": 2}})')
        wanted = Constraints(constraint_set(wishes)) if constraints is None else constraints
        _refuse_presence(wanted)
        basic, *advanced = map(messages.constraint_set_message, (wanted.basic, *wanted.advanced))
        response = succeeded(await self.call(
            srv.ApplyConstraints, 'apply_constraints',
            srv.ApplyConstraints.Request(constraints=basic, advanced=advanced), timeout=timeout))
        turned = bool({'width', 'height', 'aspect_ratio'} & set().union(wanted.basic, *wanted.advanced)) and (
            await self._rotation(timeout) in (90, 270))
        return applied(wanted, messages.settings_from(response.settings), turned=turned)

    async def apply_json(self, constraints: str | Mapping[str, Any], *, timeout: float = TIMEOUT) -> Applied:
        """Replace all constraints by MediaTrackConstraints as browsers take them, as a mapping or JSON text.

        Names are the specification's (``exposureMode``); as there, unknown ones are ignored.

        :raises ConstraintTypeError: it is not JSON, or a value does not fit.
        :raises OverconstrainedError: as :meth:`apply`.
        """
        if isinstance(constraints, str):
            try:
                constraints = json.loads(constraints)
            except json.JSONDecodeError as error:
                raise ConstraintTypeError(f'the constraints are not JSON: {error}') from error
        return await self.apply(constraints_from_json(constraints), timeout=timeout)

    async def settings(self, *, timeout: float = TIMEOUT) -> Settings:
        """Return what the camera is set to, by snake_case property."""
        response = succeeded(await self._read(srv.GetSettings, 'get_settings', timeout))
        return messages.settings_from(response.settings)

    async def capabilities(self, *, timeout: float = TIMEOUT) -> Capabilities:
        """Return what the camera can do: a range for a number, the possible values of other properties."""
        response = succeeded(await self._read(srv.GetCapabilities, 'get_capabilities', timeout))
        return messages.capabilities_from(response.capabilities)

    async def constraints(self, *, timeout: float = TIMEOUT) -> Constraints:
        """Return what the camera was asked for last."""
        return messages.constraints_from(succeeded(await self._read(srv.GetConstraints, 'get_constraints', timeout)))

    async def photo_capabilities(self, *, timeout: float = TIMEOUT) -> PhotoCapabilities:
        """Return what a photo can be asked for."""
        response = succeeded(await self._read(srv.GetPhotoCapabilities, 'get_photo_capabilities', timeout))
        return messages.photo_capabilities_from(response.photo_capabilities)

    async def photo_settings(self, *, timeout: float = TIMEOUT) -> PhotoSettings:
        """Return what a photo is taken with if nothing is asked."""
        response = succeeded(await self._read(srv.GetPhotoSettings, 'get_photo_settings', timeout))
        return messages.photo_settings_from(response.photo_settings)

    async def grab_frame(self, encoding: str = PASSTHROUGH, *, timeout: float = PICTURE_TIMEOUT) -> GrabbedFrame:
        """Return the next frame of the stream, in ``bgr8``, ``rgb8`` or ``mono8``, or as it is published.

        :raises EncodingError: the conversion is not offered.
        """
        return frame_of(succeeded(await self._read(srv.GrabFrame, 'grab_frame', timeout)), encoding)

    async def devices(self, *, timeout: float = TIMEOUT) -> list[DeviceInfo]:
        """Return the cameras of the node's machine."""
        response = succeeded(await self._read(srv.EnumerateDevices, 'enumerate_devices', timeout))
        return [DeviceInfo(device_id, label, group_id, facing_mode) for device_id, label, group_id, facing_mode in zip(
            response.device_id, response.label, response.group_id, response.facing_mode, strict=True)]

    async def set_camera_info(self, info: CameraInfo, *, timeout: float = TIMEOUT) -> str:
        """Give the camera a calibration, which it saves; return what it says about that.

        :raises OperationError: it refuses the calibration, or cannot save it.
        """
        response = await self.call(
            SetCameraInfo, 'set_camera_info', SetCameraInfo.Request(camera_info=info), timeout=timeout)
        if not response.success:
            raise OperationError(response.status_message)
        return str(response.status_message)

    async def _read(self, service_type: Any, name: str, timeout: float) -> Any:
        return await self.call(service_type, name, timeout=timeout, reading=True)

    async def _rotation(self, timeout: float) -> int:
        request = GetParameters.Request(names=['rotation'])
        response = await self.call(GetParameters, 'get_parameters', request, timeout=timeout, reading=True)
        return int(response.values[0].integer_value) if response.values else 0


def _refuse_presence(constraints: Constraints) -> None:
    sets: Sequence[Mapping[str, Any]] = (constraints.basic, *constraints.advanced)
    for one in sets:
        for name, constraint in one.items():
            if VOCABULARY[name].movement and isinstance(constraint.exact, bool):
                raise ConstraintTypeError(f'{name}.exact: whether a camera has {name} cannot be required of a node; '
                                          f'look into its capabilities')
