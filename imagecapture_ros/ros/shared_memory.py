"""The shared memory that Fast DDS takes for this process, and what earlier processes of this node left of theirs.

Fast DDS 3 names a participant's segment ``/dev/shm/fastdds_`` and 16 hexadecimal digits. Beside it lies an empty file
with ``_el`` behind the name, which its owner, and nobody else, holds open and locked (flock) as long as it lives. A
process that is killed leaves both. Nothing tells then whose they were: so each node writes the names of its segments
down beside them, in a file that it locks in the same way. The small files of ports (``fastdds_port``) are shared by
all programs of a domain, and Fast DDS uses them again; they are left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

DIRECTORY = Path('/dev/shm')

RECORD_PREFIX = 'imagecapture_ros_'
_UNFINISHED = '.new'
_LOCK_SUFFIX = '_el'
_SEGMENT = re.compile(r'fastdds_[0-9a-f]{16}')


class SegmentRecord:
    """Says which segments are this process's own, to those that come after it."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def write(self) -> None:
        """Write down the segments that this process holds now; without shared memory there is nothing to write."""
        with contextlib.suppress(OSError):
            file = tempfile.NamedTemporaryFile(  # noqa: SIM115 - it stays open, and locked, as long as the process lives
                'w', dir=DIRECTORY, prefix=RECORD_PREFIX, suffix=_UNFINISHED, encoding='ascii', delete=False)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write('\n'.join(_own_segments()))
            file.flush()
            # Under its final name it is locked from the beginning.
            Path(file.name).replace(file.name.removesuffix(_UNFINISHED))
            self._file = file

    def remove(self) -> None:
        """Take the record away: the segments are, or are about to be."""
        if self._file is not None:
            Path(self._file.name.removesuffix(_UNFINISHED)).unlink(missing_ok=True)
            self._file.close()
            self._file = None


def remove_abandoned() -> int:
    """Remove what killed processes of this node left behind; return how many bytes that were."""
    freed = 0
    for record in sorted(DIRECTORY.glob(f'{RECORD_PREFIX}*')):
        with _locked(record) as unheld:
            if unheld:
                names = record.read_text(encoding='ascii', errors='replace').split()
                freed += sum(_removed(DIRECTORY / name) for name in names if _SEGMENT.fullmatch(name))
                record.unlink(missing_ok=True)
    return freed


def _removed(segment: Path) -> int:
    """Remove a segment if nobody holds it; return its bytes, 0 if it stays."""
    lock = segment.with_name(segment.name + _LOCK_SUFFIX)
    with _locked(lock) as unheld:
        if not unheld:
            return 0
        try:
            size = segment.stat().st_size
            # Who has it still mapped keeps it until it lets go.
            segment.unlink()
        except OSError:
            size = 0
        with contextlib.suppress(OSError):
            lock.unlink()
        return size


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Hold the lock of a file; ``False`` if somebody else does, the file is not there, or it is another user's."""
    try:
        with path.open('r+') as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
    except OSError:
        yield False


def _own_segments() -> list[str]:
    """Return the names of the segments of this process: those whose locks it holds."""
    own = set()
    for descriptor in os.listdir('/proc/self/fd'):
        with contextlib.suppress(OSError):
            path = Path(os.readlink(f'/proc/self/fd/{descriptor}'))
            name = path.name.removesuffix(_LOCK_SUFFIX)
            if path.parent == DIRECTORY and name != path.name and _SEGMENT.fullmatch(name):
                own.add(name)
    return sorted(own)
