# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files of several images: animations at their own times, TIFF pages at the rate that is given."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.limited import run_limited
from fixtures.opencv_cameras import numbers_of, opened, read_frames, streaming
from fixtures.pictures import colours, in_encoding
from fixtures.videos import Pixels, moving_frames, number_in
from PIL import Image

from imagecapture_ros.cameras.backends.files.animated_image import AnimatedImage
from imagecapture_ros.cameras.backends.files.image_files import ImageFiles
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.imaging.animation import durations_of
from imagecapture_ros.imaging.image_header import png_chunks
from imagecapture_ros.imaging.tiff import KIND_OF_PAGE, ORIENTATION, directory_at, page_as_file, pages_of
from imagecapture_ros.mediacapture.errors import NotReadableError

DURATIONS = [100, 200, 300, 400]
_PAGE_NUMBER = 297
ANIMATIONS = ['a.gif', 'a.png', 'a.webp']


def write(path: Path, frames: Sequence[Pixels], durations: Sequence[int] | int = DURATIONS, **options: Any) -> Path:
    pictures = [Image.fromarray(frame[:, :, ::-1] if frame.ndim == 3 else frame) for frame in frames]
    if path.suffix == '.webp':
        options = {'lossless': True, **options}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], **({'duration': durations} | options))
    return path


def animated_png(frames: Sequence[Pixels], duration: int) -> bytes:
    """Return an animated PNG of any encoding; Pillow does not write all of them."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))

    height, width = frames[0].shape[:2]
    made, number = b'', 0
    for frame in frames:
        file = cv2.imencode('.png', frame)[1].tobytes()
        chunks = [(kind, file[start:start + length]) for kind, start, length in png_chunks(file)]
        if not made:
            made = file[:8] + chunk(*chunks[0]) + chunk(b'acTL', struct.pack('>II', len(frames), 0))
        made += chunk(b'fcTL', struct.pack('>5I2H2B', number, width, height, 0, 0, duration, 1000, 0, 0))
        number += 1
        for content in (content for kind, content in chunks if kind == b'IDAT'):
            first = frame is frames[0]
            made += chunk(b'IDAT', content) if first else chunk(b'fdAT', struct.pack('>I', number) + content)
            number += 0 if first else 1
    return made + chunk(b'IEND', b'')


def patch_page(path: Path, page: int, tag: int, value: int, instead: int | None = None) -> None:
    """Write another value into a TIFF page's entry ``tag``, which is called ``instead`` from then on."""
    data = bytearray(path.read_bytes())
    at = pages_of(bytes(data))[page]
    number = [entry.tag for entry in directory_at(bytes(data), at).entries].index(tag)
    place = at + 2 + 12 * number
    struct.pack_into('<H', data, place, instead or tag)
    struct.pack_into('<I', data, place + 8, value)
    path.write_bytes(data)


def counted(import_of_kind: str, path: Path, *options: float, mebibytes: int) -> int:
    """Return how many pictures a recording of a kind has, played with so much memory."""
    return int(run_limited(f"""
from pathlib import Path
{import_of_kind}
recording = kind(Path(sys.argv[1]), *{options})
recording.open()
print(sum(1 for _ in iter(recording.next, None)))
""", path, mebibytes=mebibytes))


def played(path: Path, rounds: int = 2) -> list[tuple[int, float]]:
    """Return the number and the milliseconds of each picture of the last of so many rounds, and then the length."""
    recording = AnimatedImage(path)
    recording.open()
    try:
        for number in range(rounds):
            if number:
                recording.rewind()
            found = []
            while picture := recording.next():
                found.append((number_in(picture.pixels), picture.time / 1e6))
        return [*found, (-1, recording.length / 1e6)]
    finally:
        recording.close()


class TestAnimations:
    @pytest.mark.parametrize('name', [*ANIMATIONS, 'animation', 'a.mp4'])
    def test_play_at_their_times(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / (name if name in ANIMATIONS else 'a.gif'), moving_frames(4)).rename(tmp_path / name)
        assert played(path) == [(0, 0), (1, 100), (2, 300), (3, 600), (-1, 1000)]
        with streaming(path) as camera:
            assert camera.mode.frame_rate == 4.0
            frames = read_frames(camera, 5)
        assert numbers_of(frames) == [0, 1, 2, 3, 0]
        intervals = [(later.exposed_at - earlier.exposed_at) / 1e6 for earlier, later in pairwise(frames)]
        assert all(interval > wanted - 0.001 for interval, wanted in zip(intervals, DURATIONS, strict=True))

    @pytest.mark.parametrize('name', ['a.png', 'a.webp'])
    def test_pixel_for_pixel(self, tmp_path: Path, name: str) -> None:
        source = moving_frames(4)
        with streaming(write(tmp_path / name, source, 20)) as camera:
            frames = read_frames(camera, 8)
        for frame, expected in zip(frames, source + source, strict=True):
            assert frame.encoding == 'bgr8'
            assert np.array_equal(frame.data, expected)

    def test_gif_in_the_colours_it_has(self, tmp_path: Path) -> None:
        source = moving_frames(4)
        with streaming(write(tmp_path / 'a.gif', source, 20)) as camera:
            frames = read_frames(camera, 4)
        assert {frame.encoding for frame in frames} == {'bgr8'}
        assert min(cv2.PSNR(frame.data, expected) for frame, expected in zip(frames, source, strict=True)) > 25.0

    @pytest.mark.parametrize('name', ANIMATIONS)
    def test_no_time_at_all_is_what_browsers_make_of_it(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / name, moving_frames(3), 0)
        assert played(path) == [(0, 0), (1, 100), (2, 200), (-1, 300)]

    @pytest.mark.parametrize('name', ['a.gif', 'a.webp'])
    def test_transparent_is_white(self, tmp_path: Path, name: str) -> None:
        pictures = []
        for shade in (0, 200):
            picture = Image.new('RGBA', (64, 48), (shade, 0, 0, 255))
            picture.paste((0, 0, 0, 0), (16, 16, 32, 32))
            pictures.append(picture)
        options = {'lossless': True} if name == 'a.webp' else {'disposal': 2}
        pictures[0].save(tmp_path / name, save_all=True, append_images=pictures[1:], duration=20, **options)
        with streaming(tmp_path / name) as camera:
            frames = read_frames(camera, 2)
        for frame, shade in zip(frames, (0, 200), strict=True):
            assert frame.encoding == 'bgr8'
            assert (frame.data[16:32, 16:32] == 255).all()
            assert (frame.data[:, 32:] == (0, 0, shade)).all()

    def test_png_keeps_its_transparency(self, tmp_path: Path) -> None:
        source = [np.dstack([frame, np.full(frame.shape[:2], 100 + number, np.uint8)])
                  for number, frame in enumerate(moving_frames(2))]
        pictures = [Image.fromarray(frame[:, :, [2, 1, 0, 3]]) for frame in source]
        pictures[0].save(tmp_path / 'a.png', save_all=True, append_images=pictures[1:], duration=20, blend=0)
        with streaming(tmp_path / 'a.png') as camera:
            frames = read_frames(camera, 2)
        for frame, expected in zip(frames, source, strict=True):
            assert frame.encoding == 'bgra8'
            assert np.array_equal(frame.data, expected)

    @pytest.mark.parametrize('bits', [8, 16])
    def test_grey_png(self, tmp_path: Path, bits: int) -> None:
        source = [frame[:, :, 0].copy() for frame in moving_frames(3)]
        if bits == 16:
            source = [frame.astype(np.uint16) * 257 for frame in source]
        (tmp_path / 'a.png').write_bytes(animated_png(source, 20))
        with streaming(tmp_path / 'a.png') as camera:
            frames = read_frames(camera, 3)
        for frame, expected in zip(frames, source, strict=True):
            assert frame.encoding == f'mono{bits}'
            assert np.array_equal(frame.data, expected)

    def test_the_picture_for_old_programs_is_none_of_the_animation(self, tmp_path: Path) -> None:
        path = write(tmp_path / 'a.png', moving_frames(4), [20, 30, 40], default_image=True)
        assert played(path) == [(1, 0), (2, 20), (3, 50), (-1, 90)]

    @pytest.mark.parametrize('name', ANIMATIONS)
    def test_once(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / name, moving_frames(3), 20)
        with streaming(path, loop=False) as camera:
            assert numbers_of(read_frames(camera, 3)) == [0, 1, 2]
            with pytest.raises(Exception, match='has come to its end'):
                camera.read(1.0)

    @pytest.mark.parametrize('name', ['a.png', 'a.webp'])
    def test_are_turned_as_they_say(self, tmp_path: Path, name: str) -> None:
        source = moving_frames(2)
        tags = Image.Exif()
        tags[0x0112] = 6
        stored = [np.ascontiguousarray(np.rot90(frame)) for frame in source]
        with streaming(write(tmp_path / name, stored, 20, exif=tags)) as camera:
            frames = read_frames(camera, 2)
        assert all(np.array_equal(frame.data, expected) for frame, expected in zip(frames, source, strict=True))

    @pytest.mark.parametrize('name', ANIMATIONS)
    def test_cut_off_anywhere(self, tmp_path: Path, name: str) -> None:
        data = write(tmp_path / name, moving_frames(4)).read_bytes()
        path = tmp_path / f'cut{Path(name).suffix}'
        counts = set()
        for cut in range(40):
            path.write_bytes(data[:len(data) * cut // 40])
            try:
                with opened(path, loop=False) as camera:
                    camera.start()
                    assert camera.mode.width == 320
                counts.add(len(played(path)) - 1)
            except NotReadableError as error:
                assert path.name in str(error)
        assert not counts or max(counts) <= 4

    @pytest.mark.parametrize('name', ANIMATIONS)
    def test_too_many_pixels(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / name, moving_frames(3))
        with pytest.raises(NotReadableError, match='has 320x240 pixels, and 76799 are allowed'):
            open_opencv_camera(str(path), max_pixels=320 * 240 - 1).open()

    @pytest.mark.parametrize('name', ANIMATIONS)
    def test_little_memory_for_many_pictures(self, tmp_path: Path, name: str) -> None:
        # 60 pictures of 3 MB each when they are decoded.
        picture = np.zeros((1000, 1000, 3), np.uint8)
        frames = [np.full_like(picture, 4 * number) for number in range(60)]
        path = write(tmp_path / name, frames, 20)
        assert counted('from imagecapture_ros.cameras.backends.files.animated_image import AnimatedImage as kind',
                       path, mebibytes=128) == 60

    def test_durations_are_looked_for_only_as_far_as_asked(self, tmp_path: Path) -> None:
        data = write(tmp_path / 'a.gif', moving_frames(4)).read_bytes()
        assert list(durations_of(data)) == DURATIONS
        for length in range(0, len(data), 997):
            found = list(durations_of(data[:length]))
            assert found == DURATIONS[:len(found)]


class TestTiff:
    def test_pages_play_at_the_source_rate(self, tmp_path: Path) -> None:
        source = moving_frames(5)
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), source)
        with streaming(tmp_path / 'a.tiff', source_rate=50.0) as camera:
            assert camera.mode.frame_rate == 50.0
            frames = read_frames(camera, 12)
        assert numbers_of(frames) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
        for frame, expected in zip(frames, [*source, *source], strict=False):
            assert np.array_equal(frame.data, expected)
        assert min(later.exposed_at - earlier.exposed_at for earlier, later in pairwise(frames)) >= 19_999_999

    @pytest.mark.parametrize('encoding', ['mono8', 'mono16', 'bgr8', 'bgra8', '32FC1'])
    @pytest.mark.parametrize('compression', [1, 5, 8])  # none, LZW, deflate
    def test_in_every_encoding(self, tmp_path: Path, encoding: str, compression: int) -> None:
        source = [in_encoding(np.roll(colours(), 8 * number, 1), encoding) for number in range(3)]
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), source, [cv2.IMWRITE_TIFF_COMPRESSION, compression])
        with streaming(tmp_path / 'a.tiff', source_rate=100.0) as camera:
            frames = read_frames(camera, 3)
        for frame, expected in zip(frames, source, strict=True):
            assert frame.encoding == encoding
            assert np.array_equal(frame.data, expected)

    @pytest.mark.parametrize('options', [
        {}, {'compression': 'tiff_lzw'}, {'compression': 'jpeg', 'quality': 100}, {'compression': 'packbits'},
        {'big_tiff': True}, {'compression': 'tiff_adobe_deflate', 'big_tiff': True},
    ])
    def test_of_other_writers(self, tmp_path: Path, options: dict[str, Any]) -> None:
        source = moving_frames(3)
        write(tmp_path / 'a.tiff', source, 0, **options)
        with streaming(tmp_path / 'a.tiff', source_rate=100.0) as camera:
            frames = read_frames(camera, 3)
        assert numbers_of(frames) == [0, 1, 2]
        assert min(cv2.PSNR(frame.data, expected) for frame, expected in zip(frames, source, strict=True)) > 35.0

    def test_each_page_is_turned_as_it_says(self, tmp_path: Path) -> None:
        source = moving_frames(3)
        stored = [np.ascontiguousarray(np.rot90(frame, number)) for number, frame in enumerate(source)]
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), stored)
        for number, turned in ((1, 6), (2, 3)):
            patch_page(tmp_path / 'a.tiff', number, _PAGE_NUMBER, turned, ORIENTATION)
        with streaming(tmp_path / 'a.tiff', source_rate=100.0) as camera:
            frames = read_frames(camera, 3)
        assert all(np.array_equal(frame.data, expected) for frame, expected in zip(frames, source, strict=True))

    def test_thumbnails_are_no_pages(self, tmp_path: Path) -> None:
        first, second = moving_frames(2)
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), [first, cv2.resize(first, (32, 24)), second])
        patch_page(tmp_path / 'a.tiff', 1, KIND_OF_PAGE, 1)
        assert len(pages_of((tmp_path / 'a.tiff').read_bytes())) == 2
        with streaming(tmp_path / 'a.tiff', source_rate=100.0) as camera:
            assert numbers_of(read_frames(camera, 4)) == [0, 1, 0, 1]

    def test_pages_of_other_sizes(self, tmp_path: Path) -> None:
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), [*moving_frames(2), *moving_frames(1, 400, 300)])
        with pytest.raises(NotReadableError, match=r'page 3 of .*a\.tiff has 400x300 pixels, but page 1 has 320x240'):
            open_opencv_camera(str(tmp_path / 'a.tiff')).open()

    def test_a_page_that_is_damaged_is_left_out(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        source = moving_frames(4)
        path = tmp_path / 'a.tiff'
        assert cv2.imwritemulti(str(path), source, [cv2.IMWRITE_TIFF_COMPRESSION, 8])
        data = bytearray(path.read_bytes())
        first, _, third, _ = (page_as_file(data, at, 1 << 24) for at in pages_of(data))
        strip = third[-200:]
        at = data.index(strip)
        assert data.count(strip) == 1 and first != third
        data[at - 5000:at] = bytes(5000)
        path.write_bytes(data)
        with streaming(path, source_rate=100.0) as camera:
            frames = read_frames(camera, 6)
        assert numbers_of(frames) == [0, 1, 3, 0, 1, 3]
        assert [frame.sequence for frame in frames] == [0, 1, 3, 4, 5, 7]
        assert [record.getMessage().split(' is damaged')[0] for record in caplog.records] == [
            f'an image is left out: page 3 of {path}']

    def test_cut_off_anywhere(self, tmp_path: Path) -> None:
        whole = tmp_path / 'a.tiff'
        assert cv2.imwritemulti(str(whole), moving_frames(4))
        data = whole.read_bytes()
        path = tmp_path / 'cut.tiff'
        for cut in range(40):
            path.write_bytes(data[:len(data) * cut // 40])
            images = ImageFiles(path, 30.0)
            try:
                images.open()
                while images.length < 1e9 and (picture := images.next()):
                    assert picture.pixels.shape[:2] == (240, 320)
            except NotReadableError as error:
                assert path.name in str(error)
            finally:
                images.close()

    def test_little_memory_for_many_pages(self, tmp_path: Path) -> None:
        # 180 MB in the file, too.
        source = [np.random.default_rng(number).integers(0, 256, (1000, 1000, 3), np.uint8) for number in range(60)]
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), source, [cv2.IMWRITE_TIFF_COMPRESSION, 1])
        assert counted('from imagecapture_ros.cameras.backends.files.image_files import ImageFiles as kind',
                       tmp_path / 'a.tiff', 30.0, mebibytes=96) == 60

    def test_too_many_pixels_on_a_later_page(self, tmp_path: Path) -> None:
        assert cv2.imwritemulti(str(tmp_path / 'a.tiff'), [*moving_frames(2), *moving_frames(1, 400, 300)])
        with pytest.raises(NotReadableError, match=r'page 3 of .* has 400x300 pixels, and 80000 are allowed'):
            open_opencv_camera(str(tmp_path / 'a.tiff'), max_pixels=80_000).open()
