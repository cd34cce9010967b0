# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams of real HTTP and RTSP servers: the newest frame, time-outs, lost connections, refusals."""

from __future__ import annotations

import functools
import http.server
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.limits import ENDED, PATIENCE, Stopwatch
from fixtures.opencv_cameras import numbers_of, opened, read_frames, streaming
from fixtures.rtsp_server import rtsp_server
from fixtures.videos import moving_frames, number_in, write_images, write_video

from imagecapture_ros.cameras.api import Camera, DeviceGone, ReadTimeout
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import InvalidStateError, MediaCaptureError, NotFoundError, NotReadableError

FRAMES = 120


@pytest.fixture(scope='module')
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp('images'), moving_frames(FRAMES), '.jpg')


@pytest.fixture(scope='module')
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('video') / 'a.mkv'
    return write_video(path, moving_frames(900), codec='h264', options=('-bf', '0'))


def read_until_lost(camera: Camera) -> tuple[list[int], str]:
    """Read until the device is gone; return the numbers of the frames and the message."""
    numbers = []
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            numbers.append(number_in(camera.read(0.5).data))
        except ReadTimeout:
            continue
        except DeviceGone as error:
            return numbers, str(error)
    raise AssertionError(f'still not lost after {PATIENCE} s')


class TestHttp:
    def test_frames_in_order_and_numbered(self, images: Path) -> None:
        with http_mjpeg_server(images, rate=25.0) as server, streaming(server.url()) as camera:
            assert str(camera.mode).startswith('320x240@')
            assert not camera.has_capture_timestamps
            assert camera.info.device_id == camera.info.label == server.url()
            assert camera.info.group_id == 'host:127.0.0.1'
            since, frames = camera.in_force_since, []
            for _ in range(20):
                frames.append(camera.read(PATIENCE))
                assert 0 <= time.monotonic_ns() - frames[-1].exposed_at < PATIENCE * 1e9
        assert frames[0].exposed_at >= since
        numbers = numbers_of(frames)
        assert [number - numbers[0] for number in numbers] == [frame.sequence - frames[0].sequence for frame in frames]
        assert all(later > earlier for earlier, later in pairwise(numbers))

    def test_a_slow_reader_gets_the_newest_frame_and_sees_the_gap(self, images: Path) -> None:
        with http_mjpeg_server(images, rate=20.0) as server, streaming(server.url()) as camera:
            first = camera.read(PATIENCE)
            time.sleep(1.0)
            asked_at = time.monotonic_ns()
            second = camera.read(PATIENCE)
            gap = number_in(second.data) - number_in(first.data)
            assert second.sequence - first.sequence == gap >= 5
            assert asked_at - second.exposed_at < 1_000_000_000

    def test_a_stream_that_starts_again_shows_nothing_old(self, images: Path) -> None:
        with http_mjpeg_server(images, rate=20.0) as server, streaming(server.url()) as camera:
            before = camera.read(PATIENCE)
            camera.stop()
            with pytest.raises(InvalidStateError, match='not been started'):
                camera.read(0.1)
            time.sleep(0.5)
            started_at = time.monotonic_ns()
            camera.start()
            after = camera.read(PATIENCE)
        assert after.exposed_at >= started_at
        assert number_in(after.data) - number_in(before.data) >= 5

    def test_photos(self, images: Path) -> None:
        with http_mjpeg_server(images, rate=20.0) as server, opened(server.url()) as camera:
            before = time.monotonic_ns()
            stopped = camera.take_photo(PhotoSettings()).result(PATIENCE)
            assert stopped.frame.exposed_at >= before
            assert (stopped.settings.image_width, stopped.settings.image_height) == (320, 240)
            camera.start()
            first = camera.read(PATIENCE)
            photo = camera.take_photo(PhotoSettings()).result(PATIENCE)
            following = read_frames(camera, 3)
        number = number_in(photo.frame.data)
        assert number > number_in(first.data)
        assert photo.frame.sequence - first.sequence == number - number_in(first.data)
        assert number in numbers_of(following)

    def test_a_short_wait_is_a_time_out(self, images: Path) -> None:
        with http_mjpeg_server(images, rate=2.0) as server, streaming(server.url()) as camera:
            camera.read(PATIENCE)
            with pytest.raises(ReadTimeout, match=r'sent no frame within 0\.01 s'):
                camera.read(0.01)

    def test_the_server_closes(self, images: Path) -> None:
        with http_mjpeg_server(images, rate=50.0, close_after=30) as server, streaming(server.url()) as camera:
            numbers, message = read_until_lost(camera)
            assert numbers[-1] == 29
            assert re.search(r'ended the stream after 30 frames, or the connection broke; check', message)
            with pytest.raises(DeviceGone):
                camera.take_photo(PhotoSettings()).result(PATIENCE)
            camera.close()
            camera.open()
            camera.start()
            assert number_in(camera.read(PATIENCE).data) < 30

    def test_the_server_falls_silent(self, images: Path) -> None:
        with (http_mjpeg_server(images, rate=50.0, hang_after=10) as server,
              streaming(server.url(), read_timeout=1.0) as camera):
            _, message = read_until_lost(camera)
        assert 'has sent nothing for 1 s (read_timeout); check' in message

    def test_closing_does_not_wait_for_a_silent_server(self, images: Path) -> None:
        with (http_mjpeg_server(images, rate=50.0, hang_after=5) as server,
              streaming(server.url(), read_timeout=4.0) as camera):
            with pytest.raises(ReadTimeout):
                while True:
                    camera.read(0.5)
            with Stopwatch() as took:
                camera.close()
            took.check(ENDED, 'close')

    def test_a_server_that_never_answers(self, images: Path) -> None:
        with http_mjpeg_server(images, silent=True) as server:
            message = r'sent no stream within 1 s \(open_timeout\); check'
            with pytest.raises(NotReadableError, match=message), Stopwatch() as took:
                open_opencv_camera(server.url(), open_timeout=1.0).open()
            took.check(1.0 + ENDED, 'open')

    def test_passwords(self, images: Path) -> None:
        with http_mjpeg_server(images, login='me:top secret') as server:
            with streaming(server.url(login='me:top%20secret')) as camera:
                camera.read(PATIENCE)
                assert camera.info.device_id == camera.info.label == server.url(login='me:***')
            for login in ('', 'me:wrong'):
                with pytest.raises(NotReadableError, match=r'refuses access \(401 Unauthorized\); check') as caught:
                    open_opencv_camera(server.url(login=login)).open()
                assert 'wrong' not in str(caught.value)

    def test_lost_connections_do_not_tell_passwords(self, images: Path) -> None:
        with (http_mjpeg_server(images, rate=50.0, close_after=5, login='me:secret') as server,
              streaming(server.url(login='me:secret')) as camera):
            _, message = read_until_lost(camera)
        assert server.url(login='me:***') in message

    def test_nothing_at_this_path(self, images: Path) -> None:
        with (http_mjpeg_server(images) as server,
              pytest.raises(NotFoundError, match=r'nothing at this path \(404 Not Found\)')):
            open_opencv_camera(server.url('/elsewhere')).open()

    def test_refusals_print_nothing(self, images: Path, capfd: pytest.CaptureFixture[str]) -> None:
        with http_mjpeg_server(images) as server, pytest.raises(NotFoundError):
            open_opencv_camera(server.url('/elsewhere')).open()
        assert capfd.readouterr() == ('', '')


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def web_server(tmp_path: Path) -> Iterator[str]:
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()
        thread.join()


def test_a_web_page_is_no_stream(tmp_path: Path, web_server: str) -> None:
    (tmp_path / 'index.html').write_text('<h1>My camera</h1>')
    with pytest.raises(NotReadableError, match='the server answers, but with no video'):
        open_opencv_camera(f'{web_server}/').open()


def test_a_recorded_video_is_no_live_stream(tmp_path: Path, web_server: str) -> None:
    write_video(tmp_path / 'a.mp4', moving_frames(20), codec='h264')
    with pytest.raises(NotReadableError, match=r'is a recorded video and no live stream.*download it'):
        open_opencv_camera(f'{web_server}/a.mp4').open()


class TestNobodyThere:
    @pytest.mark.parametrize('scheme', ['http', 'https', 'rtsp', 'rtsps'])
    def test_refused(self, scheme: str) -> None:
        with socket.socket() as unused:
            unused.bind(('127.0.0.1', 0))
            port = unused.getsockname()[1]
            with pytest.raises(NotFoundError, match=f'nothing listens on port {port} of 127.0.0.1') as caught:
                open_opencv_camera(f'{scheme}://me:secret@127.0.0.1:{port}/stream').open()
        assert 'secret' not in str(caught.value)

    def test_unknown_host(self) -> None:
        with pytest.raises(NotFoundError, match=r'no\.such\.host\.invalid is not known; check the name'):
            open_opencv_camera('http://me:secret@no.such.host.invalid/stream').open()

    @pytest.mark.parametrize('scheme', ['http', 'rtsp', 'https'])
    def test_another_protocol(self, scheme: str) -> None:
        with socket.create_server(('127.0.0.1', 0)) as server:
            port = server.getsockname()[1]
            thread = threading.Thread(target=answer, args=(server, b'220 I am a mail server\r\n'))
            thread.start()
            with pytest.raises(MediaCaptureError, match=r'with no video that FFmpeg can read|the connection to'):
                open_opencv_camera(f'{scheme}://127.0.0.1:{port}/stream', open_timeout=3.0).open()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def answer(server: socket.socket, words: bytes) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(1)
            connection.sendall(words)


class TestRtsp:
    def test_frames_in_order_and_numbered(self, video: Path) -> None:
        with rtsp_server(video) as server, streaming(server.url()) as camera:
            assert str(camera.mode) == '320x240@30'
            frames = read_frames(camera, 20)
            time.sleep(0.5)
            frames += read_frames(camera, 5)
        numbers = numbers_of(frames)
        assert all(later > earlier for earlier, later in pairwise(numbers))
        assert [number - numbers[0] for number in numbers] == [frame.sequence - frames[0].sequence for frame in frames]
        assert frames[20].sequence - frames[19].sequence > 5

    def test_passwords(self, video: Path) -> None:
        with rtsp_server(video, login='me:secret') as server:
            with streaming(server.url(login='me:secret')) as camera:
                camera.read(PATIENCE)
                assert camera.info.device_id == server.url(login='me:***')
            with pytest.raises(NotReadableError, match=r'refuses access \(401') as caught:
                open_opencv_camera(server.url(login='me:wrong')).open()
            assert 'wrong' not in str(caught.value)

    def test_nothing_at_this_path(self, video: Path) -> None:
        with rtsp_server(video) as server, pytest.raises(NotFoundError, match=r'nothing at this path \(404 Not Found'):
            open_opencv_camera(server.url('/elsewhere')).open()

    def test_the_server_dies(self, video: Path) -> None:
        with rtsp_server(video) as server, streaming(server.url(), read_timeout=2.0) as camera:
            camera.read(PATIENCE)
            server.kill()
            _, message = read_until_lost(camera)
            assert server.url() in message
            camera.close()
            with pytest.raises(NotFoundError, match='nothing listens'):
                camera.open()

    def test_the_server_freezes(self, video: Path) -> None:
        with rtsp_server(video) as server, streaming(server.url(), read_timeout=1.0) as camera:
            camera.read(PATIENCE)
            server.freeze()
            _, message = read_until_lost(camera)
            assert 'has sent nothing for 1 s' in message
            with Stopwatch() as took:
                camera.close()
            took.check(ENDED, 'close')


@pytest.mark.parametrize('end', ['camera.close()', 'pass', 'raise SystemExit(0)'])
def test_a_process_ends_in_the_middle_of_a_stream(images: Path, end: str) -> None:
    program = f'''
import sys, time
from imagecapture_ros.cameras.device_string import open_opencv_camera
camera = open_opencv_camera(sys.argv[1], read_timeout=3.0)
camera.open()
camera.start()
camera.read(20.0)
time.sleep(0.5)
{end}
'''
    for switches in ({}, {'hang_after': 30}):
        with http_mjpeg_server(images, **switches) as server:
            result = run([sys.executable, '-c', program, server.url()])
        assert (result.returncode, result.stdout, result.stderr) == (0, '', '')


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[4]
    return subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=PATIENCE, check=False)
