# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tracks and streams as a page has them, with calls that wait; the base classes serve those with coroutines, too."""

from __future__ import annotations

import threading
import uuid
import warnings
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from imagecapture_ros.mediacapture.w3c_json import (
    capabilities_to_json,
    constraints_from_json,
    constraints_to_json,
    settings_to_json,
)
from imagecapture_ros.mediacapture.wishes import with_wishes
from imagecapture_ros.navigator.checks import COLOUR, checked_encoding, whole_number
from imagecapture_ros.navigator.dictionaries import (
    MediaTrackCapabilities,
    MediaTrackConstraints,
    MediaTrackSettings,
    Wishes,
    warn_of_unknown_constraints,
)
from imagecapture_ros.navigator.events import EventTarget, EventThread
from imagecapture_ros.navigator.frame_queue import MAX_WAITING, FrameQueue, Queued
from imagecapture_ros.navigator.pictures import VideoFrame, video_frame

if TYPE_CHECKING:
    from concurrent.futures import Future

    from typing_extensions import Self, Unpack

    from imagecapture_ros.cameras.capture.snapshot import Snapshot
    from imagecapture_ros.mediacapture.source import SourceStatus
    from imagecapture_ros.mediacapture.track import VideoTrack
    from imagecapture_ros.navigator.shared_source import SharedSource

T = TypeVar('T')
R = TypeVar('R')
CLOSING_TIMEOUT = 5.0
"""Seconds to wait for a camera to let go."""



@dataclass(frozen=True)
class Call(Generic[T, R]):
    """Something that the camera was asked for, and what is made of its answer, on the thread of the one who waits."""

    future: Future[T]
    finish: Callable[[T], R]

    def wait(self) -> R:
        """Return the result, or raise the error."""
        return self.finish(self.future.result())


class TrackBase(EventTarget):
    """One user's view of a camera; what a page knows as MediaStreamTrack.

    One that is forgotten without ``stop`` is stopped when Python collects it, with a ResourceWarning.
    """

    kind = 'video'

    def __init__(self, track: VideoTrack[Snapshot], source: SharedSource) -> None:
        super().__init__()
        self._track = track
        self._source = source
        self._changing = threading.Lock()
        self._applying = 0
        self._own_state: Snapshot | None = None
        self._queues: list[FrameQueue] = []
        self._stopped = False
        source.add(self)
        self._forgotten = weakref.finalize(self, _stop_forgotten, track, source)
        self._forgotten.atexit = False  # then all cameras are closed anyway

    @property
    def id(self) -> str:
        """Different for each track."""
        return self._track.id

    @property
    def label(self) -> str:
        """The camera's name, for people."""
        return self._track.label

    @property
    def enabled(self) -> bool:
        """Whether the user wants pictures. May be set: the frames of a disabled track are black."""
        return self._track.enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._track.enabled = bool(enabled)

    @property
    def muted(self) -> bool:
        """Whether no frames come at the moment."""
        return self._track.muted

    @property
    def ready_state(self) -> str:
        """``live`` or ``ended``; ended is final."""
        return self._track.ready_state

    def get_capabilities(self) -> MediaTrackCapabilities:
        """Return what the camera can do."""
        return cast(MediaTrackCapabilities, capabilities_to_json(self._track.capabilities))

    def get_settings(self) -> MediaTrackSettings:
        """Return what the camera is set to; on an ended track only who it was."""
        return cast(MediaTrackSettings, settings_to_json(self._track.settings))

    def get_constraints(self) -> MediaTrackConstraints:
        """Return the constraints of the last successful ``apply_constraints``."""
        return cast(MediaTrackConstraints, constraints_to_json(self._track.constraints))

    def stop(self) -> None:
        """End the track; harmless when it has ended. With its last track the camera is closed.

        No event is told after it.
        """
        self._stopped = True
        self._forgotten.detach()
        if self._source.inherited:
            return
        self._track.stop()
        self._source.remove(self)
        self._end_frames()

    def __repr__(self) -> str:
        return f'MediaStreamTrack({self.label!r}, {self.ready_state}{", muted" if self.muted else ""})'

    def _apply(self, constraints: MediaTrackConstraints | None, wishes: Wishes) -> Call[Any, None]:
        asked = with_wishes(constraints_from_json(constraints), cast('dict[str, Any]', wishes))
        warn_of_unknown_constraints(constraints, stacklevel=4)
        self._count_applying(1)
        try:
            future = self._track.apply_constraints(asked)
        except BaseException:
            self._count_applying(-1)
            raise
        future.add_done_callback(self._applied)
        return Call(future, lambda _: None)

    def _applied(self, future: Future[Any]) -> None:
        if not future.cancelled() and future.exception() is None and future.result() is not None:
            # It is told only when frames are taken with it.
            self._own_state = future.result().state
        self._count_applying(-1)

    def _count_applying(self, more: int) -> None:
        with self._changing:
            self._applying += more

    def _new_queue(self, max_waiting: int) -> FrameQueue:
        frames = FrameQueue(lambda: self.enabled, whole_number(max_waiting, 'max_waiting'))
        with self._changing:
            self._queues.append(frames)
        self._source.output.add(frames)
        if self.ready_state == 'ended':
            frames.close()
        return frames

    def _drop_queue(self, frames: FrameQueue) -> None:
        frames.close()
        self._source.output.remove(frames)
        with self._changing:
            self._queues = [one for one in self._queues if one is not frames]

    def _end_frames(self) -> None:
        with self._changing:
            queues = tuple(self._queues)
        for frames in queues:
            self._drop_queue(frames)

    def _tell(self, name: str) -> None:
        if not self._stopped:
            super()._tell(name)

    # Viewer.

    def on_configuration(self, state: Snapshot, events: EventThread) -> None:
        """See ``Viewer``."""
        if not self._applying and state is not self._own_state:
            events.put(self, 'configurationchange')

    def on_status(self, before: SourceStatus, now: SourceStatus, events: EventThread) -> None:
        """See ``Viewer``."""
        if now.ended:
            events.put(self, 'ended')
            self._end_frames()
        elif now.muted != before.muted:
            events.put(self, 'mute' if now.muted else 'unmute')


def _stop_forgotten(track: VideoTrack[Snapshot], source: SharedSource) -> None:
    """Stop a track that nobody has stopped and nobody can stop any more; called where Python collects garbage."""
    if source.inherited or track.stopped:
        return
    live = track.ready_state == 'live'
    # Elsewhere: what is being done here may hold the very locks that this needs.
    source.events.call(track.stop)
    if live:
        warnings.warn(f'a track of {source.info.label} was forgotten and is stopped now; stop it, or close its stream',
                      ResourceWarning, stacklevel=2)


class FramesBase:
    """The frames of a track as they come, until it ends.

    Who is too slow misses frames: the newest ones wait, older ones are dropped. Those of a track that is disabled are
    black. Who forgets the iterator takes no more frames either.
    """

    def __init__(self, track: TrackBase, max_waiting: int, encoding: str) -> None:
        self._encoding = checked_encoding(encoding)
        self._track = track
        self._frames = track._new_queue(max_waiting)
        weakref.finalize(self, _drop_forgotten, track, self._frames).atexit = False

    @property
    def dropped(self) -> int:
        """Frames for which there was no room."""
        return self._frames.dropped

    def close(self) -> None:
        """Take no more frames; harmless when it is closed."""
        if not self._track._source.inherited:
            self._track._drop_queue(self._frames)


def _drop_forgotten(track: TrackBase, frames: FrameQueue) -> None:
    """Let nobody's queue have no more frames; called where Python collects garbage, so see ``_stop_forgotten``."""
    frames.abandon()
    if not track._source.inherited:
        track._source.events.call(partial(track._drop_queue, frames))


class Frames(FramesBase):
    """The frames of a track: an iterator that waits for the next one and ends with the track."""

    def __iter__(self) -> Iterator[VideoFrame]:
        return self

    def __next__(self) -> VideoFrame:
        queued = None if self._track._source.inherited else self._frames.next()
        if queued is None:
            self.close()
            raise StopIteration
        return delivered(queued, self._encoding)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None,
    ) -> None:
        self.close()


def delivered(queued: Queued, encoding: str) -> VideoFrame:
    """Return a frame as it is delivered."""
    delivery = queued.delivery
    return video_frame(delivery.rendered(), delivery.state, encoding, black=not queued.enabled)


class MediaStreamTrack(TrackBase):
    """A live picture of a camera (MediaStreamTrack); made by ``get_user_media``."""

    def apply_constraints(
        self, constraints: MediaTrackConstraints | None = None, /, **wishes: Unpack[Wishes],
    ) -> None:
        """Replace all constraints, and bring the camera to the nearest settings (applyConstraints).

        ``wishes`` are constraints of the basic set by snake_case name: ``zoom=2``,
        ``exposure_mode={'exact': 'manual'}``. On an ended track nothing happens.

        :raises OverconstrainedError: what is required cannot be met; nothing has changed.
        :raises ConstraintTypeError: a value has the wrong type, or a keyword is no property.
        :raises OperationError: the camera refused; nothing has changed.
        """
        self._apply(constraints, wishes).wait()

    def clone(self) -> MediaStreamTrack:
        """Return another track of the same camera with the same constraints; each is stopped by itself."""
        return MediaStreamTrack(self._track.clone(), self._source)

    def frames(self, *, encoding: str = COLOUR, max_waiting: int = MAX_WAITING) -> Frames:
        """Return an iterator over the frames from now on; of those that are not taken in time the newest wait.

        Those that come while the track is disabled are black.

        :param encoding: ``bgr8``, ``rgb8``, ``mono8``, or ``passthrough`` for the camera's own. Grey stays grey.
        :raises NotSupportedError: there is no such encoding.
        :raises ConstraintTypeError: ``encoding`` is no string, or ``max_waiting`` no whole number.
        :raises ValueError: ``max_waiting`` is less than 1.
        """
        return Frames(self, max_waiting, encoding)


Track = TypeVar('Track', bound=TrackBase)


class StreamBase(Generic[Track]):
    """The tracks of one camera; what a page knows as MediaStream."""

    def __init__(self, track: Track, source: SharedSource) -> None:
        self.id = str(uuid.uuid4())
        self._tracks = [track]
        self._source = source

    @property
    def active(self) -> bool:
        """Whether a track is live."""
        return any(track.ready_state == 'live' for track in self._tracks)

    def get_tracks(self) -> list[Track]:
        """Return all tracks."""
        return list(self._tracks)

    def get_video_tracks(self) -> list[Track]:
        """Return the tracks of the camera."""
        return list(self._tracks)

    def get_audio_tracks(self) -> list[Track]:
        """Return none: there is no sound here."""
        return []

    def get_track_by_id(self, id: str) -> Track | None:
        """Return the track with this ``id``, or ``None`` (getTrackById)."""
        return next((track for track in self._tracks if track.id == id), None)

    def __repr__(self) -> str:
        return f'MediaStream({", ".join(map(repr, self._tracks))})'

    def _stop(self) -> bool:
        """Stop all tracks; return whether the camera is closed, or is to be, because no other track shows it."""
        for track in self._tracks:
            track.stop()
        return not self._source.inherited and not self._source.tracks.any


class MediaStream(StreamBase[MediaStreamTrack]):
    """An open camera; use as a context manager or ``close`` it."""

    def clone(self) -> MediaStream:
        """Return another stream, with a clone of the track; each stream is closed by itself (clone)."""
        return MediaStream(self._tracks[0].clone(), self._source)

    def close(self) -> None:
        """Stop all tracks, and wait until the camera is closed unless other tracks show it."""
        if self._stop():
            self._source.close(CLOSING_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None,
    ) -> None:
        self.close()
