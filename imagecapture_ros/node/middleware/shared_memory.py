# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shared memory that Fast DDS takes for this process, and what earlier processes of this node left of theirs.

Fast DDS 3 names a participant's segment ``/dev/shm/fastdds_`` and 16 hexadecimal digits. Beside it lies an empty file
with ``_el`` behind the name, which its owner, and nobody else, makes first, and holds open and locked (flock) as long
as it lives. A process that is killed leaves both. Nothing tells then whose they were: so each node writes the names of
its segments down beside them, in a file that it locks in the same way. While it starts there are no names yet: the file
says so, and what has been made since and is nobody's is taken for that of a node which was killed then. The small files
of ports (``fastdds_port``) are shared by all programs of a domain, and Fast DDS uses them again; they are left alone.
Fast DDS 2, which ROS 2 Humble and Jazzy have, writes ``fastrtps`` for ``fastdds``.

Everybody may write into that folder: only regular files of our own user are read and removed, and no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import IO

from imagecapture_ros.node.middleware.held_files import abandoned, create_held

DIRECTORY = Path('/dev/shm')

RECORD_PREFIX = 'imagecapture_ros_'
_OLD_PREFIX = 'new_imagecapture_ros_'
"""Of records that earlier versions had not finished."""

STARTING, NONE = 'starting', 'none'
"""What a record says instead of names, while there are none yet, and where there are none."""

LONGEST_START = 120.0
"""Seconds from the record to the segments of a process at most."""

_LOCK_SUFFIX = '_el'
SEGMENT_NAME = re.compile(r'(fastdds|fastrtps)_[0-9a-f]{16}')
"""The name of a participant's segment; its first group tells the version, as above."""


class SegmentRecord:
    """Says which segments are this process's own, to those that come after it."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._path = DIRECTORY

    def begin(self) -> None:
        """Write down that there will be segments; to be called before the first node is made."""
        with contextlib.suppress(OSError):  # without shared memory there is nothing to write
            self._path, self._file = create_held(DIRECTORY, RECORD_PREFIX)
            self._rewrite(STARTING)

    def write(self) -> None:
        """Write down the segments that this process holds now."""
        if self._file is None:
            self.begin()
        with contextlib.suppress(OSError):
            self._rewrite('\n'.join(own_segments()) or NONE)

    def remove(self) -> None:
        """Take the record away: the segments are, or are about to be."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def _rewrite(self, content: str) -> None:
        if self._file is not None:
            # Never empty in between: the names, which are longer than what was there, take its place in one step.
            os.ftruncate(self._file.fileno(), os.pwrite(self._file.fileno(), content.encode('ascii'), 0))


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
    for record in sorted((*DIRECTORY.glob(f'{RECORD_PREFIX}*'), *DIRECTORY.glob(f'{_OLD_PREFIX}*'))):
        with abandoned(record) as file:
            if file is None:
                continue
            began = os.fstat(file.fileno()).st_mtime
            names = file.read().decode('ascii', errors='replace').split()
            if starting := names in ([], [STARTING]):
                names = _made_within(began, began + LONGEST_START)
            segments = [DIRECTORY / name for name in names if SEGMENT_NAME.fullmatch(name)]
            freed += sum(_removed(segment) for segment in segments)
            if starting or not any(segment.exists() for segment in segments):
                with contextlib.suppress(OSError):
                    record.unlink()
    return freed


def _made_within(began: float, ended: float) -> list[str]:
    """Return the names of all segments that were made at such a time (seconds since 1970), whoever's they are."""
    names = []
    for lock in DIRECTORY.glob(f'*{_LOCK_SUFFIX}'):
        with contextlib.suppress(OSError):
            # Nobody writes into it, so it is as old as the segment.
            if began <= lock.stat(follow_symlinks=False).st_mtime <= ended:
                names.append(lock.name.removesuffix(_LOCK_SUFFIX))
    return names


def _removed(segment: Path) -> int:
    """Remove a segment if nobody holds it; return its bytes, 0 if it stays."""
    lock = segment.with_name(segment.name + _LOCK_SUFFIX)
    with abandoned(lock) as file:
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
