# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Video files: the pixels of the file, in order, none twice and none lost, at the file's pace."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.opencv_cameras import numbers_of, opened, read_frames, streaming
from fixtures.videos import moving_frames, number_in, run_ffmpeg, write_video

from imagecapture_ros.cameras.api import DeviceGone, EndOfStream, ReadTimeout
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotReadableError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame

CAN_BE_QUIET = not cv2.__version__.startswith('4.5.')
"""Before 4.6, OpenCV does not let FFmpeg's own messages be turned off."""


def periods(frames: list[Frame]) -> list[int]:
    return [later.exposed_at - earlier.exposed_at for earlier, later in pairwise(frames)]


class TestPixels:
    def test_lossless(self, tmp_path: Path) -> None:
        source = moving_frames(20)
        with streaming(write_video(tmp_path / 'a.mkv', source, codec='ffv1'), loop=False) as camera:
            frames = read_frames(camera, 20)
        assert {(frame.encoding, frame.width, frame.height) for frame in frames} == {('bgr8', 320, 240)}
        for frame, expected in zip(frames, source, strict=True):
            assert np.array_equal(frame.data, expected)

    def test_motion_jpeg(self, tmp_path: Path) -> None:
        source = moving_frames(10, 640, 480)
        with streaming(write_video(tmp_path / 'a.avi', source, codec='mjpeg'), loop=False) as camera:
            frames = read_frames(camera, 10)
        for frame, expected in zip(frames, source, strict=True):
            assert cv2.PSNR(frame.data, expected) > 40.0

    def test_h264(self, tmp_path: Path) -> None:
        source = moving_frames(40)
        with streaming(write_video(tmp_path / 'a.mp4', source, codec='h264'), loop=False) as camera:
            frames = read_frames(camera, 40)
            with pytest.raises(EndOfStream):
                camera.read(PATIENCE)
        assert numbers_of(frames) == list(range(40))
        assert min(cv2.PSNR(frame.data, expected) for frame, expected in zip(frames, source, strict=True)) > 30.0

    @pytest.mark.parametrize('degrees', [90, 180, 270])
    def test_turned(self, tmp_path: Path, degrees: int) -> None:
        write_video(tmp_path / 'a.mp4', moving_frames(3), codec='h264')
        # Up to FFmpeg 6 the one option exists, from 6 on the other.
        try:
            run_ffmpeg('-i', str(tmp_path / 'a.mp4'), '-c', 'copy', '-metadata:s:v:0', f'rotate={degrees}',
                       str(tmp_path / 'turned.mp4'))
            with opened(tmp_path / 'turned.mp4') as camera:
                assert degrees == 180 or camera.mode.width == 240
        except AssertionError:
            run_ffmpeg('-display_rotation', str(-degrees), '-i', str(tmp_path / 'a.mp4'), '-c', 'copy',
                       str(tmp_path / 'turned.mp4'))
        # FFmpeg turns on its own what it decodes.
        run_ffmpeg('-i', str(tmp_path / 'turned.mp4'), '-c:v', 'ffv1', '-pix_fmt', 'bgr0',
                   str(tmp_path / 'upright.mkv'))
        with streaming(tmp_path / 'turned.mp4') as turned, streaming(tmp_path / 'upright.mkv') as upright:
            assert (turned.mode.width, turned.mode.height) == ((320, 240) if degrees == 180 else (240, 320))
            for ours, theirs in zip(read_frames(turned, 3), read_frames(upright, 3), strict=True):
                assert cv2.PSNR(ours.data, theirs.data) > 35.0


class TestPace:
    def test_frames_come_when_they_are_due(self, tmp_path: Path) -> None:
        with streaming(write_video(tmp_path / 'a.mkv', moving_frames(6), rate=5.0)) as camera:
            began = time.monotonic()
            frames = []
            for _ in range(6):
                frames.append(camera.read(PATIENCE))
                assert frames[-1].exposed_at <= time.monotonic_ns()
            took = time.monotonic() - began
        assert took >= 0.99
        assert min(periods(frames)) >= 199_999_999
        assert np.median(periods(frames)) == pytest.approx(200_000_000, abs=2)

    def test_fractional_rates(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / 'a.mkv', moving_frames(2), options=('-r', '30000/1001'))
        with opened(path) as camera:
            assert camera.mode.frame_rate == pytest.approx(30000 / 1001)

    @pytest.mark.parametrize('name', ['a.mkv', 'a.mp4'])
    def test_a_rate_that_cannot_be(self, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
        path = write_video(tmp_path / name, moving_frames(3), codec='h264', rate=1000.0)
        with streaming(path) as camera:
            assert camera.mode.frame_rate == 30.0
            read_frames(camera, 7)
        (warning,) = (record.getMessage() for record in caplog.records)  # one, for three rounds
        assert re.fullmatch(rf'{name} states a frame rate of \d+ Hz, which cannot be; 30 Hz is used', warning)

    def test_the_settings_are_in_force_from_opening_on(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / 'a.mkv', moving_frames(5), codec='h264')
        began = time.monotonic_ns()
        with opened(path) as camera:
            since = camera.in_force_since
            assert began <= since <= time.monotonic_ns()
            camera.start()
            assert read_frames(camera, 2)[0].exposed_at >= since == camera.in_force_since
        with pytest.raises(InvalidStateError):
            _ = camera.in_force_since

    def test_a_frame_that_is_not_due_is_not_lost(self, tmp_path: Path) -> None:
        with streaming(write_video(tmp_path / 'a.mkv', moving_frames(3), rate=2.0)) as camera:
            first = camera.read(PATIENCE)
            for _ in range(3):
                with pytest.raises(ReadTimeout, match=r'a\.mkv: the next frame is due in'):
                    camera.read(0.05)
            second = camera.read(PATIENCE)
        assert (number_in(second.data), second.sequence) == (1, 1)
        assert second.exposed_at - first.exposed_at >= 500_000_000

    def test_a_slow_reader_loses_nothing(self, tmp_path: Path) -> None:
        with streaming(write_video(tmp_path / 'a.mkv', moving_frames(12), rate=50.0), loop=False) as camera:
            frames = []
            for _ in range(12):
                frames.append(camera.read(PATIENCE))
                assert time.monotonic_ns() - frames[-1].exposed_at < PATIENCE * 1e9
                time.sleep(0.06)
        assert numbers_of(frames) == [frame.sequence for frame in frames] == list(range(12))
        assert min(periods(frames)) >= 19_999_999
        assert np.median(periods(frames)[2:]) >= 59_000_000


class TestRounds:
    @pytest.mark.parametrize(('name', 'codec'), [('a.mkv', 'ffv1'), ('a.mp4', 'h264'), ('a.avi', 'mjpeg')])
    def test_without_end(self, tmp_path: Path, name: str, codec: str) -> None:
        with streaming(write_video(tmp_path / name, moving_frames(7), codec=codec, rate=100.0)) as camera:
            frames = read_frames(camera, 24)
        assert numbers_of(frames) == [index % 7 for index in range(24)]
        assert [frame.sequence for frame in frames] == list(range(24))
        assert min(periods(frames)) >= 9_999_999

    def test_once(self, tmp_path: Path) -> None:
        with streaming(write_video(tmp_path / 'a.mkv', moving_frames(5), rate=100.0), loop=False) as camera:
            assert numbers_of(read_frames(camera, 5)) == list(range(5))
            for _ in range(3):
                with pytest.raises(EndOfStream, match=r'a\.mkv has come to its end; set loop'):
                    camera.read(PATIENCE)
            with pytest.raises(UnknownError, match='come to its end'):
                camera.take_photo(PhotoSettings()).result(0)
            camera.stop()
            camera.close()
            camera.open()
            camera.start()
            assert number_in(camera.read(PATIENCE).data) == 0

    def test_a_stopped_stream_goes_on_where_it_was(self, tmp_path: Path) -> None:
        with streaming(write_video(tmp_path / 'a.mkv', moving_frames(9), rate=100.0)) as camera:
            assert numbers_of(read_frames(camera, 3)) == [0, 1, 2]
            camera.stop()
            camera.stop()
            with pytest.raises(InvalidStateError, match='not been started'):
                camera.read(0.1)
            resumed_at = time.monotonic_ns()
            camera.start()
            frames = read_frames(camera, 3)
        assert numbers_of(frames) == [3, 4, 5]
        assert [frame.sequence for frame in frames] == [0, 1, 2]
        assert frames[0].exposed_at >= resumed_at


class TestPhotos:
    def test_are_the_next_frame_and_take_nothing_from_the_stream(self, tmp_path: Path) -> None:
        source = moving_frames(12)
        with opened(write_video(tmp_path / 'a.mkv', source, rate=50.0)) as camera:
            photos = [camera.take_photo(PhotoSettings()).result(0) for _ in range(2)]
            assert [number_in(photo.frame.data) for photo in photos] == [0, 0]
            camera.start()
            frames = []
            for index in range(12):
                before = time.monotonic_ns()
                photo = camera.take_photo(PhotoSettings()).result(0)
                assert before <= photo.frame.exposed_at <= time.monotonic_ns()
                assert np.array_equal(photo.frame.data, source[index])
                assert photo.frame.sequence == index
                assert (photo.settings.image_width, photo.settings.image_height) == (320, 240)
                assert photo.device_settings == {}
                frames.append(camera.read(PATIENCE))
        assert numbers_of(frames) == list(range(12))


class TestBadFiles:
    @pytest.mark.parametrize('name', ['text.mp4', 'cut.mp4', 'noise.mkv', 'header.mkv'])
    def test_that_cannot_be_opened(self, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
        whole = write_video(tmp_path / 'whole.mp4', moving_frames(5), codec='h264').read_bytes()
        matroska = write_video(tmp_path / 'whole.mkv', moving_frames(5)).read_bytes()
        first_cluster = matroska.index(b'\x1f\x43\xb6\x75')
        contents = {'text.mp4': b'I am a text', 'cut.mp4': whole[:len(whole) // 2], 'noise.mkv': bytes(range(256)) * 99,
                    'header.mkv': matroska[:first_cluster]}
        path = tmp_path / name
        path.write_bytes(contents[name])
        capfd.readouterr()
        with pytest.raises(NotReadableError, match=f'{path}.*cannot be (read|decoded).*ffprobe'):
            open_opencv_camera(str(path)).open()
        if CAN_BE_QUIET:
            assert capfd.readouterr() == ('', '')

    def test_that_is_empty(self, tmp_path: Path) -> None:
        (tmp_path / 'empty.mp4').touch()
        with pytest.raises(NotReadableError, match=r'empty\.mp4 is empty \(0 bytes\)'):
            open_opencv_camera(str(tmp_path / 'empty.mp4')).open()

    def test_that_breaks_off(self, tmp_path: Path) -> None:
        whole = write_video(tmp_path / 'whole.mkv', moving_frames(10), rate=100.0).read_bytes()
        (tmp_path / 'cut.mkv').write_bytes(whole[:len(whole) // 2])
        with streaming(tmp_path / 'cut.mkv', loop=False) as camera:
            frames = []
            with pytest.raises(EndOfStream):
                while True:
                    frames.append(camera.read(PATIENCE))
        length = len(frames)
        assert 2 < length < 9
        with streaming(tmp_path / 'cut.mkv') as camera:
            assert numbers_of(read_frames(camera, 2 * length)) == 2 * list(range(length))

    def test_with_a_hole(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        data = bytearray(write_video(tmp_path / 'a.avi', moving_frames(12), codec='mjpeg', rate=100.0).read_bytes())
        fifth = [index for index in range(len(data)) if data.startswith(b'\xff\xd8\xff', index)][5]
        data[fifth:fifth + 500] = bytes(500)
        (tmp_path / 'hole.avi').write_bytes(data)
        with streaming(tmp_path / 'hole.avi') as camera:
            frames = read_frames(camera, 22)
        whole = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
        assert numbers_of(frames) == 2 * whole
        assert [frame.sequence for frame in frames] == whole + [number + 12 for number in whole]
        assert periods(frames)[4] >= 19_999_999
        assert len([record for record in caplog.records if 'hole.avi is damaged: 1 frames' in record.getMessage()]) == 1

    def test_that_vanishes_while_it_plays(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / 'a.mkv', moving_frames(3), rate=100.0)
        with streaming(path) as camera:
            path.unlink()
            assert numbers_of(read_frames(camera, 3)) == [0, 1, 2]
            for _ in range(2):
                with pytest.raises(DeviceGone, match=r'a\.mkv cannot be played again.*no such file'):
                    camera.read(PATIENCE)

    def test_that_is_replaced_while_it_plays(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / 'a.mkv', moving_frames(3), rate=100.0)
        with streaming(path) as camera:
            write_video(tmp_path / 'b.mkv', moving_frames(3, 400, 300)).rename(path)
            read_frames(camera, 3)
            with pytest.raises(DeviceGone, match='the file has been changed'):
                camera.read(PATIENCE)
            camera.close()
            camera.open()
            assert str(camera.mode) == '400x300@30'


def test_closing_is_harmless(tmp_path: Path) -> None:
    camera = open_opencv_camera(str(write_video(tmp_path / 'a.mkv', moving_frames(2))))
    camera.close()
    camera.open()
    camera.close()
    camera.close()
    with pytest.raises(InvalidStateError, match=r'a\.mkv is not open'):
        camera.start()
