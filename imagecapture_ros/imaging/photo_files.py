# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos as files: whole or not there at all, and nothing is ever overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from imagecapture_ros.mediacapture.errors import NotSupportedError, UnknownError
from imagecapture_ros.whole_files import create_file

SUFFIXES = {'jpeg': '.jpg', 'png': '.png', 'tiff': '.tiff'}
_KNOWN_SUFFIXES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff')
MAX_NUMBERED = 100_000


@dataclass(frozen=True)
class EncodedPhoto:
    """A photo as a complete image file (the Blob of takePhoto)."""

    data: bytes
    format: str
    """``jpeg``, ``png`` or ``tiff``."""
    width: int
    height: int
    encoding: str = ''
    """Of the pixels, where they have more than 8 bits."""
    note: str = ''
    """What has become of their depth, for people, where the file has less."""

    @property
    def message_format(self) -> str:
        """What sensor_msgs/CompressedImage calls it; image_transport goes by it where a pixel has more than 8 bits."""
        return message_format(self.format, self.encoding)


def message_format(file_type: str, deep_encoding: str) -> str:
    """Return the format of a CompressedImage; ``deep_encoding`` is that of its pixels, empty for those of 8 bits."""
    return f'{deep_encoding}; {file_type} compressed' if deep_encoding else file_type


def file_type_of(text: str) -> str:
    """Return the format of the file in a CompressedImage whose format is ``text``."""
    words = text.rpartition(';')[2].split()
    return words[0] if words else text


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
    The file appears whole or not at all.

    :raises UnknownError: it cannot be written.
    """
    folder = Path(os.path.expanduser(directory))
    suffix = SUFFIXES[photo.format]
    stem = Path(name).stem if Path(name).suffix.lower() in _KNOWN_SUFFIXES else name.rstrip('.')
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        try:
            return create_file(folder, _numbered(stem, suffix), photo.data)
        except FileExistsError as error:
            raise UnknownError(f'{folder} holds {MAX_NUMBERED} photos named {stem} already; choose another '
                               f'name') from error
    except OSError as error:
        raise UnknownError(f'the photo could not be saved in {folder}: {error.strerror}') from error


def _numbered(stem: str, suffix: str) -> Iterator[str]:
    yield f'{stem}{suffix}'
    for number in range(1, MAX_NUMBERED):
        yield f'{stem}_{number}{suffix}'
