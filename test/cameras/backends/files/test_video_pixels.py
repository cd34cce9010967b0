# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Videos that are not colours of 8 bits with square pixels, and files that are no video."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.opencv_cameras import opened, read_frames, streaming
from fixtures.videos import Pixels, moving_frames, run_ffmpeg, write_video

from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.errors import NotReadableError

GIVES_GREY = not cv2.__version__.startswith(('4.5.', '4.6.'))
"""Older ones make colours of all videos."""


def grey_video(path: Path, frames: list[Pixels], codec: str, pixel_format: str) -> Path:
    height, width = frames[0].shape
    form = 'gray16le' if frames[0].dtype == np.uint16 else 'gray'
    run_ffmpeg('-f', 'rawvideo', '-pix_fmt', form, '-s', f'{width}x{height}', '-r', '50', '-i', '-', '-c:v', codec,
               '-pix_fmt', pixel_format, str(path), data=b''.join(frame.tobytes() for frame in frames))
    return path


def thermal_frames(count: int) -> list[Pixels]:
    """Return frames of 14 bits with a narrow range in them, as thermal cameras deliver them."""
    return [np.arange(7400 + number, 7400 + number + 64 * 48, dtype=np.uint16).reshape(48, 64)
            for number in range(count)]


@pytest.mark.skipif(not GIVES_GREY, reason='this OpenCV makes colours of all videos')
@pytest.mark.parametrize(('codec', 'pixel_format', 'name'), [
    ('ffv1', 'gray16le', 'a.mkv'), ('png', 'gray16be', 'a.mkv'), ('png', 'gray16be', 'a.mov'),
    ('rawvideo', 'gray16le', 'a.nut'),
])
def test_16_bits_are_those_of_the_file(
    tmp_path: Path, codec: str, pixel_format: str, name: str, caplog: pytest.LogCaptureFixture,
) -> None:
    source = thermal_frames(6)
    path = grey_video(tmp_path / name, source, codec, pixel_format)
    with streaming(path) as camera:
        frames = read_frames(camera, 12)
        assert camera.mode.frame_rate == 50.0
    for frame, expected in zip(frames, source + source, strict=True):
        assert frame.encoding == 'mono16'
        assert np.array_equal(frame.data, expected)
    assert [frame.sequence for frame in frames] == list(range(12))
    intervals = np.diff([frame.exposed_at for frame in frames])
    assert intervals.min() >= 19_999_999
    assert caplog.records == []


@pytest.mark.skipif(not GIVES_GREY, reason='this OpenCV makes colours of all videos')
@pytest.mark.parametrize('codec', ['ffv1', 'png', 'rawvideo'])
def test_8_bits_of_grey_are_mono8(tmp_path: Path, codec: str) -> None:
    source = [frame[:, :, 1].copy() for frame in moving_frames(4)]
    path = grey_video(tmp_path / 'a.mkv', source, codec, 'gray')
    with streaming(path) as camera:
        frames = read_frames(camera, 4)
    for frame, expected in zip(frames, source, strict=True):
        assert frame.encoding == 'mono8'
        assert np.array_equal(frame.data, expected)


@pytest.mark.parametrize('bits', [10, 12])
def test_what_opencv_makes_8_bits_of_is_said_once(tmp_path: Path, bits: int, caplog: pytest.LogCaptureFixture) -> None:
    path = grey_video(tmp_path / 'a.mkv', thermal_frames(3), 'ffv1', f'gray{bits}le')
    with streaming(path) as camera:
        frames = read_frames(camera, 7)
    assert {frame.encoding for frame in frames} == {'bgr8'}
    (warning,) = (record.getMessage() for record in caplog.records)
    assert warning.startswith(f'a.mkv has grey values of {bits} bits, of which OpenCV gives 8')
    assert '-pix_fmt gray16le' in warning


def test_grey_videos_are_turned_as_they_say(tmp_path: Path) -> None:
    source = [np.ascontiguousarray(frame[:, :, 1]) for frame in moving_frames(2)]
    path = grey_video(tmp_path / 'a.mov', source, 'png', 'gray')
    try:
        run_ffmpeg('-i', str(path), '-c', 'copy', '-metadata:s:v:0', 'rotate=90', str(tmp_path / 'turned.mov'))
        with opened(tmp_path / 'turned.mov') as camera:
            assert camera.mode.width == 240
    except AssertionError:
        run_ffmpeg('-display_rotation', '-90', '-i', str(path), '-c', 'copy', str(tmp_path / 'turned.mov'))
    # FFmpeg turns on its own what it decodes.
    run_ffmpeg('-i', str(tmp_path / 'turned.mov'), '-c:v', 'png', str(tmp_path / 'upright.mov'))
    with streaming(tmp_path / 'turned.mov') as turned, streaming(tmp_path / 'upright.mov') as upright:
        for ours, theirs in zip(read_frames(turned, 2), read_frames(upright, 2), strict=True):
            assert ours.encoding == theirs.encoding
            assert ours.data.shape[:2] == (320, 240)
            assert np.array_equal(ours.data, theirs.data)


@pytest.mark.parametrize('name', ['a.mp4', 'a.mkv'])
def test_pixels_that_are_not_square_are_delivered_and_said(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture,
) -> None:
    source = moving_frames(3)
    path = write_video(tmp_path / name, source, codec='h264', options=('-vf', 'setsar=16/15'))
    with streaming(path) as camera:
        frames = read_frames(camera, 7)
    assert {(frame.width, frame.height, frame.data.shape) for frame in frames} == {(320, 240, (240, 320, 3))}
    assert cv2.PSNR(frames[0].data, source[0]) > 30.0
    (warning,) = (record.getMessage() for record in caplog.records)
    assert warning.startswith(f'the pixels of {name} are not square: each is 1.067 times as wide as high')


@pytest.mark.parametrize(('name', 'message'), [
    ('a.mp3', 'is a file of the kind MP3 sound'), ('a.m4a', 'is a file of the kind M4A sound'),
    ('a.flac', 'is a file of the kind FLAC sound'),
    ('a.mp4', 'is no video: it holds one picture without a time, as sound with a cover does'),
])
def test_sound_with_a_cover_is_no_video(tmp_path: Path, name: str, message: str) -> None:
    cover = tmp_path / 'cover.jpg'
    cv2.imwrite(str(cover), moving_frames(1)[0])
    path = tmp_path / name
    run_ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', '-i', str(cover), '-map', '0', '-map', '1', '-c:v', 'copy',
               '-disposition:v', 'attached_pic', str(path))
    with pytest.raises(NotReadableError, match=f'{path} {message}'):
        open_opencv_camera(str(path)).open()


def test_sound_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / 'a.wav'
    run_ffmpeg('-f', 'lavfi', '-i', 'sine=d=1', str(path))
    with pytest.raises(NotReadableError, match=f'{path} is a file of the kind WAV sound.* give a video, an image or'):
        open_opencv_camera(str(path)).open()
