# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What web-platform-tests assert of pictures (mediacapture-image), with a camera on its own thread that makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE
from fixtures.scripted_camera import Recorder

from imagecapture_ros.cameras.backends.simulated import SimulatedCamera, parse_device, read_frame_counter
from imagecapture_ros.cameras.capture.capture_thread import CaptureThread
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.cameras.framing import pixels_of
from imagecapture_ros.engine.photos import PhotoEncoder
from imagecapture_ros.imaging.photo_facts import PhotoFacts
from imagecapture_ros.imaging.photo_files import EncodedPhoto
from imagecapture_ros.mediacapture.errors import InvalidStateError
from imagecapture_ros.mediacapture.image_capture import ImageCapture
from imagecapture_ros.mediacapture.media_devices import get_user_media
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.mediacapture.w3c_json import (
    constraints_from_json,
    photo_settings_from_json,
    settings_to_json,
    video_constraints_from_json,
)

SIGNATURES = {'jpeg': b'\xff\xd8\xff', 'png': b'\x89PNG\r\n\x1a\n'}
LEFT, RIGHT = (30, 30, 200), (200, 60, 30)
"""The colours of the scene, BGR."""


@dataclass
class RealCamera:
    """A simulated camera before a scene that is red at the left and blue at the right; implements ``MediaDevice``."""

    thread: CaptureThread
    recorder: Recorder
    tracks: list[VideoTrack[Snapshot]] = field(default_factory=list)

    def open(self) -> CaptureThread:
        """See ``MediaDevice``."""
        self.thread.open().result(PATIENCE)
        return self.thread

    def opened(self, video: Any = True) -> VideoTrack[Snapshot]:
        """Return what getUserMedia gives, with a stream that has begun."""
        track = get_user_media([self], video_constraints_from_json({'video': video}))
        self.thread.start_stream().result(PATIENCE)
        self.recorder.wait_for(lambda: self.recorder.frames)
        return track


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[RealCamera]:
    scene = np.zeros((480, 640, 3), np.uint8)
    scene[:, :320], scene[:, 320:] = LEFT, RIGHT
    assert cv2.imwrite(str(tmp_path / 'scene.png'), scene)
    recorder = Recorder()
    # Slow, so that on a loaded machine, too, the stream does not fall behind.
    device = parse_device(f'sim:?noise=off&mode=640x480@5&scene={tmp_path / "scene.png"}')
    thread = CaptureThread(SimulatedCamera(device), recorder)
    yield RealCamera(thread, recorder)
    assert thread.close(PATIENCE)


def shows_the_scene(pixels: np.ndarray) -> bool:
    """Return whether a picture is red at the left and blue at the right, apart from the counter in its corner."""
    height, width = pixels.shape[:2]
    rows = slice(height // 3, height * 2 // 3)
    left = pixels[rows, width // 8:width * 3 // 8].reshape(-1, 3).mean(axis=0)
    right = pixels[rows, width * 5 // 8:width * 7 // 8].reshape(-1, 3).mean(axis=0)
    return bool(left[2] > 2.0 * left[0] and right[0] > 2.0 * right[2])


def test_a_track_whose_stream_has_begun_is_live_and_enabled_and_not_muted(camera: RealCamera) -> None:
    track = get_user_media([camera], video_constraints_from_json({'video': True}))
    # Browsers begin to stream by themselves; here whoever opened the camera starts the stream when it wants frames.
    assert (track.ready_state, track.enabled, track.muted) == ('live', True, True)
    assert track.source.status.reason == 'the stream has not been started'
    camera.thread.start_stream().result(PATIENCE)
    camera.recorder.wait_for(lambda: camera.recorder.frames)
    assert (track.kind, track.ready_state, track.enabled, track.muted) == ('video', 'live', True, False)
    camera.thread.stop_stream().result(PATIENCE)
    assert (track.ready_state, track.muted) == ('live', True)
    with pytest.raises(InvalidStateError):
        ImageCapture(track).grab_frame()


@pytest.mark.parametrize('video, size', [
    (True, (640, 480)), ({'width': {'exact': 320}, 'height': {'exact': 240}}, (320, 240)),
    ({'width': {'exact': 400}, 'height': {'exact': 400}}, (400, 400)),
])
def test_a_grabbed_frame_has_the_size_of_the_track_and_the_pixels_of_the_scene(
    video: Any, size: tuple[int, int], camera: RealCamera,
) -> None:
    track = camera.opened(video)
    settings = settings_to_json(track.settings)
    assert (settings['width'], settings['height']) == size
    frames = [ImageCapture(track).grab_frame().result(PATIENCE).frame for _ in range(2)]
    for frame in frames:
        pixels, encoding = pixels_of(frame)
        assert (encoding, pixels.shape) == ('bgr8', (size[1], size[0], 3))
        assert (frame.width, frame.height) == size
        assert shows_the_scene(pixels)
        if size != (400, 400):  # the counter is in a corner, which was cut off there
            assert read_frame_counter(pixels) == frame.sequence
    assert frames[0].sequence < frames[1].sequence


def test_a_frame_that_is_grabbed_after_a_change_shows_it(camera: RealCamera) -> None:
    track = camera.opened()
    bright = pixels_of(ImageCapture(track).grab_frame().result(PATIENCE).frame)[0]
    track.apply_constraints(constraints_from_json({'brightness': {'exact': 40}})).result(PATIENCE)
    dark = pixels_of(ImageCapture(track).grab_frame().result(PATIENCE).frame)[0]
    assert dark.mean() < 0.8 * bright.mean()


@pytest.mark.parametrize('photo_format', ['jpeg', 'png'])
@pytest.mark.parametrize('wishes, size', [
    ({'imageWidth': 1280, 'imageHeight': 720}, (1280, 720)), ({'imageWidth': 640, 'imageHeight': 480}, (640, 480)),
])
def test_a_photo_is_an_image_file_of_the_size_that_was_asked_for(
    wishes: dict[str, int], size: tuple[int, int], photo_format: str, camera: RealCamera,
) -> None:
    track = camera.opened()
    completed = ImageCapture(track).take_photo(photo_settings_from_json(wishes)).result(PATIENCE)
    blob = encoded(completed.photo, completed.state, photo_format)
    assert (blob.format, blob.width, blob.height) == (photo_format, *size)
    assert blob.data.startswith(SIGNATURES[photo_format])
    decoded = cv2.imdecode(np.frombuffer(blob.data, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape == (size[1], size[0], 3)
    assert shows_the_scene(decoded)
    assert read_frame_counter(decoded) == completed.photo.frame.sequence
    # A whole picture, and not only a header.
    assert len(blob.data) > 2000


def test_a_photo_without_wishes_has_the_size_that_the_photo_settings_tell(camera: RealCamera) -> None:
    capture = ImageCapture(camera.opened({'width': {'exact': 320}}))
    settings = capture.get_photo_settings()
    completed = capture.take_photo().result(PATIENCE)
    blob = encoded(completed.photo, completed.state, 'jpeg')
    assert (blob.width, blob.height) == (settings.image_width, settings.image_height) != (320, 240)
    assert settings_to_json(capture.track.settings)['width'] == 320


def encoded(photo: Any, state: Snapshot, photo_format: str) -> EncodedPhoto:
    """Return the photo as the file that who asked for it gets."""
    facts = PhotoFacts('maker', 'camera', datetime(2026, 1, 2, tzinfo=timezone.utc), 'software', photo.frame.width,
                       photo.frame.height, photo_settings=photo.settings, settings=photo.device_settings)
    encoder = PhotoEncoder()
    try:
        return encoder.encode(photo, state.framing, photo_format, 90, facts).result(PATIENCE)
    finally:
        encoder.close()
