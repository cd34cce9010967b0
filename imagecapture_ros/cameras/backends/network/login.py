# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""User and password as a server asks for them (RFC 7235): Basic (RFC 7617) and Digest (RFC 7616), for HTTP and RTSP."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

_CHALLENGE = re.compile(r'(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s+[A-Za-z0-9-]+\s*=|\s*(?:,|$))')
_MEMBER = re.compile(r'([A-Za-z][\w-]*)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s,"]+))')

_HASHES = {'MD5': 'md5', 'SHA-256': 'sha256'}
"""The names of Python for them; the better one last."""

_LONGEST = 2000
"""Characters of a header that are looked at."""


@dataclass(frozen=True)
class Login:
    """A user and a password, which is in no text of it."""

    user: str
    password: str = field(repr=False)

    def answer(self, challenges: Iterable[str], method: str, target: str, count: int = 1) -> str | None:
        """Return what to send as ``Authorization`` when a server has sent these ``WWW-Authenticate``.

        ``count`` is how many times these challenges have been answered, this one included.

        Digest is taken where it is offered, because it does not send the password. ``None`` if there is neither Digest
        nor Basic among them, or no kind of Digest that is known here.
        """
        offered = [challenge for text in challenges for challenge in _challenges(text)]
        digests = [members for scheme, members in offered if scheme == 'digest' and _algorithm(members)[0] in _HASHES]
        if digests:
            return self._digest(max(digests, key=lambda one: list(_HASHES).index(_algorithm(one)[0])), method, target,
                                count=count)
        if any(scheme == 'basic' for scheme, _ in offered):
            return f'Basic {base64.b64encode(f"{self.user}:{self.password}".encode()).decode()}'
        return None

    def _digest(self, asked: dict[str, str], method: str, target: str, client_nonce: str = '', count: int = 1) -> str:
        algorithm, session = _algorithm(asked)
        realm, nonce = asked.get('realm', ''), asked.get('nonce', '')
        client_nonce = client_nonce or secrets.token_hex(16)
        once = 'auth' in re.split(r'\s*,\s*', asked.get('qop', ''))

        def hashed(*parts: str) -> str:
            return hashlib.new(_HASHES[algorithm], ':'.join(parts).encode(), usedforsecurity=False).hexdigest()

        who = hashed(self.user, realm, self.password)
        if session:
            who = hashed(who, nonce, client_nonce)
        what = hashed(method, target)
        response = hashed(who, nonce, f'{count:08x}', client_nonce, 'auth', what) if once else hashed(who, nonce, what)
        members = {'username': self.user, 'realm': realm, 'nonce': nonce, 'uri': target, 'response': response}
        if 'opaque' in asked:
            members['opaque'] = asked['opaque']
        if once or session:
            members['cnonce'] = client_nonce
        text = ', '.join(f'{name}="{_escaped(value)}"' for name, value in members.items())
        if 'algorithm' in asked:
            text += f', algorithm={algorithm}{"-sess" if session else ""}'
        return f'Digest {text}' + (f', qop=auth, nc={count:08x}' if once else '')


def schemes(challenges: Iterable[str]) -> list[str]:
    """Return the names of what a server accepts, as it writes them."""
    return [found[1] for text in challenges for found in _CHALLENGE.finditer(_unquoted(text[:_LONGEST]))]


def _challenges(text: str) -> Iterable[tuple[str, dict[str, str]]]:
    """Yield the schemes in one header, in small letters, each with its members."""
    text = text[:_LONGEST]
    starts = list(_CHALLENGE.finditer(_unquoted(text)))
    ends = [*(found.start() for found in starts[1:]), len(text)]
    for found, end in zip(starts, ends, strict=False):
        part = text[found.end():end]
        yield found[1].lower(), {
            name.lower(): re.sub(r'\\(.)', r'\1', quoted) or bare for name, quoted, bare in _MEMBER.findall(part)}


def _unquoted(text: str) -> str:
    """Return a text of the same length without what stands in quotation marks: a realm may look like a challenge."""
    return re.sub(r'"(?:\\.|[^"\\])*"', lambda quoted: '"' + '_' * (len(quoted[0]) - 2) + '"', text)


def _algorithm(members: dict[str, str]) -> tuple[str, bool]:
    """Return the name of the hash, and whether it is made for a session."""
    name = members.get('algorithm', 'MD5').upper()
    return name.removesuffix('-SESS'), name.endswith('-SESS')


def _escaped(text: str) -> str:
    """Return a text as it may stand in quotation marks in a header; no line may end in it."""
    return re.sub(r'["\\]', r'\\\g<0>', re.sub(r'[\r\n]', '', text))
