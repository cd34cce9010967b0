# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Python's logging, which cameras use, in the log of ROS."""

from __future__ import annotations

import logging
import threading

from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.logging import get_logger
from rclpy.node import Node

PACKAGE = 'imagecapture_ros'


def forward_log(node: Node) -> None:
    """Let messages of this package's loggers go to the node's logger.

    What the thread of a camera logs that was given up is left out. Where several nodes share a process, nobody can tell
    whose messages are: they go to a logger that has the package's name.
    """
    logger = logging.getLogger(PACKAGE)
    shared = any(isinstance(handler, _LogToRos) for handler in logger.handlers)
    logger.handlers = [_LogToRos(get_logger(PACKAGE) if shared else node.get_logger())]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _LogToRos(logging.Handler):
    """Hands records to a logger of ROS."""

    def __init__(self, ros_logger: RcutilsLogger) -> None:
        super().__init__(logging.INFO)
        self._logger = ros_logger
        self.addFilter(lambda _: not getattr(threading.current_thread(), 'muffled', False))  # see DeviceThread

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record with the severity it has."""
        if record.levelno >= logging.ERROR:
            self._logger.error(self.format(record))
        elif record.levelno >= logging.WARNING:
            self._logger.warning(self.format(record))
        else:
            self._logger.info(self.format(record))
