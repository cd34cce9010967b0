# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ImageCapture: photos and single frames of a track (MediaStream Image Capture)."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Generic

from imagecapture_ros.mediacapture.capabilities import PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.errors import (
    ConstraintTypeError,
    InvalidStateError,
    NotSupportedError,
    OperationError,
)
from imagecapture_ros.mediacapture.photo_settings import attainable_photo_settings, check_photo_settings
from imagecapture_ros.mediacapture.source import CompletedFrame, CompletedPhoto, State
from imagecapture_ros.mediacapture.track import VideoTrack
from imagecapture_ros.texts import excerpt


class ImageCapture(Generic[State]):
    """Takes photos and frames from a video track; every method needs the track to be live.

    Calls of ``take_photo`` and ``grab_frame`` that come while another is served wait for their turn; how many may wait
    is bounded by the source.
    """

    def __init__(self, track: VideoTrack[State]) -> None:
        """Take pictures of ``track``, which may have ended: then the methods fail.

        :raises ConstraintTypeError: ``track`` is not a track.
        :raises NotSupportedError: it is not a video track.
        """
        kind = getattr(track, 'kind', None)
        if not isinstance(kind, str):
            raise ConstraintTypeError(f'track: {excerpt(track)} is not a media stream track')
        if kind != 'video':
            raise NotSupportedError(f'track: its kind is {kind}; pictures can be taken of video tracks only')
        self._track = track

    @property
    def track(self) -> VideoTrack[State]:
        """The track given at construction."""
        return self._track

    def get_photo_capabilities(self) -> PhotoCapabilities:
        """Return what a photo can be asked for (getPhotoCapabilities).

        :raises InvalidStateError: the track has ended.
        :raises OperationError: it ended meanwhile.
        """
        self._need_live_track()
        capabilities = self._track.source.snapshot.photo_capabilities
        self._need_track_still_live('photo capabilities')
        return capabilities

    def get_photo_settings(self) -> PhotoSettings:
        """Return what a photo would be taken with if nothing is asked (getPhotoSettings).

        :raises InvalidStateError: the track has ended.
        :raises OperationError: it ended meanwhile.
        """
        self._need_live_track()
        settings = self._track.source.snapshot.photo_settings
        self._need_track_still_live('photo settings')
        return settings

    def take_photo(self, wishes: PhotoSettings | None = None) -> Future[CompletedPhoto[State]]:
        """Make one exposure with settings of its own; the stream's settings do not change (takePhoto).

        Among sizes in range the nearest that the device shoots is taken. The future raises UnknownError when the device
        fails or the track is stopped before the photo is there (clause 2.1: any failure after the call was accepted).

        :raises ConstraintTypeError: a value is not finite, or no fill light mode of the specification.
        :raises InvalidStateError: the track has ended.
        :raises NotSupportedError: a value lies outside the photo capabilities.
        """
        wishes = wishes or PhotoSettings()
        check_photo_settings(wishes)
        self._need_live_track()
        source = self._track.source
        return source.take_photo(attainable_photo_settings(wishes, source.snapshot.photo_capabilities))

    def grab_frame(self) -> Future[CompletedFrame[State]]:
        """Return the next frame of the stream (grabFrame), as large as the track's settings said at its exposure.

        It was taken with all that had been applied when it was asked for, as far as the device tells. The future raises
        UnknownError when the device fails, the track is stopped, or no frame comes.

        :raises InvalidStateError: the track has ended, or is muted or disabled, so that no frame comes.
        """
        self._need_live_track()
        if not self._track.enabled:
            raise InvalidStateError('the track is disabled, it has no frame; enable it')
        if self._track.muted:
            reason = self._track.source.status.reason
            raise InvalidStateError(f'the track is muted, no frame comes: {reason}')
        return self._track.source.next_frame()

    def _need_live_track(self) -> None:
        if self._track.ready_state != 'live':
            raise InvalidStateError(f'the track has ended: {self._track.ended_because}; open the camera '
                                    f'again, or configure the node again')

    def _need_track_still_live(self, what: str) -> None:
        if self._track.ready_state != 'live':
            raise OperationError(f'the track ended before its {what} were read: {self._track.ended_because}')
