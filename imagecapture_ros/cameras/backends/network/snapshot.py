# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera with an address at which there is one picture, the newest: it is asked for again and again."""

from __future__ import annotations

import logging
import re
import time
from email.message import Message

import cv2

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.backends.network.content import rest_of_picture
from imagecapture_ros.cameras.backends.network.parts import LARGEST_PART, beginning
from imagecapture_ros.cameras.backends.network.question import Answer, Questions
from imagecapture_ros.cameras.backends.network.refusal import refused, unreachable
from imagecapture_ros.cameras.backends.opencv.frame_reader import NothingNew
from imagecapture_ros.imaging.codecs import BrokenImageError, decode_upright
from imagecapture_ros.imaging.image_header import breaks_off, check_pixels, stated_size
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Pixels

logger = logging.getLogger(__name__)

_SLICE = 0.2
"""Seconds after which a wait for the next question looks around: whoever closes the camera does not wait longer."""

LONGEST_GOOD = 3600
"""Seconds after which a picture is asked for again in any case: many servers allow a year for all their files."""

_NOT_KEPT = re.compile(r'(?:^|[,\s])no-(?:cache|store)\b', re.IGNORECASE)
_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?(\d{1,9})', re.IGNORECASE)


class SnapshotCapture:
    """Asks for the picture, with the methods of ``cv2.VideoCapture`` that readers of live sources call."""

    is_polled = True

    def __init__(
        self, questions: Questions, url: str, name: str, period: float, open_timeout: float, read_timeout: float,
        max_pixels: int,
    ) -> None:
        """Go on with ``questions``; the first answer is to be given to :meth:`begin`.

        :param url: what is asked for, for messages.
        :param name: what messages call the camera.
        :param period: seconds from one question to the next; longer where the server says how long a picture is good.
        :param open_timeout: seconds in which the server begins to answer.
        :param read_timeout: seconds in which a picture has come then.
        :param max_pixels: that a picture may have.
        """
        self._questions = questions
        self._url = url
        self._name = name
        self._asked_period = self._period = period
        self._open_timeout = open_timeout
        self._read_timeout = read_timeout
        self._max_pixels = max_pixels
        self._answer: Answer | None = None
        self._state: dict[str, str] = {}
        """What makes the server send only another picture than the last one."""
        self._picture = b''
        self._fault = ''
        self._height = 0
        self._first = self._unchanged = False
        self._asked_at = 0.0

    def begin(self, answer: Answer, picture: bytes) -> None:
        """Take the first answer; its picture is the first that is grabbed.

        :raises NotReadableError: it is no picture, or too large.
        """
        self._asked_at = time.monotonic()
        self._heed(answer)
        self._take(answer, picture)
        self._first = True

    def grab(self) -> bool:
        """Ask for the picture when it is time, and return True if there is another one, be it whole or not.

        :raises NothingNew: it is not time yet, or there is none.
        :raises DeviceGone: the server answers with something else, or not at all.
        :raises NotReadableError: the picture is too large.
        """
        if self._first:
            self._first = False
            return True
        now, due = time.monotonic(), self._asked_at + self._period
        if now < due:
            time.sleep(min(_SLICE, due - now))
            raise NothingNew(unchanged=self._unchanged)
        # Questions are not made up for, and stay in step otherwise.
        self._asked_at = due if now - due < self._period else now
        answer = self._answer = self._asked()
        if answer.status == 304:
            self._heed(answer)
            self._read(answer)  # nothing, but then the connection is free
            self._unchanged = True
            raise NothingNew(unchanged=True)
        self._unchanged = False
        if answer.status != 200:
            raise DeviceGone(str(refused(self._url, answer)))
        self._heed(answer)
        self._take(answer, self._read(answer))
        return True

    def retrieve(self) -> tuple[bool, Pixels]:
        """Return True and the bgr8 pixels of the picture, turned as it says.

        :raises BrokenImageError: it is not whole, or cannot be decoded.
        """
        if self._fault:
            raise BrokenImageError(self._fault)
        pixels = decode_upright(self._picture, f'a picture of {self._name}', self._max_pixels)
        self._height = len(pixels)
        return True, pixels

    def get(self, property_id: int) -> float:
        """Return the rate or the height; 0 for everything else."""
        return {cv2.CAP_PROP_FPS: 1.0 / self._period, cv2.CAP_PROP_FRAME_HEIGHT: float(self._height)}.get(
            property_id, 0.0)

    def release(self) -> None:
        """Hang up."""
        if self._answer is not None:
            self._answer.close()

    def _asked(self) -> Answer:
        try:
            return self._questions.ask(self._open_timeout, self._state)
        except OSError as error:
            raise DeviceGone(str(unreachable(self._url, error, self._open_timeout))) from error

    def _read(self, answer: Answer) -> bytes:
        answer.connection.allow(self._read_timeout, LARGEST_PART)
        try:
            return rest_of_picture(answer, b'', self._name)
        except OSError as error:
            raise DeviceGone(f'{self._name} did not send its picture completely within {self._read_timeout:g} s '
                             f'({error}); check the camera and the network') from error

    def _take(self, answer: Answer, picture: bytes) -> None:
        self._answer = answer
        self._picture, self._fault = picture, fault_of(picture, answer, self._name)
        if not self._fault:
            check_pixels(picture, f'a picture of {self._name}', self._max_pixels)
        elif stated_size(picture) is None:
            raise DeviceGone(self._fault)

    def _heed(self, answer: Answer) -> None:
        """Note what the server says of how long its picture is good, and how to ask for another one."""
        tags = {'If-None-Match': answer.headers.get('ETag'), 'If-Modified-Since': answer.headers.get('Last-Modified')}
        if answer.status == 200:
            self._state = {name: value for name, value in tags.items() if value}
        good_for = seconds_good_for(answer.headers)
        period = max(self._asked_period, float(good_for))
        if period > self._period:
            logger.warning('%s: the server says that a picture is good for %d s (Cache-Control: max-age); it is asked '
                           'so rarely, and not every %g s as poll_period says', self._name, good_for,
                           self._asked_period)
        self._period = period


def seconds_good_for(headers: Message) -> int:
    """Return for how long a picture is to be taken for the newest, at most :data:`LONGEST_GOOD` seconds.

    That is Cache-Control's ``max-age`` without the Age that it has already; 0 with ``no-cache`` and ``no-store``.
    """
    rules = ','.join(headers.get_all('Cache-Control', []))
    if _NOT_KEPT.search(rules):
        return 0
    age = headers.get('Age', '').strip()
    longest = max((int(found[1]) for found in _MAX_AGE.finditer(rules)), default=0)
    return max(0, min(longest - (int(age) if re.fullmatch('[0-9]{1,9}', age) else 0), LONGEST_GOOD))


def fault_of(picture: bytes, answer: Answer, name: str) -> str:
    """Return what is wrong with a picture that came with ``answer``, as far as its bytes tell; empty for nothing."""
    if stated_size(picture) is None:
        kind = answer.headers.get('Content-Type', '')[:100] or 'no type'
        return (f'{name} sends something else than a picture ({kind}), which begins with {beginning(picture)}; check '
                f'the address')
    return f'a picture of {name} breaks off before its end' if breaks_off(picture) else ''


def fetched(url: str, name: str, open_timeout: float, read_timeout: float) -> bytes:
    """Return the picture at ``url`` as the server sends it now.

    :raises MediaCaptureError: there is none, or it is not whole.
    """
    try:
        answer = Questions(url).ask(open_timeout, {'Cache-Control': 'no-cache'})
    except OSError as error:
        raise unreachable(url, error, open_timeout) from error
    try:
        if answer.status != 200:
            raise refused(url, answer)
        answer.connection.allow(read_timeout, LARGEST_PART)
        picture = rest_of_picture(answer, b'', name)
    except OSError as error:
        raise NotReadableError(f'{name} did not send a picture within {read_timeout:g} s ({error}); check the camera '
                               f'and the network') from error
    finally:
        answer.close()
    if fault := fault_of(picture, answer, name):
        raise NotReadableError(fault)
    return picture
