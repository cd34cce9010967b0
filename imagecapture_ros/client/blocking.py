# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera node's services as plain functions that wait."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Coroutine, Iterator, Mapping
from types import FrameType, TracebackType
from typing import Any, TypeVar

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions, uninstall_signal_handlers
from sensor_msgs.msg import CameraInfo

from imagecapture_ros.client.answers import Applied, GrabbedFrame, Photo
from imagecapture_ros.client.asynchronous import PICTURE_TIMEOUT, TIMEOUT, AsyncCameraClient
from imagecapture_ros.imaging.convert import PASSTHROUGH
from imagecapture_ros.mediacapture.capabilities import Capabilities, PhotoCapabilities, PhotoSettings, Settings
from imagecapture_ros.mediacapture.constraints import Constraints
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.mediacapture.wishes import Wish
from imagecapture_ros.ros_environment import init_ros

T = TypeVar('T')
Self = TypeVar('Self', bound='CameraClient')


class _CtrlC:
    """Remembers Ctrl-C, which Python's own handler makes a ``KeyboardInterrupt``.

    That strikes anywhere: in a destructor, as rclpy's futures have, Python prints it and goes on. All that the one who
    waits then sees is that rclpy's handler has ended the context.
    """

    def __init__(self) -> None:
        self.came = False
        # A program that handles the signal in another way, or waits on another thread, has no such exception to lose.
        self._watching = (threading.current_thread() is threading.main_thread()
                          and signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        if self._watching:
            signal.signal(signal.SIGINT, self._remember)

    def forget(self) -> None:
        """Give the signal back to Python, unless somebody else has taken it."""
        if self._watching and signal.getsignal(signal.SIGINT) == self._remember:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        signal.default_int_handler(number, frame)


class CameraClient:
    """Asks one camera node and waits for its answers; use as a context manager or ``close`` it.

    ``camera`` is the node's full name. The client has a node and an executor of its own, so it may be used anywhere,
    also in a callback of another node: it then holds up that node's executor, but never waits for it. Only where the
    camera node itself is in that same executor nobody would be left to answer. Of several threads, one after the other
    is served. With a ``context`` of its own, for instance for another ROS domain, the client takes part in that one.

    What the methods do, return and raise is told in :class:`AsyncCameraClient`, which has the same ones.
    """

    def __init__(self, camera: str = '/camera', *, context: rclpy.Context | None = None) -> None:
        self._own_context = context is None and not rclpy.ok()
        self._ctrl_c: _CtrlC | None = None
        if self._own_context:
            self._ctrl_c = _CtrlC()  # before rclpy's handler, which calls the one that it finds
            # A shell has its background jobs ignore Ctrl-C; rclpy's handler would end the context all the same.
            handled = SignalHandlerOptions.ALL
            if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
                handled = SignalHandlerOptions.SIGTERM  # type: ignore[attr-defined] # missing in the types of Kilted
            init_ros(signal_handler_options=handled)
        self.node = Node('imagecapture_client', context=context, start_parameter_services=False, enable_rosout=False)
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._lock = threading.RLock()
        self._closed = False
        self._camera = AsyncCameraClient(self.node, camera)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the ROS graph."""
        self._closed = True
        if self._own_context:
            # After a signal rclpy ends the context in a thread, which this waits for: a node that is destroyed
            # meanwhile crashes the process.
            uninstall_signal_handlers()
        if self._ctrl_c is not None:
            self._ctrl_c.forget()
        self._executor.shutdown()
        self.node.destroy_node()
        if self._own_context:
            rclpy.try_shutdown()

    def spin_once(self, timeout: float) -> None:
        """Serve subscriptions of ``node`` for at most ``timeout`` seconds or until one was served."""
        with self._lock, self._interruptible():
            self._executor.spin_once(timeout_sec=timeout)

    def call(
        self, service_type: Any, name: str, request: Any = None, *, timeout: float = TIMEOUT, reading: bool = False,
    ) -> Any:
        """See :meth:`AsyncCameraClient.call`."""
        return self._wait(self._camera.call(service_type, name, request, timeout=timeout, reading=reading))

    def take_photo(
        self, *, width: float | None = None, height: float | None = None, fill_light_mode: str | None = None,
        red_eye_reduction: bool | None = None, save_as: str = '', omit_data: bool = False,
        timeout: float = PICTURE_TIMEOUT,
    ) -> Photo:
        """See :meth:`AsyncCameraClient.take_photo`."""
        return self._wait(self._camera.take_photo(
            width=width, height=height, fill_light_mode=fill_light_mode, red_eye_reduction=red_eye_reduction,
            save_as=save_as, omit_data=omit_data, timeout=timeout))

    def apply(self, constraints: Constraints | None = None, /, *, timeout: float = TIMEOUT, **wishes: Wish) -> Applied:
        """See :meth:`AsyncCameraClient.apply`."""
        return self._wait(self._camera.apply(constraints, timeout=timeout, **wishes))

    def apply_json(self, constraints: str | Mapping[str, Any], *, timeout: float = TIMEOUT) -> Applied:
        """See :meth:`AsyncCameraClient.apply_json`."""
        return self._wait(self._camera.apply_json(constraints, timeout=timeout))

    def settings(self, *, timeout: float = TIMEOUT) -> Settings:
        """See :meth:`AsyncCameraClient.settings`."""
        return self._wait(self._camera.settings(timeout=timeout))

    def capabilities(self, *, timeout: float = TIMEOUT) -> Capabilities:
        """See :meth:`AsyncCameraClient.capabilities`."""
        return self._wait(self._camera.capabilities(timeout=timeout))

    def constraints(self, *, timeout: float = TIMEOUT) -> Constraints:
        """See :meth:`AsyncCameraClient.constraints`."""
        return self._wait(self._camera.constraints(timeout=timeout))

    def photo_capabilities(self, *, timeout: float = TIMEOUT) -> PhotoCapabilities:
        """See :meth:`AsyncCameraClient.photo_capabilities`."""
        return self._wait(self._camera.photo_capabilities(timeout=timeout))

    def photo_settings(self, *, timeout: float = TIMEOUT) -> PhotoSettings:
        """See :meth:`AsyncCameraClient.photo_settings`."""
        return self._wait(self._camera.photo_settings(timeout=timeout))

    def grab_frame(self, encoding: str = PASSTHROUGH, *, timeout: float = PICTURE_TIMEOUT) -> GrabbedFrame:
        """See :meth:`AsyncCameraClient.grab_frame`."""
        return self._wait(self._camera.grab_frame(encoding, timeout=timeout))

    def devices(self, *, timeout: float = TIMEOUT) -> list[DeviceInfo]:
        """See :meth:`AsyncCameraClient.devices`."""
        return self._wait(self._camera.devices(timeout=timeout))

    def set_camera_info(self, info: CameraInfo, *, timeout: float = TIMEOUT) -> str:
        """See :meth:`AsyncCameraClient.set_camera_info`."""
        return self._wait(self._camera.set_camera_info(info, timeout=timeout))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._closed:
                work.close()
                raise RuntimeError('this CameraClient is closed; make another one')
            future = self._camera.submit(work)
            with self._interruptible():
                # Not spin_until_future_complete, which in Jazzy adds a callback to the future each time around.
                while not future.done() and self.node.context.ok():
                    self._executor.spin_once()
                if not future.done():
                    raise ExternalShutdownException
            result: T = future.result()  # type: ignore[assignment]
            return result

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Raise ``KeyboardInterrupt`` when Ctrl-C has ended the context inside the block, or before it."""
        try:
            yield
        except (ExternalShutdownException, RuntimeError):  # rclpy's RCLError is private: it needs the context in vain
            if self._ctrl_c is not None and self._ctrl_c.came:
                raise KeyboardInterrupt from None
            raise
