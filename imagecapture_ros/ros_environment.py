# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What ROS takes from the environment of a process, looked at before: rcl and Fast DDS say little about what is wrong.

A number of a domain is read by rcl as far as it goes, so that ``-1`` and ``7b`` mean other domains, and where the log
cannot be written to a file nothing starts at all.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rclpy

DOMAIN = 'ROS_DOMAIN_ID'
HIGHEST_DOMAIN = 232
"""Beyond it DDS has no ports."""


class RosEnvironmentError(ValueError):
    """A variable of ROS cannot be used; the message says which, why, and what to write instead."""


def init_ros(arguments: Sequence[str] | None = None, **more: Any) -> str:
    """Initialise rclpy, as ``rclpy.init``; return why the log is not written to a file, nothing where it is.

    :param arguments: the command line; ``None`` for that of the process.
    :raises RosEnvironmentError: the domain cannot be one.
    """
    _check_domain()
    problem = _log_problem()
    if problem:
        arguments = [*(sys.argv if arguments is None else arguments), '--ros-args', '--disable-external-lib-logs']
    rclpy.init(args=None if arguments is None else list(arguments), **more)
    return problem


def _check_domain() -> None:
    text = os.environ.get(DOMAIN, '')
    if text and (not re.fullmatch('[0-9]{1,9}', text) or int(text) > HIGHEST_DOMAIN):
        raise RosEnvironmentError(f'{DOMAIN} is {text!r}, but must be a whole number from 0 to {HIGHEST_DOMAIN}; set '
                                  f'it to the one that the other nodes have, or unset it for 0')


def _log_problem() -> str:
    """Return why the folder of log files cannot be used, as rcl looks for it; nothing if it can."""
    folder = os.environ.get('ROS_LOG_DIR')
    if not folder:
        home = os.environ.get('ROS_HOME')
        folder = str(Path(home) / 'log') if home else '~/.ros/log'
    if folder.startswith('~'):
        home = os.environ.get('HOME')
        if not home:
            return 'neither HOME nor ROS_LOG_DIR is set'
        folder = home + folder[1:]
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        return f'the folder {folder} cannot be made ({error.strerror})'
    return '' if os.access(folder, os.W_OK | os.X_OK) else f'the folder {folder} may not be written'
