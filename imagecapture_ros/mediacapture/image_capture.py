"""ImageCapture: photos and single frames of a track (MediaStream Image Capture)."""

from __future__ import annotations

from concurrent.futures import Future

from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, PhotoCapabilities, PhotoSettings
from imagecapture_ros.mediacapture.constraints import finite_number
from imagecapture_ros.mediacapture.errors import ConstraintTypeError, InvalidStateError, NotSupportedError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.track import VideoTrack

FILL_LIGHT_MODES = ('auto', 'off', 'flash')


class ImageCapture:
    """Takes photos and frames from ``track``; every method needs a live track."""

    def __init__(self, track: VideoTrack) -> None:
        self._track = track

    @property
    def track(self) -> VideoTrack:
        """The track given at construction."""
        return self._track

    @property
    def photo_capabilities(self) -> PhotoCapabilities:
        """What a photo can be asked for (getPhotoCapabilities).

        :raises InvalidStateError: the track has ended.
        """
        self._need_live_track()
        return self._track.source.snapshot.photo_capabilities

    @property
    def photo_settings(self) -> PhotoSettings:
        """What a photo would be taken with if nothing is asked (getPhotoSettings).

        :raises InvalidStateError: the track has ended.
        """
        self._need_live_track()
        return self._track.source.snapshot.photo_settings

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Make one exposure with settings of its own; the stream's settings do not change (takePhoto).

        The future raises UnknownError when the device fails.

        :raises ConstraintTypeError: a value is not finite, or no fill light mode of the specification.
        :raises InvalidStateError: the track has ended.
        :raises NotSupportedError: a value lies outside the photo capabilities.
        """
        _check_types(wishes)
        self._need_live_track()
        _check_supported(wishes, self._track.source.snapshot.photo_capabilities)
        return self._track.source.take_photo(wishes)

    def grab_frame(self) -> Future[Frame]:
        """Return the next frame of the stream (grabFrame).

        The future raises UnknownError when the device fails or no frame comes.

        :raises InvalidStateError: the track has ended or is muted, so that no frame comes.
        """
        self._need_live_track()
        if self._track.muted:
            reason = self._track.source.status.reason
            raise InvalidStateError(f'the track is muted, no frame comes: {reason}')
        return self._track.source.next_frame()

    def _need_live_track(self) -> None:
        if self._track.ready_state != 'live':
            reason = self._track.source.status.reason or 'it was stopped'
            raise InvalidStateError(f'the track has ended: {reason}; configure the node again')


def _check_types(wishes: PhotoSettings) -> None:
    for name, size in (('image_width', wishes.image_width), ('image_height', wishes.image_height)):
        if size is not None:
            finite_number(size, f'photo_settings.{name}')
    mode = wishes.fill_light_mode
    if mode is not None and mode not in FILL_LIGHT_MODES:
        raise ConstraintTypeError(f'photo_settings.fill_light_mode: {mode!r} is none of {", ".join(FILL_LIGHT_MODES)}; '
                                  f"YAML reads off as a boolean, so quote it: 'off'")


def _check_supported(wishes: PhotoSettings, capabilities: PhotoCapabilities) -> None:
    for name, size, allowed in (
        ('image_width', wishes.image_width, capabilities.image_width),
        ('image_height', wishes.image_height, capabilities.image_height),
    ):
        if size is not None:
            _check_size(name, size, allowed)
    mode = wishes.fill_light_mode
    if mode is not None and mode not in capabilities.fill_light_mode:
        possible = ', '.join(capabilities.fill_light_mode) or 'none, it has no flash'
        raise NotSupportedError(f'fill_light_mode {mode!r} is not supported by this device; it allows {possible}')
    if wishes.red_eye_reduction is not None and capabilities.red_eye_reduction != 'controllable':
        raise NotSupportedError(f'red_eye_reduction cannot be chosen on this device: it is '
                                f'{capabilities.red_eye_reduction}; leave it out')


def _check_size(name: str, size: float, allowed: MediaSettingsRange | None) -> None:
    if allowed is None:
        raise NotSupportedError(f'{name} cannot be chosen on this device; leave it out')
    if not allowed.min <= size <= allowed.max:
        raise NotSupportedError(f'{name} {size:g} is out of range; this device allows {allowed} pixels')
