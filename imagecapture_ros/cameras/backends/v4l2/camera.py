# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A Linux camera: the ``Camera`` protocol on a video node."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future

from imagecapture_ros.cameras.api import ReadTimeout, photo_at_once
from imagecapture_ros.cameras.backends.v4l2 import enumeration, errors
from imagecapture_ros.cameras.backends.v4l2.device import Device
from imagecapture_ros.cameras.backends.v4l2.enumeration import CameraEntry
from imagecapture_ros.cameras.backends.v4l2.modes import StreamMode, modes_of
from imagecapture_ros.cameras.backends.v4l2.open_device import OpenDevice
from imagecapture_ros.cameras.backends.v4l2.stream import Silence, Stream
from imagecapture_ros.cameras.driver_controls import DriverControl, DriverControlCamera, DriverControlValue
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    MediaSettingsRange,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.errors import (
    InvalidStateError,
    NotFoundError,
    NotReadableError,
    OperationError,
    UnknownError,
)
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo

logger = logging.getLogger(__name__)

WARM_UP_FRAMES = 3
"""Frames that are thrown away in the mode of a photo: the first ones may be from before, or half exposed."""

PHOTO_FRAME_TIMEOUT = 3.0
"""Seconds to wait for each frame of a photo; or five periods, where those take longer."""


class V4L2Camera(DriverControlCamera):
    """A camera behind a video node; implements ``Camera`` and ``DriverControlCamera``.

    It is opened in the mode nearest to 640x480 at 30 Hz and holds the driver's buffers from then on, so that nobody
    else can take the stream away, except in the moment in which the mode changes. What the controls are set to is left
    as it was found.

    A photo in the size of the stream is the stream's next frame, and the stream gets it, too. For any other size the
    stream is ended and started again afterwards.
    """

    def __init__(self, entry: CameraEntry, *, pixel_format: str = '') -> None:
        """Make a camera that is not open yet; ``pixel_format`` (``MJPG``, ...) is the only one to use, if given."""
        self._entry = entry
        self._pixel_format = pixel_format
        self._device = Device(entry.node)
        self._stream = Stream(self._device)
        self._opened: OpenDevice | None = None
        self._streaming = False
        self._pending: deque[Frame] = deque()
        self._silence = Silence()
        self._seen_at = 0.0
        """When the camera was there last, in seconds since the epoch."""

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return self._entry.info

    @property
    def capabilities(self) -> Capabilities:
        """What can be controlled, by property name."""
        return self._open_device.properties.capabilities

    @property
    def settings(self) -> Settings:
        """What the device does now, as last read or told by an event."""
        return self._open_device.properties.settings

    @property
    def defaults(self) -> Settings:
        """The driver's own defaults."""
        return self._open_device.properties.defaults

    @property
    def native_modes(self) -> Sequence[NativeMode]:
        """The sizes and rates the device offers, the one nearest to 640x480 at 30 Hz first."""
        return self._open_device.modes.native

    @property
    def mode(self) -> NativeMode:
        """The native mode in force."""
        opened, stream = self._open_device, self._stream
        return stream.taken if stream.taken and stream.asked == opened.wanted else opened.wanted.native

    @property
    def in_force_since(self) -> int:
        """When the settings and the mode were written, or what others did was told by an event or noticed."""
        return self._open_device.in_force.since

    @property
    def has_capture_timestamps(self) -> bool:
        """Whether the driver tells the time of each frame on the monotonic clock."""
        return self._stream.driver_clock

    @property
    def field_of_view(self) -> float | None:
        """``None``: drivers do not tell the lens."""
        return None

    @property
    def photo_capabilities(self) -> PhotoCapabilities:
        """The sizes of all modes."""
        sizes = self._open_device.modes.sizes
        widths, heights = [size[0] for size in sizes], [size[1] for size in sizes]
        return PhotoCapabilities(
            image_width=MediaSettingsRange(min(widths), max(widths)),
            image_height=MediaSettingsRange(min(heights), max(heights)), sizes=sizes)

    @property
    def photo_settings(self) -> PhotoSettings:
        """The largest size."""
        width, height = self._open_device.modes.sizes[-1]
        return PhotoSettings(image_width=float(width), image_height=float(height))

    @property
    def driver_controls(self) -> Mapping[str, DriverControl]:
        """The driver's controls that no property stands for, by parameter name."""
        return self._open_device.driver_controls.controls

    @property
    def driver_settings(self) -> Mapping[str, DriverControlValue]:
        """What they are set to."""
        return self._open_device.driver_controls.settings

    @property
    def faulty_frames(self) -> int:
        """Frames that the driver marked as faulty, or that came incomplete."""
        return self._stream.faulty

    @property
    def revision(self) -> int:
        """Grows with every change of a control that was not made here."""
        return self._open_device.controls.revision

    def open(self) -> None:
        """Find the camera, under whatever node, and take hold of it; errors as :meth:`Camera.open`."""
        self.close()
        self._entry = self._located()
        self._device.path = self._entry.node
        self._device.open()
        try:
            modes = modes_of(self._device, pixel_format=self._pixel_format)
            self._opened = OpenDevice(self._device, modes)
            self._stream.configure(self._opened.wanted)
            self._opened.note_change()
        except OSError as error:
            self.close()
            raise errors.not_streaming(self._device.path, 'its default mode', error) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the device, its buffers first: while a mapping is left, a camera comes back under another node."""
        self._streaming = False
        self._pending.clear()
        self._stream.release()
        self._device.close()
        self._opened = None

    def start(self) -> None:
        """Begin to stream.

        :raises NotReadableError: the driver refuses; the message says why and what to do.
        """
        self._pending.clear()
        self._stream.number_anew()
        self._begin()
        self._streaming = True

    def stop(self) -> None:
        """End the stream; the buffers stay, so that nobody else takes the camera."""
        self._streaming = False
        self._pending.clear()
        self._stream.stop()

    def apply(self, settings: Settings, mode: NativeMode) -> None:
        """Bring the device to ``mode``, which interrupts the stream if it is another one, and then to ``settings``.

        The stream goes on when all is written, so that no frame of another mode is from before.

        :raises OperationError: the device refused the mode or a value.
        """
        opened = self._open_device
        wanted = opened.modes.best(mode)
        if wanted is None:
            raise OperationError(f'{self._device.path} does not have the mode {mode}; it has '
                                 f'{", ".join(map(str, opened.modes.native))}')
        other_mode = wanted != self._stream.asked
        if other_mode:
            self._pending.clear()
            try:
                self._stream.configure(wanted)
            except OSError as error:
                raise OperationError(errors.not_streaming(self._device.path, wanted, error).message) from error
            opened.controls.refresh()  # a few drivers forget values with the mode
        try:
            opened.properties.apply(settings)
        finally:
            opened.note_change()
        if other_mode:
            if self._streaming:
                self._stream.start()
            opened.wanted = wanted
            self._heard()

    def read(self, timeout: float) -> Frame:
        """Return the next frame; errors as :meth:`Camera.read`.

        A stream that is silent for long is started again, once in a while.

        :raises NotReadableError: the driver gave the stream up; opening the device again may help.
        """
        if self._pending:
            return self._pending.popleft()
        if not self._streaming:
            raise InvalidStateError(f'{self._device.path} does not stream; start it before read')
        if not self._stream.running:
            self._begin()  # after a photo that left no stream behind
        deadline = time.monotonic() + timeout
        while True:
            frame = self._stream.take(deadline - time.monotonic())
            self.refresh()
            if frame is not None:
                self._heard()
                return frame
            if time.monotonic() >= deadline:
                break
        if self._silence.restart_is_due(self.mode.frame_rate):
            logger.warning('%s: no frame came for %.0f s; the stream is started again', self._device.path,
                           self._silence.seconds)
            self._stream.stop()
            self._stream.start()
        faulty = self._silence.faulty(self._stream.faulty)
        if faulty:
            raise ReadTimeout(f'{self._device.path} delivers only faulty frames, {faulty} so far; check the cable, or '
                              f'choose another size or pixel_format')
        raise ReadTimeout(f'{self._device.path} delivers no frame; check the cable, and whether the camera waits for a '
                          f'trigger')

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return whether the photo has another size than the stream."""
        return self._photo_size(wishes) != (self.mode.width, self.mode.height)

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Make one exposure in the size of ``wishes``, or in the largest; errors as :meth:`Camera.take_photo`."""
        opened = self._open_device
        width, height = self._photo_size(wishes)
        if (width, height) not in opened.modes.sizes:
            raise UnknownError(f'{self._device.path} takes no photo of {width}x{height} pixels')
        if self._stream.running and not self.photo_interrupts(wishes):
            frame, settings = self._next_of_stream()
        else:
            frame, settings = self._apart(opened.modes.for_photo(width, height, self.mode.frame_rate))
        used = PhotoSettings(image_width=float(frame.width), image_height=float(frame.height))
        return photo_at_once(RawPhoto(frame, used, settings))

    def set_driver_controls(self, values: Mapping[str, DriverControlValue]) -> None:
        """Set controls of the driver; errors as :meth:`DriverControlCamera.set_driver_controls`.

        For a control that the driver locks as long as there are buffers these are given back for a moment, except in
        the middle of a stream.
        """
        opened = self._open_device
        try:
            opened.driver_controls.apply(values)
        except errors.ControlBusy:
            if self._streaming:
                raise
            self._stream.release()
            try:
                opened.driver_controls.apply(values)
            finally:
                self._hold_buffers()
        finally:
            opened.note_change()

    def refresh(self) -> None:
        """Take in what others changed; see :meth:`DriverControlCamera.refresh`."""
        self._open_device.follow()
        self._seen_at = time.time()

    @property
    def _open_device(self) -> OpenDevice:
        if self._opened is None:
            raise InvalidStateError(f'{self._entry.info.label} is not open')
        return self._opened

    def _photo_size(self, wishes: PhotoSettings) -> tuple[int, int]:
        width, height = self._open_device.modes.sizes[-1]
        return int(wishes.image_width or width), int(wishes.image_height or height)

    def _located(self) -> CameraEntry:
        """Return the entry of this camera as it is now, under the identity that it has had from the beginning."""
        for entry in enumeration.find_all():
            if entry.is_same_as(self._entry, self._seen_at):
                return entry.known_as(self._entry.info)
        if not self._entry.listed:
            return self._entry
        raise NotFoundError(f'{self.info.label} ({self.info.device_id}) is not connected; it was {self._device.path}')

    def _begin(self) -> None:
        """Stream in the mode of the stream, whatever the device was brought to; errors as :meth:`start`."""
        if self._stream.asked != self._open_device.wanted:
            self._hold_buffers()
        self._stream.start()
        self._heard()

    def _hold_buffers(self) -> None:
        try:
            self._stream.configure(self._open_device.wanted)
        except OSError as error:
            raise errors.not_streaming(self._device.path, self._open_device.wanted, error) from error

    def _heard(self) -> None:
        self._silence.heard(self.mode.frame_rate, self._stream.faulty)

    def _next_of_stream(self) -> tuple[Frame, Settings]:
        """Return the first frame exposed from now on, and the settings in force then; the stream has it, too."""
        opened = self._open_device
        opened.follow(at_once=True)
        asked_at = time.monotonic_ns()
        frame = self._first_since(asked_at)
        opened.follow(at_once=True)
        return frame, opened.in_force.at(max(asked_at, frame.exposed_at))

    def _first_since(self, asked_at: int) -> Frame:
        """Return the first frame exposed since ``asked_at``; it and those before it wait for ``read``."""
        for _ in range(self._stream.buffers):
            if self.has_capture_timestamps:
                break
            # Nobody knows how old a frame is that waits in a buffer.
            if (frame := self._stream.take(0.0)) is None:
                break
            self._pending.append(frame)
        for _ in range(self._stream.buffers):
            frame = self._taken()
            self._heard()
            self._pending.append(frame)
            if frame.exposed_at >= asked_at:
                return frame
        # All that waited in buffers has been taken, so whatever the clock says, the next one is new.
        frame = self._taken()
        self._pending.append(frame)
        return frame

    def _apart(self, mode: StreamMode) -> tuple[Frame, Settings]:
        """Return a frame taken in ``mode``, and the settings in force then; the stream is ended and restored."""
        opened = self._open_device
        settings = opened.properties.held
        try:
            self._pending.clear()
            with self._stream.numbered_apart():
                self._stream.configure(mode)
                opened.bring_to(settings)
                started_at = time.monotonic_ns()
                self._stream.start()
                for _ in range(WARM_UP_FRAMES):
                    self._taken()
                opened.follow(at_once=True)
                frame = self._taken()
                opened.follow(at_once=True)
                return frame, opened.in_force.at(max(started_at, frame.exposed_at))
        except OSError as error:
            raise UnknownError(errors.not_streaming(self._device.path, mode, error).message) from error
        finally:
            self._restore(settings)

    def _restore(self, settings: Settings) -> None:
        try:
            self._stream.configure(self._open_device.wanted)
            self._open_device.bring_to(settings)
            if self._streaming:
                self._begin()
        except (NotReadableError, OSError) as error:
            # The next read tries again, and says what is wrong if that fails, too.
            logger.warning('%s: the stream is not back yet after the photo: %s', self._device.path, error)

    def _taken(self) -> Frame:
        """Return the next good frame.

        :raises UnknownError: none comes.
        """
        patience = max(PHOTO_FRAME_TIMEOUT, 5.0 / (self._stream.taken or self.mode).frame_rate)
        deadline = time.monotonic() + patience
        while (remaining := deadline - time.monotonic()) > 0:
            frame = self._stream.take(remaining)
            if frame is not None:
                return frame
            self.refresh()
        raise UnknownError(f'{self._device.path} delivered no frame for the photo within {patience:g} s')
