# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where a JPEG file ends, as far as its own marks tell: streams do not always say how long their images are."""

from __future__ import annotations

import re

from imagecapture_ros.imaging.image_header import JPEG_START

_END, _START, _SCAN, _PADDING = 0xD9, 0xD8, 0xDA, 0xFF
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_NEXT_MARK = re.compile(rb'\xff[^\x00\xff\xd0-\xd7]')
"""What ends a scan. A 255 in it is followed by a zero; eight marks belong to it; one may be written several times."""


class BrokenJpegError(ValueError):
    """What should be a JPEG file is none from some place on."""

    def __init__(self, position: int) -> None:
        super().__init__('the marks of a JPEG file are not where they should be')
        self.position = position
        """Of the first byte that does not belong to it."""


class JpegEnd:
    """Looks for the end of a JPEG file in a buffer that still grows; no byte of it is looked at twice."""

    def __init__(self, start: int) -> None:
        """Begin at ``start``, where the file begins in the buffer."""
        self._at = start + len(JPEG_START)
        self._in_scan = False

    def find(self, buffer: bytearray) -> int | None:
        """Return the position behind the end of the file, or ``None`` if it has not come yet.

        :raises BrokenJpegError: something else comes instead.
        """
        while self._at + 2 <= len(buffer):
            if self._in_scan:
                found = _NEXT_MARK.search(buffer, self._at)
                if found is None:
                    self._at = len(buffer) - 1
                    return None
                self._at, self._in_scan = found.start(), False
            lead, mark = buffer[self._at], buffer[self._at + 1]
            if lead != _PADDING or mark in (0, _START):
                raise BrokenJpegError(self._at)
            if mark == _END:
                return self._at + 2
            if mark == _PADDING:
                self._at += 1
            elif mark in _WITHOUT_LENGTH:
                self._at += 2
            else:
                if self._at + 4 > len(buffer):
                    return None
                self._at += 2 + int.from_bytes(buffer[self._at + 2:self._at + 4], 'big')
                self._in_scan = mark == _SCAN
        return None
