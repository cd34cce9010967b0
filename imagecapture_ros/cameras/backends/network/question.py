# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Questions to a server of HTTP or RTSP: what it has at an address, with the login that it asks for.

The first is asked without the login. Only a server that answers 401 gets it, in the way it asks for, and only the one
that the address names: whoever it redirects to is another.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import time
from collections.abc import Mapping, Sequence
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


class _Reader(io.BufferedReader):
    """Reads from a connection, which stays when an answer has been read."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class _Line:
    """A connection over which several questions may go."""

    connection: Connection
    reader: _Reader

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what it reads from: this is what http.client takes for a socket."""
        return self.reader


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
    line: _Line | None = None
    """What it came over, where that can be kept."""

    @property
    def is_over(self) -> bool:
        """Whether all of it has been read, so that the server waits for the next question."""
        body = self.body
        return isinstance(body, http.client.HTTPResponse) and not body.will_close and (
            body.isclosed() or body.length == 0)

    def close(self) -> None:
        """Hang up."""
        if self.body is not None:
            with contextlib.suppress(OSError):
                self.body.close()
        self.connection.close()


class Questions:
    """Questions for what is at one address, one after the other.

    The connection of the one before is used again where both sides keep it, and the login is sent along once it has
    been asked for.
    """

    def __init__(self, url: str) -> None:
        """``url`` may hold a login."""
        parts = urlsplit(url)
        self._login = None if parts.username is None else Login(unquote(parts.username), unquote(parts.password or ''))
        self._home, self._parts = _place(parts), _without_login(parts)
        self._challenges: Sequence[str] = ()
        self._answered = 0
        self._last: Answer | None = None

    def ask(self, seconds: float, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask once more, with further ``headers``; the answer before is not to be read any more then.

        All questions together take ``seconds`` at most, and the answer may be no longer than it can be. Whoever gets
        the last answer closes it.

        :raises NoConnection: the host does not answer at all.
        :raises TimeoutError: it has not answered in time.
        :raises OSError: it is not known, refuses the connection, breaks it or sends too much.
        """
        until, parts = time.monotonic() + seconds, self._parts
        for _ in range(MOST_REDIRECTIONS):
            answer = self._asked_once(parts, until, headers or {}, self._authorization(parts))
            if answer.status == 401 and self._login is not None and _place(parts) == self._home:
                self._challenges, self._answered = answer.headers.get_all('WWW-Authenticate', []), 0
                authorization = self._authorization(parts)
                if not authorization:
                    return replace(answer, unanswered=self._challenges or ('',))
                answer = self._asked_once(parts, until, headers or {}, authorization)
            answer = self._last = replace(answer, elsewhere=_place(parts) != self._home)
            following = _redirected(parts, answer)
            if following is None:
                return answer
            parts = following
        answer.close()
        raise OSError(f'it redirects more than {MOST_REDIRECTIONS} times')

    def _authorization(self, parts: SplitResult) -> str:
        if self._login is None or not self._challenges or _place(parts) != self._home:
            return ''
        self._answered += 1
        return self._login.answer(self._challenges, _method(parts), _target(parts), self._answered) or ''

    def _asked_once(
        self, parts: SplitResult, until: float, headers: Mapping[str, str], authorization: str,
    ) -> Answer:
        line = self._kept_line(parts)
        headers = {**headers, 'Authorization': authorization} if authorization else headers
        if line is not None:
            with contextlib.suppress(ConnectionError):
                self._last = _asked(parts, headers, until - time.monotonic(), line)
                if self._last.status:
                    return self._last
            # It was closed since the last answer, as idle ones are.
            line.connection.close()
        self._last = _asked(parts, headers, until - time.monotonic())
        return self._last

    def _kept_line(self, parts: SplitResult) -> _Line | None:
        """Return the connection of the answer before if it can be used again; otherwise hang up."""
        before, self._last = self._last, None
        if before is None:
            return None
        if before.line is not None and before.is_over and _place(urlsplit(before.url)) == _place(parts):
            return before.line
        before.close()
        return None


def ask(url: str, seconds: float) -> Answer:
    """Ask once for what is at ``url``, see :class:`Questions`; whoever gets the answer closes it."""
    return Questions(url).ask(seconds)


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


def _redirected(parts: SplitResult, answer: Answer) -> SplitResult | None:
    """Return where an answer sends who asks, ``None`` for nowhere, or nowhere that may be followed."""
    if answer.status not in (301, 302, 303, 307, 308) or 'Location' not in answer.headers:
        return None
    try:
        following = _without_login(urlsplit(urljoin(urlunsplit(parts), answer.headers['Location'])))
        possible = following.scheme in DEFAULT_PORTS and following.scheme[:4] == parts.scheme[:4] and (
            following.hostname and _place(following))
    except ValueError:
        return None
    return following if possible else None


def _asked(parts: SplitResult, headers: Mapping[str, str], seconds: float, line: _Line | None = None) -> Answer:
    """Ask over ``line``, or over a new connection."""
    lines = [f'{_method(parts)} {_target(parts)} ']
    host = f'[{parts.hostname}]' if ':' in (parts.hostname or '') else parts.hostname
    if parts.scheme.startswith('http'):
        lines[0] += 'HTTP/1.1'
        lines += [f'Host: {host}:{port_of(parts)}', 'User-Agent: imagecapture_ros', 'Accept: */*',
                  'Connection: keep-alive']
    else:
        lines[0] += 'RTSP/1.0'
        lines += ['CSeq: 1', 'User-Agent: imagecapture_ros', 'Accept: application/sdp']
    lines += [f'{name}: {_one_line(value)}' for name, value in headers.items()]
    if line is None:
        connection = Connection(parts.hostname or '', port_of(parts), secure=parts.scheme.endswith('s'),
                                seconds=seconds, most=MOST_OF_A_HEAD)
        line = _Line(connection, _Reader(connection))
    else:
        line.connection.allow(seconds, MOST_OF_A_HEAD)
    try:
        line.connection.send('\r\n'.join([*lines, '', '']).encode())
        return _answer(parts, line)
    except BaseException:
        line.connection.close()
        raise


def _one_line(value: str) -> str:
    """Return a header's value that a server has sent before, so that nothing else can stand in it."""
    return ' '.join(value.encode('latin-1', 'replace').decode('latin-1').split())


def _answer(parts: SplitResult, line: _Line) -> Answer:
    url = urlunsplit(parts)
    try:
        if parts.scheme.startswith('http'):
            response = http.client.HTTPResponse(cast(Any, line), method='GET')
            response.begin()
            return Answer(url, response.status, response.headers, line.connection, response, line=line)
        protocol, _, rest = line.reader.readline(MOST_OF_A_HEAD).decode('latin-1').partition(' ')
        status = rest.split(' ')[0] if protocol.startswith('RTSP/') else ''
        return Answer(url, int(status) if status.isdecimal() else 0, http.client.parse_headers(line.reader),
                      line.connection)
    except (http.client.HTTPException, ValueError, TypeError, TooMuch):  # the third is Python's, for odd members
        return Answer(url, 0, http.client.HTTPMessage(), line.connection)
