# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Videos and images that were cut off or changed anywhere: frames come, or an error says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.videos import moving_frames, write_images, write_video

from imagecapture_ros.cameras.backends.files.image_files import ImageFiles
from imagecapture_ros.cameras.backends.files.paced_camera import RecordedPicture
from imagecapture_ros.cameras.backends.files.video_file import VideoFile
from imagecapture_ros.mediacapture.errors import MediaCaptureError

FRAMES = 20
CUTS = 40
SIZE = (240, 320)


def played(path: Path) -> int:
    """Play a video twice and return how many frames came the first time."""
    video = VideoFile(path)
    try:
        video.open()
        count = sum(1 for _ in frames_of(video))
        video.rewind()
        assert sum(1 for _ in frames_of(video)) == count
        return count
    finally:
        video.close()


def frames_of(video: VideoFile) -> Iterator[RecordedPicture]:
    for _ in range(5 * FRAMES):  # a damaged file may seem longer than it is, but it ends
        picture = video.next()
        if picture is None:
            return
        assert picture.pixels.shape[:2] == SIZE
        yield picture
    raise AssertionError('the video does not end')


@pytest.mark.parametrize(('suffix', 'codec'), [('.avi', 'mjpeg'), ('.mkv', 'ffv1'), ('.mp4', 'h264')])
def test_a_video_that_is_cut_off_plays_as_far_as_it_goes(tmp_path: Path, suffix: str, codec: str) -> None:
    data = write_video(tmp_path / f'whole{suffix}', moving_frames(FRAMES), codec=codec).read_bytes()
    path = tmp_path / f'part{suffix}'
    path.write_bytes(data)
    assert played(path) == FRAMES
    counts = []
    for cut in range(CUTS):
        path.write_bytes(data[:len(data) * cut // CUTS])
        try:
            counts.append(played(path))
        except MediaCaptureError as error:
            assert str(error).strip()
            counts.append(0)
    assert counts[0] == 0
    assert max(counts) <= FRAMES


@pytest.mark.parametrize(('suffix', 'codec'), [('.avi', 'mjpeg'), ('.mkv', 'ffv1')])
def test_a_video_with_changed_bytes_ends_nothing(tmp_path: Path, suffix: str, codec: str) -> None:
    data = write_video(tmp_path / f'whole{suffix}', moving_frames(FRAMES), codec=codec).read_bytes()
    path = tmp_path / f'changed{suffix}'
    for number in range(CUTS):
        changed = bytearray(data)
        for at in range(number * 31 % 997, len(data), len(data) // 7):
            changed[at] ^= 0xFF
        path.write_bytes(changed)
        video = VideoFile(path)
        try:
            video.open()
            for _ in range(FRAMES):
                video.next()
        except MediaCaptureError as error:
            assert str(error).strip()
        finally:
            video.close()


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.bmp', '.tif', '.webp'])
def test_an_image_that_is_cut_off_is_refused_or_shown(tmp_path: Path, suffix: str) -> None:
    data = (write_images(tmp_path / 'whole', moving_frames(1), suffix) / f'frame0{suffix}').read_bytes()
    path = tmp_path / f'part{suffix}'
    for cut in range(CUTS):
        path.write_bytes(data[:len(data) * cut // CUTS])
        images = ImageFiles(path, 30.0)
        try:
            images.open()
            picture = images.next()
            assert picture is not None and picture.pixels.shape[:2] == SIZE
        except MediaCaptureError as error:
            assert str(path) in str(error) or path.name in str(error)
        finally:
            images.close()
