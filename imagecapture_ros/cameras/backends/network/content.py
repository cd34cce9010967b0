# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a server of HTTP sends, told by how it begins: what cameras say of it is often wrong, or nothing."""

from __future__ import annotations

import contextlib
import http.client
import re
import time
from dataclasses import dataclass
from typing import Literal

from imagecapture_ros.cameras.backends.network.connection import TooMuch
from imagecapture_ros.cameras.backends.network.multipart import is_multipart
from imagecapture_ros.cameras.backends.network.parts import LARGEST_PART, SHOWN, beginning
from imagecapture_ros.cameras.backends.network.question import Answer
from imagecapture_ros.imaging.image_header import JPEG_START
from imagecapture_ros.imaging.jpeg_end import BrokenJpegError, JpegEnd
from imagecapture_ros.mediacapture.errors import NotReadableError

Kind = Literal['stream', 'picture', 'other']
"""Images one after the other; one image; something else."""

_PIECE = 1 << 16
_PARTS = re.compile(rb'\s{0,8}--[^\r\n]{1,128}\r?\n[A-Za-z][A-Za-z-]{0,64}:')
_PARTS_PERHAPS = re.compile(rb'\s{0,8}(-|$)')
_PICTURE = re.compile(rb'\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8|BM|II\*\0|MM\0\*|RIFF....WEBP', re.DOTALL)
_LONGEST_START = 16
"""Bytes by which a picture is known."""
_LONGEST_MARK = 256

_READ_ERRORS = (OSError, http.client.HTTPException, ValueError)


@dataclass(frozen=True)
class Content:
    """How an answer goes on."""

    kind: Kind
    begun: bytes
    """What has been read of it."""

    def shown(self, answer: Answer) -> str:
        """Return what came, for a message."""
        kind = answer.headers.get('Content-Type', '').strip()
        return f'{kind[:100] if kind else "content of no type"} that begins with {beginning(self.begun)}'


def content_of(answer: Answer, seconds: float) -> Content:
    """Look at the beginning of ``answer``, for ``seconds`` at most; of one picture all is read.

    :raises NotReadableError: it is a picture without an end.
    """
    if answer.body is None:
        return Content('other', b'')
    if is_multipart(answer):
        return Content('stream', b'')
    until = time.monotonic() + seconds
    begun = _beginning_of(answer, until)
    if _PARTS.match(begun):
        return Content('stream', begun)
    if not _PICTURE.match(begun):
        return Content('other', begun)
    answer.connection.allow(until - time.monotonic(), LARGEST_PART)
    if not begun.startswith(JPEG_START) or 'Content-Length' in answer.headers:
        return Content('picture', rest_of_picture(answer, begun, 'the server'))
    if answer.headers.get_content_maintype() == 'video':
        return Content('stream', begun)
    return _one_or_many(answer, begun)


def rest_of_picture(answer: Answer, begun: bytes, name: str) -> bytes:
    """Return a picture that has ``begun``; a JPEG file ends where it says, also if the connection stays.

    :raises NotReadableError: it has no end; ``name`` is who sends it.
    :raises OSError: the connection breaks, or nothing more comes in time.
    """
    assert answer.body is not None
    data = bytearray(begun)
    looking = None if 'Content-Length' in answer.headers else JpegEnd(0)
    try:
        while piece := answer.body.read1(_PIECE):
            data += piece
            if looking is not None and len(data) >= len(JPEG_START):
                try:
                    if data.startswith(JPEG_START) and looking.find(data) is not None:
                        break
                except BrokenJpegError:
                    looking = None
    except TooMuch as error:
        raise NotReadableError(f'{name} sends a picture without an end: {error}') from error
    except http.client.HTTPException as error:
        raise ConnectionError(f'the picture breaks off ({error})') from error
    return bytes(data)


def _beginning_of(answer: Answer, until: float) -> bytes:
    """Return as much of an answer as is needed to tell what it is."""
    assert answer.body is not None
    answer.connection.allow(until - time.monotonic(), _PIECE)
    begun = b''
    with contextlib.suppress(*_READ_ERRORS):
        while not _is_enough(begun):
            if not (piece := answer.body.read1(_LONGEST_MARK)):
                break
            begun += piece
    return begun


def _is_enough(begun: bytes) -> bool:
    if _PARTS_PERHAPS.match(begun):
        return _PARTS.match(begun) is not None or len(begun) >= _LONGEST_MARK
    return len(begun) >= SHOWN or _PICTURE.match(begun) is not None


def _one_or_many(answer: Answer, begun: bytes) -> Content:
    """Tell one JPEG file from many, where the answer does not say how long it is: by what comes after the first."""
    assert answer.body is not None
    data = bytearray(begun)
    looking, end = JpegEnd(0), None
    try:
        while (end := looking.find(data)) is None:
            if not (piece := answer.body.read1(_PIECE)):
                return Content('picture', bytes(data))
            data += piece
        while not (rest := bytes(data[end:]).strip(b'\0\r\n ')):
            if not (piece := answer.body.read1(_PIECE)):
                return Content('picture', bytes(data))
            data += piece
    except BrokenJpegError:
        return Content('stream', bytes(data))
    except _READ_ERRORS:
        # It sends nothing more, and does not hang up either.
        return Content('picture' if end is not None else 'other', bytes(data))
    return Content('stream' if rest else 'picture', bytes(data))
