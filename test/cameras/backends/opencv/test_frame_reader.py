# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Errors that nobody expects on the thread that reads: whoever waits learns of them at once, without passwords."""

from __future__ import annotations

import socket
import threading
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.backends.opencv.live_camera import LiveCamera
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo

WAITS = 30.0
"""Seconds that opening would wait for a frame; then it blames the source instead."""


class Source:
    """Stands in for cv2.VideoCapture; once the test lets it, it fails."""

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self.fails = threading.Event()
        self.released = False

    def get(self, name: int) -> float:
        return {cv2.CAP_PROP_FPS: 30.0, cv2.CAP_PROP_FRAME_HEIGHT: 12.0}[name]

    def grab(self) -> bool:
        if self.fails.wait(0.02):
            raise self._error
        return True

    def retrieve(self) -> tuple[bool, np.ndarray]:
        return True, np.zeros((12, 16, 3), np.uint8)

    def release(self) -> None:
        self.released = True


def camera_on(connect: Any) -> LiveCamera:
    return LiveCamera(DeviceInfo('live', 'a live source', 'live'), connect, WAITS, WAITS, advice='check the camera')


ERRORS = [
    (UnicodeError('label empty or too long'), 'UnicodeError: label empty or too long'),
    (KeyError('x'), "KeyError: 'x'"),
    (SystemExit(3), 'SystemExit: 3'),
    (RuntimeError('http://me:secret@host/path failed'), r'RuntimeError: http://me:\*\*\*@host/path failed'),
]


@pytest.mark.parametrize(('error', 'told'), ERRORS)
def test_while_it_connects(error: BaseException, told: str, caplog: pytest.LogCaptureFixture) -> None:
    def connect() -> cv2.VideoCapture:
        raise error

    camera = camera_on(connect)
    with pytest.raises(NotReadableError, match=rf'a live source cannot be read because of an unexpected error, {told}'):
        camera.open()
    assert 'Traceback' in caplog.text
    assert 'secret' not in caplog.text


@pytest.mark.parametrize(('error', 'told'), ERRORS)
def test_while_it_reads(error: BaseException, told: str) -> None:
    source = Source(error)
    camera = camera_on(lambda: source)
    camera.open()
    camera.start()
    source.fails.set()
    with pytest.raises(NotReadableError, match=f'because of an unexpected error, {told}'):
        for _ in range(3):  # frames may have come before
            camera.read(PATIENCE)
    with pytest.raises(NotReadableError, match=f'because of an unexpected error, {told}'):
        camera.take_photo(PhotoSettings())
    camera.close()
    assert source.released


@pytest.mark.parametrize('url', [
    'http://me:s%C3%A4cret@127.0.0.1:{}/x?token=hidden', 'rtsp://me:säcret@127.0.0.1:{}/x?token=hidden',
])
def test_passwords_are_hidden_in_whatever_form_an_error_has_them(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*arguments: Any, **named: Any) -> socket.socket:
        raise ValueError("cannot encode 'me:säcret' or 'me:s%C3%A4cret' of /x?token=hidden")

    monkeypatch.setattr(socket, 'getaddrinfo', fail)
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        with pytest.raises(NotReadableError, match='unexpected error, ValueError: cannot encode') as caught:
            open_opencv_camera(url.format(unused.getsockname()[1]), open_timeout=WAITS).open()
    for text in (str(caught.value), caplog.text):
        assert 'cannot encode' in text
        assert not [secret for secret in ('säcret', 's%C3%A4cret', 'hidden') if secret in text], text


def test_what_opencv_would_crash_for_is_refused() -> None:
    with pytest.raises(NotReadableError, match=r'me:\*\*\*@127\.0\.0\.1/\\udcff is not in UTF-8'):
        open_opencv_camera('http://me:secret@127.0.0.1/\udcff', open_timeout=WAITS).open()
