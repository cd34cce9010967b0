# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Start-up parameters as parameters of a node: declared with the user's values, and read."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node

from imagecapture_ros.cameras.driver_controls import PREFIX
from imagecapture_ros.interfaces.startup_parameters import DEVICE, STARTUP_PARAMETERS
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.rclpy_compat import overrides_of
from imagecapture_ros.redaction import redacted_device
from imagecapture_ros.suggestions import hint, nearest

_QOS = 'qos_overrides'


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


def overrides_without_effect(node: Node, others: Container[str]) -> list[str]:
    """Return, for people, what the user gave that is no parameter of ``node``, each with what was probably meant.

    To be called when all parameters but those of the device are declared; ``others`` are the names of those.
    """
    publishers = sorted(f'{_QOS}.{name}' for name in node.get_parameters_by_prefix(_QOS))
    known = (*STARTUP_PARAMETERS, *VOCABULARY, 'use_sim_time')
    told = []
    for name in overrides_of(node):
        if name in known or name in others or node.has_parameter(name) or name.startswith(PREFIX):
            continue
        if name.startswith(f'{_QOS}.'):
            near = nearest(name, publishers)
            of_topic = [one for one in publishers if one.rpartition('.')[0] == name.rpartition('.')[0]]
            advice = (f'of this topic there are {", ".join(one.rpartition(".")[2] for one in of_topic)}' if of_topic
                      else f'did you mean {near}?' if near else f'there are {", ".join(publishers)}')
        else:
            advice = hint(name, known)
        told.append(f'parameter {name} is not known and has no effect; {advice}')
    return told


def startup_values(node: Node) -> dict[str, Any]:
    """Return the start-up parameters' present values by name; ``device`` has its password again."""
    values = {name: node.get_parameter(name).value for name in STARTUP_PARAMETERS}
    given = str(overrides_of(node).get(DEVICE, ''))
    if values[DEVICE] == redacted_device(given):
        values[DEVICE] = given
    return values
