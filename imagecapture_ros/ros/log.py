"""Python's logging, which cameras use, in the log of ROS."""

from __future__ import annotations

import logging

from rclpy.node import Node


def forward_log(node: Node) -> None:
    """Let messages of this package's loggers go to the node's logger."""
    logger = logging.getLogger('imagecapture_ros')
    logger.handlers = [_LogToRos(node)]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _LogToRos(logging.Handler):
    """Hands records to a node's logger."""

    def __init__(self, node: Node) -> None:
        super().__init__(logging.INFO)
        self._logger = node.get_logger()

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record with the severity it has."""
        if record.levelno >= logging.ERROR:
            self._logger.error(self.format(record))
        elif record.levelno >= logging.WARNING:
            self._logger.warning(self.format(record))
        else:
            self._logger.info(self.format(record))
