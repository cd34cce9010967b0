# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which cameras there are, and how one is opened, as ``navigator.mediaDevices`` does it."""

from __future__ import annotations

import os
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from imagecapture_ros.cameras import registry
from imagecapture_ros.cameras.api import Camera
from imagecapture_ros.cameras.capture.snapshot import Snapshot
from imagecapture_ros.mediacapture.constraints import Constraints
from imagecapture_ros.mediacapture.errors import ConstraintTypeError, NotFoundError
from imagecapture_ros.mediacapture.media_devices import get_supported_constraints, get_user_media
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.mediacapture.w3c_json import video_constraints_from_json
from imagecapture_ros.mediacapture.wishes import with_wishes
from imagecapture_ros.navigator.dictionaries import MediaStreamConstraints, Wishes, warn_of_unknown_constraints
from imagecapture_ros.navigator.shared_source import SharedSource
from imagecapture_ros.navigator.tracks import MediaStream, MediaStreamTrack

if TYPE_CHECKING:
    from typing_extensions import Unpack


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
        self.lock = threading.Lock()
        """Held while one is opened: it may be the one that another asks for."""
        self._sources: list[SharedSource] = []

    def source(self, camera: Camera) -> SharedSource:
        """Return the open source of a camera, or open it."""
        self._sources = [one for one in self._sources if one.tracks.any and not one.status.ended]
        for source in self._sources:
            if source.info.device_id == camera.info.device_id:
                return source
        source = SharedSource(camera)
        source.open()
        self._sources.append(source)
        return source


_opened = _Opened()
_SIMULATED = 'sim'


@dataclass(frozen=True)
class _Device:
    """A camera that can be opened; implements ``MediaDevice``."""

    camera: Camera

    def open(self) -> SharedSource:
        """See ``MediaDevice``."""
        return _opened.source(self.camera)


def open_track(
    constraints: MediaStreamConstraints | None, device: str | os.PathLike[str], loop: bool, wishes: Wishes,
) -> tuple[VideoTrack[Snapshot], SharedSource]:
    """Return a track of a camera that was opened and streams; blocks. See :meth:`MediaDevices.get_user_media`."""
    if isinstance(constraints, (str, os.PathLike)):
        raise ConstraintTypeError(f'constraints: {constraints!r} is not an object with members; which camera to take '
                                  f'is a keyword: device={os.fspath(constraints)!r}')
    video = with_wishes(
        video_constraints_from_json({'video': True} if constraints is None else constraints),
        cast('dict[str, Any]', wishes))
    if constraints is not None:
        warn_of_unknown_constraints(constraints.get('video'), stacklevel=4)
    cameras = _cameras(_device_string(device), loop, video)
    with _opened.lock:
        track = get_user_media([_Device(camera) for camera in cameras], video)
        source = track.source
        assert isinstance(source, SharedSource)
        try:
            source.thread.start_stream().result()
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
        f'device: {device!r} is neither a string nor a path' + (f"; write '/dev/video{device}'" if number else ''))


def _cameras(device: str, loop: bool, video: Constraints) -> list[Camera]:
    """Return those that may be meant; the simulated one, too, if its id as it is listed is required."""
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
