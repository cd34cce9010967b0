# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages kept in the form in which they are sent, so that a frame costs one copy of its pixels and a new stamp."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import deserialize_message, serialize_message

from imagecapture_ros.interfaces.messages import NANOSECONDS, time_message

Payload = NDArray[np.uint8]

_ENCAPSULATION = 4
"""Bytes before the message itself; the header is its first field, and the stamp the header's."""

_STAMP = struct.Struct('=iI')
_LENGTH = struct.Struct('=I')

_TRIED_STAMP = 1_234_567_890_987_654_321
_TRIED_BYTES = bytes(range(1, 8))

_ALIGNMENT = 64
"""The bytes of a cache line: copies to its beginning are the fastest."""

_HEADROOM = 1.25
"""Memory for bytes that grow, as JPEG files do, is made larger by this factor at once."""


class SerializedMessage:
    """A message with a header, as rclpy serializes it, to be sent again and again with another stamp.

    If its last field is a sequence of bytes, these can change, too. ``layout_is_known`` tells for which types it works.
    ``length`` is the bytes of the whole message.
    """

    def __init__(self, message: Any) -> None:
        """``message`` gives everything but the stamp and the bytes of the last field, which must be empty."""
        self._memory: Payload = np.frombuffer(serialize_message(message), np.uint8)
        self._start = 0
        self._head = self.length = len(self._memory)
        self._reserve(0)

    @property
    def address(self) -> int:
        """Where the message lies in memory, until its last field is given another size."""
        return int(self._memory.ctypes.data) + self._start

    def stamp(self, nanoseconds: int) -> None:
        """Give the message another stamp."""
        _STAMP.pack_into(self._memory.data, self._start + _ENCAPSULATION, *divmod(nanoseconds, NANOSECONDS))

    def payload(self, size: int) -> Payload:
        """Give the last field ``size`` bytes and return them to be written; they hold anything."""
        end = self._start + self._head
        if end + size > len(self._memory):
            self._reserve(size if self.length == self._head else int(size * _HEADROOM))
            end = self._start + self._head
        self.length = self._head + size
        _LENGTH.pack_into(self._memory.data, end - _LENGTH.size, size)
        return self._memory[end:end + size]

    def __bytes__(self) -> bytes:
        return self._memory[self._start:self._start + self.length].tobytes()

    def _reserve(self, size: int) -> None:
        """Take memory for ``size`` bytes in the last field, which begins at a multiple of the alignment."""
        head = self._memory[self._start:self._start + self._head]
        self._memory = np.empty(self._head + size + 2 * _ALIGNMENT, np.uint8)
        self._start = -(int(self._memory.ctypes.data) + self._head) % _ALIGNMENT
        self._memory[self._start:self._start + self._head] = head


def layout_is_known(message_type: Any) -> bool:
    """Return whether messages of a type lie in memory as ``SerializedMessage`` takes it, tried on one of them."""
    try:
        message = message_type()
        name, kind = list(message.get_fields_and_field_types().items())[-1]
        message.header.frame_id = 'odd'
        ours = SerializedMessage(message)
        ours.stamp(_TRIED_STAMP)
        message.header.stamp = time_message(_TRIED_STAMP)
        if kind == 'sequence<uint8>':
            ours.payload(len(_TRIED_BYTES))[:] = np.frombuffer(_TRIED_BYTES, np.uint8)
            getattr(message, name).frombytes(_TRIED_BYTES)
        # Not byte by byte: what lies between the fields to align them is left to chance.
        same_length = ours.length == len(serialize_message(message))
        return same_length and bool(deserialize_message(bytes(ours), message_type) == message)
    except Exception:  # another middleware may do anything; then messages are serialized by rclpy
        return False
