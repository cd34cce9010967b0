# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera somewhere in the network: a stream, or pictures of which each is asked for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor

from imagecapture_ros.cameras.backends.network.snapshot import SnapshotCapture, fetched
from imagecapture_ros.cameras.backends.opencv.frame_reader import Capture
from imagecapture_ros.cameras.backends.opencv.live_camera import LiveCamera
from imagecapture_ros.imaging.codecs import decode_upright
from imagecapture_ros.imaging.image_header import JPEG_START, check_pixels, stated_orientation
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import MediaCaptureError, UnknownError
from imagecapture_ros.mediacapture.frames import JPEG, Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo


class NetworkCamera(LiveCamera):
    """A live source whose photos are pictures of their own, where the server has pictures and no stream."""

    def __init__(
        self, info: DeviceInfo, url: str, connect: Callable[[], Capture], open_timeout: float, read_timeout: float,
        max_pixels: int, redact: Callable[[str], str],
    ) -> None:
        """See :class:`LiveCamera`; ``url`` is what ``connect`` opens, ``max_pixels`` is for one picture."""
        super().__init__(info, self._connect_anew, open_timeout, read_timeout,
                         advice='check the camera and the network', redact=redact)
        self._url = url
        self._open_source = connect
        self._max_pixels = max_pixels
        self._polled = False
        self._photographer: ThreadPoolExecutor | None = None
        self._photos: set[Future[RawPhoto]] = set()

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Fetch a picture of its own, or return the next frame of a stream; errors as :meth:`Camera.take_photo`."""
        if not self._polled:
            return super().take_photo(wishes)
        self._opened()
        if self._photographer is None:  # one after the other: such cameras are small computers
            self._photographer = ThreadPoolExecutor(1, f'photo of {self.info.label}')
        photo: Future[RawPhoto] = Future()
        self._photos.add(photo)
        self._photographer.submit(self._photograph, photo)
        return photo

    def close(self) -> None:
        """Hang up; photos under way are given up."""
        super().close()
        if self._photographer is not None:
            self._photographer.shutdown(wait=False, cancel_futures=True)
            self._photographer = None
        for photo in [*self._photos]:
            self._answer(photo, UnknownError('the camera was closed before the picture had come'))

    def _connect_anew(self) -> Capture:
        capture = self._open_source()
        self._polled = isinstance(capture, SnapshotCapture)
        return capture

    def _photograph(self, photo: Future[RawPhoto]) -> None:
        try:
            if not photo.done():
                self._answer(photo, self._fetched())
        except MediaCaptureError as error:
            self._answer(photo, error)
        except BaseException as error:  # whatever it is, somebody waits
            self._answer(photo, UnknownError(self._redact(f'the picture cannot be read because of an unexpected error, '
                                                          f'{type(error).__name__}: {error}')))

    def _fetched(self) -> RawPhoto:
        name = f'the picture of {self.info.label}'
        picture = fetched(self._url, self.info.label, self._open_timeout, self._read_timeout)
        arrived_at = time.monotonic_ns()
        width, height = check_pixels(picture, name, self._max_pixels)
        pixels = decode_upright(picture, name, self._max_pixels)
        # Its bytes are kept as they are, if they show it upright.
        kept = picture.startswith(JPEG_START) and stated_orientation(picture) == 1
        frame = Frame(picture if kept else pixels, JPEG if kept else 'bgr8', width, height, arrived_at, 0)
        return RawPhoto(frame, PhotoSettings(image_width=width, image_height=height), self.settings)

    def _answer(self, photo: Future[RawPhoto], result: RawPhoto | MediaCaptureError) -> None:
        self._photos.discard(photo)
        with contextlib.suppress(InvalidStateError):  # it has been answered, or nobody waits any more
            if isinstance(result, RawPhoto):
                photo.set_result(result)
            else:
                photo.set_exception(result)
