# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How large an image is, known from its header; what is too large is never decoded."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.limited import run_limited
from fixtures.pictures import photograph
from PIL import Image, ImageSequence

from imagecapture_ros.imaging.codecs import BrokenImageError, decode_image, decode_jpeg
from imagecapture_ros.imaging.image_header import (
    JPEG_START,
    MAX_PIXELS,
    TooManyPixelsError,
    check_pixels,
    jpeg_breaks_off,
    jpeg_segments,
    stated_size,
)
from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS

PICTURE = photograph('rocket')
SIZE = (640, 427)


def test_the_limit_of_the_node_is_that_of_the_decoder() -> None:
    row = STARTUP_PARAMETERS['max_pixels']
    assert row.default == MAX_PIXELS
    assert row.at_start_only


@pytest.mark.parametrize('suffix', ['.bmp', '.jpg', '.png', '.ppm', '.tiff', '.webp', '.pam', '.pfm', '.gif'])
def test_of_what_opencv_writes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f'a{suffix}'
    try:
        assert cv2.imwrite(str(path), PICTURE.astype(np.float32) if suffix == '.pfm' else PICTURE)
    except cv2.error:
        pytest.skip(f'this OpenCV does not write {suffix}')
    assert stated_size(path.read_bytes()) == SIZE


@pytest.mark.parametrize(('name', 'options'), [
    ('a.bmp', {}), ('a.gif', {}), ('a.jpg', {'progressive': True}), ('a.pgm', {}), ('a.png', {'interlace': 1}),
    ('a.tiff', {}), ('a.tiff', {'compression': 'tiff_lzw'}), ('a.tiff', {'big_tiff': True}), ('a.webp', {}),
    ('a.webp', {'lossless': True}), ('a.webp', {'exif': b'Exif\0\0MM\0*\0\0\0\x08\0\0'}), ('a.pbm', {}),
])
def test_of_what_pillow_writes(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    mode = {'.pgm': 'L', '.pbm': '1', '.gif': 'P'}.get(Path(name).suffix, 'RGB')
    Image.fromarray(PICTURE).convert(mode).save(tmp_path / name, **options)
    assert stated_size((tmp_path / name).read_bytes()) == SIZE


@pytest.mark.parametrize('name', ['a.gif', 'a.png', 'a.tiff', 'a.webp'])
def test_of_several_images_in_a_file(tmp_path: Path, name: str) -> None:
    pages = [Image.fromarray(np.roll(PICTURE, 9 * number, 1)) for number in range(3)]
    pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    assert len(list(ImageSequence.Iterator(Image.open(tmp_path / name)))) == 3
    assert stated_size((tmp_path / name).read_bytes()) == SIZE


def test_of_a_bmp_file_that_begins_at_the_top_and_of_one_of_os_2() -> None:
    assert stated_size(b'BM' + bytes(12) + struct.pack('<Iii', 40, 640, -427)) == SIZE
    assert stated_size(b'BM' + bytes(12) + struct.pack('<IHH', 12, 640, 427)) == SIZE


def test_of_a_tiff_file_in_the_other_order(tmp_path: Path) -> None:
    tags = struct.pack('>HHHIHH', 2, 256, 3, 1, 640, 0) + struct.pack('>HHII', 257, 4, 1, 427)
    assert stated_size(b'MM\0*' + struct.pack('>I', 8) + tags) == SIZE


def test_of_a_pnm_file_with_comments() -> None:
    assert stated_size(b'P6\n# a comment 7 7\n640 # another\n427\n255\n') == SIZE


@pytest.mark.parametrize('data', [
    b'', b'P', b'P6', b'P6 640', b'BM', b'II*\0', b'II*\0\xff\xff\xff\xff', b'GIF8', b'RIFF', b'RIFFxxxxWEBPVP8 ',
    b'\x89PNG\r\n\x1a\n', b'\xff\xd8', b'\xff\xd8' + b'\xff' * 1_000_000, b'no image', b'\0\0\0\x0cjP  \r\n\x87\n',
])
def test_is_unknown_for_what_is_no_image_or_breaks_off(data: bytes) -> None:
    assert stated_size(data) is None
    with pytest.raises(TooManyPixelsError, match='a picture cannot be decoded'):
        check_pixels(data, 'a picture')


def test_padding_without_an_end_is_not_followed() -> None:
    class Endless:
        asked = 0

        def __len__(self) -> int:
            return 1 << 60

        def __getitem__(self, part: slice) -> bytes:
            self.asked += 1
            return b'\xff' * (part.stop - part.start)

    data = Endless()
    assert list(jpeg_segments(data)) == []
    assert data.asked <= 10_000


def test_a_jpeg_file_hides_no_size_where_decoders_find_it() -> None:
    small, large = (cv2.imencode('.jpg', picture)[1].tobytes() for picture in (PICTURE[:16, :16], PICTURE))

    def size_of(file: bytes) -> tuple[int, int]:
        at = file.index(b'\xff\xc0')
        return at, at + 2 + int.from_bytes(file[at + 2:at + 4], 'big')

    (small_at, small_end), (_, end) = size_of(small), size_of(large)
    seen = small[small_at:small_end]
    # ff 00 is no marker for libjpeg, which goes on behind it; to it, what is to be seen is a comment.
    hidden = large[2:end] + b'\xff\xfe' + (2 + len(seen)).to_bytes(2, 'big')
    file = JPEG_START + b'\xff\0' + (2 + len(hidden)).to_bytes(2, 'big') + hidden + seen + large[end:]
    decoded = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is None or decoded.shape == PICTURE.shape
    assert stated_size(file) in (None, SIZE)
    assert jpeg_breaks_off(file)
    with pytest.raises(TooManyPixelsError, match='damaged'):
        check_pixels(file, 'it')


@pytest.mark.parametrize('form', [3, 4, 9])
@pytest.mark.parametrize('tag', [256, 257])
def test_a_tiff_file_states_its_size_once_and_as_usual(tag: int, form: int) -> None:
    def tags(*entries: tuple[int, int, int]) -> bytes:
        return struct.pack('<H', len(entries)) + b''.join(
            struct.pack('<HHII', number, kind, 1, value) for number, kind, value in entries)

    start = b'II*\0' + struct.pack('<I', 8)
    size = ((256, 4, 640), (257, 4, 427))
    assert stated_size(start + tags(*size)) == SIZE
    # libtiff takes the first, in any form of whole numbers.
    assert stated_size(start + tags((tag, form, 60_000), *size)) is None


def test_a_tile_that_is_larger_than_its_image_counts() -> None:
    tags = [(256, 10), (257, 10), (322, 60_000), (323, 60_000)]
    entries = b''.join(struct.pack('<HHII', tag, 4, 1, value) for tag, value in tags)
    data = b'II*\0' + struct.pack('<IH', 8, len(tags)) + entries
    assert stated_size(data) == (60_000, 60_000)


def test_the_limit_is_the_last_that_is_taken() -> None:
    assert check_pixels(b'P5 4 3 255\n', 'a', 12) == (4, 3)
    with pytest.raises(TooManyPixelsError, match='a has 4x3 pixels, and 11 are allowed; scale it, or start'):
        check_pixels(b'P5 4 3 255\n', 'a', 11)
    encoded = cv2.imencode('.jpg', PICTURE)[1].tobytes()
    assert decode_jpeg(encoded, 640 * 427).shape == PICTURE.shape
    with pytest.raises(BrokenImageError, match='has 640x427 pixels'):
        decode_jpeg(encoded, 640 * 427 - 1)


def png(width: int, height: int) -> bytes:
    """Return a PNG file of black pixels, of one bit each."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b''.join(packer.compress(bytes(1 + -(-width // 8))) for _ in range(height)) + packer.flush()
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 1, 0, 0, 0, 0))
            + chunk(b'IDAT', rows) + chunk(b'IEND', b''))


@pytest.fixture(scope='module')
def bomb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PNG file of 110 kB that holds 900 megapixels."""
    path = tmp_path_factory.mktemp('bomb') / 'bomb.png'
    path.write_bytes(png(30_000, 30_000))
    assert path.stat().st_size < 200_000
    return path


@pytest.mark.parametrize('name', ['image', 'folder', 'with the name of a video', 'scene'])
def test_a_bomb_is_refused_with_little_memory(bomb: Path, tmp_path: Path, name: str) -> None:
    place = {'folder': bomb.parent, 'with the name of a video': tmp_path / 'bomb.mp4'}.get(name, bomb)
    if name == 'with the name of a video':
        place.write_bytes(bomb.read_bytes())
    device = f'sim:?scene={place}' if name == 'scene' else str(place)
    printed = run_limited("""
from imagecapture_ros.cameras.registry import cameras_for
try:
    cameras_for(sys.argv[1])[0].open()
except Exception as error:
    print(type(error).__name__, error)
""", device, mebibytes=160)
    assert 'has 30000x30000 pixels, and 100000000 are allowed' in printed


def test_an_image_that_becomes_a_bomb_while_its_folder_plays_is_left_out(bomb: Path, tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f'{number}.png'), PICTURE)
    printed = run_limited("""
import logging, shutil
from pathlib import Path
from imagecapture_ros.cameras.backends.files.image_files import ImageFiles
logging.basicConfig(stream=sys.stdout)
recording = ImageFiles(Path(sys.argv[1]), 30.0)
recording.open()
recording.next()
shutil.copy(sys.argv[2], f'{sys.argv[1]}/1.png')
print(recording.next().skipped)
""", tmp_path, bomb, mebibytes=160)
    assert 'an image is left out' in printed and 'has 30000x30000 pixels' in printed
    assert printed.splitlines()[-1] == '1'


def test_a_file_of_another_format_than_those_is_not_given_to_a_decoder() -> None:
    with pytest.raises(TooManyPixelsError, match='in none of the formats PNG, JPEG'):
        decode_image(b'\x76\x2f\x31\x01' + bytes(1000), 'the file', cv2.IMREAD_UNCHANGED)  # OpenEXR
