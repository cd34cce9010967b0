# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Services called from coroutines of a node's executor, with an end to waiting and answers that get lost made good."""

from __future__ import annotations

import time
from numbers import Real
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.client import Client
from rclpy.exceptions import InvalidServiceNameException
from rclpy.executors import Executor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.task import Future
from rclpy.validate_full_topic_name import validate_full_topic_name

from imagecapture_ros import srv
from imagecapture_ros.client.answers import ServiceTimeout
from imagecapture_ros.interfaces.qos import SERVICE_DEPTH
from imagecapture_ros.rclpy_compat import forget_callback, future_of, steady_clock
from imagecapture_ros.texts import excerpt

FIRST_RESEND_TIMEOUT = 1.0
"""Seconds until a request that only reads is sent again; each time twice as long as before."""

MAX_SENDS = 5

LONGEST_TIMEOUT = 1e9
"""Seconds; rcl counts the nanoseconds of a timer in 64 bits."""

_POLL = 0.02
"""Seconds between two looks whether a service is there."""

_SERVICE, _TYPE = '/get_capabilities', 'imagecapture_ros/srv/GetCapabilities'
"""What a camera node is recognised by."""


class ServiceCalls:
    """Calls the services of one camera node.

    The first answers of a node that has just started can get lost: DDS may have told us of the service before it has
    told the service of us, and then nobody receives what it sends. A request that only reads is sent again. One that
    does something must not be: it goes out once, after a reading request has been answered on an endpoint that we made
    later. What one participant announces is learned in the order in which it was made, so by then the service knows
    where to send its answer.
    """

    def __init__(self, node: Node, camera: str) -> None:
        self.node = node
        self.camera = camera.rstrip('/')
        self._clients: dict[str, Client[Any, Any]] = {}
        self._known: set[str] = set()
        # A group of its own: a callback of the node that awaits an answer may hold any other.
        self._group = ReentrantCallbackGroup()
        # Not the node's clock, which may be a simulation's and stand still.
        self._clock = steady_clock()

    @property
    def executor(self) -> Executor:
        """The executor that runs the node's callbacks.

        :raises RuntimeError: there is none.
        """
        executor = self.node.executor
        if executor is None:
            raise RuntimeError(f'the node {self.node.get_fully_qualified_name()} is in no executor; add it to one, for '
                               f'instance with executor.add_node(node), before the camera is asked')
        return executor

    async def call(self, service_type: Any, name: str, request: Any, *, timeout: float, reading: bool) -> Any:
        """Return the response of the camera's service ``name``, successful or not.

        ``reading`` tells that the request changes nothing and may be sent more than once.

        :raises ServiceTimeout: the service is not there or does not answer within ``timeout`` seconds.
        :raises ValueError: ``timeout`` is no number of seconds.
        """
        if not isinstance(timeout, Real) or not 0.0 <= timeout <= LONGEST_TIMEOUT:
            raise ValueError(f'timeout: {excerpt(timeout)} is no number of seconds from 0 to {LONGEST_TIMEOUT:g}; '
                             f'give for instance 10.0, or nothing for the default')
        deadline = time.monotonic() + timeout
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = self._client(service_type, name)
        await self._wait_for_service(client, deadline)
        if reading:
            response = await self._ask(client, request, deadline)
        else:
            if name not in self._known:
                await self._make_known(deadline)
            response = await self._ask(client, request, deadline, sends=1)
        if response is None:
            again = '' if reading else '; it may have done what it was asked for all the same'
            raise ServiceTimeout(f'{client.srv_name} did not answer within {timeout:g} s{again}')
        self._known.add(name)
        return response

    def close(self) -> None:
        """Forget the services."""
        for client in self._clients.values():
            self.node.destroy_client(client)
        self._clients.clear()

    def _client(self, service_type: Any, name: str) -> Client[Any, Any]:
        return self.node.create_client(service_type, f'{self.camera}/{name}',
                                       qos_profile=QoSProfile(depth=SERVICE_DEPTH), callback_group=self._group)

    async def _make_known(self, deadline: float) -> None:
        """Return when the camera knows all our endpoints.

        :raises ServiceTimeout: it does not show that in time.
        """
        probe = self._client(srv.GetSettings, 'get_settings')
        try:
            await self._wait_for_service(probe, deadline)
            if await self._ask(probe, srv.GetSettings.Request(), deadline) is None:
                raise ServiceTimeout(f'{probe.srv_name} did not answer in time, so nothing else was asked; is the '
                                     f'node hanging?')
        finally:
            self.node.destroy_client(probe)

    async def _wait_for_service(self, client: Client[Any, Any], deadline: float) -> None:
        never = future_of(self.executor)
        while not client.service_is_ready():
            if time.monotonic() >= deadline:
                raise ServiceTimeout(f'{client.srv_name} is not there; is the node running, in the same ROS_DOMAIN_ID?')
            await self._first_done([never], _POLL)

    async def _ask(
        self, client: Client[Any, Any], request: Any, deadline: float, *, sends: int = MAX_SENDS,
    ) -> Any | None:
        """Send the request, again and again up to ``sends`` times, and return the first answer, or ``None``."""
        pending: list[Future[Any]] = []
        patience = FIRST_RESEND_TIMEOUT
        try:
            while (left := deadline - time.monotonic()) > 0.0:
                pending.append(client.call_async(request))
                last = len(pending) == sends
                if (answer := await self._first_done(pending, left if last else min(left, patience))) is not None:
                    return answer.result()
                if last:
                    break
                patience *= 2.0
            return None
        finally:
            for future in pending:
                client.remove_pending_request(future)

    async def _first_done(self, futures: list[Future[Any]], seconds: float) -> Future[Any] | None:
        """Return the first of ``futures`` that is done, or ``None`` after so many seconds."""
        executor = self.executor
        awakened = future_of(executor)

        def wake(_: object = None) -> None:
            if not awakened.done():
                awakened.set_result(None)
            executor.wake()  # with several threads, the one that waits does not notice otherwise

        timer = self.node.create_timer(max(seconds, 1e-3), lambda: wake(), self._group, self._clock)
        try:
            for future in futures:
                future.add_done_callback(wake)
            await awakened
        finally:
            self.node.destroy_timer(timer)
            for future in futures:
                forget_callback(future, wake)
        return next((future for future in futures if future.done()), None)


def camera_nodes(node: Node) -> list[str]:
    """Return the names of the camera nodes that ``node`` has found so far, by the services they offer.

    What is no name in ROS is left out: DDS carries any text, which may end in a shell that completes it.
    """
    return sorted(name.removesuffix(_SERVICE) for name, types in node.get_service_names_and_types()
                  if name.endswith(_SERVICE) and _TYPE in types and _is_name(name))


def _is_name(text: str) -> bool:
    try:
        validate_full_topic_name(text, is_service=True)
    except InvalidServiceNameException:
        return False
    return True
