# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shared memory that Fast DDS takes for this process, and what earlier processes of this node left of theirs.

Fast DDS 3 names a participant's segment ``/dev/shm/fastdds_`` and 16 hexadecimal digits. Beside it lies an empty file
with ``_el`` behind the name, which its owner, and nobody else, holds open and locked (flock) as long as it lives. A
process that is killed leaves both. Nothing tells then whose they were: so each node writes the names of its segments
down beside them, in a file that it locks in the same way. The small files of ports (``fastdds_port``) are shared by
all programs of a domain, and Fast DDS uses them again; they are left alone. Fast DDS 2, which ROS 2 Humble and Jazzy
have, writes ``fastrtps`` for ``fastdds``.

Everybody may write into that folder: only regular files of our own user are read and removed, and no link is followed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DIRECTORY = Path('/dev/shm')

RECORD_PREFIX = 'imagecapture_ros_'
_UNFINISHED_PREFIX = 'new_imagecapture_ros_'
_LOCK_SUFFIX = '_el'
SEGMENT_NAME = re.compile(r'(fastdds|fastrtps)_[0-9a-f]{16}')
"""The name of a participant's segment; its first group tells the version, as above."""


class SegmentRecord:
    """Says which segments are this process's own, to those that come after it."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._path = DIRECTORY

    def write(self) -> None:
        """Write down the segments that this process holds now; without shared memory there is nothing to write."""
        with contextlib.suppress(OSError):
            file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it stays open, and locked, as long as the process lives
                'w', dir=DIRECTORY, prefix=_UNFINISHED_PREFIX, encoding='ascii', delete=False)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write('\n'.join(own_segments()))
            file.flush()
            # Others see it under its final name only, under which it is locked from the beginning.
            self._path = DIRECTORY / Path(file.name).name.replace(_UNFINISHED_PREFIX, RECORD_PREFIX)
            Path(file.name).replace(self._path)
            self._file = file

    def remove(self) -> None:
        """Take the record away: the segments are, or are about to be."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None


def own_segments() -> dict[str, int]:
    """Return the segments of this process, those whose locks it holds: their names, and the bytes that they take."""
    own = {}
    for descriptor in os.listdir('/proc/self/fd'):
        with contextlib.suppress(OSError):
            path = Path(os.readlink(f'/proc/self/fd/{descriptor}'))
            segment = path.with_name(path.name.removesuffix(_LOCK_SUFFIX))
            if path.parent == DIRECTORY and segment != path and SEGMENT_NAME.fullmatch(segment.name):
                own[segment.name] = segment.stat().st_size
    return dict(sorted(own.items()))


def remove_abandoned() -> int:
    """Remove what killed processes of this node left behind; return how many bytes that were.

    A segment that somebody still holds stays on record, for the next node to remove.
    """
    freed = 0
    for record in sorted(DIRECTORY.glob(f'{RECORD_PREFIX}*')):
        with _locked(record) as file:
            if file is None:
                continue
            names = file.read().decode('ascii', errors='replace').split()
            segments = [DIRECTORY / name for name in names if SEGMENT_NAME.fullmatch(name)]
            freed += sum(_removed(segment) for segment in segments)
            if not any(segment.exists() for segment in segments):
                with contextlib.suppress(OSError):
                    record.unlink()
    return freed


def _removed(segment: Path) -> int:
    """Remove a segment if nobody holds it; return its bytes, 0 if it stays."""
    lock = segment.with_name(segment.name + _LOCK_SUFFIX)
    with _locked(lock) as file:
        if file is None:
            return 0
        try:
            size = segment.stat(follow_symlinks=False).st_size
            # Who has it still mapped keeps it until it lets go.
            segment.unlink()
        except OSError:
            size = 0
        with contextlib.suppress(OSError):
            lock.unlink()
        return size


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes] | None]:
    """Open a file of our own and hold its lock; ``None`` if somebody else does, or it is not there, or not ours."""
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK), 'r+b'))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            facts = os.fstat(file.fileno())
            usable = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid()
        except OSError:
            usable = False
        yield file if usable else None
