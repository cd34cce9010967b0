# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A program on another machine than the camera: sets parameters, and prints what it read back and how long all took."""

from __future__ import annotations

import json
import sys
import time

from rcl_interfaces.srv import GetParameters, SetParametersAtomically
from rclpy.parameter import Parameter

from imagecapture_ros.client import CameraClient

TIMEOUT = 20.0


def main(assignments: list[str]) -> int:
    """Set parameters to integers (``width=1920``); print JSON."""
    wanted = {name: int(value) for name, value in (one.split('=') for one in assignments)}
    began = time.monotonic()
    question = GetParameters.Request(names=list(wanted))
    with CameraClient() as camera:
        camera.call(GetParameters, 'get_parameters', question, timeout=TIMEOUT)
        found = time.monotonic()
        answer = camera.call(SetParametersAtomically, 'set_parameters_atomically', SetParametersAtomically.Request(
            parameters=[Parameter(name, value=value).to_parameter_msg() for name, value in wanted.items()]),
            timeout=TIMEOUT)
        done = time.monotonic()
        values = camera.call(GetParameters, 'get_parameters', question, timeout=TIMEOUT)
    print(json.dumps({
        'discovery s': found - began, 'set s': done - found, 'successful': answer.result.successful,
        'values': {name: value.integer_value for name, value in zip(wanted, values.values, strict=True)},
    }))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
