# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Passwords never leave an address."""

from __future__ import annotations

import pytest

from imagecapture_ros.cameras.opencv.redaction import redacted_pipeline, redacted_url


@pytest.mark.parametrize(('url', 'shown'), [
    ('rtsp://host/path', 'rtsp://host/path'),
    ('rtsp://host:554/path', 'rtsp://host:554/path'),
    ('rtsp://user@host/path', 'rtsp://user@host/path'),
    ('http://host/a@b', 'http://host/a@b'),
    ('rtsp://user:secret@host:554/path?a=1', 'rtsp://user:***@host:554/path?a=1'),
    ('rtsp://:secret@host/path', 'rtsp://:***@host/path'),
    ('rtsp://user:sec:ret@host/path', 'rtsp://user:***@host/path'),
    ('rtsp://user:secr@t@host/path', 'rtsp://user:***@host/path'),
    ('rtsp://user:secret/secret@host/path', 'rtsp://user:***@host/path'),
    ('rtsp://user:secret?#secret@host/path', 'rtsp://user:***@host/path'),
    ('rtsp://user:12/34@host/path', 'rtsp://user:***@host/path'),
    ('user:secret@host/path', 'user:***@host/path'),
    ('http://host/cgi?user=admin&pwd=secret&rate=5', 'http://host/cgi?user=admin&pwd=***&rate=5'),
    ('http://host/cgi?PASSWORD=secret', 'http://host/cgi?PASSWORD=***'),
    ('http://host/cgi?access_token=secret#x', 'http://host/cgi?access_token=***#x'),
])
def test_urls(url: str, shown: str) -> None:
    assert redacted_url(url) == shown


@pytest.mark.parametrize(('pipeline', 'shown'), [
    ('videotestsrc ! videoconvert', 'videotestsrc ! videoconvert'),
    ('rtspsrc location=rtsp://me:secret@host/x latency=0 ! decodebin',
     'rtspsrc location=rtsp://me:***@host/x latency=0 ! decodebin'),
    ('rtspsrc location="rtsp://me:secret@host/x" user-id=me user-pw=secret ! decodebin',
     'rtspsrc location="rtsp://me:***@host/x" user-id=me user-pw=*** ! decodebin'),
    ('souphttpsrc user-pw = "my secret" ! x', 'souphttpsrc user-pw = *** ! x'),
])
def test_pipelines(pipeline: str, shown: str) -> None:
    assert redacted_pipeline(pipeline) == shown
