# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Videos whose size changes in the middle: no frame of another size is shown as if it had the first one's."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.odd_camera import TELLABLE, colours, number_of
from fixtures.opencv_cameras import streaming
from fixtures.videos import moving_frames, number_in, run_ffmpeg, write_video

from imagecapture_ros.imaging.coded_size import coded_size

CODECS = {
    'ts': ('-c:v', 'libx264', '-bf', '0'), 'h264': ('-c:v', 'libx264', '-bf', '2'),
    'hevc': ('-c:v', 'libx265', '-x265-params', 'log-level=none'),
    'm2v': ('-c:v', 'mpeg2video', '-q:v', '2'), 'mjpeg': ('-c:v', 'mjpeg', '-q:v', '2'),
}
COUNT = 10


def joined(folder: Path, suffix: str, *sizes: tuple[int, int]) -> Path:
    """Return a video of ``COUNT`` frames of each size, one after the other; their numbers go on."""
    data = b''
    for index, (width, height) in enumerate(sizes):
        frames = b''.join(colours(index * COUNT + number, width, height).tobytes() for number in range(COUNT))
        part = folder / f'part{index}.{suffix}'
        run_ffmpeg('-f', 'rawvideo', '-pix_fmt', 'bgr24', '-s', f'{width}x{height}', '-r', '25', '-i', '-',
                   *CODECS[suffix], '-pix_fmt', 'yuvj420p' if suffix == 'mjpeg' else 'yuv420p', '-g', '5', str(part),
                   data=frames)
        data += part.read_bytes()
    path = folder / f'joined.{suffix}'
    path.write_bytes(data)
    return path


@pytest.mark.parametrize('suffix', CODECS)
@pytest.mark.parametrize('other', [(640, 480), (160, 120), (320, 180)])
def test_frames_of_another_size_are_left_out_and_said(
    tmp_path: Path, suffix: str, other: tuple[int, int], caplog: pytest.LogCaptureFixture,
) -> None:
    path = joined(tmp_path, suffix, (320, 240), other)
    with streaming(path, loop=True) as camera:
        frames = [camera.read(5.0) for _ in range(2 * COUNT)]
    numbers = [number_of(frame.data) for frame in frames]
    # Up to AHEAD of the frames before the change may be left out with it, and one round follows the other.
    assert set(numbers) <= set(range(COUNT))
    assert set(numbers) >= set(range(COUNT - 3))
    assert all((frame.width, frame.height) == (320, 240) for frame in frames)
    assert f'has frames of {other[0]}x{other[1]} from' in caplog.text
    assert 'scale=320:240' in caplog.text


def test_the_first_size_is_shown_again(tmp_path: Path) -> None:
    path = joined(tmp_path, 'h264', (320, 240), (160, 120), (320, 240))
    with streaming(path, loop=False) as camera:
        numbers = [number_of(camera.read(5.0).data) for _ in range(2 * COUNT - 6)]
    assert {number % TELLABLE for number in range(2 * COUNT + 3, 3 * COUNT - 3)} <= set(numbers)


@pytest.mark.parametrize('suffix', ['.ts', '.mp4', '.mkv', '.avi'])
def test_a_video_of_one_size_loses_nothing(tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture) -> None:
    path = write_video(tmp_path / f'a{suffix}', moving_frames(20), codec='mjpeg' if suffix == '.avi' else 'h264')
    with streaming(path, loop=True) as camera:
        numbers = [number_in(camera.read(5.0).data) for _ in range(40)]
    assert numbers == [*range(20)] * 2
    assert caplog.text == ''


@pytest.mark.parametrize('codec', ['h264', 'hevc', 'mpg2', 'mjpg', 'vp90'])
@pytest.mark.parametrize('data', [
    b'', b'\0\0\1', b'\0\0\1\x67', b'\0\0\1\x67\x64\0\x1e' + b'\xff' * 50, b'\0\0\1\x67' + bytes(500),
    b'\0\0\1\x42\1', b'\0\0\1\x42\1' + bytes(90), b'\0\0\1\xb3\1', b'\xff\xd8\xff',
], ids=range(9))
def test_a_packet_that_is_not_understood_states_nothing_that_is_wrong(codec: str, data: bytes) -> None:
    assert coded_size(codec, data) in (None, (16, 16), (0, 0))
