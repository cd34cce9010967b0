# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Addresses with one picture and no stream: it is asked for again and again, and a photo is a picture of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.message import Message
from itertools import pairwise

import pytest
from fixtures.limits import ENDED, PATIENCE, Stopwatch
from fixtures.odd_camera import LOGIN_IN_URL, TELLABLE, OddCamera, number_of, odd_camera, picture
from fixtures.opencv_cameras import opened, streaming
from fixtures.scripted_server import Visit, scripted_server

from imagecapture_ros.cameras.api import DeviceGone, ReadTimeout, Unchanged
from imagecapture_ros.cameras.backends.network.snapshot import LONGEST_GOOD, seconds_good_for
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import NotReadableError, UnknownError
from imagecapture_ros.mediacapture.frames import JPEG

QUICK = 0.1
"""Seconds from one question to the next."""


@pytest.fixture
def odd() -> Iterator[OddCamera]:
    with odd_camera() as camera:
        yield camera


@pytest.mark.parametrize('path', ['snapshot', 'snapshot.png', 'snapshot_exif', 'snapshot_kept', 'snapshot_nolength',
                                  'snapshot_etag', 'snapshot_dated', 'snapshot_refresh', 'snapshot_kept_etag'])
def test_the_picture_is_asked_for_again_and_again(odd: OddCamera, path: str) -> None:
    with streaming(odd.url(path), poll_period=QUICK) as camera:
        assert str(camera.mode) == '320x240@10'
        frames = [camera.read(PATIENCE) for _ in range(6)]
    numbers = [number_of(frame.data) for frame in frames]
    assert [(after - before) % TELLABLE for before, after in pairwise(numbers)] == [
        (after.sequence - before.sequence) % TELLABLE for before, after in pairwise(frames)]
    # Six periods lie between the first that was read and what came before it, the first of all is not among them.
    assert frames[-1].exposed_at - frames[0].exposed_at > 4.5 * QUICK * 1e9
    assert odd.asked.keys() == {path}  # Refresh is not followed


def test_a_connection_is_kept_where_the_server_keeps_it(odd: OddCamera) -> None:
    for path, kept in (('snapshot_kept', True), ('snapshot', False)):
        before = odd.server.connections
        with streaming(odd.url(path), poll_period=QUICK) as camera:
            for _ in range(5):
                camera.read(PATIENCE)
        asked = len(odd.asked[path])
        assert asked >= 5
        assert odd.server.connections - before == (1 if kept else asked)


@pytest.mark.parametrize('way', ['basic', 'digest'])
def test_a_login_is_sent_along_once_it_was_asked_for(odd: OddCamera, way: str) -> None:
    path = f'{way}/snapshot_kept'
    with streaming(odd.url(path, login=LOGIN_IN_URL), poll_period=QUICK) as camera:
        for _ in range(5):
            number_of(camera.read(PATIENCE).data)
    heads = odd.asked[path]
    assert ['Authorization' in head for head in heads] == [False] + [True] * (len(heads) - 1)
    if way == 'digest':
        assert [f'nc={count:08x}' in head for count, head in enumerate(heads)] == [False] + [True] * (len(heads) - 1)


@pytest.mark.parametrize('path', ['snapshot_etag', 'snapshot_dated', 'snapshot_kept_etag'])
def test_the_same_picture_is_no_new_frame(odd: OddCamera, path: str) -> None:
    with streaming(odd.url(path), poll_period=QUICK, read_timeout=1.0) as camera:
        camera.read(PATIENCE)
        odd.stands_still.set()
        with pytest.raises(ReadTimeout):
            for _ in range(3):  # one may be on its way
                camera.read(1.0)
        asked = len(odd.asked[path])
        with pytest.raises(Unchanged):
            camera.read(3.0)  # beyond the time-out and what is added to it: the server is well
        assert len(odd.asked[path]) > asked
        odd.stands_still.clear()
        number_of(camera.read(PATIENCE).data)


def test_a_picture_is_not_asked_for_while_it_is_good(odd: OddCamera, caplog: pytest.LogCaptureFixture) -> None:
    with streaming(odd.url('snapshot_aged'), poll_period=QUICK) as camera:
        assert camera.mode.frame_rate == 0.5
        first, second = (camera.read(PATIENCE) for _ in range(2))
        assert second.exposed_at - first.exposed_at > 1.8e9
    assert caplog.text.count('a picture is good for 2 s (Cache-Control: max-age)') == 1


def test_a_photo_is_a_picture_of_its_own_as_the_server_sent_it(odd: OddCamera) -> None:
    with streaming(odd.url('snapshot'), poll_period=30.0) as camera:
        before, asked_at = len(odd.asked['snapshot']), time.monotonic_ns()
        photos = [camera.take_photo(PhotoSettings()) for _ in range(3)]
        taken = [photo.result(PATIENCE) for photo in photos]
        assert len(odd.asked['snapshot']) == before + 3
    for number, photo in enumerate(taken, before + 1):
        assert photo.frame.encoding == JPEG
        assert photo.frame.data == picture(number)
        assert photo.frame.exposed_at > asked_at
        assert photo.settings == PhotoSettings(image_width=320, image_height=240)


@pytest.mark.parametrize('path', ['snapshot_exif', 'snapshot.png'])
def test_a_photo_is_upright(odd: OddCamera, path: str) -> None:
    with opened(odd.url(path)) as camera:
        frame = camera.take_photo(PhotoSettings()).result(PATIENCE).frame
    assert (frame.encoding, frame.width, frame.height) == ('bgr8', 320, 240)
    number_of(frame.data)


BUSY = b'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'
PAGE = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>'
WRONG = {
    BUSY: r'fails with 503 Service Unavailable',
    PAGE: r"something else than a picture \(text/html\), which begins with b'<html>Please log in</html>'",
}


@pytest.mark.parametrize('answer', WRONG, ids=['busy', 'page'])
def test_a_wrong_answer_is_a_loss_and_no_photo(odd: OddCamera, answer: bytes) -> None:
    with streaming(odd.url('snapshot_kept'), poll_period=QUICK) as camera:
        camera.read(PATIENCE)
        odd.fails_with = answer
        with pytest.raises(NotReadableError, match=WRONG[answer]):
            camera.take_photo(PhotoSettings()).result(PATIENCE)
        with pytest.raises(DeviceGone, match=WRONG[answer]):
            for _ in range(3):
                camera.read(PATIENCE)
        camera.close()
        with pytest.raises(NotReadableError):
            camera.open()
        odd.fails_with = b''
        camera.open()
        camera.start()
        number_of(camera.read(PATIENCE).data)


def test_no_photo_waits_for_a_server_when_the_camera_is_closed(odd: OddCamera) -> None:
    asked: list[Visit] = []

    def script(visit: Visit) -> None:
        asked.append(visit)
        if len(asked) == 1:
            odd.serve(visit)
        else:
            visit.ended.wait()

    with scripted_server(script) as server, opened(server.url('/snapshot'), poll_period=60.0) as camera:
        photo = camera.take_photo(PhotoSettings())
        waiting = camera.take_photo(PhotoSettings())
        while len(asked) < 2:
            time.sleep(0.01)
        with Stopwatch() as took:
            camera.close()
        took.check(ENDED, 'close')
        for one in (photo, waiting):
            with pytest.raises(UnknownError, match='the camera was closed'):
                one.result(0)


def test_a_picture_that_is_too_large_or_has_no_end_is_refused(odd: OddCamera) -> None:
    with pytest.raises(NotReadableError, match='has 320x240 pixels, and 1000 are allowed'):
        open_opencv_camera(odd.url('snapshot'), max_pixels=1000).open()


@pytest.mark.parametrize(('headers', 'seconds'), [
    ({}, 0), ({'Cache-Control': 'max-age=7'}, 7), ({'Cache-Control': 'public, MAX-AGE="7"', 'Age': '3'}, 4),
    ({'Cache-Control': 'max-age=3', 'Age': '3'}, 0), ({'Cache-Control': 'max-age=3', 'Age': '-1'}, 3),
    ({'Cache-Control': 'no-cache, max-age=86400'}, 0), ({'Cache-Control': 'max-age=86400,no-store'}, 0),
    ({'Cache-Control': 'max-age=31536000, immutable'}, LONGEST_GOOD), ({'Cache-Control': 'x-max-age=9'}, 0),
])
def test_how_long_a_picture_is_good_for(headers: dict[str, str], seconds: int) -> None:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    assert seconds_good_for(message) == seconds
