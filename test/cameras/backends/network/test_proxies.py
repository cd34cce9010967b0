# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Proxies in the environment: cameras are asked without one, and where FFmpeg takes one all the same, it is named."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.limits import PATIENCE
from fixtures.odd_camera import number_of, odd_camera
from fixtures.opencv_cameras import streaming
from fixtures.scripted_server import Visit, scripted_server
from fixtures.videos import moving_frames, number_in, write_video

from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.errors import MediaCaptureError

PIECE = 188 * 20
"""Bytes, some packets of MPEG-TS."""


@pytest.fixture(autouse=True)
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Let the environment name a proxy that is not there."""
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        port = int(unused.getsockname()[1])
        for name in ('http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'):
            monkeypatch.setenv(name, f'http://me:secret@127.0.0.1:{port}')
        monkeypatch.delenv('no_proxy', raising=False)
        yield port


def test_images_over_http_need_none() -> None:
    with odd_camera() as odd, streaming(odd.url('plain')) as camera:
        number_of(camera.read(PATIENCE).data)


def test_a_video_over_http_needs_none(tmp_path: Path) -> None:
    video = write_video(tmp_path / 'a.ts', moving_frames(200), codec='h264', options=('-bf', '0')).read_bytes()

    def script(visit: Visit) -> None:
        visit.send('HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n')
        for start in range(0, len(video), PIECE):  # about as fast as it plays: what comes at once is old
            visit.send(video[start:start + PIECE])
            visit.ended.wait(0.02)
        visit.ended.wait()

    with scripted_server(script) as server, streaming(server.url()) as camera:
        assert number_in(camera.read(PATIENCE).data) < 200


def test_where_ffmpeg_takes_it_it_is_named(proxy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        camera = open_opencv_camera(f'rtsps://127.0.0.1:{unused.getsockname()[1]}/stream')
        with pytest.raises(MediaCaptureError, match=rf'through the proxy of the environment, http_proxy=http://me:'
                                                    rf'\*\*\*@127\.0\.0\.1:{proxy}: without it start with '
                                                    rf'no_proxy=127\.0\.0\.1'):
            camera.open()
        monkeypatch.setenv('no_proxy', 'localhost, 127.0.0.1')
        with pytest.raises(MediaCaptureError) as caught:
            camera.open()
        assert 'proxy' not in str(caught.value)
