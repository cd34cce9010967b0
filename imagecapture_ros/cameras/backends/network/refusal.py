# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Why a network stream could not be opened: OpenCV does not say, so the server is asked once more."""

from __future__ import annotations

import base64
import http
import re
import socket
import ssl
from urllib.parse import unquote, urlsplit

from imagecapture_ros.mediacapture.errors import MediaCaptureError, NotFoundError, NotReadableError
from imagecapture_ros.redaction import redacted_url

DEFAULT_PORTS = {'http': 80, 'https': 443, 'rtsp': 554, 'rtsps': 322}

_STATUS_LINE = re.compile(rb'(?:HTTP|RTSP)/\d\.\d (\d{3})')


def explain_refusal(url: str, timeout: float) -> MediaCaptureError:
    """Return the error to raise for a ``url`` that OpenCV could not open; asks the server, ``timeout`` in seconds."""
    shown = redacted_url(url)
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]
    try:
        status = _status(url, port, timeout)
    except socket.gaierror:
        return NotFoundError(f'{shown}: the host {host} is not known; check the name and the network')
    except ConnectionRefusedError:
        return NotFoundError(f'{shown}: nothing listens on port {port} of {host}; check the port and the camera')
    except TimeoutError:
        return NotFoundError(f'{shown}: {host} does not answer on port {port}; check the address, the network and the '
                             f'firewall')
    except OSError as error:
        return NotReadableError(f'{shown}: the connection to {host} failed ({error}); check the scheme and the network')
    if status in (401, 403):
        return NotReadableError(f'{shown}: the server refuses access ({_named(status)}); check user, password and '
                                f'path as in {parts.scheme}://user:password@{host}/path, special characters as %XX')
    if status in (404, 410):
        return NotFoundError(f'{shown}: the server has nothing at this path ({_named(status)}); look the path up in '
                             f"the camera's manual")
    if status >= 400:
        return NotReadableError(f'{shown}: the server fails with {_named(status)}; look into its log')
    return NotReadableError(f'{shown}: the server answers, but with no video that FFmpeg can read; see what it sends '
                            f'with a browser or a player')


def _status(url: str, port: int, timeout: float) -> int:
    """Return the status with which the server answers a request for ``url``, or 0 where it speaks another protocol."""
    parts = urlsplit(url)
    host = parts.hostname or ''
    path = (parts.path or '/') + (f'?{parts.query}' if parts.query else '')
    if parts.scheme.startswith('http'):
        lines = [f'GET {path} HTTP/1.0', f'Host: {host}:{port}']
    else:
        lines = [f'DESCRIBE {parts.scheme}://{host}:{port}{path} RTSP/1.0', 'CSeq: 1', 'Accept: application/sdp']
    if parts.username is not None:
        login = f'{unquote(parts.username)}:{unquote(parts.password or "")}'
        lines.append(f'Authorization: Basic {base64.b64encode(login.encode()).decode()}')
    with socket.create_connection((host, port), timeout) as plain, _secured(plain, parts.scheme) as connection:
        connection.sendall('\r\n'.join([*lines, '', '']).encode())
        answer = b''
        while b'\n' not in answer and (part := connection.recv(1024)):
            answer += part
    status = _STATUS_LINE.match(answer)
    return int(status[1]) if status else 0


def _secured(connection: socket.socket, scheme: str) -> socket.socket:
    if not scheme.endswith('s'):
        return connection
    # FFmpeg does not check certificates either: cameras have their own.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def _named(status: int) -> str:
    try:
        return f'{status} {http.HTTPStatus(status).phrase}'
    except ValueError:
        return str(status)
