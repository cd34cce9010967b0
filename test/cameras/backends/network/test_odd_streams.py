# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams that are as odd as those of real cameras: each picture arrives as it is, or it is said why not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from fixtures.limits import PATIENCE
from fixtures.odd_camera import (
    LOGIN_IN_URL,
    TELLABLE,
    OddCamera,
    colours,
    corrupted,
    cut,
    cut_and_ended,
    number_of,
    odd_camera,
    picture,
)
from fixtures.opencv_cameras import opened, streaming

from imagecapture_ros.cameras.api import Camera, DeviceGone, ReadTimeout
from imagecapture_ros.cameras.backends.opencv.frame_size import SELDOM, SETTLES, FrameSize
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.imaging.codecs import BrokenImageError, decode_jpeg, encode_jpeg
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.frames import Frame


@pytest.fixture(scope='module')
def odd() -> Iterator[OddCamera]:
    with odd_camera() as camera:
        yield camera


def read_sizes(camera: Camera, wanted: tuple[int, int]) -> list[Frame]:
    """Return the frames up to the third of the size that is waited for."""
    frames: list[Frame] = []
    until = time.monotonic() + PATIENCE
    while sum((frame.width, frame.height) == wanted for frame in frames) < 3:
        assert time.monotonic() < until, [(frame.width, frame.height) for frame in frames]
        frames.append(camera.read(PATIENCE))
    return frames


SHOWN = ('plain', 'chunked', 'http10', 'noreason', 'nolength', 'long', 'short', 'zero', 'nodashes', 'nodashes_nolength',
         'dashes', 'quoted', 'capitals', 'charset', 'noboundary', 'otherboundary', 'mixed', 'octet', 'notype',
         'parttype', 'newlines', 'padded', 'raw', 'raw_octet', 'raw_image', 'raw_multipart', 'png', 'exif', 'events',
         'redirect')


@pytest.mark.parametrize('path', SHOWN)
def test_every_picture_is_shown(odd: OddCamera, path: str) -> None:
    with streaming(odd.url(path)) as camera:
        assert (camera.mode.width, camera.mode.height) == (320, 240)
        frames = [camera.read(PATIENCE) for _ in range(10)]
    numbers = [number_of(frame.data) for frame in frames]
    # The one that shows what was lost on the way here is sequence; no picture may be missing beside that.
    assert [(after - before) % TELLABLE for before, after in pairwise(numbers)] == [
        (after.sequence - before.sequence) % TELLABLE for before, after in pairwise(frames)]


@pytest.mark.parametrize('path', ['long', 'short', 'zero'])
def test_lengths_that_are_wrong_are_said_once(odd: OddCamera, path: str, caplog: pytest.LogCaptureFixture) -> None:
    with streaming(odd.url(path)) as camera:
        for _ in range(5):
            camera.read(PATIENCE)
    assert caplog.text.count('states lengths of its images that are wrong') == 1


def test_a_grey_picture_is_shown_grey(odd: OddCamera) -> None:
    with streaming(odd.url('grey')) as camera:
        pixels = camera.read(PATIENCE).data
    assert abs(pixels[60, 80].astype(int) - pixels[60, 80, 0]).max() == 0
    assert 70 < pixels[60, 80, 0] < 90  # red


@pytest.mark.parametrize('way', ['basic', 'digest'])
def test_a_login_is_used(odd: OddCamera, way: str) -> None:
    with streaming(odd.url(f'{way}/plain', login=LOGIN_IN_URL)) as camera:
        number_of(camera.read(PATIENCE).data)
    with pytest.raises(NotReadableError, match='refuses access'):
        open_opencv_camera(odd.url(f'{way}/plain')).open()


@pytest.mark.parametrize('path', ['corrupt', 'cut', 'cut_nolength', 'cut_and_ended'])
def test_a_picture_that_is_not_whole_is_left_out_and_counted(
    odd: OddCamera, path: str, caplog: pytest.LogCaptureFixture,
) -> None:
    with streaming(odd.url(path)) as camera:
        frames = [camera.read(PATIENCE) for _ in range(12)]
    assert all(number_of(frame.data) % 3 != 2 for frame in frames)
    assert max(after.sequence - before.sequence for before, after in pairwise(frames)) >= 2
    assert caplog.text.count('it is left out') == 1


def test_whether_a_jpeg_is_whole_is_known_also_where_its_corner_is_grey() -> None:
    whole = picture(0, grey=False)
    pixels = colours(0)
    pixels[-16:] = 128
    grey = encode_jpeg(pixels, 'bgr8')
    assert (decode_jpeg(grey)[-1, -1] == 128).all()
    for data in (cut_and_ended(grey), cut_and_ended(whole), corrupted(whole), cut(whole)):
        with pytest.raises(BrokenImageError):
            decode_jpeg(data)


def test_nothing_but_cut_pictures_is_said(odd: OddCamera) -> None:
    for path, what in (('all_cut', 'break off before their end'), ('all_cut_and_ended', 'are damaged')):
        with pytest.raises(NotReadableError, match=f'sends images that {what}; check'):
            open_opencv_camera(odd.url(path, rate=100)).open()


SAID = {
    'words': r'''sends parts that are no images \(application/json\), which begin with b'{"motion": true}';.*address''',
    'busy': r'fails with 503 Service Unavailable',
    'page': r"no video that FFmpeg can read, with text/html that begins with b'<html><body>My camera</body></html>'",
    'text': r'''with application/json that begins with b'{"error": "no such channel"}'; see what''',
    'nothing': r'with image/jpeg that begins with nothing',
}


@pytest.mark.parametrize('path', SAID)
def test_what_came_is_said_where_it_cannot_be_shown(odd: OddCamera, path: str) -> None:
    with pytest.raises(NotReadableError, match=SAID[path]):
        open_opencv_camera(odd.url(path)).open()


# Sizes.

CHANGES = {'shrinks': (160, 120), 'squeezes': (320, 180), 'grows': (640, 480)}


@pytest.mark.parametrize('path', CHANGES)
def test_another_size_is_another_mode(odd: OddCamera, path: str, caplog: pytest.LogCaptureFixture) -> None:
    width, height = CHANGES[path]
    with streaming(odd.url(path)) as camera:
        assert (camera.mode.width, camera.mode.height) == (320, 240)
        before = camera.in_force_since
        frames = read_sizes(camera, CHANGES[path])
        assert (camera.mode.width, camera.mode.height) == (width, height)
        first = next(frame for frame in frames if frame.width == width and frame.height == height)
        assert before < camera.in_force_since == first.exposed_at
        assert camera.photo_settings == PhotoSettings(image_width=width, image_height=height)
        photo = camera.take_photo(PhotoSettings()).result(PATIENCE)
    assert (photo.frame.width, photo.frame.height) == (width, height)
    for frame in frames:
        assert frame.data.shape[:2] == (frame.height, frame.width)
        number_of(frame.data)
    assert len(odd.asked[path]) == [*CHANGES].count(path)  # it was not asked again
    assert caplog.text.count(f'sends frames of {width}x{height} now, and not of 320x240 any more') == 1


def test_two_sizes_in_turn_are_not_followed(odd: OddCamera, caplog: pytest.LogCaptureFixture) -> None:
    with streaming(odd.url('alternates')) as camera:
        frames = [camera.read(PATIENCE) for _ in range(20)]
    # The first frame may be of either size, and one change is believed.
    sizes = [(frame.width, frame.height) for frame in frames]
    assert sum(before != after for before, after in pairwise(sizes)) <= 1
    assert caplog.text.count('in turn; those of another size') == 1
    assert caplog.text.count('and not of') <= 1
    assert len(odd.asked['alternates']) == 1


def test_a_size_that_settles_is_taken() -> None:
    size, small, large = FrameSize('it'), (160, 120), (320, 240)
    assert size.takes(small, 0.0)
    assert size.takes(large, 1.0)  # at once
    assert not size.takes(small, 2.0)
    assert size.takes(large, 2.1)
    assert not size.takes(small, 2.2)
    assert not size.takes(small, 2.1 + SETTLES)
    assert size.takes(small, 2.2 + SETTLES)
    assert not size.takes(large, 3.0 + SETTLES)
    assert size.takes(small, 4.0 + SETTLES)
    assert size.takes(large, 2.2 + SETTLES + SELDOM)  # long ago


def test_a_source_that_is_another_after_a_reconnect_is_said(odd: OddCamera, caplog: pytest.LogCaptureFixture) -> None:
    with opened(odd.url('shrinks')) as camera:
        camera.start()
        read_sizes(camera, (160, 120))
        camera.close()
        camera.open()
        assert (camera.mode.width, camera.mode.height) == (320, 240)
    assert caplog.text.count('sends frames of 320x240 now, and not of 160x120 any more') == 1


# Time.

def test_a_camera_that_hangs_up_is_lost(odd: OddCamera) -> None:
    with streaming(odd.url('plain', n=15)) as camera, pytest.raises(DeviceGone, match='ended the stream'):
        while True:
            camera.read(PATIENCE)


def test_a_pause_is_silence_and_then_a_loss(odd: OddCamera) -> None:
    with streaming(odd.url('pauses'), read_timeout=2.0) as camera:
        with pytest.raises(ReadTimeout):
            while True:
                camera.read(0.5)
        with pytest.raises(DeviceGone, match='has sent nothing for 2 s'):
            camera.read(PATIENCE)
