# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated camera: a device with native modes, controls and photos that renders what it would see."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future

from imagecapture_ros.cameras.api import DeviceGone, ReadTimeout
from imagecapture_ros.cameras.backends.simulated import controls
from imagecapture_ros.cameras.backends.simulated.device import SimulatedDevice
from imagecapture_ros.cameras.backends.simulated.exposing import Exposer
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import HORIZONTAL_FIELD_OF_VIEW
from imagecapture_ros.cameras.backends.simulated.pacing import FrameClock
from imagecapture_ros.cameras.backends.simulated.photo import PhotoLab
from imagecapture_ros.cameras.backends.simulated.sensor.encoding import encoded
from imagecapture_ros.cameras.backends.simulated.testing.faults import Fault, FaultInjector, parse_faults
from imagecapture_ros.cameras.backends.simulated.testing.faulty import (
    CHANGED_CAPABILITIES,
    CHANGED_MODES,
    clamped,
    corrupted,
    refuse_changes,
    truncated,
)
from imagecapture_ros.mediacapture.capabilities import (
    Capabilities,
    NativeMode,
    PhotoCapabilities,
    PhotoSettings,
    Settings,
)
from imagecapture_ros.mediacapture.errors import InvalidStateError, NotFoundError, OperationError, UnknownError
from imagecapture_ros.mediacapture.frames import Frame, RawPhoto
from imagecapture_ros.mediacapture.source import DeviceInfo

_PAUSE = 20_000_000
"""Nanoseconds between two looks at whether a fault is over."""


class SimulatedCamera:
    """A camera before a scene; implements the ``Camera`` protocol.

    What frame n shows depends on the device, n, the modes and the settings so far, and on nothing else. Opened, the
    device has its default mode and settings.
    """

    def __init__(self, device: SimulatedDevice) -> None:
        self._device = device
        self.faults = FaultInjector(parse_faults(device.faults), lambda: time.monotonic_ns())
        """What goes wrong; may be told from any thread, also while the camera is not open."""
        self._capabilities = controls.CAPABILITIES
        self._modes = controls.with_default(controls.NATIVE_MODES, device.mode)
        self._exposer: Exposer | None = None
        self._lab: PhotoLab | None = None
        self._clock: FrameClock | None = None
        self._photos_without_stream = 0
        self._late_frame: tuple[Frame, int] | None = None
        self._in_force_since = 0
        self._exposed_at: int | None = None

    @property
    def info(self) -> DeviceInfo:
        """Who the device is."""
        return self._device.info

    @property
    def capabilities(self) -> Capabilities:
        """What can be controlled, by property name."""
        return self._capabilities

    @property
    def settings(self) -> Settings:
        """What the device does now, what the automatic modes have found included."""
        settings = controls.DEFAULTS if self._exposer is None else self._exposer.settings
        return {name: settings[name] for name in self._capabilities}

    @property
    def defaults(self) -> Settings:
        """The device's own defaults."""
        return {name: controls.DEFAULTS[name] for name in self._capabilities}

    @property
    def native_modes(self) -> Sequence[NativeMode]:
        """The sizes and rates the device offers, the default mode first."""
        return self._modes

    @property
    def mode(self) -> NativeMode:
        """The native mode in force."""
        return self._modes[0] if self._exposer is None else self._exposer.mode

    @property
    def in_force_since(self) -> int:
        """From when on the settings and the mode are in force: half a period before the first frame that shows them."""
        return self._in_force_since

    @property
    def has_capture_timestamps(self) -> bool:
        """Always true: a frame's time of exposure is when it was due, not when it was read."""
        return True

    @property
    def field_of_view(self) -> float:
        """Always the same: the camera is an exact pinhole."""
        return HORIZONTAL_FIELD_OF_VIEW

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
        :raises NotFoundError: it is unplugged by a fault, or the file of its scene is not there.
        :raises NotReadableError: the file of its scene cannot be read.
        """
        if self._exposer is not None:
            raise InvalidStateError(f'{self._device} is open already; close it first')
        self.faults.begin()
        fault = self._fault('unplug')
        if fault is not None:
            raise NotFoundError(f'{self._device} is not there because of the fault {fault}')
        changed = self._fault('change') is not None
        self._capabilities = CHANGED_CAPABILITIES if changed else controls.CAPABILITIES
        offered = CHANGED_MODES if changed else controls.NATIVE_MODES
        self._modes = controls.with_default(offered, self._device.mode if self._device.mode in offered else None)
        self._exposer = Exposer(self._device, self._modes[0])
        self._lab = PhotoLab()
        self._photos_without_stream = 0
        self._exposed_at = None
        self._in_force_since = time.monotonic_ns()

    def close(self) -> None:
        """Switch the device off; harmless when it is off. A photo that is being made fails."""
        self.stop()
        lab, self._lab = self._lab, None
        exposer, self._exposer = self._exposer, None
        if lab is not None:
            lab.close()
        if exposer is not None:
            exposer.close()

    def start(self) -> None:
        """Begin to stream, with frame 0 now, which shows all that was applied.

        :raises InvalidStateError: the device is not open, or streams.
        :raises DeviceGone: it is unplugged by a fault.
        """
        exposer = self._opened('start')
        if self._clock is not None:
            raise InvalidStateError(f'{self._device} streams already; stop it first')
        exposer.restart()
        exposer.prepare(0.0)
        self._clock = FrameClock(exposer.mode.frame_rate, time.monotonic_ns())
        self._in_force_since = min(self._in_force_since, self._before(self._clock.due(0)))

    def stop(self) -> None:
        """End the stream; harmless when there is none."""
        self._clock = None
        self._late_frame = None

    def apply(self, settings: Settings, mode: NativeMode) -> None:
        """Take over ``settings`` and ``mode``, from the next frame on; a control that is not named stays as it is.

        A fault may let frames of the stream show them later, unless the mode is another one: then its first frame
        shows all.

        ``exposure_time``, ``color_temperature`` and ``focus_distance`` count in their manual modes only. An exposure
        that is longer than a frame of ``mode`` is cut to that length, as ``settings`` shows.

        :raises OperationError: a value or the mode is not possible, or a fault refuses it; nothing has changed then.
        :raises InvalidStateError: the device is not open.
        :raises DeviceGone: it is unplugged by a fault.
        """
        exposer = self._opened('apply')
        if mode not in self._modes:
            offered = ', '.join(map(str, self._modes))
            raise OperationError(f'mode {mode}: the simulated camera does not have it; it offers {offered}')
        values: Settings = {
            name: controls.checked(self._capabilities, name, value) for name, value in settings.items()}
        self._stall()
        for fault in self.faults.active('refuse'):
            refuse_changes(fault, exposer.settings, values)
        for fault in self.faults.active('clamp'):
            values = clamped(fault, self._capabilities, values)
        if self._clock is None:
            exposer.apply(values, mode)
            self._in_force_since = time.monotonic_ns()
            return
        first = self._clock.upcoming
        if mode == exposer.mode:
            latency = max((fault.frames for fault in self.faults.active('latency')), default=0)
            first = exposer.apply_from(values, first + latency)
        else:
            self._late_frame = None  # of the other mode
            exposer.apply(values, mode)
            exposer.prepare(self._clock.scene_time(first))
            self._clock = self._clock.at_rate(mode.frame_rate, time.monotonic_ns())
        self._in_force_since = self._before(self._clock.due(first))

    def read(self, timeout: float) -> Frame:
        """Return the next frame, at the time of its exposure or later; frames that nobody read for long are lost.

        :raises ReadTimeout: it is due after more than ``timeout`` seconds.
        :raises InvalidStateError: there is no stream.
        :raises DeviceGone: it is unplugged by a fault, or the file of the scene cannot be read any more.
        """
        exposer = self._opened('read')
        if self._clock is None:
            raise InvalidStateError(f'{self._device} does not stream; start it before read')
        patience = time.monotonic_ns() + round(timeout * 1e9)
        if self._late_frame is not None:
            return self._when_ready(*self._late_frame, patience)
        due = self._clock.next(time.monotonic_ns())
        while due.at <= patience and (self._fault('freeze') is not None or self._concerned('drop', due.sequence)):
            _sleep_until(due.at)
            self._require_plugged('read')
            self._clock.take(due.sequence)
            due = self._clock.next(time.monotonic_ns())
        _sleep_until(min(due.at, patience))
        if due.at > patience:
            raise ReadTimeout(f'{self._device}: no frame within {timeout:g} s; at {exposer.mode} a frame takes '
                              f'{1.0 / exposer.mode.frame_rate:.3f} s')
        self._require_plugged('read')
        settings = exposer.settings
        pixels = exposer.frame(due.sequence, self._clock.scene_time(due.sequence))
        # An automatic has chosen for this frame; what is still under way is in force later in any case.
        if exposer.settings != settings and not exposer.changing:
            self._in_force_since = self._before(due.at)
        self._exposed_at = due.at
        self._clock.take(due.sequence)
        frame = self._damaged(Frame(
            data=encoded(pixels, self._device.encoding), encoding=self._device.encoding, width=exposer.mode.width,
            height=exposer.mode.height, exposed_at=due.at, sequence=due.sequence))
        return self._when_ready(frame, time.monotonic_ns(), patience)

    def photo_interrupts(self, wishes: PhotoSettings) -> bool:
        """Return False: a photo is taken beside the stream."""
        return False

    def take_photo(self, wishes: PhotoSettings) -> Future[RawPhoto]:
        """Expose a photo now, in the size nearest to what was asked for; it is made while the stream goes on.

        The future has an UnknownError when a fault spoils the photo or the camera is closed before it is done.

        :raises InvalidStateError: the device is not open.
        :raises DeviceGone: it is unplugged by a fault.
        """
        exposer = self._opened('take_photo')
        assert self._lab is not None
        if (fault := self._fault('photo')) is not None:
            raise UnknownError(f'the photo failed because of the fault {fault}')
        now = time.monotonic_ns()
        if self._clock is None:
            sequence = self._photos_without_stream
            scene_time = sequence / exposer.mode.frame_rate
            self._photos_without_stream += 1
        else:
            sequence = self._clock.upcoming
            scene_time = self._clock.scene_time(sequence)
        return self._lab.make(
            exposer.photo_plan(wishes, sequence, scene_time, now), delay=self._longest('shutter') * 1e-9)

    def _opened(self, what: str) -> Exposer:
        if self._exposer is None:
            raise InvalidStateError(f'{self._device} is not open; open it before {what}')
        self._require_plugged(what)
        return self._exposer

    def _before(self, exposed_at: int) -> int:
        """Return a moment that tells a frame exposed at ``exposed_at`` from the last one, with room on both sides."""
        since = exposed_at - round(0.5e9 / self.mode.frame_rate)
        # The first frame of a mode or stream may be nearer to the last one than a period.
        return since if self._exposed_at is None else max(since, (self._exposed_at + exposed_at) // 2)

    def _require_plugged(self, what: str) -> None:
        fault = self._fault('unplug')
        if fault is not None:
            raise DeviceGone(f'{self._device} is gone because of the fault {fault}; no {what} until it is back')

    def _fault(self, kind: str) -> Fault | None:
        return next(reversed(self.faults.active(kind)), None)

    def _concerned(self, kind: str, sequence: int) -> bool:
        return any(sequence % fault.every == 0 for fault in self.faults.active(kind))

    def _damaged(self, frame: Frame) -> Frame:
        if self._concerned('corrupt', frame.sequence):
            frame = corrupted(frame)
        if self._concerned('truncate', frame.sequence) and isinstance(frame.data, bytes):
            frame = truncated(frame)
        return frame

    def _when_ready(self, frame: Frame, made_at: int, patience: int) -> Frame:
        """Return a frame when slow reads let it through.

        :raises ReadTimeout: that is after ``patience``; the frame is given to a later read.
        :raises DeviceGone: the device is unplugged meanwhile.
        """
        self._late_frame = frame, made_at
        while (wait := made_at + self._longest('slow')) > time.monotonic_ns():
            if time.monotonic_ns() >= patience:
                raise ReadTimeout(f'{self._device}: reads are slow because of a fault')
            _sleep_until(min(wait, patience, time.monotonic_ns() + _PAUSE))
            self._require_plugged('read')
        self._late_frame = None
        return frame

    def _stall(self) -> None:
        begin = time.monotonic_ns()
        while (end := begin + self._longest('stall')) > time.monotonic_ns():
            _sleep_until(min(end, time.monotonic_ns() + _PAUSE))
            self._require_plugged('apply')

    def _longest(self, kind: str) -> int:
        """Return for how many nanoseconds the faults of a kind that takes time hold things up now."""
        return max((round(fault.seconds * 1e9) for fault in self.faults.active(kind)), default=0)


def _sleep_until(moment: int) -> None:
    """Sleep until ``moment`` in nanoseconds of CLOCK_MONOTONIC."""
    while (remaining := moment - time.monotonic_ns()) > 0:
        time.sleep(remaining * 1e-9)
