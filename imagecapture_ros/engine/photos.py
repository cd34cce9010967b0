# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From a raw photo to an image file, off the device's thread."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.framing import Framing, pixels_of
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.depth import AUTO, ValueRange, file_format, is_deep, loses_depth, range_note, range_of
from imagecapture_ros.imaging.photo_facts import PhotoFacts
from imagecapture_ros.imaging.photo_files import EncodedPhoto, save_photo
from imagecapture_ros.mediacapture.frames import JPEG, RawPhoto


class PhotoEncoder:
    """Encodes photos on a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix='photo')

    def encode(
        self, photo: RawPhoto, framing: Framing, photo_format: str, quality: int, facts: PhotoFacts,
        values: ValueRange | None = None,
    ) -> Future[EncodedPhoto]:
        """Return the photo, turned and mirrored as the stream is, in a format of :data:`depth.FORMATS`.

        ``quality`` is that of JPEG, 1 to 100. Where the format does not keep all bits, ``values`` become black to
        white, or nearly all that the photo has. It carries ``facts`` as EXIF. A camera's own JPEG stays as it is
        otherwise, where nothing has to be turned.
        """
        return self._pool.submit(encoded_photo, photo, framing, photo_format, quality, facts, values)

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
    values: ValueRange | None = None,
) -> EncodedPhoto:
    """See :meth:`PhotoEncoder.encode`; done at once."""
    from imagecapture_ros.imaging.exif import exif_of, with_exif  # Pillow costs time that the start does not have

    frame = framing.turned(photo.frame)
    deep = note = ''
    if isinstance(frame.data, bytes) and photo_format in (AUTO, JPEG):
        data, chosen = frame.data, JPEG
    else:
        pixels, encoding = pixels_of(frame)
        chosen = file_format(photo_format, encoding)
        if loses_depth(chosen, encoding):
            values = values or range_of(pixels)
            note = range_note('a photo', chosen, encoding, values)
        if is_deep(encoding) and chosen != JPEG:
            deep = 'mono16' if note else encoding
        data = codecs.encode(chosen, pixels, encoding, quality=quality, values=values)
    return EncodedPhoto(with_exif(data, exif_of(facts)), chosen, frame.width, frame.height, deep, note)
