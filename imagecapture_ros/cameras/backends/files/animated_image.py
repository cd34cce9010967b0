# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Animated GIF, PNG and WebP files as a stream."""

from __future__ import annotations

import logging
import os
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from imagecapture_ros.cameras.backends.files.paced_camera import RecordedPicture
from imagecapture_ros.cameras.backends.opencv.capture import HIGHEST_RATE, check_file, with_encoding
from imagecapture_ros.imaging.animation import durations_of
from imagecapture_ros.imaging.image_header import MAX_PIXELS, check_pixels
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.regular_files import FileSlices, open_regular

if TYPE_CHECKING:
    from imagecapture_ros.imaging.animation_pictures import Pictures

logger = logging.getLogger(__name__)

_LOOKED_AT = 100
"""So many pictures tell the usual rate."""

_MOST_BYTES = 8
"""Bytes of the file for each pixel that is allowed: WebP files are read into the memory as a whole."""


class AnimatedImage:
    """A recording in an animated image; only one picture is decoded at a time."""

    def __init__(self, path: Path, max_pixels: int = MAX_PIXELS) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._held = ExitStack()
        self._pictures: Pictures | None = None
        self._durations: Iterator[float] = iter(())
        self._size: tuple[int, ...] = ()
        self._damage_reported = False
        self.length = 0.0
        """See :attr:`Recording.length`."""

    def open(self) -> float:
        """See :meth:`Recording.open`; the usual rate is that of half of the pictures or more, as they are timed."""
        from imagecapture_ros.imaging.animation_pictures import Pictures  # it loads Pillow

        self.close()
        check_file(self._path)
        try:
            descriptor = self._held.enter_context(open_regular(self._path))
            data = FileSlices(descriptor)
            check_pixels(data, str(self._path), self._max_pixels)
            if len(data) > self._max_pixels * _MOST_BYTES:
                raise NotReadableError(f'{self._path} has {len(data) >> 20} MiB, which is too much for an animation; '
                                       f'make a video of it: ffmpeg -i "{self._path}" "{self._path}.mkv"')
            usual = statistics.median(islice(durations_of(data), _LOOKED_AT))
            file = self._held.enter_context(os.fdopen(os.dup(descriptor), 'rb'))
            self._pictures = Pictures(file, data, str(self._path), self._max_pixels)
        except OSError as error:
            self.close()
            raise NotReadableError(f'{self._path} cannot be read: {error}') from error
        except BaseException:
            self.close()
            raise
        self._held.callback(self._pictures.close)
        self._durations = durations_of(data)
        self.length = 0.0
        return min(1e3 / usual, HIGHEST_RATE)

    def close(self) -> None:
        """See :meth:`Recording.close`."""
        self._pictures = None
        self._held.close()

    def next(self) -> RecordedPicture | None:
        """See :meth:`Recording.next`; a picture that cannot be decoded is the end, with a warning."""
        if self._pictures is None:
            return None
        try:
            encoded = with_encoding(self._pictures.next())
        except EOFError:
            return None
        except NotReadableError as error:
            if not self.length:
                raise
            self._report(error)
            return None
        if encoded is None or self._size not in ((), encoded[0].shape[:2]):
            return None
        self._size = encoded[0].shape[:2]
        time = self.length
        self.length += 1e6 * next(self._durations, 100.0)
        return RecordedPicture(*encoded, time)

    def rewind(self) -> None:
        """See :meth:`Recording.rewind`."""
        self.open()

    def _report(self, error: NotReadableError) -> None:
        # Once, not each time the file is played.
        if not self._damage_reported:
            self._damage_reported = True
            logger.warning('%s; it is shown as far as it goes', error)
