# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the node logs: lines that are short, hold nothing but text, and do not repeat themselves without end.

Others decide what is in many of them, and how often. Python's logging, which cameras use, comes here, too.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from rclpy.impl import rcutils_logger
from rclpy.impl.logging_severity import LoggingSeverity
from rclpy.impl.rcutils_logger import RcutilsLogger

from imagecapture_ros.node import console
from imagecapture_ros.rclpy_compat import write_to_log
from imagecapture_ros.texts import in_short, visible, visible_lines

PACKAGE = 'imagecapture_ros'

BURST, PERIOD = 10, 10.0
"""Lines that one place of the source may log in so many seconds; those beyond are counted, and their number is told."""

LONGEST_TRACEBACK = 20_000
"""Characters of an error with its traceback."""

_BETWEEN = (__file__, rcutils_logger.__file__)
"""Files that stand between who logs and :meth:`CarefulLogger.log`."""

_SEVERITIES = ((logging.ERROR, LoggingSeverity.ERROR), (logging.WARNING, LoggingSeverity.WARN))


@dataclass(frozen=True)
class Place:
    """Where in the source a line is logged."""

    path: str
    line: int
    function: str


@dataclass
class _Lately:
    """What a place has logged lately."""

    severity: LoggingSeverity
    began: float = field(default_factory=time.monotonic)
    lines: int = 0

    @property
    def left_out(self) -> int:
        return max(0, self.lines - BURST)


class CarefulLogger(RcutilsLogger):
    """A logger of ROS that looks at what it is given. May be used from any thread."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._lock = threading.Lock()
        self._lately: dict[Place, _Lately] = {}
        self._unread = 0
        """Lines for which there was no room where they are shown."""

    def log(self, message: str, severity: int | LoggingSeverity, name: str | None = None, **filters: Any) -> bool:
        """See rclpy's; its filters are not needed here and count for nothing."""
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename in _BETWEEN:
            frame = frame.f_back
        place = Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        return self.log_at(place, in_short(visible(str(message))), severity)

    def log_at(self, place: Place, text: str, severity: int | LoggingSeverity) -> bool:
        """Log a line that is short and visible already, unless its place has logged too many; return whether it was."""
        severity = LoggingSeverity(severity)
        if not self.is_enabled_for(severity):
            return False
        self.tell_left_out()
        with self._lock:
            lately = self._lately.setdefault(place, _Lately(severity))
            lately.lines += 1
            if lately.left_out:
                return False
        self._write(place, severity, text)
        return True

    def tell_left_out(self, *, at_once: bool = False) -> None:
        """Log how many lines were left out of each place whose time is over, or of all ``at_once``."""
        now = time.monotonic()
        with self._lock:
            over = [place for place, lately in self._lately.items() if at_once or now - lately.began >= PERIOD]
            ended = [(place, self._lately.pop(place)) for place in over]
        for place, lately in ended:
            if lately.left_out:
                self._write(place, lately.severity, f'{lately.left_out} more lines like the last ones, within '
                                                    f'{now - lately.began:.0f} s, were left out')

    def _write(self, place: Place, severity: LoggingSeverity, text: str) -> None:
        room = console.takes_lines()
        with self._lock:
            unread, self._unread = (self._unread, 0) if room else (0, self._unread + 1)
        if unread:
            write_to_log(self.name, LoggingSeverity.WARN, f'{unread} lines of the log are missing here, because nobody '
                         f'read them', place.function, place.path, place.line)
        # Also where it is not shown: there are the file and /rosout.
        write_to_log(self.name, severity, text, place.function, place.path, place.line)


def forward_log(logger_of_node: CarefulLogger) -> None:
    """Let messages of this package's loggers go to the node's logger.

    What the thread of a camera logs that was given up is left out. Where several nodes share a process, nobody can tell
    whose messages are: they go to a logger that has the package's name.
    """
    logger = logging.getLogger(PACKAGE)
    shared = any(isinstance(handler, _LogToRos) for handler in logger.handlers)
    logger.handlers = [_LogToRos(CarefulLogger(PACKAGE) if shared else logger_of_node)]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _LogToRos(logging.Handler):
    """Hands records to a logger of ROS."""

    def __init__(self, ros_logger: CarefulLogger) -> None:
        super().__init__(logging.INFO)
        self._logger = ros_logger
        self.addFilter(lambda _: not getattr(threading.current_thread(), 'muffled', False))  # see DeviceThread

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record with the severity it has."""
        severity = next((ros for level, ros in _SEVERITIES if record.levelno >= level), LoggingSeverity.INFO)
        text = in_short(visible(record.getMessage()))
        if record.exc_info:
            # Its newlines are Python's, all but those in the error's own text.
            traceback = visible_lines(logging.Formatter().formatException(record.exc_info))
            text = f'{text}\n{in_short(traceback, LONGEST_TRACEBACK)}'
        self._logger.log_at(Place(record.pathname, record.lineno, record.funcName), text, severity)
