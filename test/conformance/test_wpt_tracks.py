# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What web-platform-tests assert of tracks that getUserMedia has opened (mediacapture-streams), and of their events."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.limits import PATIENCE
from fixtures.videos import moving_frames, write_video

from imagecapture_ros.navigator import ImageCapture, MediaStream, media_devices


@pytest.fixture
def stream() -> Iterator[MediaStream]:
    with media_devices.get_user_media({'video': True}, device='sim') as stream:
        yield stream


def test_a_track_that_was_just_opened_is_live_and_enabled_and_not_muted(stream: MediaStream) -> None:
    (track,) = stream.get_video_tracks()
    assert (track.kind, track.ready_state, track.enabled, track.muted) == ('video', 'live', True, False)
    assert ImageCapture(track).grab_frame().shape[1] == track.get_settings()['width']


@pytest.mark.parametrize('name', ['deviceId', 'groupId'])
def test_of_a_camera_that_is_opened_twice_both_tracks_tell_the_same_ids(name: str, stream: MediaStream) -> None:
    with media_devices.get_user_media({'video': True}, device='sim') as again:
        (one,), (other,) = stream.get_video_tracks(), again.get_video_tracks()
        assert one.id != other.id
        assert one.get_settings()[name] == other.get_settings()[name] != ''  # type: ignore[literal-required]


def test_a_track_that_is_stopped_ends_without_an_event_and_leaves_its_clone_live(stream: MediaStream) -> None:
    (track,) = stream.get_video_tracks()
    told: list[str] = []
    clone = track.clone()
    for one in (track, clone):
        one.add_event_listener('ended', lambda event: told.append(event.type))
    track.stop()
    assert (track.ready_state, clone.ready_state, stream.active) == ('ended', 'live', False)
    assert ImageCapture(clone).grab_frame().shape[1] > 0
    assert told == []


def test_when_the_source_ends_every_track_of_it_is_told_once(tmp_path: Path) -> None:
    path = write_video(tmp_path / 'short.avi', moving_frames(20))
    told: list[str] = []
    both = threading.Semaphore(0)
    with media_devices.get_user_media({'video': True}, device=str(path)) as stream:
        (track,) = stream.get_video_tracks()
        clone = track.clone()
        for name, one in (('track', track), ('clone', clone)):
            def ended(event: object, name: str = name) -> None:
                told.append(name)
                both.release()

            one.onended = ended
        assert both.acquire(timeout=PATIENCE)
        assert both.acquire(timeout=PATIENCE)
        assert (track.ready_state, clone.ready_state, stream.active) == ('ended', 'ended', False)
        track.stop()
        clone.stop()
    assert sorted(told) == ['clone', 'track']
