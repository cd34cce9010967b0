# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Passwords never leave an address."""

from __future__ import annotations

import pytest

from imagecapture_ros.redaction import redacted_device, redacted_pipeline, redacted_text, redacted_url


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
    ('rtsp://h:554/user=admin_password=secret_channel=1_stream=0.sdp', 'rtsp://h:554/user=admin_password=***'),
    ('http://h/videostream.cgi?loginuse=admin&loginpas=secret', 'http://h/videostream.cgi?loginuse=admin&loginpas=***'),
    ('http://h/x?user=a&psw=secret&rate=1', 'http://h/x?user=a&psw=***&rate=1'),
    ('rtsp://h/cam?user=a,password=secret', 'rtsp://h/cam?user=a,password=***'),
    ('http://h/x?p%61ssword=secret', 'http://h/x?***'),
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
    ('souphttpsrc user-pw=(string)"a secret" ! x', 'souphttpsrc user-pw=*** ! x'),
    ('souphttpsrc user-pw="a\\"secret" ! x', 'souphttpsrc user-pw=*** ! x'),
    ('souphttpsrc extra-headers="a,Authorization=(string)\\"Basic secret\\"" ! x', 'souphttpsrc extra-headers=*** ! x'),
])
def test_pipelines(pipeline: str, shown: str) -> None:
    assert redacted_pipeline(pipeline) == shown


@pytest.mark.parametrize(('device', 'shown'), [
    ('//viewer:secret@192.168.1.20/stream', '//viewer:***@192.168.1.20/stream'),
    ('file://u:secret@h/x', 'file://u:***@h/x'), ('file:///home/a@b.mp4', 'file:///home/a@b.mp4'),
    ('/home/a:b@c.mp4', '/home/a:b@c.mp4'), ('/dev/video0', '/dev/video0'), ('gst:souphttpsrc user-pw=secret',
                                                                             'gst:souphttpsrc user-pw=***'),
])
def test_devices(device: str, shown: str) -> None:
    assert redacted_device(device) == shown


def test_text_with_addresses() -> None:
    text = "parameter device: ['rtsp://u:secret@h/x'] is a list; device:=rtsp://viewer:[s3cret@h: y"
    assert 'secret' not in redacted_text(text) and 's3cret' not in redacted_text(text)
    assert "'rtsp://u:***@h/x'] is a list" in redacted_text(text)
