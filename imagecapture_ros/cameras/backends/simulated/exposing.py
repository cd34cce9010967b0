# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Lens, sensor and automatics at work together: from settings to the pixels of a frame or the plan of a photo."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from imagecapture_ros.cameras.backends.simulated import controls
from imagecapture_ros.cameras.backends.simulated.automatic.loops import METERED_SIGNAL, Automatics, exposure_time, goals
from imagecapture_ros.cameras.backends.simulated.automatic.metering import MeterImage, meter_image
from imagecapture_ros.cameras.backends.simulated.device import SimulatedDevice
from imagecapture_ros.cameras.backends.simulated.optics.layers import Layer
from imagecapture_ros.cameras.backends.simulated.optics.light import Illumination, white_balance_gains
from imagecapture_ros.cameras.backends.simulated.optics.pinhole import View
from imagecapture_ros.cameras.backends.simulated.optics.rendering import Renderer, Shot
from imagecapture_ros.cameras.backends.simulated.photo import PhotoPlan
from imagecapture_ros.cameras.backends.simulated.scene.scenes import open_scene
from imagecapture_ros.cameras.backends.simulated.sensor.development import Development, Pixels
from imagecapture_ros.cameras.backends.simulated.sensor.noise import Exposure, NoisePattern, StreamSensor
from imagecapture_ros.cameras.backends.simulated.testing.frame_counter import draw_frame_mark
from imagecapture_ros.mediacapture.capabilities import NativeMode, PhotoSettings, Settings
from imagecapture_ros.mediacapture.photo_settings import nearest_size
from imagecapture_ros.mediacapture.vocabulary import EXPOSURE_TIME_UNIT, VOCABULARY

HAND_HELD = 333.0
"""The longest time (units of 100 us) that the automatic exposure gives a photo for which it may use the flash."""

_FILL = math.sqrt(2.0)
"""How much brighter than without it a photo with a flash may be: half a stop, so that the light is seen."""

_HIGHLIGHTS = 0.95
"""Signal of the brightest twentieth of a photo with a flash at most: what is near must not turn white."""


@dataclass(frozen=True)
class _Change:
    """Settings that are under way."""

    first: int
    """The number of the first frame that is taken with them."""
    settings: Settings


class Exposer:
    """Everything behind the pixels of one opened device; for one thread.

    What a frame shows depends on the device, the numbers and settings of the frames since it was opened, and on nothing
    else.
    """

    def __init__(self, device: SimulatedDevice, mode: NativeMode) -> None:
        """Begin with the default settings.

        :raises NotFoundError: there is no such file for the scene.
        :raises NotReadableError: the file cannot be read.
        """
        self.mode = mode
        self._device = device
        self._scene = open_scene(device.scene, device.seed)
        self._noise = NoisePattern(device.seed)
        self._renderer = Renderer(self._scene)
        self._sensor = StreamSensor(self._noise)
        self._requested: Settings = controls.DEFAULTS
        self._in_force: Settings = controls.DEFAULTS
        self._under_way: deque[_Change] = deque()
        self._automatics = Automatics(controls.DEFAULTS)
        self._last_sequence = 0
        self._metered: tuple[tuple[object, ...], MeterImage] | None = None
        self._goals: tuple[tuple[object, ...], dict[str, float]] | None = None

    @property
    def settings(self) -> Settings:
        """What was asked for last, with what the automatics and the length of a frame make of it."""
        return self._effective(self._requested)

    @property
    def changing(self) -> bool:
        """Whether settings are under way that no frame shows yet."""
        return bool(self._under_way)

    def apply(self, settings: Settings, mode: NativeMode) -> None:
        """Take over checked settings, those that are under way, and a mode, for the next frame."""
        self._requested = {**self._requested, **settings}
        self._under_way.append(_Change(self._last_sequence, self._requested))
        self._take_over_all()
        self.mode = mode

    def apply_from(self, settings: Settings, first: int) -> int:
        """Take over checked settings from the frame ``first`` on, which is to come; return that frame.

        It is a later one where earlier settings are under way for that: changes never overtake each other.
        """
        if self._under_way:
            first = max(first, self._under_way[-1].first)
        self._requested = {**self._requested, **settings}
        self._under_way.append(_Change(first, self._requested))
        return first

    def restart(self) -> None:
        """Let the numbers of the frames begin anew; nothing is under way then."""
        self._take_over_all()
        self._last_sequence = 0

    def close(self) -> None:
        """Let go of the scene's file."""
        self._scene.close()

    def frame(self, sequence: int, scene_time: float) -> Pixels:
        """Return the frame ``sequence``, exposed ``scene_time`` seconds into the scene, as a new array.

        :raises NotReadableError: the file of the scene cannot be read any more.
        """
        while self._under_way and self._under_way[0].first <= sequence:
            if self._under_way[0].first - 1 > self._last_sequence:
                self._advance(self._under_way[0].first - 1, scene_time)
            self._take_over()
        self._advance(sequence, scene_time)
        illumination = _illumination(self._device, self._in_force)
        layers = self._scene.layers(scene_time, illumination)
        settings = self._effective(self._in_force)
        view = _view(self.mode.width, self.mode.height, settings)
        shot = Shot(view, _number(settings, 'focus_distance'), illumination)
        exposure = self._exposure(settings)
        still = self._renderer.still(shot, layers)
        patches = self._renderer.targets(shot, still, scene_time, exposure.time * EXPOSURE_TIME_UNIT)
        pixels = self._sensor.develop(still.codes, still.levels, patches, exposure, _development(settings), sequence)
        draw_frame_mark(pixels, sequence, scene_time)
        return pixels

    def prepare(self, scene_time: float) -> None:
        """Draw what frames from ``scene_time`` on keep from each other, so that the first of them is not late.

        :raises NotReadableError: the file of the scene cannot be read any more.
        """
        self.frame(self._last_sequence, scene_time)

    def photo_plan(self, wishes: PhotoSettings, sequence: int, scene_time: float, exposed_at: int) -> PhotoPlan:
        """Return the plan of a photo with an exposure of its own and the settings that were asked for last.

        In continuous modes it is metered for the photo and the flash; what is manual or held stays as it is.

        :raises NotReadableError: the file of the scene cannot be read any more.
        """
        width, height = nearest_size(wishes, controls.PHOTO_SIZES)
        view = _view(width, height, self.settings)
        flash = self._uses_flash(wishes.fill_light_mode or controls.PHOTO_DEFAULTS.fill_light_mode, view, scene_time)
        reduction = bool(wishes.red_eye_reduction)
        illumination = replace(
            _illumination(self._device, self._requested), flash=flash, red_eye_reduction=flash and reduction)
        layers = self._scene.layers(scene_time, illumination)
        settings = self._photo_settings(view, layers, illumination)
        return PhotoPlan(
            scene=self._scene, layers=layers, shot=Shot(view, _number(settings, 'focus_distance'), illumination),
            exposure=self._exposure(settings), development=_development(settings), noise=self._noise,
            sequence=sequence, scene_time=scene_time, exposed_at=exposed_at,
            settings=PhotoSettings(fill_light_mode='flash' if flash else 'off', image_width=float(width),
                                   image_height=float(height), red_eye_reduction=reduction),
            device_settings=settings,
        )

    def _uses_flash(self, fill_light_mode: str | None, view: View, scene_time: float) -> bool:
        if fill_light_mode != 'auto':
            return fill_light_mode == 'flash'
        illumination = _illumination(self._device, self._requested)
        meter = meter_image(self._scene.layers(scene_time, illumination), view, illumination)
        settings = self.settings
        time = HAND_HELD if settings['exposure_mode'] == 'continuous' else _number(settings, 'exposure_time')
        return self._exposure({**settings, 'exposure_time': time}).gain * meter.luminance(()) < 0.5 * METERED_SIGNAL

    def _photo_settings(self, view: View, layers: Sequence[Layer], illumination: Illumination) -> Settings:
        settings = dict(self.settings)
        meter = meter_image(layers, view, illumination)
        longest = HAND_HELD if illumination.flash else controls.LONGEST_EXPOSURE
        found = goals(meter, settings, longest)
        if illumination.flash:
            ambient = replace(illumination, flash=False, red_eye_reduction=False)
            without = exposure_time(meter_image(layers, view, ambient), settings, longest)
            unclipped = _HIGHLIGHTS / (self._exposure({**settings, 'exposure_time': 1.0}).gain * meter.highlights())
            found['exposure_time'] = min(without, _FILL * found['exposure_time'], unclipped)
        for name, value in found.items():
            coupling = VOCABULARY[name].coupling
            assert coupling is not None
            if settings[coupling.mode] == 'continuous':
                settings[name] = controls.nearest(name, value)
        return settings

    def _effective(self, settings: Settings) -> Settings:
        """Return what a device does that was asked for ``settings``."""
        values = self._automatics.values(settings)
        values['exposure_time'] = min(values['exposure_time'], controls.longest_exposure(self.mode))
        return {**settings, **values}

    def _take_over(self) -> None:
        """Bring the oldest settings that are under way into force."""
        before, self._in_force = self._in_force, self._under_way.popleft().settings
        self._automatics.apply(before, self._in_force)

    def _take_over_all(self) -> None:
        while self._under_way:
            self._take_over()

    def _advance(self, sequence: int, scene_time: float) -> None:
        """Let the automatics see the frames up to ``sequence``, with the settings in force."""
        passed, self._last_sequence = sequence - self._last_sequence, sequence
        self._automatics.advance(passed, 1.0 / self.mode.frame_rate, self._goals_for(scene_time))

    def _goals_for(self, scene_time: float) -> dict[str, float]:
        """Return the automatics' goals, metered anew only where something has changed."""
        asked_for = self._in_force
        illumination = _illumination(self._device, asked_for)
        layers = self._scene.layers(scene_time, illumination)
        view = _view(self.mode.width, self.mode.height, asked_for)
        seen = (view, illumination, layers)
        if self._metered is None or self._metered[0] != seen:
            self._metered = seen, meter_image(layers, view, illumination)
        meter = self._metered[1]
        asked = (meter, self.mode, *(asked_for[name] for name in (
            'points_of_interest', 'exposure_compensation', 'iso')))
        if self._goals is None or self._goals[0] != asked:
            self._goals = asked, goals(meter, asked_for, controls.longest_exposure(self.mode))
        return self._goals[1]

    def _exposure(self, settings: Settings) -> Exposure:
        return Exposure(_number(settings, 'exposure_time'), _number(settings, 'iso'), self._device.noise)


def _illumination(device: SimulatedDevice, settings: Settings) -> Illumination:
    return Illumination(device.light, torch=bool(settings['torch']))


def _view(width: int, height: int, settings: Settings) -> View:
    zoom, pan, tilt = (_number(settings, name) for name in ('zoom', 'pan', 'tilt'))
    return View(width, height, zoom=zoom, pan=pan, tilt=tilt)


def _development(settings: Settings) -> Development:
    blue, green, red = white_balance_gains(_number(settings, 'color_temperature')).tolist()
    controls_on_top = {name: _number(settings, name) for name in ('brightness', 'contrast', 'saturation', 'sharpness')}
    return Development(gains=(blue, green, red), **controls_on_top)


def _number(settings: Settings, name: str) -> float:
    value = settings[name]
    assert isinstance(value, (int, float))
    return float(value)
