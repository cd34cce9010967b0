# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which client a request came from, and whether it is still there: rclpy tells neither, the middleware both.

With Fast DDS, the header of a request names the endpoint on which the client reads its answers, and the graph names the
endpoints that are there: at once when a client ends, 20 s after it was killed.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Collection
from typing import Any

from rclpy.node import Node

from imagecapture_ros.rclpy_compat import header_of

UNKNOWN_FOR = 5.0
"""Seconds until the graph must know who asks; without knowing it, the middleware would not send an answer either."""

_HEADER_TYPE = 'rmw_service_info_t'
_OBJECT_HEAD = 16
"""Bytes of a Python object before those of its type; pybind11 has the address of the value there."""


class _ServiceInfo(ctypes.Structure):
    """rmw_service_info_t."""

    _fields_ = (('source_timestamp', ctypes.c_int64), ('received_timestamp', ctypes.c_int64),
                ('writer_guid', ctypes.c_uint8 * 16), ('sequence_number', ctypes.c_int64))


class Requester:
    """A client that waits for an answer."""

    def __init__(self, reader: bytes) -> None:
        """``reader`` is the gid of the endpoint on which it reads answers."""
        self._reader = reader
        self._seen = False
        self._asked_at = time.monotonic()

    def has_left(self, readers: Collection[bytes]) -> bool:
        """Return whether it is not among ``readers``, all that are there now.

        One that has not been among them at an earlier call may not be known yet, for :data:`UNKNOWN_FOR` seconds; or
        it ended before its request was taken.
        """
        there = self._reader in readers
        self._seen |= there
        return not there and (self._seen or time.monotonic() - self._asked_at > UNKNOWN_FOR)


_taken: Requester | None = None
"""Who asked what the executor is just beginning to serve."""


def remember_requester(execute: Any) -> None:
    """Let :func:`taken_requester` tell who asked what the process's one executor is about to ``execute``."""
    global _taken
    _taken = _requester_of(header_of(execute))


def taken_requester() -> Requester | None:
    """Return who asked what a service callback is called with; to be called at its beginning.

    ``None`` where that cannot be told.
    """
    global _taken
    requester, _taken = _taken, None
    return requester


def reply_topic(service: str) -> str:
    """Return the name of the topic on which a service, by its full name, answers."""
    return f'rr{service}Reply'


def readers_of(node: Node, topic: str) -> frozenset[bytes]:
    """Return the gids of the endpoints that read a topic, by its name in the middleware."""
    return frozenset(bytes(one.endpoint_gid) for one in node.get_subscriptions_info_by_topic(topic, no_mangle=True))


def _requester_of(header: Any) -> Requester | None:
    if type(header).__name__ != _HEADER_TYPE or not type(header).__module__.startswith('rclpy.'):
        return None
    address = ctypes.c_void_p.from_address(id(header) + _OBJECT_HEAD).value
    if not address:
        return None
    info = _ServiceInfo.from_address(address)
    # What Python is told must be there, too: otherwise it lies in another way than is thought here.
    told = (header.source_timestamp, header.received_timestamp, header.request_id.sequence_number)
    if told != (info.source_timestamp, info.received_timestamp, info.sequence_number):
        return None
    return Requester(bytes(info.writer_guid))
