# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Video files, decoded by FFmpeg through OpenCV."""

from __future__ import annotations

import logging
import statistics
from itertools import pairwise
from pathlib import Path

import cv2

from imagecapture_ros.cameras.backends.files.one_size import OneSizeCapture
from imagecapture_ros.cameras.backends.files.pace import EvenTimes
from imagecapture_ros.cameras.backends.files.paced_camera import RecordedPicture
from imagecapture_ros.cameras.backends.files.video_pixels import VideoPixels
from imagecapture_ros.cameras.backends.opencv.capture import (
    DEFAULT_RATE,
    HIGHEST_RATE,
    MAX_DAMAGED_FRAMES,
    check_file,
    open_capture,
)
from imagecapture_ros.imaging.image_header import MAX_PIXELS, check_size, stated_size_of_file
from imagecapture_ros.mediacapture.errors import NotReadableError

logger = logging.getLogger(__name__)

_LOOKED_AT = 100
"""So many frames tell the rate of a video that states none."""


class VideoFile:
    """A recording in a video file; every frame is turned as the file says.

    Grey videos are mono8 or mono16, all others bgr8.
    """

    def __init__(
        self, path: Path, max_pixels: int = MAX_PIXELS, source_rate: float = DEFAULT_RATE, *, timed: bool = True,
    ) -> None:
        """Play the video at ``path``.

        :param max_pixels: that a frame may have.
        :param source_rate: in Hz, of videos that have no times, or times that cannot be.
        :param timed: whether its frames have times: what FFmpeg says of those without a container it has made up.
        """
        self._path = path
        self._max_pixels = max_pixels
        self._source_rate = source_rate
        self._timed = self._has_times = timed
        self._capture: OneSizeCapture | None = None
        self._pixels: VideoPixels | None = None
        self._rate = source_rate
        self._times = EvenTimes(source_rate)
        self._reported: set[str] = set()

    def open(self) -> float:
        """See :meth:`Recording.open`."""
        self._reported.clear()
        self._has_times = self._timed
        self._rate = self._usual_rate(self._open_capture())
        self._times = EvenTimes(self._rate)
        return self._rate

    def close(self) -> None:
        """See :meth:`Recording.close`."""
        if self._capture is not None:
            self._capture.release()
            self._capture = self._pixels = None

    def next(self) -> RecordedPicture | None:
        """See :meth:`Recording.next`; frames that cannot be decoded are left out, with a warning."""
        if self._capture is None or self._pixels is None:
            return None
        for skipped in range(MAX_DAMAGED_FRAMES):
            found = self._pixels.read()
            if found is not None:
                if skipped:
                    self._report(f'{self._path} is damaged: {skipped} frames that cannot be decoded are left out')
                stated = 1e6 * self._capture.get(cv2.CAP_PROP_POS_MSEC) if self._has_times else None
                time = self._times.place(stated, skipped)
                if self._times.left_out:
                    self._report(f'{self._path} has a pause of {self._times.left_out:.0f} s in its time stamps, which '
                                 f'is left out')
                return RecordedPicture(*found, time, skipped)
        return None

    @property
    def length(self) -> float:
        """See :attr:`Recording.length`."""
        return self._times.end

    def rewind(self) -> None:
        """See :meth:`Recording.rewind`; the file is opened anew, because a seek is not exact in every format."""
        self.close()
        self._open_capture()
        self._times = EvenTimes(self._rate)

    def _open_capture(self) -> OneSizeCapture:
        check_file(self._path)
        self._check_image()
        opened = open_capture(str(self._path), cv2.CAP_FFMPEG, {}, self._max_pixels)
        if opened is None and not self._timed and self._path.suffix:
            raise NotReadableError(f'{self._path} is Motion JPEG or another video without a container, for which '
                                   f'FFmpeg does not look in a file with the suffix {self._path.suffix}: rename it to '
                                   f'{self._path.stem}.mjpeg, .h264 or .h265')
        if opened is None:
            raise NotReadableError(f'{self._path} cannot be read as a video: it is damaged, has no picture, or is in '
                                   f'no format that FFmpeg knows; see what it is with: ffprobe "{self._path}"')
        self._capture = OneSizeCapture(opened, self._path)
        self._pixels = VideoPixels(self._capture, self._path.name, self._max_pixels)
        for remark in self._pixels.remarks:
            self._report(remark)
        return self._capture

    def _usual_rate(self, capture: OneSizeCapture) -> float:
        stated = capture.get(cv2.CAP_PROP_FPS)
        if not self._timed:
            self._report(f'{self._path.name} has no time stamps: it is played at {self._source_rate:g} Hz; for another '
                         f'rate, set the parameter source_rate')
            return self._source_rate
        if 0.0 < stated <= HIGHEST_RATE:
            return stated
        measured = self._measured_rate(capture)
        if measured is not None:
            return measured
        self._has_times = False
        logger.warning('%s states a frame rate of %g Hz, which cannot be; %g Hz is used', self._path.name, stated,
                       self._source_rate)
        return self._source_rate

    def _measured_rate(self, capture: OneSizeCapture) -> float | None:
        """Return the rate of the first frames by their times, or ``None`` where these cannot be; begin again then.

        :raises NotReadableError: there is one picture only, as with sound that has a cover.
        """
        times: list[float] = []
        while len(times) < _LOOKED_AT and capture.grab():
            times.append(capture.get(cv2.CAP_PROP_POS_MSEC))
        if len(times) == 1:
            raise NotReadableError(f'{self._path} is no video: it holds one picture without a time, as sound with a '
                                   f'cover does; see what it is with: ffprobe "{self._path}"')
        self.close()
        self._open_capture()
        intervals = [later - earlier for earlier, later in pairwise(times) if later > earlier]
        usual = statistics.median(intervals) if intervals else 0.0
        return 1e3 / usual if usual > 0.0 and 1e3 / usual <= HIGHEST_RATE else None

    def _check_image(self) -> None:
        """Refuse Motion JPEG without a container that has too many pixels."""
        try:
            size = stated_size_of_file(self._path)
        except OSError as error:
            raise NotReadableError(f'{self._path} cannot be read: {error}') from error
        if size is not None:
            check_size(*size, str(self._path), self._max_pixels)

    def _report(self, text: str) -> None:
        # Once, not each time the file is played; the numbers may differ then.
        kind = text.translate({ord(digit): None for digit in '0123456789'})
        if kind not in self._reported:
            self._reported.add(kind)
            logger.warning('%s', text)
