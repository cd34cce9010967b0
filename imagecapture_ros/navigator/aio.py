# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same names as in ``imagecapture_ros.navigator``, as coroutines for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import Future
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from imagecapture_ros.engine.background import in_background
from imagecapture_ros.navigator import devices
from imagecapture_ros.navigator.captures import CaptureBase
from imagecapture_ros.navigator.checks import COLOUR
from imagecapture_ros.navigator.devices import MediaDeviceInfo
from imagecapture_ros.navigator.dictionaries import (
    MediaStreamConstraints,
    MediaTrackConstraints,
    PhotoCapabilities,
    PhotoSettings,
    PhotoWishes,
    Wishes,
)
from imagecapture_ros.navigator.events import Event, Listener
from imagecapture_ros.navigator.frame_queue import MAX_WAITING
from imagecapture_ros.navigator.pictures import Photo, VideoFrame
from imagecapture_ros.navigator.tracks import CLOSING_TIMEOUT, Call, FramesBase, R, StreamBase, T, TrackBase, delivered

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from imagecapture_ros.cameras.capture.snapshot import Snapshot
    from imagecapture_ros.mediacapture.track import VideoTrack
    from imagecapture_ros.navigator.shared_source import SharedSource

__all__ = ['ImageCapture', 'MediaDevices', 'MediaStream', 'MediaStreamTrack', 'media_devices']


async def _answered(call: Call[T, R]) -> R:
    """Return the result of a call without holding up the event loop."""
    return await asyncio.to_thread(call.finish, await asyncio.wrap_future(call.future))


def _stop_opened(opening: Future[tuple[VideoTrack[Snapshot], SharedSource]]) -> None:
    """Close a camera that was opened for somebody who does not want it any more."""
    if opening.exception() is None:
        track, _ = opening.result()
        track.stop()


class Frames(FramesBase):
    """The frames of a track: an asynchronous iterator that ends with the track."""

    def __init__(self, track: TrackBase, max_waiting: int, encoding: str) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(track, max_waiting, encoding)
        self._changed = changed = asyncio.Event()

        def change() -> None:  # without self, which is to be collected when nobody else has it
            with contextlib.suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(changed.set)

        self._frames.on_change = change
        change()

    def __aiter__(self) -> AsyncIterator[VideoFrame]:
        return self

    async def __anext__(self) -> VideoFrame:
        while self._track._source.inherited or (queued := self._frames.next_now()) is None:
            if self._track._source.inherited or self._frames.ended:
                self.close()
                raise StopAsyncIteration
            await self._changed.wait()
            self._changed.clear()
        return await asyncio.to_thread(delivered, queued, self._encoding)


class MediaStreamTrack(TrackBase):
    """See :class:`imagecapture_ros.navigator.MediaStreamTrack`.

    Listeners are called in the event loop that used the track last, and may be coroutine functions.
    """

    def __init__(self, track: VideoTrack[Snapshot], source: SharedSource) -> None:
        super().__init__(track, source)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._note_loop()

    def _note_loop(self) -> None:
        with contextlib.suppress(RuntimeError):  # none runs on this thread
            self._loop = asyncio.get_running_loop()

    def _tell(self, name: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(super()._tell, name)

    def _call(self, listener: Listener, event: Event) -> None:
        super()._call(partial(self._begin, listener), event)

    def _begin(self, listener: Listener, event: Event) -> None:
        begun = listener(event)
        if isinstance(begun, Coroutine):
            task = asyncio.ensure_future(begun)
            self._tasks.add(task)  # the loop alone would not keep it
            task.add_done_callback(self._tasks.discard)

    def add_event_listener(self, type: str, listener: Listener) -> None:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.add_event_listener`."""
        self._note_loop()
        super().add_event_listener(type, listener)

    async def apply_constraints(
        self, constraints: MediaTrackConstraints | None = None, /, **wishes: Unpack[Wishes],
    ) -> None:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.apply_constraints`."""
        self._note_loop()
        await _answered(self._apply(constraints, wishes))

    def clone(self) -> MediaStreamTrack:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.clone`."""
        clone = MediaStreamTrack(self._track.clone(), self._source)
        clone._loop = clone._loop or self._loop
        return clone

    def frames(self, *, encoding: str = COLOUR, max_waiting: int = MAX_WAITING) -> Frames:
        """See :meth:`imagecapture_ros.navigator.MediaStreamTrack.frames`; called while the event loop runs."""
        self._note_loop()
        return Frames(self, max_waiting, encoding)


class MediaStream(StreamBase[MediaStreamTrack]):
    """An open camera; use as an asynchronous context manager or ``close`` it."""

    def clone(self) -> MediaStream:
        """See :meth:`imagecapture_ros.navigator.MediaStream.clone`."""
        return MediaStream(self._tracks[0].clone(), self._source)

    async def close(self) -> None:
        """See :meth:`imagecapture_ros.navigator.MediaStream.close`."""
        if self._stop():
            await asyncio.wrap_future(in_background(partial(self._source.close, CLOSING_TIMEOUT), 'navigator'))

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
        return await asyncio.wrap_future(in_background(devices.media_devices.enumerate_devices, 'navigator'))

    def get_supported_constraints(self) -> dict[str, bool]:
        """See :meth:`imagecapture_ros.navigator.MediaDevices.get_supported_constraints`."""
        return devices.media_devices.get_supported_constraints()

    async def get_user_media(
        self, constraints: MediaStreamConstraints | None = None, /, *, device: str | os.PathLike[str] = '',
        loop: bool = False, **wishes: Unpack[Wishes],
    ) -> MediaStream:
        """See :meth:`imagecapture_ros.navigator.MediaDevices.get_user_media`.

        When it is cancelled, the camera is closed as soon as it is open.
        """
        opening = in_background(partial(devices.open_track, constraints, device, loop, wishes), 'navigator')
        try:
            track, source = await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_stop_opened)
            raise
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
