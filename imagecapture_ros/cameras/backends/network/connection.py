# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one way in which this package reads from a network: what is read has an end in time and in size.

A time-out of a socket begins anew with every byte, and a server that drips one now and then holds a reader for ever.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from types import TracebackType
from typing import Any


class NoConnection(TimeoutError):
    """A host does not answer at all."""


class TooMuch(OSError):
    """More comes than was to be read."""


class Connection(io.RawIOBase):
    """A connection over TCP, with TLS if asked; it reads until a moment and a number of bytes, whatever the other does.

    Certificates are not checked: cameras have their own, and FFmpeg does not check them either.
    """

    def __init__(self, host: str, port: int, *, secure: bool, seconds: float, most: int) -> None:
        """Connect.

        :param seconds: in which all has to be done from now on, until :meth:`allow` says otherwise.
        :param most: bytes that are read at most.
        :raises NoConnection: the host does not answer in time.
        :raises OSError: it is not known, refuses, or speaks no TLS.
        """
        super().__init__()
        self._socket: socket.socket | None = None
        self.allow(seconds, most)
        self._socket = self._connected(host, port)
        if secure:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            plain = self._socket
            try:
                # Python's own time-out for this is one for the whole handshake.
                plain.settimeout(self._remaining())
                self._socket = context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise

    def allow(self, seconds: float, most: int) -> None:
        """Let so much more be read, in so many seconds from now."""
        self._until = time.monotonic() + seconds
        self._left = most

    def send(self, data: bytes) -> None:
        """Send all of ``data`` in time."""
        self._opened().sendall(data)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come, or wait for it.

        :raises TimeoutError: nothing has come in time.
        :raises TooMuch: all that was allowed has been read.
        """
        if self._left <= 0:
            raise TooMuch('more was sent than is read')
        connection = self._opened()
        view = memoryview(buffer)[:self._left]
        connection.settimeout(self._remaining())
        count = connection.recv_into(view)
        self._left -= count
        return count

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        super().close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connected(self, host: str, port: int) -> socket.socket:
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:  # Python's, for what can be the name of no host
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
        failure: OSError = NoConnection(f'{host} has no address')
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            found = socket.socket(family, kind, protocol)
            try:
                found.settimeout(self._remaining() / (len(addresses) - number))
                found.connect(address)
            except OSError as error:
                found.close()
                failure = NoConnection(str(error)) if isinstance(error, TimeoutError) else error
            else:
                return found
        raise failure

    def _opened(self) -> socket.socket:
        if self._socket is None or self.closed:
            raise OSError('the connection is closed')
        self._socket.settimeout(self._remaining())
        return self._socket

    def _remaining(self) -> float:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError('the time is over')
        return seconds
