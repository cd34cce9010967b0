# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pixel formats that can be delivered, and from the bytes of a buffer to the data of a frame."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np

from imagecapture_ros.cameras.backends.v4l2.device import Format
from imagecapture_ros.imaging.encodings import ENCODINGS
from imagecapture_ros.imaging.image_header import JPEG_START
from imagecapture_ros.mediacapture.frames import JPEG, Pixels


@dataclass(frozen=True)
class PixelFormat:
    """One pixel format of V4L2 and the encoding its frames have here; no conversion lies between them."""

    name: str
    """The four characters by which V4L2 knows it."""
    encoding: str

    @property
    def fourcc(self) -> int:
        """The code of the format in requests."""
        return int.from_bytes(self.name.encode('ascii'), 'little')

    @property
    def compressed(self) -> bool:
        """Whether a frame is a JPEG file."""
        return self.encoding == JPEG


_TABLE = (
    PixelFormat('BGR3', 'bgr8'),
    PixelFormat('RGB3', 'rgb8'),
    PixelFormat('YUYV', 'yuv422_yuy2'),
    PixelFormat('UYVY', 'yuv422'),
    PixelFormat('NV12', 'nv12'),
    PixelFormat('MJPG', JPEG),
    PixelFormat('JPEG', JPEG),
    PixelFormat('GREY', 'mono8'),
    PixelFormat('Y16 ', 'mono16'),
)

FORMATS: dict[int, PixelFormat] = {row.fourcc: row for row in _TABLE}
"""By code, the one that is preferred first where several give the same size and rate: colour before grey, pixels before
JPEG, and of the pixels those first that most programs read."""


def name_of(fourcc: int) -> str:
    """Return a code as its four characters."""
    return fourcc.to_bytes(4, 'little').decode('ascii', errors='replace').strip()


def fits(pixel_format: PixelFormat, width: int, height: int) -> bool:
    """Return whether an image of this size exists in a format; shared chroma needs even sides."""
    if pixel_format.compressed:
        return True
    encoding = ENCODINGS[pixel_format.encoding]
    return not width % encoding.chroma_columns and not height % encoding.chroma_rows


def frame_data(buffer: mmap.mmap, used: int, layout: Format) -> Pixels | bytes | None:
    """Return a copy of the frame in the first ``used`` bytes of a buffer, without the padding of its rows.

    It is ``None`` when pixels are missing, or it is no JPEG file where it should be; padding may follow that.
    """
    pixel_format = FORMATS[layout.fourcc]
    if pixel_format.compressed:
        data = buffer[:used]
        return data if data.startswith(JPEG_START) else None
    encoding = ENCODINGS[pixel_format.encoding]
    row_bytes, rows = encoding.row_bytes(layout.width), encoding.rows(layout.height)
    stride = max(layout.bytes_per_line, row_bytes)
    # The last row may come without its padding.
    needed = stride * (rows - 1) + row_bytes
    if used < needed or len(buffer) < needed:
        return None
    lines = np.ndarray((rows, row_bytes), np.uint8, buffer, strides=(stride, 1))
    # The buffer goes back to the driver, so the frame needs pixels of its own.
    return lines.copy().view(encoding.dtype).reshape(encoding.shape(layout.height, layout.width))
