# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parts of a stream: the same whatever pieces the network makes of it, and an end to everything."""

from __future__ import annotations

import itertools
import random

import pytest
from fixtures.odd_camera import BOUNDARY, STREAMS, picture

from imagecapture_ros.cameras.backends.network.connection import TooMuch
from imagecapture_ros.cameras.backends.network.parts import Part, PartReader
from imagecapture_ros.imaging.jpeg_end import BrokenJpegError, JpegEnd
from imagecapture_ros.mediacapture.errors import NotReadableError

COUNT = 6


def read_all(data: bytes, piece: int, boundary: str | None) -> list[Part]:
    """Return all parts of ``data``, which comes in pieces of so many bytes."""
    pieces = iter([data[at:at + piece] for at in range(0, len(data), piece)])
    reader = PartReader(lambda: next(pieces, b''), 'it', boundary)
    parts: list[Part] = []
    for _ in range(10 * COUNT):
        try:
            parts.append(reader.next())
        except EOFError:
            return parts
    raise AssertionError('there are more parts than were sent')


@pytest.mark.parametrize('piece', [1, 61, 4096, 1 << 20])
@pytest.mark.parametrize('path', ['plain', 'nolength', 'long', 'short', 'zero', 'nodashes', 'nodashes_nolength',
                                  'newlines', 'otherboundary', 'raw', 'png', 'padded'])
def test_the_pieces_in_which_they_come_do_not_matter(path: str, piece: int) -> None:
    stream = STREAMS[path]
    files = [stream.data(number) for number in range(COUNT)]
    data = b''.join(map(stream.framed, files)) + f'\r\n--{BOUNDARY}--\r\n'.encode()
    boundary = {'raw': None, 'otherboundary': 'other'}.get(path, BOUNDARY)
    read = [part.data.rstrip(b'\r\n\0') for part in read_all(data, piece, boundary)]
    assert read == [file.rstrip(b'\0') for file in files]


def test_a_jpeg_file_ends_where_its_marks_say() -> None:
    thumbnail = picture(1, 32, 24)
    segment = b'\xff\xe1' + (len(thumbnail) + 2).to_bytes(2, 'big') + thumbnail
    file = picture(0)
    nested = file[:2] + segment + b'\xff\xff' + file[2:]  # with a mark that is written twice
    for whole in (file, nested):
        for start in (0, 3):
            buffer = bytearray(b'abc'[:start] + whole + b'rest')
            assert JpegEnd(start).find(buffer) == start + len(whole)
        looking, grown = JpegEnd(0), bytearray()
        for byte in whole[:-1]:
            grown.append(byte)
            assert looking.find(grown) is None
        grown.append(whole[-1])
        assert looking.find(grown) == len(whole)
    with pytest.raises(BrokenJpegError) as caught:
        JpegEnd(0).find(bytearray(file[:-200] + file))
    assert caught.value.position == len(file) - 200


@pytest.mark.parametrize('seed', range(40))
def test_damaged_streams_have_an_end(seed: int) -> None:
    chance = random.Random(seed)
    stream = STREAMS[chance.choice(['plain', 'nolength', 'raw', 'nodashes', 'png'])]
    data = bytearray(b''.join(stream.framed(stream.data(number)) for number in range(COUNT)))
    for _ in range(chance.randrange(1, 30)):
        at = chance.randrange(len(data))
        data[at:at + chance.randrange(20)] = chance.randbytes(chance.randrange(20))
    pieces = iter([bytes(data[at:at + 997]) for at in range(0, len(data), 997)])
    reader = PartReader(lambda: next(pieces, b''), 'it', chance.choice([None, BOUNDARY, 'x' * 300, '']))
    for _ in itertools.count():
        try:
            assert len(reader.next().data) <= len(data)
        except ValueError:
            continue
        except (EOFError, TooMuch, NotReadableError):
            return
