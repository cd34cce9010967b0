# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images one after the other over HTTP (multipart/x-mixed-replace, or JPEG files in a row), as most cameras have them.

They are read here and not by FFmpeg, which takes memory for a part as long as it does not end, and for an image
whatever its header says.
"""

from __future__ import annotations

import http.client
import logging
import time

import cv2

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.backends.network.connection import TooMuch
from imagecapture_ros.cameras.backends.network.parts import LARGEST_PART, PartReader, beginning
from imagecapture_ros.cameras.backends.network.question import Answer
from imagecapture_ros.cameras.backends.opencv.capture import HIGHEST_RATE
from imagecapture_ros.imaging.codecs import BrokenImageError, decode_upright
from imagecapture_ros.imaging.image_header import MAX_PIXELS, breaks_off, check_pixels, stated_size
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels

logger = logging.getLogger(__name__)

MOST_USELESS = 20
"""So many parts in a row that cannot be shown are the end of a stream."""

MOST_USELESS_AT_FIRST = 3
"""So many that are no images at all, where no image has come yet: it is the wrong address."""

_PIECE = 1 << 16


def is_multipart(answer: Answer) -> bool:
    """Return whether a server has answered with parts."""
    return answer.status == 200 and answer.headers.get_content_maintype() == 'multipart'


class MultipartCapture:
    """Reads such a stream, with the methods of ``cv2.VideoCapture`` that readers of live sources call."""

    def __init__(
        self, answer: Answer, name: str, read_timeout: float, max_pixels: int = MAX_PIXELS, begun: bytes = b'',
    ) -> None:
        """Take over the connection of an ``answer``.

        :param name: what messages call the camera.
        :param read_timeout: seconds in which each image has come completely.
        :param max_pixels: that an image may have.
        :param begun: what of the answer has been read already.
        """
        assert answer.body is not None
        self._answer = answer
        self._body = answer.body
        self._name = name
        self._read_timeout = read_timeout
        self._max_pixels = max_pixels
        boundary = answer.headers.get_param('boundary') if is_multipart(answer) else None
        self._parts = PartReader(lambda: self._body.read1(_PIECE), name, str(boundary) if boundary else None, begun)
        self._image = b''
        self._fault = ''
        """What is wrong with what was grabbed last; empty if nothing is."""
        self._height = 0
        self._grabbed_at = 0.0
        self._useless = 0
        self._damaged = 0
        self._useful = False
        self._said = False

    def grab(self) -> bool:
        """Read the next part; return whether it is an image, be it a whole one or not.

        :raises NotReadableError: it is too large, or has too many pixels.
        :raises DeviceGone: there are no images in the stream.
        """
        # Nobody needs more images, and a server that sends them as fast as it can would keep a processor busy.
        time.sleep(max(0.0, self._grabbed_at + 1.0 / HIGHEST_RATE - time.monotonic()))
        self._grabbed_at = time.monotonic()
        self._answer.connection.allow(self._read_timeout, LARGEST_PART)
        try:
            part = self._parts.next()
        except TooMuch as error:
            raise NotReadableError(f'{self._name} sends an image without an end: {error}') from error
        except ValueError:
            self._count_useless('something that is neither an image nor marks the next one', MOST_USELESS)
            return False
        except (OSError, EOFError, http.client.HTTPException):
            return False
        self._image, self._fault = part.data, ''
        if stated_size(part.data) is None:
            what = f'parts that are no images ({part.kind or "no type"}), which begin with {beginning(part.data)}'
            self._count_useless(what, MOST_USELESS if self._useful else MOST_USELESS_AT_FIRST)
            return False
        check_pixels(part.data, f'an image of {self._name}', self._max_pixels)
        if breaks_off(part.data):
            self._fault = 'breaks off before its end'
            self._count_useless('images that break off before their end', MOST_USELESS)
        else:
            self._useless, self._useful = 0, True
        return True

    def retrieve(self) -> tuple[bool, Pixels]:
        """Return True and the bgr8 pixels of the image that was grabbed, turned as it says.

        :raises BrokenImageError: it is not whole, or cannot be decoded.
        :raises DeviceGone: this is so of all of them.
        """
        try:
            if self._fault:
                raise BrokenImageError(f'an image of {self._name} {self._fault}')
            pixels = decode_upright(self._image, f'an image of {self._name}', self._max_pixels)
        except BrokenImageError as error:
            if not self._said:
                self._said = True
                logger.warning('%s; it is left out, as all that are damaged will be', error)
            self._damaged += 1
            self._give_up_after(self._damaged, MOST_USELESS, 'images that are damaged')
            raise
        self._damaged = 0
        self._height = len(pixels)
        return True, pixels

    def get(self, property_id: int) -> float:
        """Return the height; 0 for everything else, the rate too: such a stream does not state one."""
        return {cv2.CAP_PROP_FRAME_HEIGHT: float(self._height)}.get(property_id, 0.0)

    def release(self) -> None:
        """Hang up."""
        self._answer.close()

    def _count_useless(self, what: str, most: int) -> None:
        self._useless += 1
        self._give_up_after(self._useless, most, what)

    def _give_up_after(self, count: int, most: int, what: str) -> None:
        if count >= most:
            raise DeviceGone(f'{self._name} sends {what}; check the camera, and look up the address of the stream in '
                             f'its manual')
