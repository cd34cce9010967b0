# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Videos are played by their time stamps: pauses are pauses, constant rates are even, rounds have no gaps."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import pytest
from fixtures.opencv_cameras import numbers_of, read_frames, streaming
from fixtures.videos import moving_frames, number_in, run_ffmpeg, write_timed_video, write_video
from PIL import Image

from imagecapture_ros.cameras.backends.files.video_file import VideoFile
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.errors import NotReadableError

TIMES = [0.0, 0.1, 0.2, 0.3, 2.4, 2.5, 2.55, 2.6]
"""Seconds, with a pause of 2.1 s."""
MILLISECOND = 1e6
KNOWN = None if not cv2.__version__.startswith(('4.5.', '4.6.')) else -2
"""Older OpenCV has no times of the last frames, which the decoder has held back."""


def times_of(path: Path, rounds: int = 1, **options: float) -> tuple[list[int], list[float], float]:
    """Play a video so often; return the numbers of the frames of the last round, their nanoseconds, and its length."""
    video = VideoFile(path, **options)
    video.open()
    try:
        for number in range(rounds):
            if number:
                video.rewind()
            found = []
            while picture := video.next():
                found.append((number_in(picture.pixels), picture.time))
            numbers, times = zip(*found, strict=True)
        return list(numbers), list(times), video.length
    finally:
        video.close()


@pytest.mark.parametrize('name', ['a.mp4', 'a.mkv', 'a.ts', 'a.mov'])
def test_a_pause_is_a_pause(tmp_path: Path, name: str) -> None:
    path = write_timed_video(tmp_path / name, moving_frames(len(TIMES)), TIMES)
    for rounds in (1, 3):
        numbers, times, length = times_of(path, rounds)
        assert numbers == list(range(len(TIMES)))
        assert times[:KNOWN] == pytest.approx([time * 1e9 for time in TIMES[:KNOWN]], abs=1.2 * MILLISECOND)
        assert length > times[-1]


@pytest.mark.parametrize(('name', 'codec'), [
    ('a.mp4', 'h264'), ('a.mkv', 'h264'), ('a.ts', 'h264'), ('a.mkv', 'ffv1'), ('a.avi', 'mjpeg')])
@pytest.mark.parametrize('rate', ['30000/1001', '24000/1001', '30', '15'])
def test_a_constant_rate_is_exact(tmp_path: Path, name: str, codec: str, rate: str) -> None:
    path = write_video(tmp_path / name, moving_frames(40), codec=codec, rate=rate)  # type: ignore[arg-type]
    numbers, times, length = times_of(path, 2)
    dividend, _, divisor = rate.partition('/')
    period = 1e9 * float(divisor or 1) / float(dividend)
    assert numbers == list(range(40))
    assert times == pytest.approx([number * period for number in range(40)], abs=1.0)
    assert length == pytest.approx(40 * period, abs=1.0)


@pytest.mark.skipif(KNOWN is not None, reason='this OpenCV has no times of the last frames')
def test_rounds_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    times = [0.0, 0.02, 0.1, 0.12]
    path = write_timed_video(tmp_path / 'a.mkv', moving_frames(4), times)
    with streaming(path) as camera:
        frames = read_frames(camera, 12)
        period = 1e9 / camera.mode.frame_rate
    assert numbers_of(frames) == [0, 1, 2, 3] * 3
    assert [frame.sequence for frame in frames] == list(range(12))
    stamps = [frame.exposed_at for frame in frames]
    # A reader that is kept from reading makes the video slide, so that intervals may be longer, and never shorter.
    stated = [later - earlier for earlier, later in pairwise(times)]
    wanted = [*stated, period / 1e9, *stated, period / 1e9, *stated]
    intervals = [(later - earlier) / 1e9 for earlier, later in pairwise(stamps)]
    assert all(interval >= one - 0.0012 for interval, one in zip(intervals, wanted, strict=True))
    assert stamps[-1] - stamps[0] == pytest.approx(1e9 * sum(wanted), abs=2.5e9)


def test_a_rate_that_cannot_be_is_measured(tmp_path: Path) -> None:
    # In ticks of a millisecond, at 25 Hz: Matroska states the ticks as its rate.
    path = write_timed_video(tmp_path / 'a.mkv', moving_frames(12), [number * 0.04 for number in range(12)],
                             rate=1000.0)
    video = VideoFile(path)
    try:
        assert video.open() == pytest.approx(25.0, rel=0.1)
    finally:
        video.close()
    numbers, times, _ = times_of(path)
    assert numbers == list(range(12))
    assert times == pytest.approx([number * 40 * MILLISECOND for number in range(12)], abs=1.0)


def test_what_is_missing_in_a_video_leaves_a_gap(tmp_path: Path) -> None:
    frames = moving_frames(12)
    data = bytearray(write_video(tmp_path / 'a.mkv', frames, codec='mjpeg', rate=10.0).read_bytes())
    fifth = [index for index in range(len(data)) if data.startswith(b'\xff\xd8\xff', index)][5]
    data[fifth:fifth + 500] = bytes(500)
    path = tmp_path / 'hole.mkv'
    path.write_bytes(data)
    numbers, times, length = times_of(path, 2)
    assert numbers == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert times == [number * 1e8 for number in numbers]
    assert length == 12e8


class TestWithoutAContainer:
    @pytest.mark.parametrize(('name', 'codec'), [('a.h264', 'h264'), ('a.mjpeg', 'mjpeg'), ('a', 'mjpeg')])
    def test_plays_at_the_source_rate(
        self, tmp_path: Path, name: str, codec: str, caplog: pytest.LogCaptureFixture,
    ) -> None:
        write_video(tmp_path / 'a.mkv', moving_frames(9), codec=codec, rate=12.5)
        path = tmp_path / name
        run_ffmpeg('-i', str(tmp_path / 'a.mkv'), '-c', 'copy', '-f', codec, str(path))
        with streaming(path, source_rate=100.0) as camera:
            assert camera.mode.frame_rate == 100.0
            frames = read_frames(camera, 14)
        assert numbers_of(frames) == [*range(9), *range(5)]
        assert min(later.exposed_at - earlier.exposed_at for earlier, later in pairwise(frames)) >= 9_999_999
        (warning,) = (record.getMessage() for record in caplog.records)
        assert warning == (f'{name} has no time stamps: it is played at 100 Hz; for another rate, set the parameter '
                           f'source_rate')

    def test_under_the_name_of_an_image(self, tmp_path: Path) -> None:
        write_video(tmp_path / 'a.mkv', moving_frames(3), codec='mjpeg')
        path = tmp_path / 'a.jpg'
        run_ffmpeg('-i', str(tmp_path / 'a.mkv'), '-c', 'copy', '-f', 'mjpeg', str(path))
        with pytest.raises(NotReadableError, match=r'a\.jpg is Motion JPEG .* suffix \.jpg: rename it to .*\.mjpeg'):
            open_opencv_camera(str(path)).open()

    def test_other_videos_take_no_source_rate(self, tmp_path: Path) -> None:
        with streaming(write_video(tmp_path / 'a.mkv', moving_frames(3), rate=12.5), source_rate=100.0) as camera:
            assert camera.mode.frame_rate == 12.5

    def test_a_photo_with_another_image_behind_it_is_an_image(self, tmp_path: Path) -> None:
        pictures = [Image.fromarray(frame[:, :, ::-1]) for frame in moving_frames(2)]
        pictures[0].save(tmp_path / 'a.jpg', 'MPO', save_all=True, append_images=pictures[1:], quality=95)
        with streaming(tmp_path / 'a.jpg', source_rate=50.0) as camera:
            assert numbers_of(read_frames(camera, 3)) == [0, 0, 0]
