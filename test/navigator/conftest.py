# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated camera as a Python program has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from imagecapture_ros.navigator import MediaStream, MediaStreamTrack, media_devices

DEVICE = 'sim:?noise=off&mode=320x240@30'


@pytest.fixture
def stream() -> Iterator[MediaStream]:
    with media_devices.get_user_media(device=DEVICE) as stream:
        yield stream


@pytest.fixture
def track(stream: MediaStream) -> MediaStreamTrack:
    return stream.get_video_tracks()[0]
