# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one way in which this package reads files that others name: regular files only, and no more than is expected.

A pipe, a device or a socket in the place of a file would hold up a reader for ever, or never end; so would a file of
``/proc`` that grows while it is read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from typing import Protocol

_KINDS = {
    stat.S_IFDIR: 'a folder', stat.S_IFIFO: 'a pipe', stat.S_IFSOCK: 'a socket', stat.S_IFCHR: 'a device',
    stat.S_IFBLK: 'a device',
}
_PIECE = 1 << 20


class UnusableFileError(OSError):
    """There is a file, but it is none that can be read, or it is too large; the message says which and why."""


@contextlib.contextmanager
def open_regular(path: str | os.PathLike[str]) -> Iterator[int]:
    """Open a regular file for reading, without ever waiting for it, and give its descriptor for the block.

    :raises UnusableFileError: it is a folder, a pipe, a device or a socket.
    :raises OSError: it is not there, or may not be read; also for a name that cannot be one.
    """
    # Looked at first, because opening a device may do something, as with a tape or a terminal.
    _check(path, _stat(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        if error.errno == errno.ENXIO:  # it has become a socket meanwhile
            raise UnusableFileError(f'{os.fspath(path)} is a socket and no file') from error
        raise
    try:
        _check(path, os.fstat(descriptor))  # what was opened, whatever the name stood for a moment ago
        yield descriptor
    finally:
        os.close(descriptor)


def check_regular(path: str | os.PathLike[str]) -> os.stat_result:
    """Return what the system tells of a regular file, without opening it; errors as :func:`open_regular`."""
    status = _stat(path)
    _check(path, status)
    return status


def read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """Return the content of a regular file of at most ``most`` bytes.

    :raises UnusableFileError: it is larger, whatever size it states, or no regular file.
    :raises OSError: it is not there, or may not be read.
    """
    with open_regular(path) as descriptor:
        if os.fstat(descriptor).st_size > most:
            raise _too_large(path, most)
        content = bytearray()
        while piece := os.read(descriptor, min(_PIECE, most + 1 - len(content))):
            content += piece
            if len(content) > most:
                raise _too_large(path, most)
    return bytes(content)


def read_text(path: str | os.PathLike[str], most: int) -> str:
    """Return the text of a file in UTF-8; ``most`` and errors as :func:`read_file`.

    :raises UnusableFileError: it is not in UTF-8.
    """
    try:
        return read_file(path, most).decode()
    except UnicodeDecodeError as error:
        where = f'{error.reason} at byte {error.start}'
        raise UnusableFileError(f'{os.fspath(path)} is no text in UTF-8 ({where})') from error


class ByteString(Protocol):
    """Anything that gives its bytes by slices: bytes, a file."""

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice, /) -> bytes: ...


class FileSlices:
    """The bytes of an open file by slices, read where they lie: unlike a memory map it survives a file that shrinks."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, end, _ = part.indices(self._size)
        return os.pread(self._descriptor, max(0, end - start), start)


def _stat(path: str | os.PathLike[str]) -> os.stat_result:
    try:
        return os.stat(path)
    except ValueError as error:  # a zero byte
        raise UnusableFileError(f'{os.fspath(path)!a} can be the name of no file') from error


def _check(path: str | os.PathLike[str], status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), 'something else')
        raise UnusableFileError(f'{os.fspath(path)} is {kind} and no file')


def _too_large(path: str | os.PathLike[str], most: int) -> UnusableFileError:
    shown = f'{most >> 20} MiB' if most >= 1 << 20 else f'{most >> 10} KiB'
    return UnusableFileError(f'{os.fspath(path)} is larger than {shown}, which is too much for what it should be')
