# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos as files: complete or not there at all, and nothing is ever overwritten."""

from __future__ import annotations

import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from imagecapture_ros.mediacapture.errors import NotSupportedError, UnknownError

SUFFIXES = {'jpeg': '.jpg', 'png': '.png'}
MAX_NUMBERED = 100_000
_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True)
class EncodedPhoto:
    """A photo as a complete image file (the Blob of takePhoto)."""

    data: bytes
    format: str
    """``jpeg`` or ``png``."""
    width: int
    height: int


def check_save_as(directory: str, name: str) -> None:
    """Refuse a ``save_as`` that cannot be honoured, before a photo is taken for it.

    :raises NotSupportedError: saving is off, or the name is not a plain file name.
    """
    if not directory:
        raise NotSupportedError('save_as is refused: the node was started without photo_directory; set it to the '
                                'folder in which photos may be saved')
    if not name or name.startswith('.') or any(c in '/\\' or ord(c) < 32 or ord(c) == 127 for c in name):
        raise NotSupportedError(f'save_as {name!r} is not a plain file name; photos are saved in {directory} only, for '
                                f'instance as photo.jpg')


def save_photo(photo: EncodedPhoto, directory: str, name: str) -> Path:
    """Write the photo into ``directory`` as ``name`` and return its path.

    The suffix is added when it is missing; an existing file is never replaced, a number is added to the name instead.
    The file appears complete or not at all.

    :raises UnknownError: it cannot be written.
    """
    folder = Path(os.path.expanduser(directory))
    suffix = SUFFIXES[photo.format]
    stem = Path(name).stem if Path(name).suffix.lower() in ('.jpg', '.jpeg', '.png') else name.rstrip('.')
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix='.', suffix='.part')
        try:
            with open(descriptor, 'wb') as file:
                file.write(photo.data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            return _given_name(Path(temporary), folder / f'{stem}{suffix}')
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise UnknownError(f'the photo could not be saved in {folder}: {error.strerror}') from error


def _given_name(temporary: Path, wanted: Path) -> Path:
    """Give a complete file its name, with a number if that is taken, and return it; nothing is ever overwritten."""
    for number in range(MAX_NUMBERED):
        path = wanted.with_name(f'{wanted.stem}_{number}{wanted.suffix}') if number else wanted
        try:
            os.link(temporary, path)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            # FAT and exFAT: an empty file takes the name, and is replaced by the complete one.
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            except FileExistsError:
                continue
            temporary.replace(path)
        return path
    raise UnknownError(f'{wanted.parent} holds {MAX_NUMBERED} photos named {wanted.stem} already; choose another name')
