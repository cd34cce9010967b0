# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""JPEG images one after the other over HTTP (multipart/x-mixed-replace), as most network cameras have them.

They are read here and not by FFmpeg, which takes memory for a part as long as it does not end, and for an image
whatever its header says.
"""

from __future__ import annotations

import http.client
import re
import time
from dataclasses import dataclass

import cv2

from imagecapture_ros.cameras.backends.network.connection import TooMuch
from imagecapture_ros.cameras.backends.network.question import Answer
from imagecapture_ros.cameras.backends.opencv.capture import HIGHEST_RATE
from imagecapture_ros.imaging.codecs import decode_jpeg
from imagecapture_ros.imaging.image_header import JPEG_START, MAX_PIXELS, check_pixels, jpeg_breaks_off
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels

LARGEST_PART = 1 << 26
"""Bytes of one image with its headers: a JPEG file of 100 megapixels at the best quality."""

_LONGEST_HEAD = 1 << 16
_LONGEST_NAME = 128
_LONGEST_END = 2 * _LONGEST_NAME
_PIECE = 1 << 16
_END_OF_HEAD = re.compile(rb'\r?\n\r?\n')
_LENGTH = re.compile(rb'\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class _Found:
    start: int
    end: int


def is_multipart(answer: Answer) -> bool:
    """Return whether a server has answered with such a stream."""
    return answer.status == 200 and answer.headers.get_content_type() == 'multipart/x-mixed-replace'


class MultipartCapture:
    """Reads such a stream, with the methods of ``cv2.VideoCapture`` that readers of live sources call."""

    def __init__(self, answer: Answer, name: str, read_timeout: float, max_pixels: int = MAX_PIXELS) -> None:
        """Take over the connection of an ``answer`` that :func:`is_multipart`.

        :param name: what messages call the camera.
        :param read_timeout: seconds in which each image has come completely.
        :param max_pixels: that an image may have.
        """
        assert answer.body is not None
        self._answer = answer
        self._body = answer.body
        self._name = name
        self._read_timeout = read_timeout
        self._max_pixels = max_pixels
        boundary = str(answer.headers.get_param('boundary', '') or '').strip('-')
        # Many cameras write the dashes before a boundary into its name, too, and others leave them out.
        self._end = re.compile(rb'\r?\n-{2,}' + re.escape(boundary.encode('latin-1', 'replace')[:_LONGEST_NAME]))
        self._rest = b'\n'
        self._image = b''
        self._height = 0
        self._grabbed_at = 0.0

    def grab(self) -> bool:
        """Read the next part; return whether it is a whole JPEG image.

        :raises NotReadableError: it is too large, or has too many pixels.
        """
        # Nobody needs more images, and a server that sends them as fast as it can would keep a processor busy.
        time.sleep(max(0.0, self._grabbed_at + 1.0 / HIGHEST_RATE - time.monotonic()))
        self._grabbed_at = time.monotonic()
        self._answer.connection.allow(self._read_timeout, LARGEST_PART)
        try:
            image = self._part()
        except TooMuch as error:
            raise NotReadableError(f'{self._name} sends an image without an end: {error}') from error
        except (OSError, EOFError, ValueError, http.client.HTTPException):
            return False
        if not image.startswith(JPEG_START) or jpeg_breaks_off(image):
            return False
        self._height = check_pixels(image, f'an image of {self._name}', self._max_pixels)[1]
        self._image = image
        return True

    def retrieve(self) -> tuple[bool, Pixels]:
        """Return True and the bgr8 pixels of the image that was grabbed.

        :raises BrokenImageError: it cannot be decoded.
        """
        return True, decode_jpeg(self._image, self._max_pixels)

    def get(self, property_id: int) -> float:
        """Return the height; 0 for everything else, the rate too: such a stream does not state one."""
        return {cv2.CAP_PROP_FRAME_HEIGHT: float(self._height)}.get(property_id, 0.0)

    def release(self) -> None:
        """Hang up."""
        self._answer.close()

    def _part(self) -> bytes:
        """Return the content of the next part.

        :raises EOFError: there is none.
        :raises ValueError: there should be one, and what comes is something else.
        :raises TooMuch: it has no end.
        """
        buffer = bytearray(self._rest)
        line = self._found(buffer, self._end, 0, _LONGEST_HEAD)
        head = self._found(buffer, _END_OF_HEAD, line.end, _LONGEST_HEAD)
        stated = _LENGTH.search(buffer, line.end, head.end)
        if stated is None:
            try:
                end = self._found(buffer, self._end, max(line.end, head.end - 2), LARGEST_PART - _LONGEST_HEAD).start
            except ValueError as error:
                raise TooMuch(f'{LARGEST_PART} bytes have come') from error
        else:
            end = head.end + int(stated[1])
            if end > LARGEST_PART:
                raise TooMuch(f'it says that it has {int(stated[1])} bytes')
            while len(buffer) < end:
                buffer += self._more()
        self._rest = bytes(buffer[end:])
        return bytes(buffer[head.end:end])

    def _found(self, buffer: bytearray, wanted: re.Pattern[bytes], start: int, most: int) -> _Found:
        """Return where something is in ``buffer``, reading on until it has come: ``most`` bytes from ``start`` on."""
        looked_at = start
        while (found := wanted.search(buffer, looked_at)) is None:
            if len(buffer) - start > most:
                raise ValueError('something else comes')
            looked_at = max(start, len(buffer) - _LONGEST_END)
            buffer += self._more()
        return _Found(found.start(), found.end())

    def _more(self) -> bytes:
        data = self._body.read1(_PIECE)
        if not data:
            raise EOFError
        return data
