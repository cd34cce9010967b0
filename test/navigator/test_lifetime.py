# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How cameras end: forgotten, at the end of the program, in a forked process, by Ctrl-C, and on several threads."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fixtures.http_mjpeg_server import http_mjpeg_server
from fixtures.isolated import REPOSITORY
from fixtures.limits import PATIENCE
from fixtures.processes import held_by
from fixtures.videos import moving_frames, write_images

from imagecapture_ros.navigator import ImageCapture, MediaStream, MediaStreamTrack, media_devices
from imagecapture_ros.navigator.shared_source import SharedSource

DEVICE = 'sim:?noise=off&mode=320x240@30'

HEAD = f"""
import os, signal, sys, threading, time
sys.path[:0] = {str(REPOSITORY)!r}, {str(REPOSITORY / 'test')!r}
from imagecapture_ros.navigator import ImageCapture, media_devices
"""


def program(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python program for which every warning is an error."""
    return subprocess.Popen([sys.executable, '-W', 'error', '-c', HEAD + script, *arguments], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY)


def run(script: str, *arguments: str) -> tuple[str, str]:
    """Run a program to its end, which has to be a good one; return what it said on stdout and stderr."""
    process = program(script, *arguments)
    try:
        said, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, errors
    return said.strip(), errors


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def closed(source: SharedSource) -> bool:
    return not source.thread._thread.is_alive() and not source.events._thread.is_alive()


# Forgotten.

def test_a_camera_that_is_forgotten_is_closed() -> None:
    stream = media_devices.get_user_media(device='sim:?seed=41')
    source = stream.get_tracks()[0]._source
    with pytest.warns(ResourceWarning, match='a track of .* was forgotten and is stopped now'):
        del stream
        gc.collect()
    wait_until(lambda: closed(source))


def test_it_is_not_closed_while_somebody_uses_it() -> None:
    capture = ImageCapture(media_devices.get_user_media(device='sim:?seed=42').get_tracks()[0])
    frames = capture.track.frames()  # type: ignore[attr-defined]
    gc.collect()
    assert capture.grab_frame().size == next(frames).size
    track, capture = capture.track, None  # type: ignore[assignment]
    track.stop()
    wait_until(lambda: closed(track._source))


def test_who_stops_a_track_is_not_warned(recwarn: pytest.WarningsRecorder) -> None:
    stream = media_devices.get_user_media(device='sim:?seed=43')
    stream.get_tracks()[0].clone().stop()
    stream.close()
    stream.get_tracks()[0].clone()
    del stream
    gc.collect()
    assert not [one for one in recwarn if one.category is ResourceWarning]


def test_frames_that_are_forgotten_are_taken_no_more(track: MediaStreamTrack) -> None:
    for _ in track.frames():
        break
    frames = track.frames()
    next(frames)
    circle: list[object] = [frames]
    circle.append(circle)
    del frames, circle
    gc.collect()
    wait_until(lambda: track._source.output._sinks == () and track._queues == [])


def test_frames_can_be_taken_again_after_a_break(track: MediaStreamTrack) -> None:
    frames = track.frames()
    for _ in frames:
        break
    numbers = [frame.sequence for frame, _ in zip(frames, range(3), strict=False)]
    assert numbers == sorted(set(numbers)) and len(numbers) == 3
    frames.close()
    frames.close()
    assert list(frames) == []


def test_nothing_is_left_of_many_cameras() -> None:
    def rounds(count: int) -> None:
        for _ in range(count):
            with media_devices.get_user_media(device=DEVICE, zoom=2) as stream:
                track = stream.get_tracks()[0]
                next(track.frames())
                track.clone().stop()
        gc.collect()
        wait_until(lambda: not {thread.name for thread in threading.enumerate()} & {'capture', 'events', 'watchdog'})

    rounds(3)
    before = held_by(os.getpid())
    rounds(20)
    after = held_by(os.getpid())
    assert (after.descriptors, after.threads) == (before.descriptors, before.threads)
    assert after.memory - before.memory < 30e6


# The end of the program.

AT_WORK = """
stream = media_devices.get_user_media(device='sim:?mode=1920x1080@60')
track = stream.get_tracks()[0]
frames = track.frames()
threading.Thread(target=lambda: [None for _ in track.frames()], daemon=True).start()
if sys.argv[1] == 'photos':
    def photos():
        try:
            while True:
                ImageCapture(track).take_photo()
        except Exception:
            pass
    threading.Thread(target=photos, daemon=True).start()
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize('moment', ['0', '0.15', '0.3', '0.45'])
@pytest.mark.parametrize('work', ['frames', 'photos'])
def test_a_camera_that_is_still_at_work_does_not_disturb_the_end(work: str, moment: str) -> None:
    """Threads in OpenCV abort the process if the interpreter goes away meanwhile."""
    assert run(AT_WORK, work, moment) == ('', '')


def test_nor_does_a_network_camera(tmp_path: Path) -> None:
    write_images(tmp_path, moving_frames(5), '.jpg')
    with http_mjpeg_server(tmp_path) as server:
        assert run("track = media_devices.get_user_media(device=sys.argv[1]).get_tracks()[0]\n"
                   'frames = track.frames()\n'
                   'print(next(frames).shape)\n', server.url()) == ('(240, 320, 3)', '')


def test_a_program_that_closes_what_it_opens_hears_no_warning() -> None:
    assert run("""
import asyncio
from imagecapture_ros.navigator import aio
with media_devices.get_user_media(device='sim:?noise=off&mode=320x240@30') as stream:
    next(stream.get_tracks()[0].frames())
    print(ImageCapture(stream.get_tracks()[0]).take_photo(image_width=640).to_ndarray().shape)
async def main():
    async with await aio.media_devices.get_user_media(device='sim:?noise=off&mode=320x240@30') as stream:
        async for frame in stream.get_tracks()[0].frames():
            break
        await aio.ImageCapture(stream.get_tracks()[0]).take_photo(image_width=640)
for _ in range(2):
    asyncio.run(main(), debug=False)
""") == ('(480, 640, 3)', '')


def test_it_can_be_imported_on_a_thread() -> None:
    assert run("""
def work():
    from imagecapture_ros.navigator import media_devices
    with media_devices.get_user_media(device='sim:?noise=off&mode=320x240@30') as stream:
        print(next(stream.get_tracks()[0].frames()).shape)
thread = threading.Thread(target=work)
thread.start()
thread.join()
""") == ('(240, 320, 3)', '')


# Forked processes.

FORKED = """
from imagecapture_ros.navigator import InvalidStateError
stream = media_devices.get_user_media(device='sim:?noise=off&mode=320x240@30')
track = stream.get_tracks()[0]
frames = track.frames()
next(frames)
child = os.fork()
if child == 0:
    signal.alarm(30)  # whatever waits in vain
    assert track.ready_state == 'ended' and list(frames) == [] and list(track.frames()) == []
    for call in (ImageCapture(track).grab_frame, ImageCapture(track).take_photo):
        try:
            call()
        except InvalidStateError as error:
            assert 'it belongs to the process that opened it' in str(error)
    track.apply_constraints(zoom=2)
    track.clone().stop()
    track.enabled = False
    stream.close()
    with media_devices.get_user_media(device='sim:?noise=off&mode=320x240@30') as own:
        print(next(own.get_tracks()[0].frames()).shape, flush=True)
    sys.exit(3)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), track.ready_state, ImageCapture(track).grab_frame().shape)
stream.close()
"""


def test_a_forked_process_leaves_the_cameras_of_its_parent_alone() -> None:
    assert run(FORKED) == ('(240, 320, 3)\n3 live (240, 320, 3)', '')


# Ctrl-C.

INTERRUPTED = """
from fixtures.limits import ENDED, Stopwatch
from imagecapture_ros.navigator import MediaCaptureError, aio
def wait(name, device):
    if name == 'get_user_media':
        media_devices.get_user_media(device=device)
    if name == 'second':
        threading.Thread(target=lambda: quiet(device), daemon=True).start()
        time.sleep(0.3)
        media_devices.get_user_media(device=device)
    if name == 'aio':
        import asyncio
        asyncio.run(aio.media_devices.get_user_media(device=device))
    track = media_devices.get_user_media(device='sim:?mode=320x240@30').get_tracks()[0]
    faults = track._source.thread._camera.faults
    capture = ImageCapture(track)
    frames = track.frames()
    next(frames)
    faults.inject({'apply': 'stall:60', 'photo': 'shutter:60'}.get(name, 'freeze'))
    if name == 'frames':
        list(frames)
    if name == 'apply':
        track.apply_constraints(zoom=2)
    if name == 'photo':
        capture.take_photo()
def quiet(device):
    try:
        media_devices.get_user_media(device=device)
    except MediaCaptureError:
        pass
def interrupt():
    time.sleep(3)
    took.__enter__()
    os.kill(os.getpid(), signal.SIGINT)
took = Stopwatch()
threading.Thread(target=interrupt, daemon=True).start()
try:
    wait(*sys.argv[1:])
    print('came back')
except KeyboardInterrupt:
    took.__exit__(None, None, None)
    print('interrupted' if took.keeps(ENDED) else f'late: {took}', flush=True)
except BaseException as error:
    print(repr(error))
os._exit(0)
"""


@pytest.mark.parametrize('call', ['get_user_media', 'second', 'aio', 'frames', 'apply', 'photo'])
def test_every_call_that_waits_can_be_interrupted(call: str, tmp_path: Path) -> None:
    write_images(tmp_path, moving_frames(2), '.jpg')
    with http_mjpeg_server(tmp_path, silent=True) as server:
        assert run(INTERRUPTED, call, server.url())[0] == 'interrupted'


def test_a_camera_that_does_not_answer_holds_up_no_other(tmp_path: Path) -> None:
    write_images(tmp_path, moving_frames(2), '.jpg')
    with http_mjpeg_server(tmp_path, silent=True) as server:
        assert run("""
answers = []
def hangs():
    try:
        media_devices.get_user_media(device=sys.argv[1])
    except Exception as error:
        answers.append(type(error).__name__)
thread = threading.Thread(target=hangs)
thread.start()
time.sleep(0.2)
with media_devices.get_user_media(device='sim:?mode=320x240@30') as stream:
    print(answers, stream.active)
thread.join()
print(answers)
""", server.url()) == ("[] True\n['NotReadableError']", '')


# Several threads.

def test_a_camera_is_opened_while_its_last_track_is_stopped() -> None:
    failures: list[BaseException] = []

    def open_and_close() -> None:
        try:
            for number in range(15):
                stream = media_devices.get_user_media(device=DEVICE)
                ImageCapture(stream.get_tracks()[0]).grab_frame()
                if number % 2:
                    stream.close()
                else:
                    stream.get_tracks()[0].stop()  # does not wait until the camera is closed
        except BaseException as error:
            failures.append(error)

    in_threads(3, open_and_close)
    assert failures == []


def in_threads(count: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def test_all_iterators_of_a_track_end_whoever_made_them(stream: MediaStream, track: MediaStreamTrack) -> None:
    ended: list[int] = []

    def watch() -> None:
        for _ in range(20):
            track.frames().close()
        ended.append(len([frame.sequence for frame in track.frames()]))

    def stop() -> None:
        next(track.frames())
        stream.close()

    threads = [threading.Thread(target=watch) for _ in range(6)]
    for thread in threads:
        thread.start()
    stop()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(ended) == 6 and track._queues == []


def test_a_clone_is_stopped_by_itself(track: MediaStreamTrack) -> None:
    clone = track.clone()
    frames = clone.frames()
    track.enabled = False
    track.stop()
    assert (clone.enabled, clone.ready_state, clone.muted) == (True, 'live', False)
    assert next(frames).any() and clone.clone().id != clone.id
    clone.stop()
    assert clone.ready_state == 'ended'
    assert clone.clone().ready_state == 'ended' and list(clone.clone().frames()) == []


# The import.

NOT_AT_IMPORT = ('PIL', 'asyncio', 'cv2', 'email', 'http', 'multiprocessing', 'rclpy', 'ssl', 'subprocess', 'xml',
                 'yaml', 'imagecapture_ros.cameras', 'imagecapture_ros.engine', 'imagecapture_ros.imaging')


def test_the_import_loads_nothing_that_only_a_camera_needs() -> None:
    script = ('import sys; before = set(sys.modules); import imagecapture_ros.navigator\n'
              f'print(sorted((set(sys.modules) - before) & set({NOT_AT_IMPORT!r})))')
    said = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert said.stdout.strip() == '[]'
