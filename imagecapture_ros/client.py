"""A camera node's services from Python: waits, calls and turns refusals into the W3C's errors."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TypeVar

import rclpy
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile

from imagecapture_ros import srv
from imagecapture_ros.mediacapture import errors

SERVICE_DEPTH = 1000
"""Answers kept: every client of a service sees the answers to all, and the default of 10 loses some."""

Self = TypeVar('Self', bound='CameraClient')

_ERRORS = {
    kind.name: kind for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.MediaCaptureError)
}


class ServiceTimeout(TimeoutError):
    """A service did not appear, or did not answer, in time."""


class CameraClient:
    """Calls the services of one camera node, blocking; use as a context manager or ``close`` it.

    ``camera`` is the node's full name. With a ``context`` of its own, for instance for another ROS domain, the client
    takes part in that one. Not for use inside callbacks of another executor.
    """

    def __init__(self, camera: str = '/camera', *, context: rclpy.Context | None = None) -> None:
        self._camera = camera.rstrip('/')
        self._own_context = context is None and not rclpy.ok()
        if self._own_context:
            rclpy.init()
        self.node = Node('imagecapture_client', context=context, start_parameter_services=False, enable_rosout=False)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Client[Any, Any]] = {}

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the ROS graph."""
        self._executor.shutdown()
        self.node.destroy_node()
        if self._own_context:
            rclpy.try_shutdown()

    def spin_once(self, timeout: float) -> None:
        """Serve subscriptions of ``node`` for at most ``timeout`` seconds or until one was served."""
        self._executor.spin_once(timeout_sec=timeout)

    def call(self, service_type: Any, name: str, request: Any = None, *, timeout: float = 10.0) -> Any:
        """Call the camera's service ``name`` and return its whole response, successful or not.

        :raises ServiceTimeout: the service is not there or does not answer within ``timeout`` seconds.
        """
        client = self._clients.get(name)
        if client is None:
            client = self.node.create_client(
                service_type, f'{self._camera}/{name}', qos_profile=QoSProfile(depth=SERVICE_DEPTH))
            self._clients[name] = client
        if not client.wait_for_service(timeout_sec=timeout):
            raise ServiceTimeout(f'{client.srv_name} is not there; is the node running, in the same ROS_DOMAIN_ID?')
        future = client.call_async(service_type.Request() if request is None else request)
        self._executor.spin_until_future_complete(future, timeout_sec=timeout)
        if not future.done():
            client.remove_pending_request(future)
            raise ServiceTimeout(f'{client.srv_name} did not answer within {timeout:g} s')
        return future.result()

    def take_photo(self, *, timeout: float = 30.0, **photo_settings: Any) -> Any:
        """Take a photo with ``photo_settings`` (``image_width=1920``, ``fill_light_mode='flash'``, ...).

        Returns the response of the TakePhoto service.

        :raises MediaCaptureError: the error that the camera named.
        """
        request = srv.TakePhoto.Request()
        for name, value in photo_settings.items():
            optional = name != 'fill_light_mode'
            setattr(request.photo_settings, name, [value] if optional else value)
        return succeeded(self.call(srv.TakePhoto, 'take_photo', request, timeout=timeout))


def succeeded(response: Any) -> Any:
    """Return ``response`` if the camera carried the request out.

    :raises MediaCaptureError: the error that the camera named.
    """
    if response.success:
        return response
    if response.error_name == errors.OverconstrainedError.name:
        raise errors.OverconstrainedError(response.constraint, response.message)
    raise _ERRORS.get(response.error_name, errors.UnknownError)(response.message)
