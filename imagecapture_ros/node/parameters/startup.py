# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start-up parameters as parameters of a node: declared with the user's values, and read."""

from __future__ import annotations

from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node

from imagecapture_ros.interfaces.startup_parameters import DEVICE, STARTUP_PARAMETERS
from imagecapture_ros.rclpy_compat import overrides_of
from imagecapture_ros.redaction import redacted_device


def declare_startup_parameters(node: Node) -> None:
    """Declare all start-up parameters, with the user's values converted; a password in ``device`` is not shown.

    :raises StartupParameterError: a value cannot be used.
    """
    overrides = overrides_of(node)
    for name, row in STARTUP_PARAMETERS.items():
        value = row.converted(overrides[name]) if name in overrides else row.default
        descriptor = ParameterDescriptor(description=row.description, additional_constraints=row.allowed_text)
        shown = redacted_device(str(value)) if name == DEVICE else value
        node.declare_parameter(name, shown, descriptor, ignore_override=True)


def startup_values(node: Node) -> dict[str, Any]:
    """Return the start-up parameters' present values by name; ``device`` has its password again."""
    values = {name: node.get_parameter(name).value for name in STARTUP_PARAMETERS}
    given = str(overrides_of(node).get(DEVICE, ''))
    if values[DEVICE] == redacted_device(given):
        values[DEVICE] = given
    return values
