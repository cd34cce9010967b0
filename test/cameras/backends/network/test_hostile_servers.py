# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Servers that drip, flood, redirect or never end: whoever reads comes to an end, and gives away nothing."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.limited import run_limited
from fixtures.limits import PATIENCE, Stopwatch
from fixtures.opencv_cameras import opened, streaming
from fixtures.scripted_server import Script, Visit, scripted_server
from fixtures.videos import moving_frames, number_in, write_images

from imagecapture_ros.cameras.api import DeviceGone
from imagecapture_ros.cameras.backends.network.question import ask
from imagecapture_ros.cameras.backends.network.refusal import explain_refusal
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.imaging.codecs import encode_jpeg
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotReadableError

SCHEMES = pytest.mark.parametrize('scheme', ['http', 'rtsp'])
JPEG = encode_jpeg(np.zeros((48, 64, 3), np.uint8), 'bgr8')
MULTIPART = 'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n'
SECRET = 'me:top secret'
LOGIN = 'me:top%20secret'


def part(image: bytes, *, length: bool = True) -> bytes:
    return (b'--frame\r\nContent-Type: image/jpeg\r\n'
            + (f'Content-Length: {len(image)}\r\n'.encode() if length else b'') + b'\r\n' + image + b'\r\n')


def stated(width: int, height: int) -> bytes:
    """Return a small JPEG file that says it were as large."""
    at = JPEG.index(b'\xff\xc0') + 5
    return JPEG[:at] + height.to_bytes(2, 'big') + width.to_bytes(2, 'big') + JPEG[at + 4:]


# Answers without an end.

def drip_headers(visit: Visit) -> None:
    visit.send('HTTP/1.1 404 Not Found\r\n' if 'HTTP' in visit.head else 'RTSP/1.0 404 Not Found\r\n')
    visit.drip(b'X-Header: 1\r\n')


ENDLESS: dict[str, Script] = {
    'nothing': lambda visit: visit.ended.wait() and None,
    'a line that drips': lambda visit: visit.drip(b'x'),
    'headers that drip': drip_headers,
    'a line as fast as it goes': lambda visit: visit.flood(b'x' * 65536),
    'headers as fast as it goes': lambda visit: visit.flood(b'HTTP/1.1 404 No\r\n' + b'X: 1\r\n' * 10_000),
    'promises of an answer': lambda visit: visit.flood(b'HTTP/1.1 100 Continue\r\n\r\n' * 1000),
}


@SCHEMES
@pytest.mark.parametrize('name', ENDLESS)
def test_the_question_for_the_reason_has_an_end(name: str, scheme: str) -> None:
    with scripted_server(ENDLESS[name]) as server, Stopwatch() as took:
        assert isinstance(explain_refusal(server.url(scheme=scheme), 1.0), MediaCaptureError)
    took.check(2.0, 'the question')


@pytest.mark.parametrize('name', ENDLESS)
def test_nothing_is_left_however_often_a_camera_is_opened_again(name: str) -> None:
    with scripted_server(ENDLESS[name]) as server:
        printed = run_limited("""
import threading, time
from fixtures.processes import held_by
camera = open_opencv_camera(sys.argv[1], open_timeout=0.3, read_timeout=0.3)

def held(attempts):
    global message
    for _ in range(attempts):
        try:
            camera.open()
        except Exception as error:
            message = str(error)
        while threading.active_count() > 1:
            time.sleep(0.01)
    now = held_by(os.getpid())
    return now.descriptors, now.threads

before, after = held(1), held(20)
until = time.monotonic() + 10.0  # the system ends a thread some time after Python has
while after > before and time.monotonic() < until:
    time.sleep(0.1)
    after = held(0)
print(all(more <= less for more, less in zip(after, before)), message, before, after)
""", server.url(), mebibytes=256)
    assert printed.startswith('True http://127.0.0.1'), printed


@pytest.mark.parametrize('members', ['a="' + ';' * 60_000, 'a="' + '\\";' * 20_000], ids=range(2))
def test_a_long_type_of_content_is_read_in_short_time(members: str) -> None:
    head = MULTIPART.replace('frame\r\n', f'frame; {members}\r\n')
    with scripted_server(lambda visit: visit.send(head)) as server:
        began = time.process_time()
        ask(server.url(), PATIENCE).close()
        assert time.process_time() - began < 1.0  # without a bound it is 1.4 s and 3 s, with Python's lock held


@pytest.mark.parametrize('head', [
    "200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary*=utf-8''%ff; boundary*0=a; boundary*9=b",
    f'302 Found\r\nLocation: http://{"a" * 300}/', '302 Found\r\nLocation: http://a..b/',
], ids=['members', 'long name', 'empty name'])
def test_what_python_does_not_expect_in_a_head_is_an_error_as_any_other(head: str) -> None:
    with scripted_server(lambda visit: visit.send(f'HTTP/1.1 {head}\r\n\r\n')) as server:
        assert isinstance(explain_refusal(server.url(), PATIENCE), MediaCaptureError)


def test_a_flood_of_small_images_keeps_no_processor_busy(tmp_path: Path) -> None:
    with scripted_server(lambda visit: (visit.send(MULTIPART), visit.flood(part(JPEG) * 100))[0]) as server, streaming(
            server.url()) as camera:
        camera.read(PATIENCE)
        began, used = time.monotonic(), time.thread_time()
        first = camera.read(PATIENCE).sequence
        while time.monotonic() - began < 1.0:
            last = camera.read(PATIENCE).sequence
        # 500 a second are the most that are taken at all.
        assert last - first <= 600 * (time.monotonic() - began)
        assert used >= 0


PARTS_WITHOUT_AN_END: dict[str, bytes] = {
    'without a length': part(JPEG, length=False)[:-2] + b'x' * 100_000,
    'of a length that cannot be': part(JPEG[:-2]).replace(str(len(JPEG) - 2).encode(), b'999999999999'),
    'a head': b'--frame\r\n' + b'X-Header: 1\r\n' * 10_000,
    'no boundary': b'x' * 100_000,
}


@pytest.mark.parametrize('name', PARTS_WITHOUT_AN_END)
def test_a_part_without_an_end_costs_little_memory(name: str) -> None:
    def script(visit: Visit) -> None:
        visit.send(MULTIPART.encode() + part(JPEG))
        visit.send(PARTS_WITHOUT_AN_END[name])
        visit.flood(b'x' * (1 << 20) if 'head' not in name else b'X-Header: 1\r\n' * 10_000)

    with scripted_server(script) as server:
        printed = run_limited("""
import time
from imagecapture_ros.mediacapture.errors import MediaCaptureError
from imagecapture_ros.cameras.api import ReadTimeout
camera = open_opencv_camera(sys.argv[1], read_timeout=5.0)
try:
    camera.open()
    camera.start()
    while True:
        try:
            camera.read(1.0)
        except ReadTimeout:
            pass
except MediaCaptureError as error:
    print(type(error).__name__, error)
""", server.url(), mebibytes=384)
    assert printed.startswith(('NotReadableError', 'DeviceGone')), printed


@pytest.mark.parametrize('size', [(30_000, 30_000), (65_535, 65_535), (12_000, 9_000)])
def test_an_image_of_too_many_pixels_is_refused_by_its_header(size: tuple[int, int]) -> None:
    def script(visit: Visit) -> None:
        visit.send(MULTIPART.encode() + part(stated(*size)))
        visit.ended.wait()

    with scripted_server(script) as server:
        printed = run_limited("""
try:
    open_opencv_camera(sys.argv[1]).open()
except Exception as error:
    print(type(error).__name__, error)
""", server.url(), mebibytes=192)
    assert f'has {size[0]}x{size[1]} pixels, and 100000000 are allowed' in printed


def test_the_limit_can_be_set(tmp_path: Path) -> None:
    images = write_images(tmp_path / 'images', moving_frames(3), '.jpg')
    with http_mjpeg_server(images) as server:
        with opened(server.url(), max_pixels=320 * 240):
            pass
        with pytest.raises(NotReadableError, match='has 320x240 pixels, and 76799 are allowed; scale it, or start'):
            open_opencv_camera(server.url(), max_pixels=320 * 240 - 1).open()


@pytest.mark.parametrize('kind', ['image/png', 'image/jpeg', 'application/octet-stream', ''])
def test_a_large_picture_is_no_stream(tmp_path: Path, kind: str) -> None:
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((30_000, 30_000), np.uint8))
    picture = (tmp_path / 'a.png').read_bytes()
    head = f'HTTP/1.1 200 OK\r\n{f"Content-Type: {kind}" if kind else "X: y"}\r\nContent-Length: {len(picture)}\r\n\r\n'
    with scripted_server(lambda visit: visit.send(head.encode() + picture)) as server:
        printed = run_limited("""
try:
    open_opencv_camera(sys.argv[1]).open()
except Exception as error:
    print(type(error).__name__, error)
""", server.url(), mebibytes=256)
    assert printed.startswith(('NotReadableError', 'TooManyPixelsError')), printed


# Streams as cameras send them.

BOUNDARIES = {
    'as it should be': ('frame', b'--frame'), 'dashes in its name': ('--frame', b'--frame'),
    'in quotation marks': ('"frame"', b'--frame'), 'more dashes than it should have': ('--frame', b'----frame'),
}


@pytest.mark.parametrize('length', [True, False])
@pytest.mark.parametrize('name', BOUNDARIES)
@pytest.mark.parametrize('chunked', [True, False])
def test_parts_are_found_however_they_are_marked(tmp_path: Path, name: str, length: bool, chunked: bool) -> None:
    images = [path.read_bytes() for path in sorted(write_images(tmp_path, moving_frames(8), '.jpg').iterdir())]
    parameter, written = BOUNDARIES[name]
    head = (f'HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary={parameter}\r\n'
            + ('Transfer-Encoding: chunked\r\n' if chunked else '') + '\r\n')

    def script(visit: Visit) -> None:
        visit.send(head)
        while not visit.ended.wait(0.02):
            for image in images:
                data = part(image, length=length).replace(b'--frame', written, 1)
                for at in range(0, len(data), 1000):
                    piece = data[at:at + 1000]
                    visit.send(b'%x\r\n%s\r\n' % (len(piece), piece) if chunked else piece)

    with scripted_server(script) as server, streaming(server.url()) as camera:
        before = camera.read(PATIENCE)
        for _ in range(5):
            after = camera.read(PATIENCE)
            assert (number_in(after.data) - number_in(before.data)) % 8 == (after.sequence - before.sequence) % 8
            before = after


def test_a_damaged_image_is_left_out_and_the_stream_goes_on() -> None:
    def script(visit: Visit) -> None:
        visit.send(MULTIPART)
        while not visit.ended.wait(0.01):
            visit.send(part(JPEG) + part(JPEG[:-20]) + part(b'no image') + part(b''))

    with scripted_server(script) as server, streaming(server.url()) as camera:
        assert all(camera.read(PATIENCE).data.shape == (48, 64, 3) for _ in range(20))


def test_nothing_but_damaged_images_is_the_end() -> None:
    def script(visit: Visit) -> None:
        visit.send(MULTIPART.encode() + part(JPEG))
        for _ in range(8):  # from which the rate is measured
            visit.ended.wait(0.05)
            visit.send(part(JPEG))
        while not visit.ended.wait(0.001):
            visit.send(part(b'no image'))

    with scripted_server(script) as server, opened(server.url()) as camera:
        camera.start()
        with pytest.raises(DeviceGone, match='sends parts that are no images'):
            while True:
                camera.read(PATIENCE)


# Passwords.

def basic(login: str) -> str:
    return f'Basic {base64.b64encode(login.encode()).decode()}'


def status(visit: Visit, line: str, *headers: str) -> None:
    protocol = 'RTSP/1.0' if 'RTSP/' in visit.head else 'HTTP/1.1'
    sequence = next((one for one in visit.head.splitlines() if one.startswith('CSeq')), 'X: y')
    visit.send('\r\n'.join([f'{protocol} {line}', sequence, *headers, 'Content-Length: 0', '', '']))


NOT_ASKED: dict[str, Script] = {
    'a page': lambda visit: visit.send('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Hello</h1>'),
    'no service': lambda visit: status(visit, '503 Service Unavailable'),
    'forbidden': lambda visit: status(visit, '403 Forbidden', 'WWW-Authenticate: Basic realm="a"'),
    'nothing there': lambda visit: status(visit, '404 Not Found'),
    'a protocol that is none': lambda visit: visit.send('hello, your password please\r\n\r\n'),
    'another way to log in': lambda visit: status(visit, '401 Unauthorized', 'WWW-Authenticate: Bearer realm="a"'),
    'no way to log in': lambda visit: status(visit, '401 Unauthorized'),
}


@SCHEMES
@pytest.mark.parametrize('name', NOT_ASKED)
def test_who_does_not_ask_for_a_password_gets_none(name: str, scheme: str) -> None:
    with scripted_server(NOT_ASKED[name]) as server, pytest.raises(MediaCaptureError) as caught:
        open_opencv_camera(server.url(scheme=scheme, login=LOGIN), open_timeout=5.0).open()
    assert server.heads
    assert not [head for head in server.heads if 'authorization' in head.lower()]
    assert 'secret' not in ''.join(server.heads) + str(caught.value)
    if 'another way' in name:
        assert '401; it offers Bearer); the password was not sent' in str(caught.value)


@SCHEMES
def test_basic_is_sent_when_it_is_asked_for(scheme: str) -> None:
    def script(visit: Visit) -> None:
        asked = 'WWW-Authenticate: Basic realm="camera"'
        status(visit, '401 Unauthorized', asked) if not visit.authorization else status(visit, '404 Not Found')

    with scripted_server(script) as server, pytest.raises(MediaCaptureError, match='nothing at this path'):
        open_opencv_camera(server.url(scheme=scheme, login=LOGIN)).open()
    assert 'authorization' not in server.heads[0].lower()
    assert any(basic(SECRET) in head for head in server.heads)


@SCHEMES
def test_digest_is_preferred_and_never_tells_the_password(scheme: str) -> None:
    def script(visit: Visit) -> None:
        asked = ('WWW-Authenticate: Basic realm="camera"',
                 'WWW-Authenticate: Digest realm="camera", nonce="n", qop="auth"')
        status(visit, '401 Unauthorized', *asked) if not visit.authorization else status(visit, '404 Not Found')

    with scripted_server(script) as server:
        answer = ask(server.url(scheme=scheme, login=LOGIN), 5.0)
        answer.close()
    assert answer.status == 404
    sent = [head.lower().count('authorization: digest username="me", realm="camera"') for head in server.heads]
    assert sent == [0, 1]
    assert basic(SECRET) not in ''.join(server.heads)


def test_a_stream_behind_digest_plays() -> None:
    def script(visit: Visit) -> None:
        if not visit.authorization.startswith('Digest username="me"'):
            status(visit, '401 Unauthorized', 'WWW-Authenticate: Digest realm="camera", nonce="n", qop="auth"')
            return
        visit.send(MULTIPART)
        while not visit.ended.wait(0.02):
            visit.send(part(JPEG))

    with scripted_server(script) as server, streaming(server.url(login=LOGIN)) as camera:
        assert camera.read(PATIENCE).data.shape == (48, 64, 3)


REDIRECTIONS: dict[str, Callable[[str], str]] = {
    'another host': lambda other: other,
    'another host with a login of its own': lambda other: other.replace('://', '://x:y@'),
}


@SCHEMES
@pytest.mark.parametrize('name', REDIRECTIONS)
def test_a_redirection_takes_no_password_to_another_host(scheme: str, name: str) -> None:
    def thief(visit: Visit) -> None:
        status(visit, '401 Unauthorized', 'WWW-Authenticate: Basic realm="camera"')

    with scripted_server(thief, '127.0.0.2') as other:
        target = REDIRECTIONS[name](other.url(scheme=scheme))

        def script(visit: Visit) -> None:
            if visit.authorization:
                status(visit, '302 Found', f'Location: {target}')
            else:
                status(visit, '401 Unauthorized', 'WWW-Authenticate: Basic realm="camera"')

        with scripted_server(script) as server, pytest.raises(MediaCaptureError, match='401'):
            open_opencv_camera(server.url(scheme=scheme, login=LOGIN)).open()
        assert basic(SECRET) in ''.join(server.heads)
        assert basic(SECRET) not in ''.join(other.heads)
        if name == 'another host' and scheme == 'http':
            assert other.heads and not [head for head in other.heads if 'authorization' in head.lower()]


def test_redirections_in_a_circle_end() -> None:
    with scripted_server(lambda visit: status(visit, '302 Found', 'Location: /again')) as server:
        with pytest.raises(NotReadableError, match='redirects more than 4 times'):
            open_opencv_camera(server.url()).open()
        assert len(server.heads) <= 5


def test_a_redirection_on_the_same_host_takes_the_login_along() -> None:
    def script(visit: Visit) -> None:
        if '/moved' not in visit.head:
            status(visit, '307 Temporary Redirect', 'Location: /moved')
        elif visit.authorization:
            visit.send(MULTIPART)
            visit.drip(part(JPEG))
        else:
            status(visit, '401 Unauthorized', 'WWW-Authenticate: Basic realm="camera"')

    with scripted_server(script) as server, opened(server.url(login=LOGIN)):
        pass
    assert [basic(SECRET) in head for head in server.heads] == [False, False, True]


@pytest.mark.parametrize('target', ['file:///etc/passwd', 'gopher://127.0.0.1/', 'rtsp://127.0.0.1/', '//[', 'http://:x/'])
def test_a_redirection_to_something_else_is_not_followed(target: str) -> None:
    with scripted_server(lambda visit: status(visit, '302 Found', f'Location: {target}')) as server:
        answer = ask(server.url(), 5.0)
        answer.close()
    assert answer.status == 302
