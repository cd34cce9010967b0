# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The functions of librcl that rclpy does not offer as they are needed: publishing from memory of ours, and waiting.

They take the message where it lies and let other threads of Python run meanwhile; rclpy's own ``publish`` makes copies
first, and neither it nor ``wait_for_all_acked`` lets anybody run.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.publisher import Publisher

_OK = 0
_TIMEOUT = 2
_PROBE_CAPACITY = 24


class _Allocator(ctypes.Structure):
    """rcutils_allocator_t."""

    _fields_ = tuple(
        (name, ctypes.c_void_p) for name in ('allocate', 'deallocate', 'reallocate', 'zero_allocate', 'state'))


class _ByteArray(ctypes.Structure):
    """rcutils_uint8_array_t, which is rcl_serialized_message_t."""

    _fields_ = (('buffer', ctypes.c_void_p), ('length', ctypes.c_size_t), ('capacity', ctypes.c_size_t),
                ('allocator', _Allocator))


class _ErrorString(ctypes.Structure):
    """rcutils_error_string_t."""

    _fields_ = (('text', ctypes.c_char * 1024),)


class PublishError(RuntimeError):
    """librcl refused a message; the message says why."""


@dataclass(frozen=True)
class Librcl:
    """The functions in the libraries that rclpy has loaded."""

    publish: Callable[..., int]
    wait_for_all_acked: Callable[..., int]
    error_string: Callable[[], Any]
    reset_error: Callable[[], None]

    def publish_serialized(self, publisher: Publisher, address: int, length: int) -> None:
        """Publish a serialized message of ``length`` bytes; it is read until this returns, and not after.

        The caller asks the gate of a lifecycle publisher; what is called here is below it.

        :raises PublishError: librcl refused.
        :raises InvalidHandle: rclpy's, the publisher was destroyed.
        """
        message = _ByteArray(buffer=address, length=length, capacity=length)
        with publisher.handle:  # meanwhile it cannot be destroyed
            if self.publish(publisher.handle.pointer, ctypes.byref(message), None) == _OK:
                return
            text = self._error()
        raise PublishError(text)

    def acknowledged(self, publisher: Publisher, timeout: float) -> bool:
        """Return whether every reliable subscriber has all messages, within ``timeout`` seconds.

        True where the middleware cannot tell, as Zenoh's: not every one has this.

        :raises InvalidHandle: rclpy's, the publisher was destroyed.
        """
        with publisher.handle:
            result = self.wait_for_all_acked(publisher.handle.pointer, round(timeout * 1e9))
            if result not in (_OK, _TIMEOUT):
                self._error()
        return result != _TIMEOUT

    def _error(self) -> str:
        # Errors belong to the thread; one that stays is printed with the next as having been overwritten.
        text = bytes(self.error_string().text).decode(errors='replace')
        self.reset_error()
        return text


@functools.cache
def librcl() -> Librcl | None:
    """Return the functions; ``None`` where they are not there, or do not understand the memory they would be given."""
    try:
        # Only what rclpy has loaded already: another copy would know none of its publishers.
        rcl, rcutils = (ctypes.CDLL(name, os.RTLD_NOW | os.RTLD_NOLOAD) for name in ('librcl.so', 'librcutils.so'))
        publish, wait_for_all_acked = rcl.rcl_publish_serialized_message, rcl.rcl_publisher_wait_for_all_acked
        publish.argtypes, publish.restype = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p), ctypes.c_int
        wait_for_all_acked.argtypes, wait_for_all_acked.restype = (ctypes.c_void_p, ctypes.c_int64), ctypes.c_int
        error_string = rcutils.rcutils_get_error_string
        error_string.argtypes, error_string.restype = (), _ErrorString
        rcutils.rcutils_reset_error.argtypes, rcutils.rcutils_reset_error.restype = (), None
        if not _lies_as_expected(rcutils):
            return None
        return Librcl(publish, wait_for_all_acked, error_string, rcutils.rcutils_reset_error)
    except (OSError, AttributeError):
        return None


def _lies_as_expected(rcutils: ctypes.CDLL) -> bool:
    """Return whether rcutils writes the fields of an array of bytes where they are expected."""
    default_allocator = rcutils.rcutils_get_default_allocator
    default_allocator.argtypes, default_allocator.restype = (), _Allocator
    array, allocator = _ByteArray(), default_allocator()
    made = rcutils.rcutils_uint8_array_init(
        ctypes.byref(array), ctypes.c_size_t(_PROBE_CAPACITY), ctypes.byref(allocator))
    if made != _OK:
        return False
    same = array.length == 0 and array.capacity == _PROBE_CAPACITY and bool(array.buffer)
    return same and rcutils.rcutils_uint8_array_fini(ctypes.byref(array)) == _OK
