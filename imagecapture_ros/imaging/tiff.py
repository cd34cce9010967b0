# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The directories of a TIFF file: which pages it has, and one of them as a file of its own.

EXIF blocks are TIFF structures, too. What is cut off raises ``struct.error`` here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from imagecapture_ros.regular_files import ByteString

TIFF_STARTS = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')

KIND_OF_PAGE, WIDTH, HEIGHT, COMPRESSION, ORIENTATION = 254, 256, 257, 259, 274
_STRIP_OFFSETS, _STRIP_LENGTHS, TILE_WIDTH, TILE_HEIGHT, _TILE_OFFSETS, _TILE_LENGTHS = 273, 279, 322, 323, 324, 325

_SHORT, _LONG, _LONG8 = 3, 4, 16
_NUMBERS = {_SHORT: 'H', _LONG: 'I', _LONG8: 'Q'}
_BYTES_OF_FORM = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_MOST_TAGS = 4096
_MOST_PAGES = 100_000

_NO_PAGE = 0b101
"""Bits of ``KIND_OF_PAGE``: a smaller version of another page, a mask of one."""

_OLD_JPEG = 6
_SUB_DIRECTORIES = 330
_FIRST_PRIVATE = 32768


@dataclass(frozen=True)
class Entry:
    """One entry of a directory."""

    tag: int
    form: int
    count: int
    field: bytes
    """The value, or where it lies in the file."""

    @property
    def length(self) -> int:
        """Bytes of the value; 0 where its form is not known."""
        return self.count * _BYTES_OF_FORM.get(self.form, 0)


@dataclass(frozen=True)
class Directory:
    """What a TIFF file says of one page."""

    order: str
    """``<`` or ``>``, as :mod:`struct` has it."""
    big: bool
    """Whether offsets have 8 bytes (BigTIFF)."""
    entries: tuple[Entry, ...]
    following: int
    """Where the next directory lies; 0 if this is the last."""

    def numbers_of(self, tag: int) -> list[int | None]:
        """Return the number of each entry called ``tag``, ``None`` where it is no whole number of the usual forms."""
        return [self._number(entry) for entry in self.entries if entry.tag == tag]

    def number(self, tag: int, otherwise: int = 0) -> int:
        """Return the number of the first entry called ``tag``, ``otherwise`` where there is none."""
        found = self.numbers_of(tag)
        return otherwise if not found or found[0] is None else found[0]

    def _number(self, entry: Entry) -> int | None:
        form = _NUMBERS.get(entry.form)
        if form is None:
            return None
        number: int = struct.unpack_from(self.order + form, entry.field)[0]
        return number


def order_of(data: ByteString) -> str | None:
    """Return the byte order of a TIFF structure, as :mod:`struct` has it, or ``None`` where it is none."""
    return {b'II': '<', b'MM': '>'}.get(bytes(data[:2]))


def first_directory(data: ByteString) -> int:
    """Return where the first directory lies."""
    order, big = _head(data)
    at: int = struct.unpack(f'{order}Q', data[8:16])[0] if big else struct.unpack(f'{order}I', data[4:8])[0]
    return at


def directory_at(data: ByteString, at: int) -> Directory:
    """Return the directory that lies at ``at``."""
    order, big = _head(data)
    lead, length, offset = (8, 20, 'Q') if big else (2, 12, 'I')
    (count,) = struct.unpack(f'{order}{"Q" if big else "H"}', data[at:at + lead])
    table = data[at + lead:at + lead + length * min(count, _MOST_TAGS)]
    entries = tuple(_entry(order + f'HH{offset}', table[start:start + length])
                    for start in range(0, length * min(count, _MOST_TAGS), length))
    end = at + lead + length * count
    field = data[end:end + struct.calcsize(offset)]
    # EXIF blocks often end with their last entry.
    following = struct.unpack(order + offset, field)[0] if len(field) == struct.calcsize(offset) else 0
    return Directory(order, big, entries, following)


def _entry(layout: str, entry: bytes) -> Entry:
    tag, form, count = struct.unpack_from(layout, entry)
    return Entry(tag, form, count, entry[struct.calcsize(layout):])


def pages_of(data: ByteString) -> list[int]:
    """Return where the directories of a TIFF file's pages lie, without thumbnails and masks; as far as it is whole."""
    pages: list[int] = []
    first = at = first_directory(data)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < _MOST_PAGES:
        seen.add(at)
        try:
            directory = directory_at(data, at)
            if not directory.number(KIND_OF_PAGE) & _NO_PAGE:
                pages.append(at)
        except struct.error:
            break
        at = directory.following
    return pages or [first]


def page_as_file(data: ByteString, at: int, most: int) -> bytes:
    """Return the page whose directory lies at ``at`` as a TIFF file, with the pixels as they are stored, not turned.

    Decoders take the first page of a file and read all of it; a file of many pages may be larger than the memory.

    :raises ValueError: it takes more than ``most`` bytes.
    """
    directory = directory_at(data, at)
    strips = next(((offsets, lengths) for offsets, lengths in (
        (_STRIP_OFFSETS, _STRIP_LENGTHS), (_TILE_OFFSETS, _TILE_LENGTHS))
        if directory.numbers_of(offsets) and directory.numbers_of(lengths)), None)
    if strips is None or directory.number(COMPRESSION) == _OLD_JPEG:
        return _whole_file(data, at, directory, most)
    return _Page(data, directory, most).built(*strips)


class _Page:
    """One page on its way into a file of its own."""

    def __init__(self, data: ByteString, directory: Directory, most: int) -> None:
        self._data = data
        self._directory = directory
        self._left = most
        self._offset = 'Q' if directory.big else 'I'

    def built(self, offsets: int, lengths: int) -> bytes:
        order, big = self._directory.order, self._directory.big
        entries = [entry for entry in self._directory.entries if _belongs_to_pixels(entry)]
        values = {entry.tag: self._value(entry) for entry in entries}
        pieces = self._pieces(values, entries, offsets, lengths)
        room = struct.calcsize(self._offset)
        start = 16 if big else 8
        lead, length = (8, 20) if big else (2, 12)
        end = start + lead + length * len(entries) + room
        table, tail = bytearray(struct.pack(f'{order}{"Q" if big else "H"}', len(entries))), bytearray()
        # Where the pieces come to lie depends on all that lies before them.
        first_piece = end + sum(_even(self._new_length(entry, offsets, lengths)) for entry in entries
                                if self._new_length(entry, offsets, lengths) > room)
        places = [first_piece]
        for piece in pieces:
            places.append(places[-1] + len(piece))
        for entry in entries:
            value, form = values[entry.tag], entry.form
            if entry.tag in (offsets, lengths):
                numbers = places[:-1] if entry.tag == offsets else [len(piece) for piece in pieces]
                value, form = struct.pack(f'{order}{len(numbers)}{self._offset}', *numbers), _LONG8 if big else _LONG
            table += struct.pack(f'{order}HH{self._offset}', entry.tag, form, entry.count)
            if len(value) <= room:
                table += value.ljust(room, b'\0')
            else:
                table += struct.pack(order + self._offset, end + len(tail))
                tail += value.ljust(_even(len(value)), b'\0')
        head = struct.pack(f'{order}HHHQ', 43, 8, 0, start) if big else struct.pack(f'{order}HI', 42, start)
        mark = b'II' if order == '<' else b'MM'
        return b''.join((mark, head, table, bytes(room), tail, *pieces))

    def _new_length(self, entry: Entry, offsets: int, lengths: int) -> int:
        return entry.count * struct.calcsize(self._offset) if entry.tag in (offsets, lengths) else entry.length

    def _value(self, entry: Entry) -> bytes:
        room = struct.calcsize(self._offset)
        if entry.length <= room:
            return entry.field[:entry.length]
        (at,) = struct.unpack(self._directory.order + self._offset, entry.field)
        return self._taken(at, entry.length)

    def _pieces(self, values: dict[int, bytes], entries: list[Entry], offsets: int, lengths: int) -> list[bytes]:
        numbers = []
        for tag in (offsets, lengths):
            entry = next((entry for entry in entries if entry.tag == tag), None)
            form = None if entry is None else _NUMBERS.get(entry.form)
            if entry is None or form is None:
                raise struct.error('places are no whole numbers')
            numbers.append(struct.unpack(f'{self._directory.order}{entry.count}{form}', values[tag]))
        if len(numbers[0]) != len(numbers[1]):
            raise struct.error('there are not as many places as lengths')
        return [self._taken(at, length) for at, length in zip(*numbers, strict=True)]

    def _taken(self, at: int, length: int) -> bytes:
        self._left -= length
        if self._left < 0:
            raise ValueError('a page of a TIFF file takes more bytes than its pixels can')
        taken = bytes(self._data[at:at + length])
        if len(taken) < length:
            raise struct.error('it breaks off')
        return taken


def _whole_file(data: ByteString, at: int, directory: Directory, most: int) -> bytes:
    """Return the file with that page as its first, and what tells how it is turned taken out."""
    if len(data) > most:
        raise ValueError('a TIFF file takes more bytes than its pixels can')
    file = bytearray(data[:])
    if directory.big:
        struct.pack_into(f'{directory.order}Q', file, 8, at)
    else:
        struct.pack_into(f'{directory.order}I', file, 4, at)
    lead, length = (8, 20) if directory.big else (2, 12)
    field = 12 if directory.big else 8
    for number, entry in enumerate(directory.entries):
        if entry.tag == ORIENTATION and entry.form == _SHORT:
            struct.pack_into(f'{directory.order}H', file, at + lead + length * number + field, 1)
    return bytes(file)


def _belongs_to_pixels(entry: Entry) -> bool:
    return entry.tag < _FIRST_PRIVATE and entry.tag not in (_SUB_DIRECTORIES, ORIENTATION) and entry.length > 0


def _even(length: int) -> int:
    return length + length % 2


def _head(data: ByteString) -> tuple[str, bool]:
    order = order_of(data)
    if order is None:
        raise struct.error('no TIFF structure')
    return order, struct.unpack(f'{order}H', data[2:4])[0] == 43
