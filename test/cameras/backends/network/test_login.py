# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Logins as the standards compute them, and servers that ask for them in other ways."""

from __future__ import annotations

import re
import time

import pytest

from imagecapture_ros.cameras.backends.network.login import Login, schemes

MUFASA = Login('Mufasa', 'Circle of Life')
RFC_7616 = ('realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
            'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
            'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"')
CLIENT_NONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'


def members(authorization: str | None) -> dict[str, str]:
    """Return the members of what is sent as Authorization."""
    assert authorization is not None
    return {name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', authorization)}


@pytest.mark.parametrize(('algorithm', 'response'), [
    ('MD5', '8ca523f5e9506fed4657c9700eebdbec'),
    ('SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'),
])
def test_digest_is_that_of_rfc_7616(algorithm: str, response: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('secrets.token_hex', lambda _: CLIENT_NONCE)
    sent = members(MUFASA.answer([f'Digest {RFC_7616.format(algorithm=algorithm)}'], 'GET', '/dir/index.html'))
    assert sent['response'] == response
    assert (sent['qop'], sent['nc'], sent['cnonce'], sent['algorithm']) == ('auth', '00000001', CLIENT_NONCE, algorithm)
    assert sent['opaque'] == 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS'


def test_digest_without_a_quality_of_protection_is_that_of_rfc_2069() -> None:
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c"'
    sent = members(Login('Mufasa', 'CircleOfLife').answer([challenge], 'GET', '/dir/index.html'))
    assert sent['response'] == '1949323746fe6a43ef61f9606e7febea'  # its erratum
    assert 'qop' not in sent and 'cnonce' not in sent


def test_basic_is_that_of_rfc_7617() -> None:
    assert Login('Aladdin', 'open sesame').answer(['Basic realm="WallyWorld"'], 'GET', '/') == (
        'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
    assert Login('test', '123£').answer(['Basic realm="foo", charset="UTF-8"'], 'GET', '/') == 'Basic dGVzdDoxMjPCow=='


@pytest.mark.parametrize(('challenges', 'taken'), [
    (['Basic realm="a"', 'Digest realm="a", nonce="b"'], 'Digest '),
    (['Digest realm="a", nonce="b", Basic realm="a"'], 'Digest '),
    (['Digest realm="a", nonce="b"', 'Digest realm="a", nonce="b", algorithm=SHA-256'], 'algorithm=SHA-256'),
    (['basic'], 'Basic '), (['Negotiate, Basic realm="a"'], 'Basic '),
    (['Bearer realm="Basic realm=x, Digest a=b"'], None),
    (['Digest realm="a", nonce="b", algorithm=SHA-512-256'], None), (['NTLM'], None), ([], None), ([''], None),
    (['Digest realm="a", nonce="b", algorithm=SHA-512-256, Basic realm="a"'], 'Basic '),
    (['Digest realm="a\\"b", nonce="b"'], r'realm="a\"b"'),
])
def test_the_best_way_that_is_offered_and_known_is_taken(challenges: list[str], taken: str | None) -> None:
    answer = MUFASA.answer(challenges, 'GET', '/')
    assert answer is None if taken is None else answer is not None and taken in answer
    assert 'Circle of Life' not in f'{answer}{MUFASA}{MUFASA!r}'


def test_the_ways_that_are_offered_can_be_told() -> None:
    assert schemes(['Negotiate', 'NTLM, Bearer realm="Basic x=y"']) == ['Negotiate', 'NTLM', 'Bearer']


def test_no_line_ends_in_what_is_sent() -> None:
    answer = MUFASA.answer(['Digest realm="a\r\nX-Other: b", nonce="c\\\r\nd"'], 'GET', '/')
    assert answer is not None and '\r' not in answer and '\n' not in answer


@pytest.mark.parametrize('text', ['a' * 65_000, 'a="' * 20_000, 'Digest ' + ',' * 60_000, '"' * 60_001, '\\' * 60_000,
                                  'Digest realm=' + 'a=' * 30_000], ids=range(6))
def test_a_long_challenge_is_read_in_short_time(text: str) -> None:
    began = time.process_time()
    MUFASA.answer([text], 'GET', '/')
    schemes([text])
    assert time.process_time() - began < 2.0  # without a bound it would be minutes
