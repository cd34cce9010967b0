# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which cameras there are, and how one is opened, as ``navigator.mediaDevices`` does it."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from imagecapture_ros.mediacapture.constraints import Constraints
from imagecapture_ros.mediacapture.errors import (
    AbortError,
    ConstraintTypeError,
    InvalidStateError,
    NotFoundError,
    OperationError,
)
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.source import Asked
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.mediacapture.w3c_json import video_constraints_from_json
from imagecapture_ros.mediacapture.wishes import with_wishes
from imagecapture_ros.navigator.dictionaries import MediaStreamConstraints, Wishes, warn_of_unknown_constraints
from imagecapture_ros.navigator.tracks import CLOSING_TIMEOUT, MediaStream, MediaStreamTrack
from imagecapture_ros.texts import excerpt

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from imagecapture_ros.cameras.api import Camera
    from imagecapture_ros.cameras.capture.snapshot import Snapshot
    from imagecapture_ros.navigator.shared_source import SharedSource

# The engine is imported when a camera is opened: it costs time that a program's start does not have.

EXIT_TIMEOUT = 1.0
"""Seconds in which the cameras that nobody has closed let go at the end of the program."""


@dataclass(frozen=True)
class MediaDeviceInfo:
    """Who a camera is (MediaDeviceInfo)."""

    device_id: str
    """Stable over restarts; a device string that opens it."""
    kind: str
    label: str
    """For people."""
    group_id: str
    """The same for all devices of one physical unit."""

    def to_json(self) -> dict[str, str]:
        """Return it under the names of the standard."""
        return {''.join((head, *(word.capitalize() for word in tail))): value
                for name, value in asdict(self).items() for head, *tail in (name.split('_'),)}


class _Opened:
    """The cameras that are open in this process; each is opened once, however many tracks show it."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._sources: dict[str, SharedSource] = {}
        self._locks: weakref.WeakValueDictionary[str, threading.Lock] = weakref.WeakValueDictionary()

    @contextlib.contextmanager
    def opening(self, cameras: Sequence[Camera]) -> Iterator[list[_Device]]:
        """Give the devices that ``cameras`` are, to choose one of them.

        Whoever else wants one of them meanwhile waits: it may be the one that is opened here. What is open stays open.
        """
        with contextlib.ExitStack() as stack:
            # In this order, so that two who want the same ones never wait for each other.
            for device_id in sorted({camera.info.device_id for camera in cameras}):
                stack.enter_context(self._lock_of(device_id))
            devices = [_Device(camera, self, stack) for camera in cameras]
            yield devices

    def _lock_of(self, device_id: str) -> threading.Lock:
        with self._changing:
            return self._locks.setdefault(device_id, threading.Lock())

    def source(self, camera: Camera, held: contextlib.ExitStack) -> SharedSource:
        """Return the open source of a camera, or open it; until the end of ``held`` it stays open."""
        from imagecapture_ros.navigator.shared_source import SharedSource

        device_id = camera.info.device_id
        source = self._sources.get(device_id)
        if source is not None:
            if not source.status.ended and source.tracks.add(hold := _Hold()):
                held.callback(_give_up, source, hold)
                return source
            # It has ended, or is just being closed; many a camera cannot be opened again before that is done.
            source.close(CLOSING_TIMEOUT)
        source = SharedSource(camera)
        source.open()
        with self._changing:
            self._sources = {name: one for name, one in self._sources.items() if one.tracks.any}
            self._sources[device_id] = source
        return source

    def close(self) -> None:
        """Close all cameras, at the end of the program: the interpreter must not go while their threads are at work."""
        for source in self._sources.values():
            source.release()
        end = time.monotonic() + EXIT_TIMEOUT
        for source in self._sources.values():
            source.close(max(0.0, end - time.monotonic()))


class _Hold:
    """Keeps a source open; asks nothing of it. Implements ``AskingTrack``."""

    asked = Asked()


def _give_up(source: SharedSource, hold: _Hold) -> None:
    if source.tracks.remove(hold):
        source.release()


@dataclass(frozen=True)
class _Device:
    """A camera that can be opened; implements ``MediaDevice``."""

    camera: Camera
    opened: _Opened
    held: contextlib.ExitStack

    def open(self) -> SharedSource:
        """See ``MediaDevice``."""
        return self.opened.source(self.camera, self.held)


_SIMULATED = 'sim'
_opened = _Opened()
atexit.register(lambda: _opened.close())


def _forget_all() -> None:
    """Let a process that was just forked have no cameras; those of its parent are not its own."""
    global _opened
    _opened = _Opened()


os.register_at_fork(after_in_child=_forget_all)


def open_track(
    constraints: MediaStreamConstraints | None, device: str | os.PathLike[str], loop: bool, wishes: Wishes,
) -> tuple[VideoTrack[Snapshot], SharedSource]:
    """Return a track of a camera that was opened and streams; blocks. See :meth:`MediaDevices.get_user_media`."""
    if isinstance(constraints, (str, os.PathLike)):
        raise ConstraintTypeError(f'constraints: {excerpt(constraints)} is not an object with members; which camera '
                                  f'to take is a keyword: device={excerpt(os.fspath(constraints))}')
    video = with_wishes(
        video_constraints_from_json({'video': True} if constraints is None else constraints),
        cast('dict[str, Any]', wishes))
    if constraints is not None:
        warn_of_unknown_constraints(constraints.get('video'), stacklevel=4)
    with _opened.opening(_cameras(_device_string(device), loop, video)) as devices:
        track = get_user_media(devices, video)
        source = cast('SharedSource', track.source)
        try:
            source.thread.start_stream().result()
        except (OperationError, InvalidStateError) as error:
            track.stop()
            raise AbortError(f'{track.label} does not stream: {error}') from error
        except BaseException:
            track.stop()
            raise
    return track, source


def _device_string(device: object) -> str:
    if isinstance(device, (str, os.PathLike)):
        text = os.fspath(device)
        if isinstance(text, str):
            return text
    number = isinstance(device, int) and not isinstance(device, bool)
    raise ConstraintTypeError(
        f'device: {excerpt(device)} is neither a string nor a path'
        + (f"; write '/dev/video{device}'" if number else ''))


def _cameras(device: str, loop: bool, video: Constraints) -> list[Camera]:
    """Return those that may be meant; the simulated one, too, if its id as it is listed is required."""
    from imagecapture_ros.cameras import registry

    try:
        found = registry.cameras_for(device, loop=loop)
    except NotFoundError:
        if device or not _requires_simulated(video):
            raise
        found = []
    return [*found, *registry.cameras_for(_SIMULATED)] if not device and _requires_simulated(video) else found


def _requires_simulated(video: Constraints) -> bool:
    asked = video.basic.get('device_id')
    return asked is not None and isinstance(asked.exact, tuple) and _SIMULATED in asked.exact


class MediaDevices:
    """The cameras of this machine, as a page knows them from ``navigator.mediaDevices``."""

    def enumerate_devices(self) -> list[MediaDeviceInfo]:
        """Return the cameras that can be opened without naming a file or an address (enumerateDevices)."""
        from imagecapture_ros.cameras import registry

        return [MediaDeviceInfo(info.device_id, 'videoinput', info.label, info.group_id)
                for info in registry.enumerate_devices()]

    def get_supported_constraints(self) -> dict[str, bool]:
        """Return true for each constraint this software knows, by its name in the standard."""
        return get_supported_constraints()

    def get_user_media(
        self, constraints: MediaStreamConstraints | None = None, /, *, device: str | os.PathLike[str] = '',
        loop: bool = False, **wishes: Unpack[Wishes],
    ) -> MediaStream:
        """Open the camera that suits best, brought to what is asked, and let it stream (getUserMedia).

        A camera that is open in this process already is not opened again: the new track shows it, too.

        :param constraints: ``{'video': {...}}``; ``None`` is any camera.
        :param device: the camera to take: ``sim`` (simulated), ``/dev/video0``, a serial number, a file, a folder of
            images, a URL, or ``gst:`` and a pipeline. Empty is any real camera of this machine, or the one whose
            ``deviceId`` is required.
        :param loop: whether a video file or a folder of images starts again at its end; if not, its track ends there.
            A file that is open already goes on as it does.
        :param wishes: constraints by snake_case name.
        :raises ConstraintTypeError: a value has the wrong type, or something is required by which no camera is chosen.
        :raises NotFoundError: there is no such camera.
        :raises NotReadableError: it is busy or unreadable.
        :raises NotAllowedError: the operating system refuses access to it.
        :raises OverconstrainedError: none has settings that meet what is required.
        :raises AbortError: the camera failed while it was set up.
        """
        track, source = open_track(constraints, device, loop, wishes)
        return MediaStream(MediaStreamTrack(track, source), source)


media_devices = MediaDevices()
