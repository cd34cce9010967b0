# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Why a network stream could not be opened: OpenCV does not say, so the server is asked."""

from __future__ import annotations

import http
import os
import re
import socket
from urllib.parse import urlsplit

from imagecapture_ros.cameras.backends.network.connection import NoConnection
from imagecapture_ros.cameras.backends.network.login import schemes
from imagecapture_ros.cameras.backends.network.question import Answer, ask, port_of
from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotFoundError, NotReadableError
from imagecapture_ros.redaction import redacted_url


def explain_refusal(url: str, timeout: float) -> MediaCaptureError:
    """Return the error to raise for a ``url`` that OpenCV could not open; asks the server, ``timeout`` in seconds."""
    try:
        answer = ask(url, timeout)
    except OSError as error:
        return unreachable(url, error, timeout)
    answer.close()
    return refused(url, answer)


def unreachable(url: str, error: OSError, timeout: float) -> MediaCaptureError:
    """Return the error to raise for a ``url`` that could not be asked because of ``error``; ``timeout`` in seconds."""
    shown = redacted_url(url)
    parts = urlsplit(url)
    host, port = parts.hostname, port_of(parts)
    if isinstance(error, socket.gaierror):
        return NotFoundError(f'{shown}: the host {host} is not known; check the name and the network')
    if isinstance(error, ConnectionRefusedError):
        return NotFoundError(f'{shown}: nothing listens on port {port} of {host}; check the port and the camera')
    if isinstance(error, NoConnection):
        return NotFoundError(f'{shown}: {host} does not answer on port {port} within {timeout:g} s (open_timeout); '
                             f'check the address, the network and the firewall')
    if isinstance(error, TimeoutError):
        return silent(url, timeout)
    return NotReadableError(f'{shown}: the connection to {host} failed ({error}); check the scheme and the network')


def silent(url: str, timeout: float) -> MediaCaptureError:
    """Return the error to raise for a server that takes connections and has not answered within ``timeout`` seconds."""
    return NotReadableError(f'{redacted_url(url)} sent no stream within {timeout:g} s (open_timeout); check that the '
                            f'camera is on and the path is right')


def refused(url: str, answer: Answer, came: str = '') -> MediaCaptureError:
    """Return the error to raise for what a server has answered; ``came`` says what it sends, if that is known."""
    shown, status = redacted_url(url), answer.status
    parts = urlsplit(url)
    if status == 401 and answer.unanswered:
        offered = ', '.join(schemes(answer.unanswered)) or 'no way that has a name'
        return NotReadableError(f'{shown}: the server lets nobody in with user and password as Basic or Digest '
                                f'(401; it offers {offered[:200]}); the password was not sent; allow one of them there')
    if status in (401, 403):
        return NotReadableError(f'{shown}: the server refuses access ({_named(status)}); check user, password and '
                                f'path as in {parts.scheme}://user:password@{parts.hostname}/path, special characters '
                                f'as %XX')
    if status in (404, 410):
        return NotFoundError(f'{shown}: the server has nothing at this path ({_named(status)}); look the path up in '
                             f"the camera's manual")
    if status >= 400:
        return NotReadableError(f'{shown}: the server fails with {_named(status)}; look into its log')
    return NotReadableError(f'{shown}: the server answers, but with no video that FFmpeg can read'
                            f'{f", with {came}" if came else ""}; see what it sends with a browser or a player, and '
                            f"look the path of the stream up in the camera's manual")


def with_proxy(url: str, error: MediaCaptureError) -> MediaCaptureError:
    """Return ``error`` for a ``url`` that FFmpeg could not open; it names the proxy, if FFmpeg takes one for it."""
    parts, proxy = urlsplit(url), os.environ.get('http_proxy', '')
    taken = parts.scheme == 'rtsps' or (
        parts.scheme.startswith('http') and 'http_proxy;' not in os.environ.get('OPENCV_FFMPEG_CAPTURE_OPTIONS', ''))
    if not taken or not proxy.startswith('http://') or _goes_without(parts.hostname or ''):
        return error
    return type(error)(f'{error}; FFmpeg goes to it through the proxy of the environment, '
                       f'http_proxy={redacted_url(proxy)}: without it start with no_proxy={parts.hostname}')


def _goes_without(host: str) -> bool:
    """Return whether the environment exempts a host from the proxy, as FFmpeg reads it."""
    exempt = re.split(r'[ ,]+', os.environ.get('no_proxy', ''))
    return any(name == '*' or (name and (host == name or host.endswith('.' + name.lstrip('.')))) for name in exempt)


def _named(status: int) -> str:
    try:
        return f'{status} {http.HTTPStatus(status).phrase}'
    except ValueError:
        return str(status)
