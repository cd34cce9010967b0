# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Addresses without the passwords in them, for messages, labels and identifiers."""

from __future__ import annotations

import re

HIDDEN = '***'

_SCHEME = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*://')
_SECRET_IN_QUERY = re.compile(r'([?&;][^=&;#]*(?:pass|pwd|pw|token|secret|key|auth)[^=&;#]*=)[^&;#]*', re.IGNORECASE)
_URL_IN_TEXT = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*://[^\s"\']+')
_SECRET_PROPERTY = re.compile(
    r'([\w-]*(?:pass|pwd|pw|token|secret)[\w-]*\s*=\s*)("[^"]*"|\'[^\']*\'|\S+)', re.IGNORECASE)


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
    return _SECRET_IN_QUERY.sub(rf'\g<1>{HIDDEN}', url[:start] + login + at + place)


def redacted_device(device: str) -> str:
    """Return a device string, a URL or a pipeline among others, without the passwords in it."""
    if device.startswith('gst:'):
        return redacted_pipeline(device)
    # A mistyped URL may hold a password, too; a path and a simulated camera have an @ without one.
    return device if device.startswith(('/', '.', '~', 'file:', 'sim')) else redacted_url(device)


def redacted_pipeline(pipeline: str) -> str:
    """Return a GStreamer pipeline without the passwords in its URLs and properties (``user-pw=...``)."""
    without = _URL_IN_TEXT.sub(lambda url: redacted_url(url[0]), pipeline)
    return _SECRET_PROPERTY.sub(rf'\g<1>{HIDDEN}', without)
