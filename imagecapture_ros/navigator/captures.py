# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ImageCapture as a page has it, with calls that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from imagecapture_ros.mediacapture import image_capture
from imagecapture_ros.mediacapture.capabilities import PhotoSettings as PhotoSettingsModel
from imagecapture_ros.mediacapture.errors import ConstraintTypeError, NotSupportedError
from imagecapture_ros.mediacapture.w3c_json import (
    photo_capabilities_to_json,
    photo_settings_from_json,
    photo_settings_to_json,
)
from imagecapture_ros.navigator.checks import COLOUR, checked_encoding, whole_number
from imagecapture_ros.navigator.dictionaries import (
    PhotoCapabilities,
    PhotoSettings,
    PhotoWishes,
    warn_of_unknown_photo_settings,
)
from imagecapture_ros.navigator.pictures import Photo, VideoFrame, video_frame
from imagecapture_ros.navigator.tracks import Call, TrackBase
from imagecapture_ros.suggestions import hint
from imagecapture_ros.texts import excerpt

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from imagecapture_ros.cameras.capture.snapshot import Snapshot
    from imagecapture_ros.mediacapture.source import CompletedFrame, CompletedPhoto

FORMATS = ('auto', 'jpeg', 'png', 'tiff')
_WISHES = {'fill_light_mode': 'fillLightMode', 'image_height': 'imageHeight', 'image_width': 'imageWidth',
           'red_eye_reduction': 'redEyeReduction'}


class CaptureBase:
    """Takes photos and frames of a track."""

    def __init__(self, track: TrackBase, *, photo_format: str = 'auto', photo_quality: int = 95) -> None:
        """Take pictures of ``track``, which may have ended: then the methods fail.

        :param photo_format: ``jpeg``, ``png``, ``tiff``, or ``auto`` for the first that keeps all bits of grey.
        :param photo_quality: of JPEG, 1 to 100.
        :raises ConstraintTypeError: ``track`` is not a track, or ``photo_quality`` no whole number.
        :raises NotSupportedError: it is not a video track, or there is no such format or quality.
        """
        if photo_format not in FORMATS:
            raise NotSupportedError(f'photo_format {excerpt(photo_format)} is not offered; use one of '
                                    f'{", ".join(FORMATS)}')
        photo_quality = whole_number(photo_quality, 'photo_quality')
        if not 1 <= photo_quality <= 100:
            raise NotSupportedError(f'photo_quality {excerpt(photo_quality)} is not from 1 to 100')
        kind = getattr(track, 'kind', None)
        if kind == 'video' and not isinstance(track, TrackBase):
            raise ConstraintTypeError(f'track: {excerpt(track)} is not a track of get_user_media')
        self._capture: image_capture.ImageCapture[Snapshot] = image_capture.ImageCapture(
            track._track if isinstance(track, TrackBase) else track)
        self._track = track
        self._format = photo_format
        self._quality = photo_quality

    @property
    def track(self) -> TrackBase:
        """The track given at construction."""
        return self._track

    def __repr__(self) -> str:
        return f'ImageCapture({self._track!r})'

    def _photo(self, settings: PhotoSettings | None, wishes: PhotoWishes) -> Call[CompletedPhoto[Snapshot], Photo]:
        warn_of_unknown_photo_settings(settings, stacklevel=4)
        return Call(self._capture.take_photo(_photo_settings(settings, wishes)), self._finished)

    def _finished(self, completed: CompletedPhoto[Snapshot]) -> Photo:
        from imagecapture_ros.engine.photos import encoded_photo, facts_of

        encoded = encoded_photo(
            completed.photo, completed.state.framing, self._format, self._quality,
            facts_of(completed.photo, completed.state))
        return Photo(completed, encoded)

    def _frame(self, encoding: str) -> Call[CompletedFrame[Snapshot], VideoFrame]:
        checked_encoding(encoding)
        return Call(
            self._capture.grab_frame(), lambda completed: video_frame(completed.frame, completed.state, encoding))

    def _photo_capabilities(self) -> PhotoCapabilities:
        return cast(PhotoCapabilities, photo_capabilities_to_json(self._capture.get_photo_capabilities()))

    def _photo_settings(self) -> PhotoSettings:
        return cast(PhotoSettings, photo_settings_to_json(self._capture.get_photo_settings()))


class ImageCapture(CaptureBase):
    """Takes photos and frames of a track (ImageCapture); every method needs the track to be live."""

    def take_photo(self, settings: PhotoSettings | None = None, /, **wishes: Unpack[PhotoWishes]) -> Photo:
        """Make one exposure with settings of its own, while the stream goes on where the camera can (takePhoto).

        Among sizes in range the nearest that the camera shoots is taken. ``wishes`` are settings by snake_case name.

        :raises InvalidStateError: the track has ended.
        :raises NotSupportedError: a value lies outside the photo capabilities.
        :raises ConstraintTypeError: a value has the wrong type, or a keyword is no setting.
        :raises UnknownError: the camera failed.
        """
        return self._photo(settings, wishes).wait()

    def grab_frame(self, *, encoding: str = COLOUR) -> VideoFrame:
        """Return the next frame of the stream, taken with all that has been applied (grabFrame).

        :param encoding: ``bgr8``, ``rgb8``, ``mono8``, or ``passthrough`` for the camera's own. Grey stays grey.
        :raises InvalidStateError: the track has ended, or is muted or disabled.
        :raises NotSupportedError: there is no such encoding.
        :raises ConstraintTypeError: ``encoding`` is no string.
        :raises UnknownError: the camera failed, or no frame came.
        """
        return self._frame(encoding).wait()

    def get_photo_capabilities(self) -> PhotoCapabilities:
        """Return what a photo can be asked for (getPhotoCapabilities).

        :raises InvalidStateError: the track has ended.
        """
        return self._photo_capabilities()

    def get_photo_settings(self) -> PhotoSettings:
        """Return what a photo would be taken with if nothing is asked (getPhotoSettings).

        :raises InvalidStateError: the track has ended.
        """
        return self._photo_settings()


def _photo_settings(settings: PhotoSettings | None, wishes: PhotoWishes) -> PhotoSettingsModel:
    given: dict[str, Any] = cast('dict[str, Any]', wishes)
    for name in given:
        if name not in _WISHES:
            raise ConstraintTypeError(f'{name} is no setting of a photo; {hint(name, _WISHES)}')
    # First alone, so that what is no dictionary is refused as such.
    photo_settings_from_json(settings)
    wished = {_WISHES[name]: value for name, value in given.items() if value is not None}
    return photo_settings_from_json({**(settings or {}), **wished})
