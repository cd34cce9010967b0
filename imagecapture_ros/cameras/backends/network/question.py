# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One question to a server of HTTP or RTSP: what it has at an address, with the login that it asks for.

It is asked without the login first. Only a server that answers 401 gets it, in the way it asks for, and only the one
that the address names: whoever it redirects to is another.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from imagecapture_ros.cameras.backends.network.connection import Connection, TooMuch
from imagecapture_ros.cameras.backends.network.login import Login

DEFAULT_PORTS = {'http': 80, 'https': 443, 'rtsp': 554, 'rtsps': 322}

MOST_OF_A_HEAD = 1 << 14
"""Bytes of an answer until its headers end. Python takes the square of the length of a Content-Type to find the
members in it, and a fourth of a second for so many bytes."""

MOST_REDIRECTIONS = 4

_UNCHANGED = "/?%:@!$&'()*+,;=~-._[]#"
"""What may stand in a path as it is."""


@dataclass(frozen=True)
class Answer:
    """What a server says; the connection is open, and what follows the headers can be read from ``body``."""

    url: str
    """Whose answer it is, after redirections, without a login."""
    status: int
    """0 where it speaks another protocol."""
    headers: http.client.HTTPMessage
    connection: Connection
    body: io.BufferedIOBase | None = None
    """Without the frame that HTTP may put around it."""
    elsewhere: bool = False
    """Whether another server answers than the one that was asked first, and has the login."""
    unanswered: Sequence[str] = ()
    """The ways to log in that a server offers none of which is known here."""

    def close(self) -> None:
        """Hang up."""
        if self.body is not None:
            with contextlib.suppress(OSError):
                self.body.close()
        self.connection.close()


def ask(url: str, seconds: float) -> Answer:
    """Ask for what is at ``url``, which may hold a login; whoever gets the answer closes it.

    All questions together take ``seconds`` at most, and the answer may be no longer than it can be.

    :raises NoConnection: the host does not answer at all.
    :raises TimeoutError: it has not answered in time.
    :raises OSError: it is not known, refuses the connection, breaks it or sends too much.
    """
    until = time.monotonic() + seconds
    parts = urlsplit(url)
    login = None if parts.username is None else Login(unquote(parts.username), unquote(parts.password or ''))
    home, parts = _place(parts), _without_login(parts)
    for _ in range(MOST_REDIRECTIONS):
        answer = _asked(parts, '', until - time.monotonic())
        if answer.status == 401 and login is not None and _place(parts) == home:
            challenges = answer.headers.get_all('WWW-Authenticate', [])
            authorization = login.answer(challenges, _method(parts), _target(parts))
            if authorization is None:
                return replace(answer, unanswered=challenges or ('',))
            answer.close()
            answer = _asked(parts, authorization, until - time.monotonic())
        answer = replace(answer, elsewhere=_place(parts) != home)
        if answer.status not in (301, 302, 303, 307, 308) or 'Location' not in answer.headers:
            return answer
        try:
            following = _without_login(urlsplit(urljoin(urlunsplit(parts), answer.headers['Location'])))
            possible = following.scheme in DEFAULT_PORTS and following.scheme[:4] == parts.scheme[:4] and (
                following.hostname and _place(following))
        except ValueError:
            possible = False
        if not possible:
            return answer
        answer.close()
        parts = following
    answer.close()
    raise OSError(f'it redirects more than {MOST_REDIRECTIONS} times')


def port_of(parts: SplitResult) -> int:
    """Return the port that an address names or its scheme stands for."""
    return parts.port or DEFAULT_PORTS[parts.scheme]


def _place(parts: SplitResult) -> tuple[str, str, int]:
    """Return what must be the same for a login to be sent there."""
    return parts.scheme, parts.hostname or '', port_of(parts)


def _without_login(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=parts.netloc.rpartition('@')[2], fragment='')


def _method(parts: SplitResult) -> str:
    return 'GET' if parts.scheme.startswith('http') else 'DESCRIBE'


def _target(parts: SplitResult) -> str:
    path = quote(urlunsplit(('', '', parts.path or '/', parts.query, '')), safe=_UNCHANGED)
    return path if parts.scheme.startswith('http') else f'{parts.scheme}://{parts.hostname}:{port_of(parts)}{path}'


def _asked(parts: SplitResult, authorization: str, seconds: float) -> Answer:
    lines = [f'{_method(parts)} {_target(parts)} ']
    host = f'[{parts.hostname}]' if ':' in (parts.hostname or '') else parts.hostname
    if parts.scheme.startswith('http'):
        lines[0] += 'HTTP/1.1'
        lines += [f'Host: {host}:{port_of(parts)}', 'User-Agent: imagecapture_ros', 'Accept: */*', 'Connection: close']
    else:
        lines[0] += 'RTSP/1.0'
        lines += ['CSeq: 1', 'User-Agent: imagecapture_ros', 'Accept: application/sdp']
    if authorization:
        lines.append(f'Authorization: {authorization}')
    connection = Connection(parts.hostname or '', port_of(parts), secure=parts.scheme.endswith('s'), seconds=seconds,
                            most=MOST_OF_A_HEAD)
    try:
        connection.send('\r\n'.join([*lines, '', '']).encode())
        return _answer(parts, connection)
    except BaseException:
        connection.close()
        raise


def _answer(parts: SplitResult, connection: Connection) -> Answer:
    url = urlunsplit(parts)
    try:
        if parts.scheme.startswith('http'):
            response = http.client.HTTPResponse(cast(Any, _ForHttpClient(connection)), method='GET')
            response.begin()
            return Answer(url, response.status, response.headers, connection, response)
        reader = io.BufferedReader(connection)
        protocol, _, rest = reader.readline(MOST_OF_A_HEAD).decode('latin-1').partition(' ')
        status = rest.split(' ')[0] if protocol.startswith('RTSP/') else ''
        return Answer(url, int(status) if status.isdecimal() else 0, http.client.parse_headers(reader), connection)
    except (http.client.HTTPException, ValueError, TypeError, TooMuch):  # the third is Python's, for odd members
        return Answer(url, 0, http.client.HTTPMessage(), connection)


class _ForHttpClient:
    """What http.client takes for a socket."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what it reads from."""
        return io.BufferedReader(self._connection)
