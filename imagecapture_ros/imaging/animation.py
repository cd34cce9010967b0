# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Animated GIF, PNG (APNG) and WebP files: how long each picture is shown, told without decoding them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

from imagecapture_ros.imaging.image_header import PNG_START, is_webp, png_chunks, webp_chunks
from imagecapture_ros.regular_files import ByteString

_SHORTEST = 11.0
_USUAL = 100.0
"""Milliseconds for which browsers show a picture that is to be shown for less than the shortest time."""

_GIF_STARTS = (b'GIF87a', b'GIF89a')
_GIF_EXTENSION, _GIF_IMAGE, _GIF_CONTROL = 0x21, 0x2C, 0xF9


def is_animated(data: ByteString) -> bool:
    """Return whether a file holds more than one picture to be shown one after the other."""
    return len(list(islice(durations_of(data), 2))) > 1


def durations_of(data: ByteString) -> Iterator[float]:
    """Yield the milliseconds for which each picture of an animation is shown, as browsers do, as far as it is whole.

    Only headers are read, when they are asked for. Other images than GIF, PNG and WebP yield nothing, and such files
    that are not animated yield one duration at most.
    """
    head = bytes(data[:len(PNG_START)])
    found: Iterator[float] = iter(())
    if head.startswith(_GIF_STARTS):
        found = _gif_durations(data)
    elif head == PNG_START:
        found = _png_durations(data)
    elif is_webp(data):
        found = _webp_durations(data)
    return (duration if duration >= _SHORTEST else _USUAL for duration in found)


def _gif_durations(data: ByteString) -> Iterator[float]:
    window = _Window(data)
    flags = window.at(10, 1)
    at = 13 + _palette(flags)
    duration = 0.0
    while kind := window.at(at, 1):
        if kind[0] == _GIF_EXTENSION:
            label = window.at(at + 1, 1)
            if label and label[0] == _GIF_CONTROL:
                delay = window.at(at + 4, 2)
                duration = 10.0 * int.from_bytes(delay, 'little')
            at = window.behind_blocks(at + 2)
        elif kind[0] == _GIF_IMAGE:
            yield duration
            duration = 0.0
            at = window.behind_blocks(at + 10 + _palette(window.at(at + 9, 1)) + 1)
        else:
            return


def _palette(flags: bytes) -> int:
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


class _Window:
    """Small pieces of a file without a read for each."""

    _LENGTH = 1 << 16

    def __init__(self, data: ByteString) -> None:
        self._data = data
        self._start = 0
        self._bytes = b''

    def at(self, position: int, length: int) -> bytes:
        if not self._start <= position <= self._start + len(self._bytes) - length:
            self._start, self._bytes = position, bytes(self._data[position:position + self._LENGTH])
        return self._bytes[position - self._start:position - self._start + length]

    def behind_blocks(self, position: int) -> int:
        """Return where a GIF file goes on behind blocks that each state their length."""
        while (length := self.at(position, 1)) and length[0]:
            position += 1 + length[0]
        return position + 1


def _png_durations(data: ByteString) -> Iterator[float]:
    animated = False
    for kind, start, length in png_chunks(data):
        if kind == b'acTL':
            animated = True
        elif kind == b'IDAT' and not animated:
            return
        elif kind == b'fcTL' and animated and length >= 24:
            numerator, denominator = struct.unpack('>HH', data[start + 20:start + 24])
            yield 1000.0 * numerator / (denominator or 100)


def _webp_durations(data: ByteString) -> Iterator[float]:
    for kind, start, length in webp_chunks(data):
        if kind in (b'VP8 ', b'VP8L'):
            return
        if kind == b'ANMF' and length >= 16:
            yield float(int.from_bytes(data[start + 12:start + 15], 'little'))
