"""The simulated camera: a device with native modes, controls and photos that renders what it would see."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from imagecapture_ros.cameras.camera import ReadTimeout
from imagecapture_ros.cameras.simulated import controls
from imagecapture_ros.cameras.simulated.development import SENSITIVITY, Development
from imagecapture_ros.cameras.simulated.device import SimulatedDevice
from imagecapture_ros.cameras.simulated.frame_counter import draw_frame_counter
from imagecapture_ros.cameras.simulated.optics import View
from imagecapture_ros.cameras.simulated.pacing import Due, FrameClock
from imagecapture_ros.cameras.simulated.rendering import Pixels, Renderer
from imagecapture_ros.cameras.simulated.scene import Scene
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    MediaSettingsRange,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.errors import InvalidStateError, OperationError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo

METERED_SIGNAL = 0.36
"""Mean linear signal that the automatic exposure aims at, full scale being 1."""

FLASH_LIGHT = 0.5
"""Light of the flash on the scene, the light that is always there being 1."""

_Render = Callable[[View, Development, float], Pixels]


class SimulatedCamera:
    """A camera in front of a test chart; implements the ``Camera`` protocol.

    What frame n shows depends on the device's seed, n, the mode and the settings, and on nothing else: the scene's time
    at frame n is n divided by the frame rate. Opened, the device has its default mode and settings.
    """

    def __init__(self, device: SimulatedDevice) -> None:
        self._device = device
        self._renderer = Renderer(Scene(device.seed))
        self._mode = controls.NATIVE_MODES[0]
        self._settings = self._with_metered_exposure(controls.DEFAULTS, self._mode)
        self._open = False
        self._clock: FrameClock | None = None
        self._photos_without_stream = 0

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return self._device.info

    @property
    def capabilities(self) -> Capabilities:
        """What can be controlled, by property name."""
        return controls.CAPABILITIES

    @property
    def settings(self) -> Settings:
        """What the device does now; in the continuous mode ``exposure_time`` is what was metered."""
        return self._settings

    @property
    def defaults(self) -> Settings:
        """The device's own defaults."""
        return controls.DEFAULTS

    @property
    def native_modes(self) -> Sequence[NativeMode]:
        """The sizes and rates the device offers, the default mode first."""
        return controls.NATIVE_MODES

    @property
    def mode(self) -> NativeMode:
        """The native mode in force."""
        return self._mode

    @property
    def device_clock(self) -> bool:
        """Always true: a frame's time of exposure is when it was due, not when it was read."""
        return True

    @property
    def photo_capabilities(self) -> PhotoCapabilities:
        """What a photo can be asked for."""
        return controls.PHOTO_CAPABILITIES

    @property
    def photo_settings(self) -> PhotoSettings:
        """What a photo would be taken with if nothing is asked."""
        return controls.PHOTO_DEFAULTS

    def open(self) -> None:
        """Switch the device on, with its default mode and settings.

        :raises InvalidStateError: it is open.
        """
        if self._open:
            raise InvalidStateError(f'{self._device} is open already; close it first')
        self._mode = controls.NATIVE_MODES[0]
        self._settings = self._with_metered_exposure(controls.DEFAULTS, self._mode)
        self._photos_without_stream = 0
        self._open = True

    def close(self) -> None:
        """Switch the device off; harmless when it is off."""
        self.stop()
        self._open = False

    def start(self) -> None:
        """Begin to stream, with frame 0 now.

        :raises InvalidStateError: the device is not open, or streams.
        """
        self._require_open('start')
        if self._clock is not None:
            raise InvalidStateError(f'{self._device} streams already; stop it first')
        self._clock = FrameClock(self._mode.frame_rate, time.monotonic_ns())

    def stop(self) -> None:
        """End the stream; harmless when there is none."""
        self._clock = None

    def apply(self, settings: Settings, mode: NativeMode) -> None:
        """Take over ``settings`` and ``mode``, from the next frame on; a control that is not named stays as it is.

        ``exposure_time`` counts in the manual exposure mode only.

        :raises OperationError: a value or the mode is not possible; nothing has changed then.
        :raises InvalidStateError: the device is not open.
        """
        self._require_open('apply')
        if mode not in controls.NATIVE_MODES:
            offered = ', '.join(map(str, controls.NATIVE_MODES))
            raise OperationError(f'mode {mode}: the simulated camera does not have it; it offers {offered}')
        values = {name: controls.checked(name, value) for name, value in settings.items()}
        self._settings = self._with_metered_exposure({**self._settings, **values}, mode)
        if mode != self._mode and self._clock is not None:
            self._clock = FrameClock(mode.frame_rate, time.monotonic_ns(), self._clock.upcoming)
        self._mode = mode

    def read(self, timeout: float) -> Frame:
        """Return the next frame, at the time of its exposure; frames that were due long before are lost.

        :raises ReadTimeout: it is due after more than ``timeout`` seconds.
        :raises InvalidStateError: there is no stream.
        """
        self._require_open('read')
        if self._clock is None:
            raise InvalidStateError(f'{self._device} does not stream; start it before read')
        now = time.monotonic_ns()
        due = self._clock.next(now)
        patience = now + round(timeout * 1e9)
        _sleep_until(min(due.at, patience))
        if due.at > patience:
            raise ReadTimeout(f'{self._device}: no frame within {timeout:g} s; at {self._mode} a frame takes '
                              f'{1.0 / self._mode.frame_rate:.3f} s')
        pixels = self._exposed(self._renderer.render, self._mode.width, self._mode.height, due.sequence)
        self._clock.take(due.sequence)
        return _frame(pixels, due)

    def take_photo(self, wishes: PhotoSettings) -> RawPhoto:
        """Make one exposure in the photo size nearest to what was asked for, with the settings in force.

        While the device streams, the photo is the stream's next exposure, only larger or with the flash; frames that
        become due while it is rendered are lost.

        :raises InvalidStateError: the device is not open.
        """
        self._require_open('take_photo')
        width, height = controls.photo_size(wishes)
        fill_light_mode = wishes.fill_light_mode or controls.PHOTO_DEFAULTS.fill_light_mode
        now = time.monotonic_ns()
        if self._clock is None:
            due = Due(self._photos_without_stream, now)
            self._photos_without_stream += 1
        else:
            due = self._clock.following(now)
            _sleep_until(due.at)
        light = 1.0 + FLASH_LIGHT if fill_light_mode == 'flash' else 1.0
        pixels = self._exposed(self._renderer.render_once, width, height, due.sequence, light)
        used = PhotoSettings(fill_light_mode=fill_light_mode, image_width=float(width), image_height=float(height))
        return RawPhoto(_frame(pixels, due), used, self._settings, flash_fired=fill_light_mode == 'flash')

    def _exposed(self, render: _Render, width: int, height: int, sequence: int, light: float = 1.0) -> Pixels:
        development = Development(
            exposure=light * SENSITIVITY * _number(self._settings, 'exposure_time'),
            brightness=_number(self._settings, 'brightness'),
            contrast=_number(self._settings, 'contrast'),
            saturation=_number(self._settings, 'saturation'),
        )
        pixels = render(_view(width, height, self._settings), development, sequence / self._mode.frame_rate)
        draw_frame_counter(pixels, sequence)
        return pixels

    def _with_metered_exposure(self, settings: Settings, mode: NativeMode) -> Settings:
        """Return ``settings`` with the exposure time that the automatic exposure takes, if that is on."""
        if settings['exposure_mode'] != 'continuous':
            return settings
        luminance = self._renderer.mean_luminance(_view(mode.width, mode.height, settings))
        times = controls.CAPABILITIES['exposure_time']
        assert isinstance(times, MediaSettingsRange)
        return {**settings, 'exposure_time': times.nearest(METERED_SIGNAL / (SENSITIVITY * luminance))}

    def _require_open(self, what: str) -> None:
        if not self._open:
            raise InvalidStateError(f'{self._device} is not open; open it before {what}')


def _view(width: int, height: int, settings: Settings) -> View:
    zoom, pan, tilt = (_number(settings, name) for name in ('zoom', 'pan', 'tilt'))
    return View(width, height, zoom=zoom, pan=pan, tilt=tilt)


def _number(settings: Settings, name: str) -> float:
    value = settings[name]
    assert isinstance(value, (int, float))
    return value


def _frame(pixels: Pixels, due: Due) -> Frame:
    height, width = pixels.shape[:2]
    return Frame(data=pixels, encoding='bgr8', width=width, height=height, exposed_at=due.at, sequence=due.sequence)


def _sleep_until(moment: int) -> None:
    """Sleep until ``moment`` in nanoseconds of CLOCK_MONOTONIC."""
    while (remaining := moment - time.monotonic_ns()) > 0:
        time.sleep(remaining * 1e-9)
