# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Publishing the same message again and again with another stamp and other bytes, without copying them in Python."""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from rclpy.publisher import Publisher

from imagecapture_ros.interfaces.messages import time_message
from imagecapture_ros.node.middleware.cdr import Payload, SerializedMessage, layout_is_known
from imagecapture_ros.node.middleware.librcl import Librcl, librcl

Fill = Callable[[Payload], object]
"""Writes the bytes of a message's last field."""


class RawPublisher(Protocol):
    """Publishes messages that begin with a header; each is used by one thread.

    ``message`` is never changed by the caller: the same object means the same content. Its last field is left empty
    if ``fill`` is given, which then writes ``size`` bytes into it.
    """

    def send(self, message: Any, stamp: int, size: int = 0, fill: Fill | None = None) -> None:
        """Publish ``message`` with ``stamp``, nanoseconds of ROS time.

        :raises RuntimeError: it cannot be published; librcl's own words.
        """

    def acknowledged(self, timeout: float) -> bool:
        """Return whether every reliable subscriber has all messages, within ``timeout`` seconds; true if unknown.

        :raises RuntimeError: the publisher was destroyed.
        """

    @property
    def wanted(self) -> bool:
        """Whether anybody subscribes, and the lifecycle of the publisher, if it has one, lets messages through."""


class SerializedPublisher:
    """Keeps the message serialized and hands it to librcl where it lies."""

    def __init__(self, publisher: Publisher, library: Librcl) -> None:
        self._publisher = publisher
        self._library = library
        self._message: Any = None
        self._serialized: SerializedMessage | None = None

    @property
    def wanted(self) -> bool:
        """See :class:`RawPublisher`."""
        return is_wanted(self._publisher)

    def send(self, message: Any, stamp: int, size: int = 0, fill: Fill | None = None) -> None:
        """See :class:`RawPublisher`."""
        if self._serialized is None or message is not self._message:
            self._serialized, self._message = SerializedMessage(message), message
        serialized = self._serialized
        serialized.stamp(stamp)
        if fill is not None:
            fill(serialized.payload(size))
        self._library.publish_serialized(self._publisher, serialized.address, serialized.length)

    def acknowledged(self, timeout: float) -> bool:
        """See :class:`RawPublisher`."""
        return self._library.acknowledged(self._publisher, timeout)


class MessagePublisher:
    """Leaves everything to rclpy."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    @property
    def wanted(self) -> bool:
        """See :class:`RawPublisher`."""
        return is_wanted(self._publisher)

    def send(self, message: Any, stamp: int, size: int = 0, fill: Fill | None = None) -> None:
        """See :class:`RawPublisher`."""
        message.header.stamp = time_message(stamp)
        if fill is not None:
            data = array.array('B', bytes(size))
            fill(np.frombuffer(data, np.uint8))
            message.data = data
        self._publisher.publish(message)

    def acknowledged(self, timeout: float) -> bool:
        """Return true: rclpy would let no other thread run while it waits."""
        return True


def raw_publisher(publisher: Publisher) -> RawPublisher:
    """Return the fastest way of sending through ``publisher`` that works here."""
    library = librcl()
    if library is not None and hasattr(publisher.handle, 'pointer') and layout_is_known(publisher.msg_type):
        return SerializedPublisher(publisher, library)
    return MessagePublisher(publisher)


def is_wanted(publisher: Publisher) -> bool:
    """Return whether anybody subscribes, and the publisher's lifecycle, if it has one, lets messages through."""
    return bool(publisher.get_subscription_count()) and getattr(publisher, 'is_activated', True)
