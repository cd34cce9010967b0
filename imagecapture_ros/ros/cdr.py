"""Messages kept in the form in which they are sent, so that a frame costs one copy of its pixels and a new stamp."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from rclpy.serialization import serialize_message

from imagecapture_ros.ros.messages import time_message

Bytes = NDArray[np.uint8]

_ENCAPSULATION = 4
"""Bytes before the message itself; the header is its first field, and the stamp the header's."""

_STAMP = struct.Struct('=iI')
_LENGTH = struct.Struct('=I')

_ALIGNMENT = 64
"""The bytes of a cache line: copies to its beginning are the fastest."""

_HEADROOM = 1.25
"""Memory for bytes that grow, as JPEG files do, is made larger by this factor at once."""


class SerializedMessage:
    """A message with a header, as rclpy serializes it, to be sent again and again with another stamp.

    If its last field is a sequence of bytes, these can change, too. ``layout_is_known`` tells for which types it works.
    """

    def __init__(self, message: Any) -> None:
        """``message`` gives everything but the stamp and the bytes of the last field, which must be empty."""
        self._head = np.frombuffer(serialize_message(message), np.uint8)
        self._memory: Bytes = np.empty(0, np.uint8)
        self._start = 0
        self.length = len(self._head)
        """Bytes of the whole message."""
        self._reserve(0)

    @property
    def address(self) -> int:
        """Where the message lies in memory, until its last field is given another size."""
        return int(self._memory.ctypes.data) + self._start

    def stamp(self, nanoseconds: int) -> None:
        """Give the message another stamp."""
        time: Time = time_message(nanoseconds)
        _STAMP.pack_into(self._memory.data, self._start + _ENCAPSULATION, time.sec, time.nanosec)

    def last_field(self, size: int) -> Bytes:
        """Give the last field ``size`` bytes and return them to be written; they hold anything."""
        head = len(self._head)
        if self._start + head + size > len(self._memory):
            self._reserve(int(size * _HEADROOM) if len(self._memory) > head + 2 * _ALIGNMENT else size)
        self.length = head + size
        _LENGTH.pack_into(self._memory.data, self._start + head - _LENGTH.size, size)
        return self._memory[self._start + head:self._start + self.length]

    def __bytes__(self) -> bytes:
        return self._memory[self._start:self._start + self.length].tobytes()

    def _reserve(self, size: int) -> None:
        """Take memory for ``size`` bytes in the last field, which begins at a multiple of the alignment."""
        head = len(self._head)
        self._memory = np.empty(head + size + 2 * _ALIGNMENT, np.uint8)
        self._start = -(int(self._memory.ctypes.data) + head) % _ALIGNMENT
        self._memory[self._start:self._start + head] = self._head


def layout_is_known(message_type: Callable[[], Any]) -> bool:
    """Return whether messages of a type lie in memory as ``SerializedMessage`` takes it, tried on one of them."""
    try:
        message = message_type()
        name, kind = list(message.get_fields_and_field_types().items())[-1]
        message.header.frame_id = 'odd'
        ours = SerializedMessage(message)
        ours.stamp(1_234_567_890_987_654_321)
        message.header.stamp = time_message(1_234_567_890_987_654_321)
        if kind == 'sequence<uint8>':
            content = bytes(range(1, 8))
            ours.last_field(len(content))[:] = np.frombuffer(content, np.uint8)
            getattr(message, name).frombytes(content)
        return bytes(ours) == serialize_message(message)
    except Exception:  # another middleware may do anything; then messages are serialized by rclpy
        return False
