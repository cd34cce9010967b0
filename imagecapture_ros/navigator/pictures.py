# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera gives: photos as files, and frames as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.framing import pixels_of
from imagecapture_ros.imaging import codecs
from imagecapture_ros.imaging.convert import PASSTHROUGH
from imagecapture_ros.imaging.photo_files import EncodedPhoto, save_photo
from imagecapture_ros.mediacapture.frames import JPEG, Frame
from imagecapture_ros.mediacapture.source import CompletedPhoto
from imagecapture_ros.mediacapture.w3c_json import photo_settings_to_json, settings_to_json
from imagecapture_ros.navigator.dictionaries import MediaTrackSettings, PhotoSettings

COLOUR = 'bgr8'
"""The encoding of frames where nobody asks for another: what OpenCV works with."""


class Photo:
    """A photo as an image file (the Blob of takePhoto), and what it was taken with."""

    def __init__(self, completed: CompletedPhoto[Snapshot], encoded: EncodedPhoto) -> None:
        self.data: bytes = encoded.data
        """The complete image file."""
        self.type: str = f'image/{encoded.format}'
        """Its MIME type."""
        self.width: int = encoded.width
        self.height: int = encoded.height
        """In pixels."""
        self.exposed_at: int = completed.photo.frame.exposed_at
        """Time of exposure in nanoseconds of CLOCK_MONOTONIC."""
        self.photo_settings = cast(PhotoSettings, photo_settings_to_json(completed.photo.settings))
        """What the photo was taken with, as PhotoSettings of the standard."""
        self.settings = cast(MediaTrackSettings, settings_to_json(completed.state.delivered_settings))
        """What the camera was set to at the exposure, as MediaTrackSettings of the standard."""
        self.stream_gap: float = completed.photo.stream_gap
        """Seconds for which the stream stood still; 0 if it did not."""
        self._encoded = encoded

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.data)

    def save(self, path: str | Path) -> Path:
        """Write the file and return its path.

        An existing file is never replaced, a number is added to the name; the suffix becomes that of the format.

        :raises UnknownError: it cannot be written.
        """
        path = Path(path)
        return save_photo(self._encoded, str(path.parent), path.name)

    def to_ndarray(self) -> NDArray[Any]:
        """Return the pixels: shape (height, width, 3) in the order blue, green, red, or (height, width) if grey."""
        if self._encoded.format == JPEG:
            return codecs.decode_jpeg(self.data)
        return np.asarray(cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_UNCHANGED))

    def __repr__(self) -> str:
        return f'Photo({self.type}, {self.width}x{self.height}, {self.size} bytes)'


class VideoFrame(np.ndarray[Any, np.dtype[Any]]):
    """The pixels of one frame: shape (height, width) or (height, width, channels), and what belongs to them.

    What is computed of it is a plain array again.
    """

    encoding: str
    """Of the pixels, as in sensor_msgs/Image (``bgr8``, ``mono8``, ...)."""
    exposed_at: int
    """Time of exposure in nanoseconds of CLOCK_MONOTONIC."""
    sequence: int
    """Counts the frames of the stream as the camera made them: a gap is a frame that was lost or left out."""
    settings: MediaTrackSettings
    """What the camera was set to at the exposure, as MediaTrackSettings of the standard."""

    def __array_finalize__(self, source: Any) -> None:
        """See NumPy."""
        if isinstance(source, VideoFrame):
            self.__dict__.update(source.__dict__)

    def __reduce__(self) -> tuple[Any, ...]:
        """See pickle."""
        make, arguments, state = cast('tuple[Any, ...]', super().__reduce__())
        return make, arguments, (state, self.__dict__)

    def __setstate__(self, state: Any) -> None:
        """See pickle."""
        pixels, own = state
        super().__setstate__(pixels)
        self.__dict__.update(own)

    def __array_wrap__(self, array: Any, *arguments: Any) -> Any:
        """See NumPy."""
        return np.asarray(array)[()]

    @property
    def width(self) -> int:
        """Pixels across (ImageBitmap)."""
        return int(self.shape[1])

    @property
    def height(self) -> int:
        """Pixels down (ImageBitmap)."""
        # nv12 has its colours in further rows, half as many.
        return int(self.shape[0] * 2 // 3 if self.encoding == 'nv12' else self.shape[0])


def video_frame(frame: Frame, state: Snapshot, encoding: str) -> VideoFrame:
    """Return a delivered frame in ``encoding``, or as the camera gives it with ``passthrough``.

    Colour that is asked for of a grey camera stays grey: there is none.

    :raises MediaCaptureError: the frame does not hold what it says, or cannot be converted.
    """
    as_it_is = encoding == PASSTHROUGH or (encoding == COLOUR and frame.encoding.startswith('mono'))
    pixels, own = pixels_of(frame, '' if as_it_is else encoding)
    result = np.ascontiguousarray(pixels).view(VideoFrame)
    result.encoding, result.exposed_at, result.sequence = own, frame.exposed_at, frame.sequence
    result.settings = cast(MediaTrackSettings, settings_to_json(state.delivered_settings))
    return result
