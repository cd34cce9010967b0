# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What of rclpy is private, or differs between the distributions of ROS 2; nowhere else is either touched.

The versions of rclpy: 3.3 in Humble, 7.1 in Jazzy, 9.1 in Kilted, 10.0 in Rolling. What librcl's own functions take
stands in :mod:`imagecapture_ros.node.middleware.librcl`: it is the same in all of them, and probed before it is used.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rcl_interfaces import srv

# Defined in rclpy.clock_type since Jazzy, and in rclpy.clock before; the types of Kilted do not see it here.
from rclpy.clock import Clock, ClockType  # type: ignore[attr-defined, unused-ignore]
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.impl.logging_severity import LoggingSeverity
from rclpy.node import Node
from rclpy.parameter_service import ParameterService
from rclpy.task import Future
from rclpy.utilities import get_rmw_implementation_identifier

if TYPE_CHECKING:
    from rclpy.lifecycle import LifecycleNode

_PROFILES_OF_2, _PROFILES_OF_3 = 'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE'
_FILE_OF_2, _FILE_OF_3 = 'DEFAULT_FASTRTPS_PROFILES.xml', 'DEFAULT_FASTDDS_PROFILES.xml'


@dataclass(frozen=True)
class FastDds:
    """Where a version of Fast DDS looks for profiles."""

    variable: str
    """The environment variable that names it a file."""
    unread: Mapping[str, str]
    """Variables, and files in the working directory, that only another version reads; with its own instead."""


def fast_dds() -> FastDds:
    """Return what holds for the Fast DDS in this process.

    Fast DDS 2 (Humble, and Jazzy until 2029) and 3 (since Kilted) read variables and files of different names. Not both
    should be set: rmw_fastrtps of Kilted, which still takes the old variable, warns of it then.
    """
    get_rmw_implementation_identifier()  # loads the middleware
    try:
        old = 'libfastrtps.so' in Path('/proc/self/maps').read_text(encoding='utf-8', errors='replace')
    except OSError:
        old = False
    if old:
        return FastDds(_PROFILES_OF_2, {_PROFILES_OF_3: _PROFILES_OF_2, _FILE_OF_3: _FILE_OF_2})
    return FastDds(_PROFILES_OF_3, {_FILE_OF_2: _FILE_OF_3})


def future_of(executor: Executor) -> Future[Any]:
    """Return a future that can be awaited by coroutines of ``executor``.

    ``Executor.create_future`` is in Kilted, but not in each release of Jazzy. An awaited future that has no executor
    wakes nobody when it is done, until rclpy 7.1.9 and 10.0.3 (Humble: 3.3.21); from those on it must have none, or
    that which runs the coroutine.
    """
    return Future(executor=executor)


class LosslessExecutor(SingleThreadedExecutor):
    """rclpy's executor, with a hook around the taking of a message.

    Where taking raises something, rclpy never looks at that subscription or service again, nor at any other of the same
    exclusive group, in any version: it leaves both marked as being served.
    """

    def take(self, entity: Any, take: Callable[[Any], Any]) -> Any:
        """Return what ``take`` returns for ``entity``, or ``None`` for nothing; raise nothing."""
        return take(entity)

    def _make_handler(
        self, entity: Any, node: Any, take_from_wait_list: Callable[[Any], Any], *others: Any,
    ) -> Any:
        # Humble hands over what is to be done with it, too.
        return super()._make_handler(entity, node, lambda one: self.take(one, take_from_wait_list), *others)


def forget_callback(future: Future[Any], callback: Callable[[Future[Any]], Any]) -> None:
    """Let a future no longer call ``callback``; Humble's cannot forget it and calls it all the same, until 2027."""
    forget = getattr(future, 'remove_done_callback', None)
    if forget is not None:
        forget(callback)


def write_to_log(name: str, severity: LoggingSeverity, text: str, function: str, path: str, line: int) -> None:
    """Log a line of the logger ``name``, as coming from this place in the source.

    rclpy's own way finds the place by itself, and remembers all there are; that in C is the same in all versions.
    """
    rclpy_implementation.rclpy_logging_rcutils_log(severity, name, text, function, path, line)


def header_of(execute: Any) -> Any:
    """Return the header of a request that an executor has taken, ``None`` if that cannot be told.

    ``execute`` is what ``Executor._take_service`` returned. rclpy gives the header to nobody else, in any version; in
    those of Humble it is taken in another way.
    """
    try:
        names, cells = execute.__code__.co_freevars, execute.__closure__
        return cells[names.index('request_and_header')].cell_contents[1]
    except (AttributeError, TypeError, ValueError, IndexError):
        return None


def steady_clock() -> Clock:
    """Return a clock that no simulated time stops."""
    return Clock(clock_type=ClockType.STEADY_TIME)


def overrides_of(node: Node) -> dict[str, Any]:
    """Return what the user gave for parameters at start (YAML, ``-p``), as Python values by name.

    rclpy has no public way, in any version, to read an override before its declaration fails on a wrong type.
    """
    return {name: parameter.value for name, parameter in node._parameter_overrides.items()}


def state_machine(node: LifecycleNode) -> Any:
    """Return the state machine of a managed node, ``None`` when the node's construction failed before it had one.

    rclpy's own transitions, the public ones, hold up the executor until they are over, in any version.
    """
    return getattr(node, '_state_machine', None)


def change_state_service(node: LifecycleNode) -> Any:
    """Return the service behind ``~/change_state``, to which rclpy gives a callback that holds up the executor."""
    return node._service_change_state


def silence(node: Node) -> None:
    """Let what an executor still has to do for a node that is about to be destroyed do nothing, and raise nothing.

    rclpy runs what it has taken already, in any version: an answer would go through a service that is not there.
    """
    for service in node.services:
        service.callback = _unanswered
        service.send_response = _nothing  # type: ignore[assignment, method-assign]
    for timer in node.timers:
        timer.callback = _nothing
    for guard in node.guards:
        guard.callback = _nothing


def destroy_state_machine(machine: Any) -> None:
    """Destroy what :func:`state_machine` returned, once its node is destroyed.

    No version of rclpy does, and it would hold the participant until the interpreter is gone.
    """
    if machine is not None:
        machine.destroy_when_not_in_use()


def _nothing(*_: Any) -> None:
    """Take the place of what needs a node that is destroyed."""


def _unanswered(_: Any, response: Any) -> Any:
    return response


class ParameterReaders(ParameterService):
    """rclpy's answers to requests that read parameters.

    rclpy's constructor would make the services, too, and put them into one exclusive group, where a slow set delays
    every read, in any version.
    """

    def __init__(self, node: Node) -> None:
        self._node_weak_ref = weakref.ref(node)

    @property
    def readers(self) -> tuple[tuple[Any, str, Callable[[Any, Any], Any]], ...]:
        """Type, name and callback of each service that only reads."""
        return (
            (srv.DescribeParameters, 'describe_parameters', self._describe_parameters_callback),
            (srv.GetParameters, 'get_parameters', self._get_parameters_callback),
            (srv.GetParameterTypes, 'get_parameter_types', self._get_parameter_types_callback),
            (srv.ListParameters, 'list_parameters', self._list_parameters_callback),
        )
