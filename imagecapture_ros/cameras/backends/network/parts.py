# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parts of an endless answer, found however a camera marks them.

Cameras leave out the dashes before a boundary, write another one than they have said, or none; they state wrong
lengths, or none. What does not depend on them is that a JPEG file has marks of its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import NamedTuple

from imagecapture_ros.cameras.backends.network.connection import TooMuch
from imagecapture_ros.imaging.image_header import JPEG_START
from imagecapture_ros.imaging.jpeg_end import BrokenJpegError, JpegEnd
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.texts import excerpt

logger = logging.getLogger(__name__)

LARGEST_PART = 1 << 26
"""Bytes of one image with its headers: a JPEG file of 100 megapixels at the best quality."""

SHOWN = 48
"""Bytes of what a server sends that a message shows."""

_LONGEST_HEAD = 1 << 16
_LONGEST_NAME = 128
_LONGEST_END = 2 * _LONGEST_NAME
_END_OF_HEAD = re.compile(rb'\r?\n\r?\n')
_LENGTH = re.compile(rb'\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r?\n', re.IGNORECASE)
_TYPE = re.compile(rb'\ncontent-type:[ \t]*([^\r\n;]{0,128})', re.IGNORECASE)
_ANY_MARK = rb'\n(?P<other>-{2,}[^\r\n]{1,%d})\r?\n(?=[A-Za-z][A-Za-z-]{0,64}:)' % _LONGEST_NAME
_FILE = re.compile(rb'\xff\xd8\xff')
_PADDING = b'\0\r\n '


class Part(NamedTuple):
    """One part of a stream."""

    data: bytes
    kind: str
    """The type of content that it states; empty if it states none."""


class PartReader:
    """Reads one part after the other."""

    def __init__(self, more: Callable[[], bytes], name: str, boundary: str | None, begun: bytes = b'') -> None:
        """Read what ``more`` returns each time it is called, nothing at the end.

        :param name: what messages call the camera.
        :param boundary: what the server says that stands between the parts, ``None`` if it says nothing.
        :param begun: what has been read already.
        """
        self._more_of = more
        self._name = name
        self._boundary = (boundary or '').strip('-').encode('latin-1', 'replace')[:_LONGEST_NAME]
        self._mark: re.Pattern[bytes] | None = None
        self._began = False
        self._trusts_lengths = True
        self._rest = b'\n' + begun

    def next(self) -> Part:
        """Return the next part.

        :raises EOFError: there is none.
        :raises ValueError: there should be one, and what comes is something else.
        :raises TooMuch: it has no end.
        :raises NotReadableError: something else comes, which is neither parts nor JPEG files.
        """
        buffer = bytearray(self._rest)
        if not self._began:
            self._look_at_beginning(buffer)
        return self._next_file(buffer) if self._mark is None else self._next_part(buffer, self._mark)

    def _look_at_beginning(self, buffer: bytearray) -> None:
        """Find out what stands between the parts."""
        stated = re.escape(self._boundary)
        # Without dashes only what the server has said itself: anything may stand in a line.
        ways = [_ANY_MARK, rb'\n(?P<file>\xff\xd8\xff)']
        if stated:
            ways[:0] = [rb'\n(?P<said>-{2,}%s)' % stated, rb'\n(?P<bare>%s)[ \t]*\r?\n' % stated]
        try:
            found = self._found(buffer, re.compile(b'|'.join(ways)), 0, _LONGEST_HEAD)
        except ValueError:
            raise NotReadableError(f'{self._name} announces a stream of images, and sends something else, which begins '
                                   f'with {beginning(buffer[1:])}; look up the address of the stream in its manual'
                                   ) from None
        kind = found.lastgroup
        if kind == 'other':
            stated = re.escape(found['other'].strip(b'-'))
        if kind != 'file':
            self._mark = re.compile(rb'\r?\n-{%d,}%s' % (0 if kind == 'bare' else 2, stated))
        self._began = True

    def _next_file(self, buffer: bytearray) -> Part:
        """Return the next JPEG file of a stream that consists of them, with whatever lies between."""
        start = self._found(buffer, _FILE, 0, _LONGEST_HEAD).start()
        looking, end = JpegEnd(start), None
        try:
            while (end := looking.find(buffer)) is None:
                self._check_length(len(buffer) - start)
                buffer += self._more()
        except BrokenJpegError as error:
            end = error.position
        self._rest = b'\n' + buffer[end:]  # where nothing else stands before a mark
        return Part(bytes(buffer[start:end]), '')

    def _next_part(self, buffer: bytearray, mark: re.Pattern[bytes]) -> Part:
        line = self._found(buffer, mark, 0, _LONGEST_HEAD)
        head = self._found(buffer, _END_OF_HEAD, line.end(), _LONGEST_HEAD)
        length = _LENGTH.search(buffer, line.end(), head.end())
        kind = _TYPE.search(buffer, line.end(), head.end())
        end = None
        if length is not None and self._trusts_lengths:
            end = self._stated_end(buffer, mark, head.end(), int(length[1]))
        if end is None:
            end = self._marked_end(buffer, mark, head.end())
        self._rest = b'\n' + buffer[end:]  # where nothing else stands before a mark
        return Part(bytes(buffer[head.end():end]), kind[1].decode('latin-1').strip() if kind else '')

    def _stated_end(self, buffer: bytearray, mark: re.Pattern[bytes], start: int, length: int) -> int | None:
        """Return where a part ends that begins at ``start`` and says its ``length``, or ``None`` if that is wrong."""
        end = start + length
        if length > LARGEST_PART:
            raise TooMuch(f'it says that it has {length} bytes')
        while len(buffer) < end:
            buffer += self._more()
        if not buffer.startswith(JPEG_START, start, end):
            whole = False
        else:
            file_end = _file_end(buffer, start, end)
            whole = file_end is not None and mark.search(buffer, file_end, end) is None
        # A file that is whole is handed over at once: what follows may come with the next image only.
        if whole or self._mark_follows(buffer, mark, end):
            return end
        self._trusts_lengths = False
        logger.warning('%s states lengths of its images that are wrong (Content-Length: %d); they are not heeded any '
                       'more', self._name, length)
        return None

    def _mark_follows(self, buffer: bytearray, mark: re.Pattern[bytes], end: int) -> bool:
        while len(buffer) < end + _LONGEST_END and (found := mark.search(buffer, max(0, end - 2))) is None:
            try:
                buffer += self._more()
            except EOFError:
                return True  # nothing says that the length is wrong
        found = mark.search(buffer, max(0, end - 2))
        return found is not None and not buffer[end:found.start()].strip(_PADDING)

    def _marked_end(self, buffer: bytearray, mark: re.Pattern[bytes], start: int) -> int:
        """Return where a part ends that does not say its length."""
        while len(buffer) < start + len(JPEG_START):
            buffer += self._more()
        looking = JpegEnd(start) if buffer.startswith(JPEG_START, start) else None
        looked_at = max(0, start - 2)
        while True:
            found = mark.search(buffer, looked_at)
            try:
                end = looking.find(buffer) if looking else None
            except BrokenJpegError:  # only the mark can tell
                looking = end = None
            if found is not None and (end is None or found.start() < end):
                return max(start, found.start())
            if end is not None:
                return end
            self._check_length(len(buffer) - start)
            looked_at = max(looked_at, len(buffer) - _LONGEST_END)
            buffer += self._more()

    def _found(self, buffer: bytearray, wanted: re.Pattern[bytes], start: int, most: int) -> re.Match[bytes]:
        """Return something that is in ``buffer``, reading on until it has come: ``most`` bytes from ``start`` on."""
        looked_at = start
        while (found := wanted.search(buffer, looked_at)) is None:
            if len(buffer) - start > most:
                raise ValueError('something else comes')
            looked_at = max(start, len(buffer) - _LONGEST_END)
            buffer += self._more()
        return found

    def _check_length(self, length: int) -> None:
        if length > LARGEST_PART - _LONGEST_HEAD:
            raise TooMuch(f'{LARGEST_PART} bytes have come')

    def _more(self) -> bytes:
        data = self._more_of()
        if not data:
            raise EOFError
        return data


def beginning(data: bytes | bytearray) -> str:
    """Return how something begins, for a message."""
    return excerpt(bytes(data[:SHOWN])) if data else 'nothing'


def _file_end(buffer: bytearray, start: int, end: int) -> int | None:
    try:
        found = JpegEnd(start).find(buffer)
    except BrokenJpegError:
        return None
    return found if found is not None and found <= end else None
