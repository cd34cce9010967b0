# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera gives: photos as files, and frames as arrays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from imagecapture_ros.mediacapture.errors import ConstraintTypeError, UnknownError
from imagecapture_ros.mediacapture.w3c_json import photo_settings_to_json, settings_to_json
from imagecapture_ros.navigator.checks import COLOUR
from imagecapture_ros.navigator.dictionaries import MediaTrackSettings, PhotoSettings
from imagecapture_ros.texts import excerpt

if TYPE_CHECKING:
    from imagecapture_ros.cameras.capture.snapshot import Snapshot
    from imagecapture_ros.imaging.photo_files import EncodedPhoto
    from imagecapture_ros.mediacapture.frames import Frame
    from imagecapture_ros.mediacapture.source import CompletedPhoto

# What works on pixels is imported where that is done: OpenCV costs time that a program's start does not have.

_BLACK: dict[str, Any] = {'yuv422': (128, 16), 'yuv422_yuy2': (16, 128)}
"""The bytes of a black pixel, where they are not 0."""


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

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the file and return its path.

        An existing file is never replaced, a number is added to the name; where the suffix is not that of the format,
        it is added, or takes the place of another format's. Missing folders are made.

        :raises UnknownError: it cannot be written, or ``path`` names no file.
        :raises ConstraintTypeError: ``path`` is no path.
        """
        from imagecapture_ros.imaging.photo_files import save_photo

        try:
            path = Path(path)
        except TypeError:
            raise ConstraintTypeError(f'path: {excerpt(path)} is not the path of a file') from None
        if path.name in ('', '..') or '\0' in str(path):
            raise UnknownError(f'{excerpt(str(path))} names no file; give for instance photo.jpg')
        if os.path.isdir(path):
            raise UnknownError(f'{path} is a folder; give the name of a file in it, for instance {path / "photo.jpg"}')
        return save_photo(self._encoded, str(path.parent), path.name)

    def to_ndarray(self) -> NDArray[Any]:
        """Return the pixels: shape (height, width, 3) in the order blue, green, red, or (height, width) if grey."""
        import cv2

        from imagecapture_ros.imaging import codecs, image_header

        most = max(self.width * self.height, image_header.MAX_PIXELS)  # it is our own photo, of whatever size
        if self._encoded.format == 'jpeg':
            return codecs.decode_jpeg(self.data, most)
        return np.asarray(codecs.decode_image(self.data, 'the photo', cv2.IMREAD_UNCHANGED, most))

    def __repr__(self) -> str:
        return f'Photo({self.type}, {self.width}x{self.height}, {self.size} bytes)'


class VideoFrame(np.ndarray[Any, np.dtype[Any]]):
    """The pixels of one frame: shape (height, width) or (height, width, channels), and what belongs to them.

    They belong to you: whatever you draw on them, nobody else sees it. Copies and slices, also those that another
    process gets, keep what belongs to the frame; what is computed of it is a plain array again.
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


def video_frame(frame: Frame, state: Snapshot, encoding: str, *, black: bool = False) -> VideoFrame:
    """Return a delivered frame in ``encoding``, or as the camera gives it with ``passthrough``.

    Colour that is asked for of a grey camera stays grey: there is none. With ``black`` no light has fallen on it.

    :raises MediaCaptureError: the frame does not hold what it says, or cannot be converted.
    """
    from imagecapture_ros.cameras.framing import pixels_of

    as_it_is = encoding == 'passthrough' or (encoding == COLOUR and frame.encoding.startswith('mono'))
    pixels, own = pixels_of(frame, '' if as_it_is else encoding)
    if black:
        pixels = _black(pixels, own)
    elif isinstance(frame.data, np.ndarray) and np.may_share_memory(pixels, frame.data):
        pixels = pixels.copy()  # others look at the same frame, and a file may show it again
    result = np.ascontiguousarray(pixels).view(VideoFrame)
    result.encoding, result.exposed_at, result.sequence = own, frame.exposed_at, frame.sequence
    result.settings = cast(MediaTrackSettings, settings_to_json(state.delivered_settings))
    return result


def _black(pixels: NDArray[Any], encoding: str) -> NDArray[Any]:
    """Return black pixels of this shape and encoding."""
    black = np.zeros_like(pixels)
    if encoding == 'nv12':
        luma = 2 * len(black) // 3
        black[:luma], black[luma:] = 16, 128
    else:
        black[...] = _BLACK.get(encoding, 0)
    return black
