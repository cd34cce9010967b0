# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Network cameras: images and pictures over HTTP, and whatever RTSP carries, decoded by FFmpeg through OpenCV."""

from __future__ import annotations

import time
from urllib.parse import quote, unquote, urlsplit

import cv2

from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.backends.network.content import content_of
from imagecapture_ros.cameras.backends.network.multipart import MultipartCapture
from imagecapture_ros.cameras.backends.network.network_camera import NetworkCamera
from imagecapture_ros.cameras.backends.network.question import Questions
from imagecapture_ros.cameras.backends.network.refusal import explain_refusal, refused, silent, unreachable, with_proxy
from imagecapture_ros.cameras.backends.network.snapshot import SnapshotCapture
from imagecapture_ros.cameras.backends.opencv.capture import check_text, open_capture
from imagecapture_ros.cameras.backends.opencv.frame_reader import Capture
from imagecapture_ros.imaging.image_header import MAX_PIXELS
from imagecapture_ros.mediacapture.errors import NotFoundError, NotReadableError
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.redaction import HIDDEN, redacted_pipeline, redacted_url

SCHEMES = ('http', 'https', 'rtsp', 'rtsps')

LONGEST_LABEL = 63
"""Letters between two dots of a host's name."""

POLL_PERIOD = 1.0
"""Seconds from one question for a picture to the next, where nobody says otherwise."""

_NO_VIDEO = {'text/html', 'image'}
"""Kinds of content in which FFmpeg shall not look for a video; of one image it makes one, whatever its size."""


def network_camera(
    url: str, open_timeout: float, read_timeout: float, max_pixels: int = MAX_PIXELS, poll_period: float = POLL_PERIOD,
) -> Camera:
    """Return a camera that shows the stream, or the picture, at ``url``.

    Times are in seconds, ``max_pixels`` is for one frame. Where the server has one picture, it is asked for every
    ``poll_period``.

    :raises NotFoundError: the text is no valid URL, or its host can be none.
    :raises NotReadableError: it is not in UTF-8.
    """
    shown = redacted_url(url)
    parts = None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    # A / ? or # in a password ends the host too early; parts of the password would be taken for a name and shown.
    if parts is None or not host or (shown != url and '@' in parts.path + parts.query + parts.fragment):
        raise NotFoundError(f'{shown} is no valid URL; it should look like rtsp://user:password@host:554/path, with '
                            f'the special characters of user, password and path as %XX (@ is %40, / is %2F)')

    if (fault := _fault_of_host(host)) is not None:
        raise NotFoundError(f'{_printable(shown)}: {_printable(host)} cannot be the name of a host, {fault}; check the '
                            f'address')
    check_text(url)
    password = parts.password or ''
    secrets = {password, unquote(password), quote(unquote(password), safe='')} - {''}

    def connect() -> Capture:
        return _connected(url, open_timeout, read_timeout, max_pixels, poll_period)

    def redact(text: str) -> str:
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return redacted_pipeline(text)

    return NetworkCamera(DeviceInfo(shown, shown, f'host:{host}'), url, connect, open_timeout, read_timeout, max_pixels,
                         redact)


def _fault_of_host(host: str) -> str | None:
    """Return why there can be no host called so; what asks for its address fails in odd ways then."""
    if ':' in host:
        return None  # an address of IPv6
    for label in host.removesuffix('.').split('.'):
        if not label:
            return 'nothing stands between two of its dots'
        if len(label) > LONGEST_LABEL:
            return f'a part between two dots is longer than {LONGEST_LABEL} letters'
        if not label.isprintable() or ' ' in label:
            return 'it has characters that names do not have'
        try:
            label.encode('idna')
        except UnicodeError:
            return f'{label!r} is too long, or has characters that names do not have'
    return None


def _printable(text: str) -> str:
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _connected(
    url: str, open_timeout: float, read_timeout: float, max_pixels: int, poll_period: float,
) -> Capture:
    began = time.monotonic()
    place, came = url, ''
    if url.startswith('http') or '@' in urlsplit(url).netloc:
        # Asked before FFmpeg is. Most cameras have images one after the other, which are read with care here; and
        # FFmpeg takes the login along when a server of RTSP sends it to another.
        questions, name = Questions(url), redacted_url(url)
        try:
            answer = questions.ask(open_timeout)
        except OSError as error:
            raise unreachable(url, error, open_timeout) from error
        if answer.status == 200 and answer.body is not None:
            try:
                content = content_of(answer, max(1.0, began + open_timeout - time.monotonic()))
                if content.kind == 'stream':
                    return MultipartCapture(answer, name, read_timeout, max_pixels, content.begun)
                if content.kind == 'picture':
                    polled = SnapshotCapture(questions, url, name, poll_period, open_timeout, read_timeout, max_pixels)
                    polled.begin(answer, content.begun)
                    return polled
            except OSError as error:
                answer.close()
                raise unreachable(url, error, open_timeout) from error
            except BaseException:
                answer.close()
                raise
            came = content.shown(answer)
        answer.close()
        kinds = {answer.headers.get_content_type(), answer.headers.get_content_maintype()}
        if answer.status >= 300 or (url.startswith('http') and kinds & _NO_VIDEO):
            raise refused(url, answer, came)
        place = answer.url if answer.elsewhere else url
    capture = open_capture(place, cv2.CAP_FFMPEG, {
        'CAP_PROP_OPEN_TIMEOUT_MSEC': round(open_timeout * 1000),
        'CAP_PROP_READ_TIMEOUT_MSEC': round(read_timeout * 1000),
        # Each further decoding thread holds a frame back.
        'CAP_PROP_N_THREADS': 1,
    }, max_pixels)
    if capture is None:
        if time.monotonic() - began >= open_timeout:
            raise with_proxy(url, silent(url, open_timeout))
        raise with_proxy(url, refused(url, answer, came) if came else explain_refusal(url, open_timeout))
    if url.startswith('http') and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
        capture.release()
        raise NotReadableError(f'{redacted_url(url)} is a recorded video and no live stream, and would be played as '
                               f'fast as it comes; download it and give the path of the file')
    return capture
