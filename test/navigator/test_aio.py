# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same with coroutines."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from imagecapture_ros.navigator import OverconstrainedError
from imagecapture_ros.navigator.aio import ImageCapture, media_devices

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
