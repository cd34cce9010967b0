# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""GStreamer pipelines, where OpenCV has GStreamer, and the error where it has none."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import pytest
from fixtures.limits import ENDED, PATIENCE, Stopwatch
from fixtures.opencv_cameras import opened, read_frames, streaming
from fixtures.videos import moving_frames, number_in, write_video

from imagecapture_ros.cameras.api import DeviceGone, ReadTimeout
from imagecapture_ros.cameras.device_string import open_opencv_camera
from imagecapture_ros.mediacapture.capabilities import PhotoSettings
from imagecapture_ros.mediacapture.errors import NotReadableError

HAS_GSTREAMER = cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER)
needs_gstreamer = pytest.mark.skipif(
    not HAS_GSTREAMER, reason='this OpenCV has no GStreamer: sudo apt install python3-opencv, without opencv-python')
SMALL = 'videotestsrc is-live=true ! video/x-raw,width=64,height=48,framerate=20/1'


@pytest.mark.skipif(HAS_GSTREAMER, reason='this OpenCV has GStreamer')
def test_without_gstreamer_the_error_says_what_to_install() -> None:
    camera = open_opencv_camera('gst:videotestsrc')
    with pytest.raises(NotReadableError, match=r'sudo apt install python3-opencv gstreamer1\.0-plugins-good'):
        camera.open()


def test_identity_without_passwords() -> None:
    info = open_opencv_camera('gst:rtspsrc location=rtsp://me:secret@host/x user-pw=secret ! decodebin').info
    assert info.device_id == info.label == 'gst:rtspsrc location=rtsp://me:***@host/x user-pw=*** ! decodebin'


@needs_gstreamer
class TestWithGStreamer:
    def test_colours(self) -> None:
        with streaming(f'gst:{SMALL}') as camera:
            assert str(camera.mode) == '64x48@20'
            frames = read_frames(camera, 5)
        assert {(frame.encoding, frame.width, frame.height) for frame in frames} == {('bgr8', 64, 48)}
        assert all(later.sequence > earlier.sequence for earlier, later in pairwise(frames))

    @pytest.mark.parametrize(('layout', 'encoding'), [('GRAY8', 'mono8'), ('GRAY16_LE', 'mono16'), ('BGR', 'bgr8')])
    def test_a_sink_of_ones_own(self, layout: str, encoding: str) -> None:
        with opened(f'gst:{SMALL},format={layout} ! appsink') as camera:
            assert camera.take_photo(PhotoSettings()).result(PATIENCE).frame.encoding == encoding

    def test_a_format_that_has_no_encoding(self) -> None:
        with pytest.raises(NotReadableError, match='in a format that has no encoding here; let it send BGR or GRAY8'):
            open_opencv_camera(f'gst:{SMALL},format=I420 ! appsink').open()

    def test_a_file(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / 'a.mkv', moving_frames(60), codec='h264')
        with streaming(f'gst:filesrc location={path} ! decodebin') as camera:
            number = number_in(camera.read(PATIENCE).data)
            with pytest.raises(DeviceGone, match=r'ended the stream after \d+ frames'):
                while True:
                    later = number_in(camera.read(PATIENCE).data)
                    assert later > number
                    number = later

    @pytest.mark.parametrize('pipeline', ['nosuchelement', 'filesrc location=/no/such/file ! decodebin', 'a ! ! b'])
    def test_a_pipeline_that_cannot_run(self, pipeline: str) -> None:
        advice = re.escape(f'see why with: gst-launch-1.0 {pipeline} ! fakesink')
        with pytest.raises(NotReadableError, match=f'(cannot be run|sends no frame); {advice}'):
            open_opencv_camera(f'gst:{pipeline}', open_timeout=0.5, read_timeout=1.0).open()

    def test_a_size_that_changes(self) -> None:
        source = 'videotestsrc num-buffers=20 is-live=true ! video/x-raw,framerate=20/1,width'
        sources = f'{source}=64,height=48 ! all. {source}=128,height=96 ! all.'
        sink = 'video/x-raw,format=BGR ! appsink'
        with (streaming(f'gst:concat name=all ! videoconvert ! {sink} {sources}') as camera,
              pytest.raises(DeviceGone, match='has changed its frames from 64x48 to 128x96 pixels')):
            while True:
                camera.read(PATIENCE)

    def test_a_pipeline_that_sends_nothing(self) -> None:
        camera = open_opencv_camera('gst:udpsrc port=0 ! jpegdec', open_timeout=0.5, read_timeout=1.0)
        with pytest.raises(NotReadableError, match=r'sends no frame|has sent nothing'), Stopwatch() as took:
            camera.open()
        took.check(2 * 0.5 + 1.0 + ENDED, 'open')

    def test_a_pipeline_that_falls_silent(self) -> None:
        stalling = 'videotestsrc num-buffers=10 is-live=true ! all. udpsrc port=0 ! jpegdec ! videoconvert ! all.'
        with streaming(f'gst:concat name=all ! videoconvert ! video/x-raw,format=BGR ! appsink {stalling}',
                       read_timeout=1.0) as camera:
            with pytest.raises(DeviceGone, match='has sent nothing for 1 s'):
                while True:
                    try:
                        camera.read(0.5)
                    except ReadTimeout:
                        continue
            with Stopwatch() as took:
                camera.close()
            took.check(ENDED, 'close')

    def test_a_process_ends_though_its_pipeline_hangs(self) -> None:
        program = '''
from imagecapture_ros.cameras.device_string import open_opencv_camera
try:
    open_opencv_camera('gst:udpsrc port=0 ! jpegdec', open_timeout=0.5, read_timeout=1.0).open()
except Exception as error:
    print(type(error).__name__)
'''
        result = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, timeout=PATIENCE,
                                check=False, cwd=Path(__file__).resolve().parents[4])
        assert (result.returncode, result.stdout) == (0, 'NotReadableError\n')
