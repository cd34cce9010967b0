# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What of rclpy is private, or differs between the distributions of ROS 2; nowhere else is either touched."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from rcl_interfaces import srv
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.parameter_service import ParameterService


def overrides_of(node: Node) -> dict[str, Any]:
    """Return what the user gave for parameters at start (YAML, ``-p``), as Python values by name.

    rclpy has no public way to read an override before its declaration fails on a wrong type.
    """
    return {name: parameter.value for name, parameter in node._parameter_overrides.items()}


def state_machine(node: LifecycleNode) -> Any:
    """Return the state machine of a managed node, ``None`` when the node's construction failed before it had one.

    rclpy's own transitions, the public ones, hold up the executor until they are over.
    """
    return getattr(node, '_state_machine', None)


def change_state_service(node: LifecycleNode) -> Any:
    """Return the service behind ``~/change_state``, to which rclpy gives a callback that holds up the executor."""
    return node._service_change_state


class ParameterReaders(ParameterService):
    """rclpy's answers to requests that read parameters.

    rclpy's constructor would make the services, too, and put them into one exclusive group, where a slow set delays
    every read.
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
