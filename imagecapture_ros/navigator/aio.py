# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same names as in ``imagecapture_ros.navigator``, as coroutines for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING

from imagecapture_ros.navigator import devices
from imagecapture_ros.navigator.captures import CaptureBase
from imagecapture_ros.navigator.devices import MediaDeviceInfo
from imagecapture_ros.navigator.dictionaries import (
    MediaStreamConstraints,
    MediaTrackConstraints,
    PhotoCapabilities,
    PhotoSettings,
    PhotoWishes,
    Wishes,
)
from imagecapture_ros.navigator.frame_queue import MAX_WAITING, FrameQueue
from imagecapture_ros.navigator.pictures import COLOUR, Photo, VideoFrame
from imagecapture_ros.navigator.tracks import CLOSING_TIMEOUT, Call, FramesBase, R, StreamBase, T, TrackBase, delivered

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

__all__ = ['ImageCapture', 'MediaDevices', 'MediaStream', 'MediaStreamTrack', 'media_devices']


async def _answered(call: Call[T, R]) -> R:
    """Return the result of a call without holding up the event loop."""
    return await asyncio.to_thread(call.finish, await asyncio.wrap_future(call.future))


class Frames(FramesBase):
    """The frames of a track: an asynchronous iterator that ends with the track."""

    def __init__(self, track: TrackBase, frames: FrameQueue, encoding: str) -> None:
        super().__init__(track, frames, encoding)
        self._changed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def change() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._changed.set)

        frames.on_change = change
        change()

    def __aiter__(self) -> AsyncIterator[VideoFrame]:
        return self

    async def __anext__(self) -> VideoFrame:
        while (delivery := self._frames.next_now()) is None:
            if self._frames.ended:
                self.close()
                raise StopAsyncIteration
            await self._changed.wait()
            self._changed.clear()
        return await asyncio.to_thread(delivered, delivery, self._encoding)


class MediaStreamTrack(TrackBase):
    """See :class:`imagecapture_ros.navigator.MediaStreamTrack`."""

    async def apply_constraints(
        self, constraints: MediaTrackConstraints | None = None, /, **wishes: Unpack[Wishes],
    ) -> None:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.apply_constraints`."""
        await _answered(self._apply(constraints, wishes))

    def clone(self) -> MediaStreamTrack:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.clone`."""
        return MediaStreamTrack(self._track.clone(), self._source)

    def frames(self, *, encoding: str = COLOUR, max_waiting: int = MAX_WAITING) -> Frames:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.frames`; called while the event loop runs."""
        return Frames(self, self._new_queue(max_waiting), encoding)


class MediaStream(StreamBase[MediaStreamTrack]):
    """An open camera; use as an asynchronous context manager or ``close`` it."""

    def clone(self) -> MediaStream:
        """See :meth:`imagecapture_ros.navigator.MediaStream.clone`."""
        return MediaStream(self._tracks[0].clone(), self._source)

    async def close(self) -> None:
        """See :meth:`imagecapture_ros.navigator.MediaStream.close`."""
        if self._stop():
            await asyncio.to_thread(self._source.thread.close, CLOSING_TIMEOUT)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None,
    ) -> None:
        await self.close()


class MediaDevices:
    """See :class:`imagecapture_ros.navigator.MediaDevices`."""

    async def enumerate_devices(self) -> list[MediaDeviceInfo]:
        """See :meth:`imagecapture_ros.navigator.MediaDevices.enumerate_devices`."""
        return await asyncio.to_thread(devices.media_devices.enumerate_devices)

    def get_supported_constraints(self) -> dict[str, bool]:
        """See :meth:`imagecapture_ros.navigator.MediaDevices.get_supported_constraints`."""
        return devices.media_devices.get_supported_constraints()

    async def get_user_media(
        self, constraints: MediaStreamConstraints | None = None, /, *, device: str | os.PathLike[str] = '',
        loop: bool = False, **wishes: Unpack[Wishes],
    ) -> MediaStream:
        """See :meth:`imagecapture_ros.navigator.MediaDevices.get_user_media`."""
        track, source = await asyncio.to_thread(devices.open_track, constraints, device, loop, wishes)
        return MediaStream(MediaStreamTrack(track, source), source)


class ImageCapture(CaptureBase):
    """See :class:`imagecapture_ros.navigator.ImageCapture`."""

    async def take_photo(self, settings: PhotoSettings | None = None, /, **wishes: Unpack[PhotoWishes]) -> Photo:
        """See :meth:`imagecapture_ros.navigator.ImageCapture.take_photo`."""
        return await _answered(self._photo(settings, wishes))

    async def grab_frame(self, *, encoding: str = COLOUR) -> VideoFrame:
        """See :meth:`imagecapture_ros.navigator.ImageCapture.grab_frame`."""
        return await _answered(self._frame(encoding))

    async def get_photo_capabilities(self) -> PhotoCapabilities:
        """See :meth:`imagecapture_ros.navigator.ImageCapture.get_photo_capabilities`."""
        return self._photo_capabilities()

    async def get_photo_settings(self) -> PhotoSettings:
        """See :meth:`imagecapture_ros.navigator.ImageCapture.get_photo_settings`."""
        return self._photo_settings()


media_devices = MediaDevices()
