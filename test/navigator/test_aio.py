# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same with coroutines."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from fixtures.limits import PATIENCE

from imagecapture_ros.cameras.backends.simulated.camera import SimulatedCamera
from imagecapture_ros.navigator import Event, OverconstrainedError
from imagecapture_ros.navigator.aio import ImageCapture, MediaStream, media_devices

DEVICE = "sim:?noise=off&mode=320x240@30"



def test_the_page_of_the_standard() -> None:
    async def page() -> None:
        async with await media_devices.get_user_media({'video': {'zoom': True}}, device=DEVICE) as stream:
            track = stream.get_video_tracks()[0]
            await track.apply_constraints({'advanced': [{'zoom': 2}]})
            assert track.get_settings()['zoom'] == 2.0
            capture = ImageCapture(track)
            photo, frame, beats = await asyncio.gather(
                capture.take_photo({'imageWidth': 640}), capture.grab_frame(), heartbeat(5))
            assert (photo.width, frame.shape, beats) == (640, (240, 320, 3), 5)
            assert (await capture.get_photo_settings())['fillLightMode']
            assert (await capture.get_photo_capabilities())['imageWidth']['max'] >= 640
        assert track.ready_state == 'ended'

    asyncio.run(page())


async def heartbeat(beats: int) -> int:
    """Return after so many turns of the event loop, which nothing may hold up."""
    for _ in range(beats):
        await asyncio.sleep(0.01)
    return beats


def test_frames_come_until_the_track_ends() -> None:
    async def watch() -> None:
        stream = await media_devices.get_user_media(device=DEVICE)
        track = stream.get_tracks()[0]
        numbers = []
        async for frame in track.frames():
            numbers.append(frame.sequence)
            if len(numbers) == 4:
                track.stop()
        assert numbers == sorted(set(numbers)) and len(numbers) >= 4
        await stream.close()

    asyncio.run(watch())


def test_errors_are_those_of_the_call() -> None:
    async def fail() -> None:
        async with await media_devices.get_user_media(device=DEVICE) as stream:
            with pytest.raises(OverconstrainedError):
                await stream.get_tracks()[0].apply_constraints(zoom={'exact': 99})

    asyncio.run(fail())


def test_devices_are_listed() -> None:
    assert asyncio.run(media_devices.enumerate_devices())[-1].device_id == 'sim'
    assert media_devices.get_supported_constraints()['zoom']


def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f'{number}.png'), np.full((48, 64, 3), 50 * number, np.uint8))

    async def read() -> int:
        async with await media_devices.get_user_media(device=tmp_path, loop=False) as stream, stream.clone() as clone:
            assert clone.get_track_by_id(stream.get_tracks()[0].id) is None
            return len([frame async for frame in clone.get_tracks()[0].frames()])

    assert 0 < asyncio.run(read()) <= 3


# Cancelled.

async def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError('it did not come to that')


def cameras_at_work() -> int:
    return len([thread for thread in threading.enumerate() if thread.name in ('capture', 'events')])


def test_a_camera_for_which_nobody_waits_any_more_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()
    open_camera = SimulatedCamera.open

    def slowly(camera: SimulatedCamera) -> None:
        time.sleep(0.3)
        open_camera(camera)
        opened.set()

    monkeypatch.setattr(SimulatedCamera, 'open', slowly)

    async def give_up() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(media_devices.get_user_media(device='sim:?seed=51'), 0.1)
        await wait_until(lambda: opened.is_set() and not cameras_at_work())

    asyncio.run(give_up())
    opened.clear()

    async def leave() -> None:
        task = asyncio.create_task(media_devices.get_user_media(device='sim:?seed=52'))
        await asyncio.sleep(0.05)
        task.cancel()

    asyncio.run(leave())  # and its loop is closed
    assert opened.wait(PATIENCE)
    for _ in range(int(PATIENCE / 0.05)):
        if not cameras_at_work():
            break
        time.sleep(0.05)
    assert not cameras_at_work()


def test_calls_that_are_cancelled_disturb_no_others() -> None:
    async def cancel() -> None:
        async with await media_devices.get_user_media(device=DEVICE) as stream:
            track = stream.get_tracks()[0]
            capture = ImageCapture(track)
            for make in (lambda: capture.take_photo(image_width=640), capture.grab_frame,
                         lambda: track.apply_constraints(zoom=2)):
                tasks = [asyncio.create_task(make()) for _ in range(4)]
                await asyncio.sleep(0.005)
                for task in tasks[:3]:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                assert not isinstance(ended[3], BaseException)
            assert track._applying == 0
            frames = track.frames()
            with pytest.raises(asyncio.TimeoutError):
                track._source.thread._camera.faults.inject('freeze+0.5s')
                while True:
                    await asyncio.wait_for(frames.__anext__(), 0.2)
            assert (await frames.__anext__()).shape == (240, 320, 3)

    asyncio.run(cancel())


# Loops.

def test_a_track_outlives_its_loop() -> None:
    async def begin() -> MediaStream:
        stream = await media_devices.get_user_media(device=DEVICE)
        track = stream.get_tracks()[0]
        frames = track.frames()
        await frames.__anext__()
        held.append(frames)  # and is not closed
        return stream

    async def go_on(stream: MediaStream) -> None:
        track = stream.get_tracks()[0]
        seen: list[str] = []
        told = asyncio.Event()
        track.add_event_listener('mute', lambda event: (seen.append(threading.current_thread().name), told.set()))
        async for frame in track.frames():
            assert frame.shape == (240, 320, 3)
            break
        assert (await ImageCapture(track).take_photo(image_width=640)).width == 640
        track._source.thread._camera.faults.inject('unplug')
        await asyncio.wait_for(told.wait(), PATIENCE)
        assert seen == [threading.current_thread().name]
        await stream.close()

    held: list[object] = []
    stream = asyncio.run(begin())
    asyncio.run(go_on(stream))


def test_frames_that_are_forgotten_are_taken_no_more() -> None:
    async def forget() -> None:
        async with await media_devices.get_user_media(device=DEVICE) as stream:
            track = stream.get_tracks()[0]
            async for _ in track.frames():
                break
            gc.collect()
            await wait_until(lambda: track._source.output._sinks == ())

    asyncio.run(forget())


def test_frames_need_a_loop() -> None:
    async def opened() -> MediaStream:
        return await media_devices.get_user_media(device=DEVICE)

    stream = asyncio.run(opened())
    track = stream.get_tracks()[0]
    with pytest.raises(RuntimeError, match='no running event loop'):
        track.frames()
    assert track._source.output._sinks == ()
    asyncio.run(stream.close())


def test_listeners_are_called_in_the_loop_and_may_be_coroutines() -> None:
    async def listen() -> None:
        async with await media_devices.get_user_media(device=DEVICE) as stream:
            track = stream.get_tracks()[0]
            loop = asyncio.get_running_loop()
            muted = loop.create_future()
            unmuted: asyncio.Queue[tuple[object, int]] = asyncio.Queue()

            async def again(event: Event) -> None:
                assert asyncio.get_running_loop() is loop
                photo = await ImageCapture(event.target).take_photo(image_width=640)
                await unmuted.put((event.target, photo.width))

            track.onmute = lambda event: muted.set_result(event.target)  # a future is for the loop's thread only
            track.onunmute = again
            track._source.thread._camera.faults.inject('unplug+0.3s')
            assert await asyncio.wait_for(muted, PATIENCE) is track
            assert await asyncio.wait_for(unmuted.get(), PATIENCE) == (track, 640)

    asyncio.run(listen())
