# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a raw photo to a file: encoding off the device's thread, and saving where it is allowed."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.framing import Framing, pixels_of
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.exif import PhotoFacts
from imagecapture_ros.mediacapture.errors import NotSupportedError, UnknownError
from imagecapture_ros.mediacapture.frames import JPEG, RawPhoto

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


class PhotoEncoder:
    """Encodes photos on a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix='photo')

    def encode(
        self, photo: RawPhoto, framing: Framing, photo_format: str, quality: int, facts: PhotoFacts,
    ) -> Future[EncodedPhoto]:
        """Return the photo, turned and mirrored as the stream is, as ``jpeg`` (``quality`` 1 to 100) or ``png``.

        It carries ``facts`` as EXIF. A camera's own JPEG stays as it is otherwise, where nothing has to be turned.
        """
        return self._pool.submit(encoded_photo, photo, framing, photo_format, quality, facts)

    def save(self, photo: EncodedPhoto, directory: str, name: str) -> Future[Path]:
        """Write the photo as :func:`save_photo` does, without holding up the caller."""
        return self._pool.submit(save_photo, photo, directory, name)

    def close(self) -> None:
        """Forget what waits and end the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def facts_of(photo: RawPhoto, state: Snapshot, focal_length: float | None = None) -> PhotoFacts:
    """Return what is known of a photo taken in ``state``; ``focal_length`` in its pixels, where it is known."""
    from imagecapture_ros import __version__  # looked up in package.xml, for which the start has no time

    age = time.monotonic_ns() - photo.frame.exposed_at
    width, height = state.framing.turned_size(photo.frame.width, photo.frame.height)
    return PhotoFacts(
        make=state.info.make, model=state.info.label, serial_number=state.info.device_id,
        # The time of day, also where ROS time is that of a simulation.
        taken_at=datetime.fromtimestamp(time.time() - age * 1e-9).astimezone(),
        software=f'imagecapture_ros {__version__}', width=width, height=height,
        photo_settings=photo.settings, settings=photo.device_settings,
        has_flash=bool(state.photo_capabilities.fill_light_mode), flash_fired=photo.flash_fired,
        subject_distance=photo.subject_distance,
        focal_length=focal_length,
    )


def encoded_photo(
    photo: RawPhoto, framing: Framing, photo_format: str, quality: int, facts: PhotoFacts,
) -> EncodedPhoto:
    """See :meth:`PhotoEncoder.encode`; done at once."""
    from imagecapture_ros.imaging.exif import exif_of, with_exif  # Pillow costs time that the start does not have

    frame = framing.turned(photo.frame)
    if isinstance(frame.data, bytes) and photo_format == JPEG:
        data = frame.data
    else:
        pixels, encoding = pixels_of(frame)
        data = (codecs.encode_png(pixels, encoding) if photo_format == 'png'
                else codecs.encode_jpeg(pixels, encoding, quality))
    return EncodedPhoto(with_exif(data, exif_of(facts)), photo_format, frame.width, frame.height)


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
