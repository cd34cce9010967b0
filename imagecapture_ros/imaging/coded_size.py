# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The size that the packets of a video state: H.264, H.265, MPEG-1 and -2, and JPEG.

OpenCV scales each frame of a video to the size of the first one, and does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from imagecapture_ros.imaging.image_header import stated_size

Size = tuple[int, int]

_START_CODE = re.compile(rb'\x00\x00\x01')
_EMULATION = re.compile(rb'\x00\x00\x03')
_LONGEST = 1024
"""Bytes of a parameter set that are looked at."""

_H264_PARAMETERS, _H265_PARAMETERS = 7, 33
_MPEG_SEQUENCE, _MPEG_EXTENSION = 0xB3, 0xB5
_PROFILES_WITH_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})


class _OverError(Exception):
    """A parameter set breaks off, or says what cannot be."""


class _Bits:
    """Reads the bits of a parameter set, without the bytes that keep start codes out of it."""

    def __init__(self, data: bytes) -> None:
        data = _EMULATION.sub(b'\0\0', data)
        self._value = int.from_bytes(data, 'big')
        self._left = 8 * len(data)

    def fixed(self, count: int) -> int:
        """Return the next ``count`` bits as a number."""
        self._left -= count
        if self._left < 0:
            raise _OverError
        return self._value >> self._left & (1 << count) - 1

    def number(self) -> int:
        """Return the next number in exponential Golomb code, ue(v)."""
        zeros = 0
        while not self.fixed(1):
            zeros += 1
            if zeros > 32:
                raise _OverError
        return (1 << zeros) - 1 + self.fixed(zeros)

    def signed(self) -> int:
        """Return the next number in exponential Golomb code, se(v)."""
        number = self.number()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def coded_size(codec: str, packet: bytes) -> Size | None:
    """Return the width and height in pixels that a packet states, ``None`` where it states none or is not understood.

    ``codec`` is OpenCV's four letters for it, in any case.
    """
    reader = _READERS.get(codec.lower().rstrip('\0 '))
    try:
        return reader(packet) if reader else None
    except _OverError:
        return None


def is_known(codec: str) -> bool:
    """Return whether the packets of a codec are understood here."""
    return codec.lower().rstrip('\0 ') in _READERS


def _h264(packet: bytes) -> Size | None:
    for unit in _units(packet):
        if unit[0] & 0x1F == _H264_PARAMETERS:
            return _h264_parameters(_Bits(unit[1:]))
    return None


def _h264_parameters(bits: _Bits) -> Size:
    """Read seq_parameter_set_data (ITU-T H.264, 7.3.2.1.1)."""
    profile = bits.fixed(8)
    bits.fixed(16)
    bits.number()
    chroma = 1
    if profile in _PROFILES_WITH_CHROMA:
        chroma = bits.number()
        if chroma == 3 and bits.fixed(1):
            chroma = 0  # three planes of their own, cropped as one
        bits.number()
        bits.number()
        bits.fixed(1)
        if bits.fixed(1):
            for index in range(8 if chroma != 3 else 12):
                if bits.fixed(1):
                    _skip_scaling_list(bits, 16 if index < 6 else 64)
    bits.number()
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.fixed(1)
        for _ in range(2):
            bits.signed()
        for _ in range(min(bits.number(), 255)):
            bits.signed()
    bits.number()
    bits.fixed(1)
    width, rows = 16 * (bits.number() + 1), bits.number() + 1
    whole_frames = bits.fixed(1)
    height = 16 * rows * (2 - whole_frames)
    if not whole_frames:
        bits.fixed(1)
    bits.fixed(1)
    if bits.fixed(1):
        left, right, top, bottom = (bits.number() for _ in range(4))
        unit_x, unit_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1) * (2 - whole_frames)
        width, height = width - unit_x * (left + right), height - unit_y * (top + bottom)
    return width, height


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _h265(packet: bytes) -> Size | None:
    for unit in _units(packet):
        if unit[0] >> 1 & 0x3F == _H265_PARAMETERS:
            return _h265_parameters(_Bits(unit[2:]))
    return None


def _h265_parameters(bits: _Bits) -> Size:
    """Read the beginning of seq_parameter_set_rbsp (ITU-T H.265, 7.3.2.2.1)."""
    bits.fixed(4)
    layers = bits.fixed(3)
    bits.fixed(1)
    bits.fixed(96)
    present = [(bits.fixed(1), bits.fixed(1)) for _ in range(layers)]
    if layers:
        bits.fixed(2 * (8 - layers))
    for profile, level in present:
        bits.fixed(88 * profile + 8 * level)
    bits.number()
    chroma = bits.number()
    if chroma == 3 and bits.fixed(1):
        chroma = 0
    width, height = bits.number(), bits.number()
    if bits.fixed(1):
        left, right, top, bottom = (bits.number() for _ in range(4))
        unit_x, unit_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1)
        width, height = width - unit_x * (left + right), height - unit_y * (top + bottom)
    return width, height


def _mpeg(packet: bytes) -> Size | None:
    size = None
    for unit in _units(packet):
        if unit[0] == _MPEG_SEQUENCE:
            bits = _Bits(unit[1:4])
            size = bits.fixed(12), bits.fixed(12)
        elif unit[0] == _MPEG_EXTENSION and size is not None and len(unit) > 3 and unit[1] >> 4 == 1:
            high_x, high_y = (unit[2] & 1) << 1 | unit[3] >> 7, unit[3] >> 5 & 3
            return size[0] | high_x << 12, size[1] | high_y << 12
    return size


def _units(packet: bytes) -> Iterator[bytes]:
    """Yield what stands behind the start codes of a packet, as far as it is looked at."""
    found = _START_CODE.search(packet)
    while found is not None:
        start = found.end()
        found = _START_CODE.search(packet, start)
        end = min(len(packet) if found is None else found.start(), start + _LONGEST)
        if start < end:
            yield packet[start:end]


_READERS: Mapping[str, Callable[[bytes], Size | None]] = {
    'h264': _h264, 'avc1': _h264, 'x264': _h264, 'hevc': _h265, 'hvc1': _h265, 'hev1': _h265, 'h265': _h265,
    'mpg1': _mpeg, 'mpg2': _mpeg, 'mjpg': stated_size,
}
