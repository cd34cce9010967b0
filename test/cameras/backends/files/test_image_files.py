# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Images as a stream: one file or a folder, in natural order, pixel for pixel."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.opencv_cameras import numbers_of, opened, read_frames, streaming
from fixtures.pictures import colours, in_encoding
from fixtures.videos import moving_frames, number_in, photograph, write_images
from PIL import Image

from imagecapture_ros.cameras.api import DeviceGone, EndOfStream
from imagecapture_ros.cameras.backends.files.image_files import natural_order
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.imaging.image_header import stated_size
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import NotReadableError

HEIC = b'\0\0\0\x18ftypheic\0\0\0\0mif1heic' + bytes(100)


def test_names_with_all_kinds_of_digits_have_an_order() -> None:
    names = ['10.png', '2.png', 'a.png', '\u0663.png', '2\u00b2.png', '.5.png']
    assert len(sorted(map(Path, names), key=natural_order)) == len(names)  # any two can be compared
    assert [path.name for path in sorted(map(Path, ['b10.png', 'b9.png', 'a.png']), key=natural_order)] == [
        'a.png', 'b9.png', 'b10.png']


class TestFolder:
    def test_natural_order_and_exact_pixels(self, tmp_path: Path) -> None:
        source = moving_frames(12)
        write_images(tmp_path / 'images', source)
        (tmp_path / 'images' / 'notes.txt').write_text('no image')
        (tmp_path / 'images' / '.hidden.png').write_text('no image')
        (tmp_path / 'images' / 'folder.png').mkdir()
        with streaming(tmp_path / 'images', source_rate=200.0) as camera:
            frames = read_frames(camera, 24)
        assert [frame.sequence for frame in frames] == list(range(24))
        for frame, expected in zip(frames, source + source, strict=True):
            assert frame.encoding == 'bgr8'
            assert np.array_equal(frame.data, expected)

    def test_once(self, tmp_path: Path) -> None:
        with streaming(write_images(tmp_path, moving_frames(3)), source_rate=200.0, loop=False) as camera:
            assert numbers_of(read_frames(camera, 3)) == [0, 1, 2]
            with pytest.raises(EndOfStream):
                camera.read(PATIENCE)

    def test_names_with_and_without_digits_sort(self, tmp_path: Path) -> None:
        names = ['1', '02', '2', '10', 'A', 'a1b3', 'a1b20', 'a2', 'B', 'b 7', 'ä']
        for name, frame in zip(names, moving_frames(len(names)), strict=True):
            cv2.imwrite(str(tmp_path / f'{name}.png'), frame)
        with streaming(tmp_path, source_rate=200.0) as camera:
            assert numbers_of(read_frames(camera, len(names))) == list(range(len(names)))

    def test_sizes_that_differ(self, tmp_path: Path) -> None:
        folder = write_images(tmp_path / 'images', moving_frames(4))
        for suffix in ('.png', '.jpg', '.bmp', '.webp'):
            odd = folder / f'frame2b{suffix}'
            cv2.imwrite(str(odd), moving_frames(1, 400, 300)[0])
            with pytest.raises(NotReadableError, match=f'{odd} has 400x300 pixels, but frame0.png has 320x240'):
                open_opencv_camera(str(folder)).open()
            odd.unlink()

    def test_without_images(self, tmp_path: Path) -> None:
        (tmp_path / 'notes.txt').write_text('no image')
        with pytest.raises(NotReadableError, match=r'holds no images; .*1 file is no image .* left out: notes\.txt'):
            open_opencv_camera(str(tmp_path)).open()

    def test_what_is_no_image_is_counted_and_named_once(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        folder = write_images(tmp_path / 'images', moving_frames(3))
        (folder / 'frame1.png').write_bytes(b'I am a text')
        (folder / 'frame10.png').write_bytes(b'')
        (folder / 'a.heic').write_bytes(HEIC)
        for number in range(5):
            (folder / f'{number}.txt').write_text('no image')
        os.mkfifo(folder / 'pipe.png')
        with streaming(folder, source_rate=100.0) as camera:
            frames = read_frames(camera, 4)
        assert numbers_of(frames) == [0, 2, 0, 2]
        assert [frame.sequence for frame in frames] == [0, 1, 2, 3]
        assert [record.getMessage() for record in caplog.records] == [
            f'{folder}: 9 files are no images that can be shown, and are left out: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt '
            f'and 4 more']
        for number in range(5):
            (folder / f'{number}.txt').unlink()
        caplog.clear()
        open_opencv_camera(str(folder)).open()
        assert caplog.records[0].getMessage().endswith(
            'are left out: a.heic (HEIC), frame1.png, frame10.png (empty), pipe.png (cannot be read)')

    def test_files_are_images_by_their_content(self, tmp_path: Path) -> None:
        source = moving_frames(6)
        for number, suffix in enumerate(['.png', '.bmp', '.tiff', '.webp', '.ppm', '.jpg']):
            data = cv2.imencode(suffix, source[number])[1].tobytes()
            (tmp_path / ['0', '1.dat', '2.jpg', '3.txt', '4.png', '5.jfif'][number]).write_bytes(data)
        with streaming(tmp_path, source_rate=100.0) as camera:
            frames = read_frames(camera, 6)
        assert numbers_of(frames) == list(range(6))
        for frame, expected in zip(frames[:3], source, strict=False):
            assert np.array_equal(frame.data, expected)

    def test_of_which_some_hold_several_images(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        pictures = [Image.fromarray(frame[:, :, ::-1]) for frame in moving_frames(3)]
        for name in ('0.gif', '1.tiff', '2.png', '3.webp'):
            pictures[1].save(tmp_path / name, save_all=True, append_images=pictures[2:])
        cv2.imwrite(str(tmp_path / '4.png'), moving_frames(1)[0])
        with streaming(tmp_path, source_rate=100.0) as camera:
            assert numbers_of(read_frames(camera, 10)) == 2 * [1, 1, 1, 1, 0]
        assert [record.getMessage() for record in caplog.records if 'several' in record.getMessage()] == [
            f'{tmp_path}: of each file that holds several images, the first one is shown: 0.gif, 1.tiff, 2.png, 3.webp']

    def test_whose_encoding_changes_warns_once(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        source = moving_frames(4)
        for number, frame in enumerate(source):
            cv2.imwrite(str(tmp_path / f'{number}.png'), frame if number % 2 else frame[:, :, 0])
        with streaming(tmp_path, source_rate=100.0) as camera:
            frames = read_frames(camera, 8)
        assert [frame.encoding for frame in frames] == 4 * ['mono8', 'bgr8']
        (warning,) = (record.getMessage() for record in caplog.records)
        assert warning.startswith(f'{tmp_path}/1.png has another encoding (bgr8) than the images before it (mono8)')
        assert 'set the parameter encoding to bgr8' in warning

    @pytest.mark.parametrize('suffix', ['.png', '.jpg'])
    def test_with_an_image_that_breaks_off(
        self, tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
    ) -> None:
        folder = write_images(tmp_path / 'images', moving_frames(4), suffix)
        broken = folder / f'frame1{suffix}'
        broken.write_bytes(broken.read_bytes()[:-3000])
        with streaming(folder, source_rate=100.0) as camera:
            frames = read_frames(camera, 6)
        assert numbers_of(frames) == 2 * [0, 2, 3]
        assert [frame.sequence for frame in frames] == [0, 2, 3, 4, 6, 7]
        assert [record.getMessage().split(';')[0] for record in caplog.records] == [
            f'an image is left out: {broken} breaks off before the end of the image']
        assert capfd.readouterr() == ('', '')

    def test_that_is_emptied_while_it_is_shown(self, tmp_path: Path) -> None:
        folder = write_images(tmp_path / 'images', moving_frames(3))
        with streaming(folder, source_rate=100.0) as camera:
            read_frames(camera, 1)
            for file in folder.iterdir():
                file.unlink()
            with pytest.raises(DeviceGone, match='cannot be played again'):
                camera.read(PATIENCE)


class TestSingleImage:
    def test_is_a_stream(self, tmp_path: Path) -> None:
        source = moving_frames(8)[7]
        cv2.imwrite(str(tmp_path / 'a.png'), source)
        with streaming(tmp_path / 'a.png') as camera:
            assert str(camera.mode) == '320x240@30'
            frames = read_frames(camera, 4)
        assert all(np.array_equal(frame.data, source) for frame in frames)
        assert [frame.sequence for frame in frames] == [0, 1, 2, 3]
        assert frames[3].exposed_at - frames[0].exposed_at >= 99_999_999

    def test_alone_has_no_end(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / 'a.png'), moving_frames(1)[0])
        with streaming(tmp_path / 'a.png', loop=False) as camera:
            assert [camera.read(PATIENCE).sequence for _ in range(3)] == [0, 1, 2]

    def test_photo_of_a_stopped_camera(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / 'a.png'), moving_frames(6)[5])
        with opened(tmp_path / 'a.png', loop=False) as camera:
            for _ in range(3):
                assert number_in(camera.take_photo(PhotoSettings()).result(0).frame.data) == 5

    def test_that_breaks_off(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        for suffix in ('.png', '.jpg'):
            path = tmp_path / f'a{suffix}'
            cv2.imwrite(str(path), photograph())
            path.write_bytes(path.read_bytes()[:-3000])
            with pytest.raises(NotReadableError, match=f'{path} breaks off before the end of the image'):
                open_opencv_camera(str(path)).open()
        assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('encoding', ['mono8', 'mono16', 'bgr8', 'bgra8', '32FC1'])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    pixels = in_encoding(colours(), encoding)
    path = tmp_path / ('a.tiff' if encoding == '32FC1' else 'a.png')
    cv2.imwrite(str(path), pixels)
    with streaming(path) as camera:
        frame = camera.read(PATIENCE)
    assert (frame.encoding, frame.width, frame.height) == (encoding, 64, 48)
    assert frame.data.dtype == pixels.dtype
    assert np.array_equal(frame.data, pixels)


def test_colours_of_16_bits_come_as_8(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'a.png'), colours().astype(np.uint16) * 257)
    with streaming(tmp_path / 'a.png') as camera:
        frame = camera.read(PATIENCE)
    assert frame.encoding == 'bgr8'
    assert np.array_equal(frame.data, colours())


def test_pixels_for_which_there_is_no_encoding(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / 'a.tiff'), colours().astype(np.float32))
    with pytest.raises(NotReadableError, match='holds float32 pixels of shape'):
        open_opencv_camera(str(tmp_path / 'a.tiff')).open()


@pytest.mark.parametrize('name', ['a.jpg', 'a.jfif', 'jpeg', 'a.png', 'a.webp', 'a.tif', 'png.mp4'])
@pytest.mark.parametrize('orientation', range(1, 9))
def test_images_are_turned_as_they_say(tmp_path: Path, orientation: int, name: str) -> None:
    source = photograph('coffee')
    upright = Image.fromarray(source[:, :, ::-1])
    tags = Image.Exif()
    tags[0x0112] = orientation
    stored = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
              4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
              7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}[orientation]
    kind = {'.png': 'PNG', '.mp4': 'PNG', '.webp': 'WEBP', '.tif': 'TIFF'}.get(Path(name).suffix, 'JPEG')
    options = {'JPEG': {'quality': 95}, 'WEBP': {'lossless': True}}.get(kind, {})
    (upright if stored is None else upright.transpose(stored)).save(tmp_path / name, kind, exif=tags, **options)
    assert stated_size((tmp_path / name).read_bytes()) == (600, 400)
    with streaming(tmp_path / name) as camera:
        frame = camera.read(PATIENCE)
    assert (frame.width, frame.height) == (600, 400)
    assert cv2.PSNR(frame.data, source) > 30.0
    if kind != 'JPEG':
        assert np.array_equal(frame.data, source)


@pytest.mark.parametrize('compression', [None, 'tiff_lzw'])
@pytest.mark.parametrize('encoding', ['mono8', 'mono16', 'bgr8', '32FC1'])
def test_tiff_files_are_turned_whatever_their_encoding(
    tmp_path: Path, encoding: str, compression: str | None,
) -> None:
    pixels = in_encoding(colours(), encoding)
    path = tmp_path / 'a.tiff'
    stored = np.ascontiguousarray(np.rot90(pixels)[:, :, ::-1] if pixels.ndim == 3 else np.rot90(pixels))
    Image.fromarray(stored).save(path, tiffinfo={0x0112: 6}, compression=compression)
    with streaming(path) as camera:
        frame = camera.read(PATIENCE)
    assert frame.encoding == encoding
    assert np.array_equal(frame.data, pixels)


class TestStatedSize:
    @pytest.mark.parametrize('options', [
        {}, {'progressive': True}, {'exif': b'Exif\0\0' + b'broken'}, {'exif': b'Exif\0\0MM\0*\0\0\xff\xff'},
        {'icc_profile': bytes(100_000)}, {'comment': b'\xff\xd9 here ends nothing'},
    ])
    def test_jpeg(self, tmp_path: Path, options: dict[str, object]) -> None:
        Image.fromarray(photograph('rocket')).save(tmp_path / 'a.jpg', **options)
        assert stated_size((tmp_path / 'a.jpg').read_bytes()) == (640, 427)

    def test_grey_jpeg(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / 'a.jpg'), photograph('rocket')[:, :, 0])
        assert stated_size((tmp_path / 'a.jpg').read_bytes()) == (640, 427)
        with streaming(tmp_path / 'a.jpg') as camera:
            assert camera.read(PATIENCE).encoding == 'mono8'

    def test_is_unknown_where_the_header_breaks_off(self, tmp_path: Path) -> None:
        for suffix in ('.jpg', '.png', '.webp'):
            cv2.imwrite(str(tmp_path / f'a{suffix}'), photograph('rocket'))
            data = (tmp_path / f'a{suffix}').read_bytes()
            for length in (1, 2, 3, 8, 20, 23):
                (tmp_path / 'cut').write_bytes(data[:length])
                assert stated_size((tmp_path / 'cut').read_bytes()) is None

    def test_little_endian_exif(self, tmp_path: Path) -> None:
        block = b'Exif\0\0II*\0\x08\0\0\0' + struct.pack('<HHHIHH', 1, 0x0112, 3, 1, 6, 0)
        Image.fromarray(photograph('rocket')).save(tmp_path / 'a.jpg', exif=block)
        assert stated_size((tmp_path / 'a.jpg').read_bytes()) == (427, 640)
