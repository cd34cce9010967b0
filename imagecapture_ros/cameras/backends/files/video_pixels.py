# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The pixels of a video as the file has them: grey stays grey, turned as the file says."""

from __future__ import annotations

import cv2

from imagecapture_ros.cameras.backends.files.one_size import OneSizeCapture
from imagecapture_ros.cameras.backends.opencv.capture import with_encoding
from imagecapture_ros.imaging.codecs import decode_image
from imagecapture_ros.imaging.geometry import rotate
from imagecapture_ros.imaging.image_header import MAX_PIXELS
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels

_GREY = {b'Y800': 8, b'Y8  ': 8, b'GREY': 8, b'Y1\0\x10': 16}
"""Pixel formats of FFmpeg that OpenCV can give as they are, with their bits."""

_DEEPER_GREY = {b'Y1\0' + bytes([bits]): bits for bits in (9, 10, 12, 14)} | {
    bytes([bits]) + b'\x001Y': bits for bits in (9, 10, 12, 14, 16)}
"""Those that OpenCV makes bgr8 of; of 16 bits, the one whose higher byte comes first."""

_PNG_CODECS = (b'MPNG', b'png ')


class VideoPixels:
    """Reads frames from an opened capture."""

    def __init__(self, capture: OneSizeCapture, name: str, max_pixels: int = MAX_PIXELS) -> None:
        """Look at what the video is; ``name`` is what it is called in :attr:`remarks`."""
        self._capture = capture
        self._name = name
        self._max_pixels = max_pixels
        self._packets = False
        # OpenCV's own turning is wrong in 4.6 and off in 4.11.
        capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        degrees = _degrees_clockwise(capture)
        self._degrees = degrees if degrees in (90, 180, 270) else 0
        self.remarks: list[str] = []
        """What the pixels differ in from those of the file, or from square ones, for the log."""
        self._choose_format()
        self._look_at_aspect()

    def read(self) -> tuple[Pixels, str] | None:
        """Return the pixels of the next frame and their encoding, or ``None`` where it cannot be decoded."""
        decoded, frame = self._capture.read()
        if not decoded:
            return None
        pixels = self._decoded_packet(frame) if self._packets else frame
        if pixels is None:
            return None
        encoded = with_encoding(pixels)
        if encoded is None:
            return None
        return rotate(encoded[0], self._degrees), encoded[1]

    def _choose_format(self) -> None:
        pixel_format = _four_bytes(self._capture, cv2.CAP_PROP_CODEC_PIXEL_FORMAT)
        if pixel_format in _GREY:
            if not self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0) and _GREY[pixel_format] > 8:
                self._remark_depth(_GREY[pixel_format])
        elif pixel_format in _DEEPER_GREY:
            if _four_bytes(self._capture, cv2.CAP_PROP_FOURCC) in _PNG_CODECS and self._capture.set(
                    cv2.CAP_PROP_FORMAT, -1):
                self._packets = True  # each is a PNG file
            else:
                self._remark_depth(_DEEPER_GREY[pixel_format])

    def _remark_depth(self, bits: int) -> None:
        self.remarks.append(
            f'{self._name} has grey values of {bits} bits, of which OpenCV gives 8; for all of them, convert it: '
            f'ffmpeg -i "{self._name}" -c:v ffv1 -pix_fmt gray16le OUT.mkv')

    def _look_at_aspect(self) -> None:
        width, height = (round(self._capture.get(number)) for number in (
            cv2.CAP_PROP_SAR_NUM, cv2.CAP_PROP_SAR_DEN))
        if width > 0 and height > 0 and width != height:
            self.remarks.append(
                f'the pixels of {self._name} are not square: each is {width / height:.4g} times as wide as high. '
                f'They are delivered as they are stored, and a calibration of them has another fx than fy. For '
                f'square ones, convert it: ffmpeg -i "{self._name}" -vf "scale=iw*sar:ih,setsar=1" OUT.mkv')

    def _decoded_packet(self, packet: Pixels) -> Pixels | None:
        try:
            return decode_image(packet.tobytes(), self._name, cv2.IMREAD_UNCHANGED, self._max_pixels)
        except NotReadableError:
            return None


def _degrees_clockwise(capture: OneSizeCapture) -> int:
    degrees = round(capture.get(cv2.CAP_PROP_ORIENTATION_META))
    return (-degrees if cv2.__version__.startswith('4.6.') else degrees) % 360


def _four_bytes(capture: OneSizeCapture, number: int) -> bytes:
    return (int(capture.get(number)) & 0xFFFFFFFF).to_bytes(4, 'little')
