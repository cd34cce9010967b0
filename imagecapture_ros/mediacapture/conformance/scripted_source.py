# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A source without a device: it holds exactly what SelectSettings chooses, at once, and fails when it is told to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.errors import MediaCaptureError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import JPEG, Frame, RawPhoto
from imagecapture_ros.mediacapture.solver.select_settings import Selection
from imagecapture_ros.mediacapture.source import (
    CompletedApply,
    CompletedFrame,
    CompletedPhoto,
    DeviceInfo,
    LiveTracks,
    SourceState,
    SourceStatus,
)

T = TypeVar('T')


@dataclass(frozen=True)
class ScriptedState:
    """What the device can do and does; implements ``SourceState``."""

    capabilities: Capabilities = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)
    defaults: Settings = field(default_factory=dict)
    native_modes: Sequence[NativeMode] = ()
    photo_capabilities: PhotoCapabilities = field(default_factory=PhotoCapabilities)
    photo_settings: PhotoSettings = field(default_factory=PhotoSettings)
    turned: bool = False
    """Whether the picture is delivered rotated by 90 degrees."""

    @property
    def delivered_settings(self) -> Settings:
        """The settings with the width and height of the picture as it is delivered."""
        if not self.turned:
            return self.settings
        return {**self.settings, 'width': self.settings['height'], 'height': self.settings['width']}


class ScriptedSource:
    """Implements ``VideoSource``."""

    def __init__(self, state: ScriptedState, name: str = 'scripted') -> None:
        self.state = state
        self.info = DeviceInfo(name, name, name)
        self.tracks = LiveTracks()
        self.status = SourceStatus(muted=False, ended=False)
        self.failure: Exception | None = None
        """What the device fails with from now on."""
        self.fails = False
        """Whether the device fails from now on, each request with the error that the protocol names for it."""
        self.reading_fails = False
        """Whether even its state cannot be read."""
        self.held = False
        """Whether requests wait for those before them, until ``go_on``."""
        self._waiting: deque[Callable[[], None]] = deque()
        self.ends_when_read = False
        """Whether the source ends while somebody reads its state, takes a photo or waits for a frame."""
        self.applied: list[Selection] = []
        self.photos: list[PhotoSettings] = []
        self.released = False

    @property
    def snapshot(self) -> ScriptedState:
        """The present state."""
        self._end_if_told()
        if self.reading_fails:
            raise OperationError('the device does not tell')
        return self.state

    def go_on(self) -> None:
        """Serve all requests that wait, in order, and none waits any more."""
        self.held = False
        while self._waiting:
            self._waiting.popleft()()

    def apply(
        self, solve: Callable[[SourceState], Selection], accept: Callable[[], None],
    ) -> Future[CompletedApply[ScriptedState]]:
        """See ``VideoSource``."""
        return self._done(lambda: self._apply(solve, accept))

    def take_photo(self, wishes: PhotoSettings) -> Future[CompletedPhoto[ScriptedState]]:
        """See ``VideoSource``; the photo has no pixels."""
        return self._done(lambda: self._take_photo(wishes))

    def next_frame(self) -> Future[CompletedFrame[ScriptedState]]:
        """See ``VideoSource``; the frame has no pixels."""
        return self._done(lambda: CompletedFrame(self._frame(), self.state))

    def release(self) -> None:
        """See ``VideoSource``."""
        self.released = True

    def _apply(
        self, solve: Callable[[SourceState], Selection], accept: Callable[[], None],
    ) -> CompletedApply[ScriptedState]:
        before, selection = self.state, solve(self.state)
        self._fail_if_told(OperationError)
        self.applied.append(selection)
        self.state = replace(self.state, settings={**self.state.settings, **selection.settings})
        accept()
        return CompletedApply(selection, self.state, before)

    def _take_photo(self, wishes: PhotoSettings) -> CompletedPhoto[ScriptedState]:
        self._end_if_told()
        self._fail_if_told(UnknownError)
        self.photos.append(wishes)
        given = {one.name: value for one in fields(wishes) if (value := getattr(wishes, one.name)) is not None}
        photo = RawPhoto(self._frame(), replace(self.state.photo_settings, **given), self.state.settings)
        return CompletedPhoto(photo, self.state)

    def _frame(self) -> Frame:
        self._end_if_told()
        self._fail_if_told(UnknownError)
        settings = self.state.delivered_settings
        width, height = settings.get('width', 1), settings.get('height', 1)
        assert isinstance(width, int) and isinstance(height, int)
        return Frame(b'', JPEG, width, height, exposed_at=0, sequence=0)

    def _fail_if_told(self, error: type[MediaCaptureError]) -> None:
        if self.failure is not None:
            raise self.failure
        if self.fails:
            raise error('the device was told to fail')

    def _end_if_told(self) -> None:
        if self.ends_when_read:
            self.status = SourceStatus(muted=True, ended=True, reason='it was told to')
            self.failure = UnknownError('the source ended')

    def _done(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()

        def serve() -> None:
            try:
                future.set_result(work())
            except Exception as error:
                future.set_exception(error)

        if self.held:
            self._waiting.append(serve)
        else:
            serve()
        return future
