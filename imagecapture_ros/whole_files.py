# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files that appear whole or not at all, also if the process is killed while it writes them.

Their permissions are those of any new file: what the umask leaves of ``rw-rw-rw-``.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

_PERMISSIONS = 0o666
_OWN_DESCRIPTORS = '/proc/self/fd'
_NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS)
_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


def create_file(folder: Path, names: Iterable[str], data: bytes) -> Path:
    """Write a new file into ``folder`` with the first of ``names`` that is free, and return its path.

    What has a name already stays as it is, links included.

    :raises FileExistsError: none of the names is free.
    :raises OSError: the file cannot be written.
    """
    with _Draft(folder, data) as draft:
        for name in names:
            try:
                draft.publish(folder / name)
            except FileExistsError:
                continue
            return folder / name
    raise FileExistsError(errno.EEXIST, 'all names are taken', str(folder))


def replace_file(path: Path, data: bytes) -> None:
    """Write a file that takes the place of what has this path, if anything has; a link is replaced, not followed.

    :raises OSError: the file cannot be written.
    """
    with _Draft(path.parent, data) as draft:
        draft.replace(path)


class _Draft:
    """A whole file without a name, where the file system has such; the kernel removes it with the process."""

    def __init__(self, folder: Path, data: bytes) -> None:
        self._folder = folder
        self._data = data
        self._descriptor = -1
        self._path: Path | None = None
        if not os.path.isdir(_OWN_DESCRIPTORS):
            self._write_named()
            return
        try:
            self._descriptor = os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, _PERMISSIONS)
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES:
                raise
            self._write_named()
            return
        try:
            self._write(self._descriptor)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> _Draft:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def publish(self, path: Path) -> None:
        """Give the file this path.

        :raises FileExistsError: something has it.
        """
        try:
            self._link(path)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            # FAT and exFAT: an empty file takes the name, and is replaced by the whole one.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PERMISSIONS))
            self._named().replace(path)

    def replace(self, path: Path) -> None:
        """Give the file this path, whatever has it."""
        self._named().replace(path)

    def _named(self) -> Path:
        if self._path is None:
            path = self._hidden_path()
            try:
                self._link(path)
                self._path = path
            except OSError as error:
                if error.errno not in _NO_HARD_LINKS:
                    raise
                self._write_named()
        assert self._path is not None
        return self._path

    def _link(self, path: Path) -> None:
        if self._path is not None:
            os.link(self._path, path)
            return
        folder = os.open(self._folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # Python follows the link in /proc only if it is given a folder.
            os.link(f'{_OWN_DESCRIPTORS}/{self._descriptor}', path, src_dir_fd=folder)
        finally:
            os.close(folder)

    def _write_named(self) -> None:
        path = self._hidden_path()
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _PERMISSIONS)
        self._path = path
        try:
            self._write(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)

    def _hidden_path(self) -> Path:
        return self._folder / f'.{secrets.token_hex(8)}.part'

    def _write(self, descriptor: int) -> None:
        with open(descriptor, 'wb', closefd=False) as file:
            file.write(self._data)
            file.flush()
            os.fsync(descriptor)
