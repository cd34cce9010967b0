# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files that a process holds locked (flock) as long as it lives: one that nobody holds was left by a dead process.

The lock belongs to the file and not to a process id, so that this is true across containers that share a folder, too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


def create_held(folder: Path, prefix: str, suffix: str = '') -> tuple[Path, IO[str]]:
    """Make a file of a new name in ``folder`` and hold it until it is closed; whoever wants to removes it.

    :raises OSError: that is not possible there.
    """
    while True:
        descriptor, name = tempfile.mkstemp(suffix, prefix, folder)
        file = os.fdopen(descriptor, 'w', encoding='utf-8')
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file, Path(name)):
                return Path(name), file
        except BaseException:
            file.close()
            Path(name).unlink(missing_ok=True)
            raise
        file.close()  # somebody has taken it for one that was left, before it was locked


@contextlib.contextmanager
def abandoned(path: Path) -> Iterator[IO[bytes] | None]:
    """Open a file that nobody holds, and hold it; ``None`` if somebody does, or it is not there, or not our user's."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK), 'r+b'))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            facts = os.fstat(file.fileno())
            usable = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid() and _is_at(file, path)
        except OSError:
            usable = False
        yield file if usable else None


def _is_at(file: IO[str] | IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:
        return False
