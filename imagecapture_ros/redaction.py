# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Addresses without the passwords in them, for messages, labels and identifiers."""

from __future__ import annotations

import re
from urllib.parse import unquote

HIDDEN = '***'

_SCHEME = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*://')
_SECRET_NAME = r'(?:pas|psw|pwd|pw|token|secret|key|auth)'
# In the path, too: recorders take user=admin_password=secret_channel=1.
_SECRET_VALUE = re.compile(rf'({_SECRET_NAME}[^=&;#?/]*=)[^&;#]*', re.IGNORECASE)
_URL_IN_TEXT = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*://[^\s"\']+')
_SECRET_PROPERTY = re.compile(
    rf'([\w-]*(?:{_SECRET_NAME}|cookie|headers)[\w-]*\s*=\s*)'
    r'(?:\(\w+\))?\s*("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|\S+)', re.IGNORECASE)
_LOGIN_WITHOUT_SCHEME = re.compile(r'(?:file:)?//[^/]')


def redacted_url(url: str) -> str:
    """Return ``url`` with ``***`` for the password in ``user:password@`` and in its query.

    A password may hold any character, even those that ought to be escaped: everything from the first colon to the
    last ``@`` is hidden. That may hide more than the password where a path holds an ``@``, and never less.
    """
    scheme = _SCHEME.match(url)
    start = scheme.end() if scheme else 0
    login, at, place = url[start:].rpartition('@')
    user, colon, _ = login.partition(':')
    if colon:
        login = f'{user}:{HIDDEN}'
    shown = url[:start] + login + at + place
    if _SECRET_VALUE.search(unquote(shown)) and not _SECRET_VALUE.search(shown):
        return shown.partition('?')[0] + f'?{HIDDEN}'  # names written with percent signs
    return _SECRET_VALUE.sub(rf'\g<1>{HIDDEN}', shown)


def redacted_device(device: str) -> str:
    """Return a device string, a URL or a pipeline among others, without the passwords in it."""
    if device.startswith('gst:'):
        return redacted_pipeline(device)
    if _LOGIN_WITHOUT_SCHEME.match(device):
        return redacted_url(device)
    # A mistyped URL may hold a password, too; a path and a simulated camera have an @ without one.
    return device if device.startswith(('/', '.', '~', 'file:', 'sim')) else redacted_url(device)


def redacted_pipeline(pipeline: str) -> str:
    """Return a GStreamer pipeline without the passwords in its URLs and properties (``user-pw=...``)."""
    return _SECRET_PROPERTY.sub(rf'\g<1>{HIDDEN}', redacted_text(pipeline))


def redacted_text(text: str) -> str:
    """Return any text without the passwords in the URLs in it."""
    return _URL_IN_TEXT.sub(lambda url: redacted_url(url[0]), text)
