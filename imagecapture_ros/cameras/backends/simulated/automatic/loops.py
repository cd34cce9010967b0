# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The automatic modes: loops that bring exposure, white balance and focus nearer to their goals with every frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from imagecapture_ros.cameras.backends.simulated import controls
from imagecapture_ros.cameras.backends.simulated.automatic.metering import MeterImage
from imagecapture_ros.cameras.backends.simulated.sensor.noise import Exposure
from imagecapture_ros.mediacapture.capabilities import MediaSettingsRange, Settings, SettingValue
from imagecapture_ros.mediacapture.vocabulary import Point2D

METERED_SIGNAL = 0.36
"""Mean linear signal that the automatic exposure aims at, full scale being 1."""

TIME_CONSTANT = 0.12
"""Seconds in which what is left to do shrinks to 37 %."""


@dataclass(frozen=True)
class _Scale:
    """The scale on which a loop moves evenly, and when it rests."""

    mode: str
    value: str
    forth: Callable[[float], float]
    back: Callable[[float], float]
    tolerance: float
    """Nearer than this it has arrived."""
    wake: float
    """A loop that has arrived stays until the goal is farther away than this."""


def _inverse(value: float) -> float:
    return 1.0 / value


_SCALES = (
    _Scale('exposure_mode', 'exposure_time', math.log2, lambda stops: 2.0 ** stops, 0.02, 0.1),
    _Scale('white_balance_mode', 'color_temperature', _inverse, _inverse, 1e-6, 5e-6),
    _Scale('focus_mode', 'focus_distance', _inverse, _inverse, 0.02, 0.1),
)
"""Exposure moves in stops, white balance in reciprocal kelvin, focus in dioptres: what looks even."""


class Automatics:
    """Holds exposure time, colour temperature and focus distance, whoever decides on them."""

    def __init__(self, defaults: Settings) -> None:
        self._loops = [_Loop(scale, _number(defaults[scale.value])) for scale in _SCALES]

    def values(self, settings: Settings) -> dict[str, float]:
        """Return, by property name, what ``settings`` come to: they hold it themselves, or it is the automatics'."""
        return {
            loop.scale.value: _number(settings[loop.scale.value]) if settings[loop.scale.mode] == 'manual'
            else loop.value for loop in self._loops
        }

    def apply(self, before: Settings, settings: Settings) -> None:
        """Take over changed modes; in the manual mode also the value, which elsewhere stays what it is.

        A single shot begins when its mode is chosen anew, or when what it is to meter has changed.
        """
        remetered = any(before[name] != settings[name] for name in ('points_of_interest', 'exposure_compensation'))
        for loop in self._loops:
            mode = settings[loop.scale.mode]
            if mode == 'manual':
                loop.hold(_number(settings[loop.scale.value]))
            elif before[loop.scale.mode] != mode or remetered:
                loop.start(once=mode == 'single-shot')

    def advance(self, frames: int, period: float, goals: dict[str, float]) -> None:
        """Let ``frames`` frames of ``period`` seconds go by."""
        part = 1.0 - math.exp(-period / TIME_CONSTANT)
        for loop in self._loops:
            loop.advance(frames, part, goals[loop.scale.value])


def goals(meter: MeterImage, settings: Settings, longest_exposure: float) -> dict[str, float]:
    """Return where the automatics want to go, by property name: what is metered, within what the device can do."""
    points = settings['points_of_interest']
    assert isinstance(points, tuple)
    return {
        'exposure_time': exposure_time(meter, settings, longest_exposure),
        'color_temperature': _within('color_temperature', meter.color_temperature(points)),
        'focus_distance': _within('focus_distance', meter.focus_distance(points)),
    }


def exposure_time(meter: MeterImage, settings: Settings, longest: float) -> float:
    """Return the time (units of 100 us, at most ``longest``) that makes the metered mean what it should be."""
    points: tuple[Point2D, ...] = settings['points_of_interest']  # type: ignore[assignment]
    aim = METERED_SIGNAL * 2.0 ** _number(settings['exposure_compensation'])
    gain = Exposure(1.0, _number(settings['iso'])).gain
    return min(_within('exposure_time', aim / (gain * meter.luminance(points))), longest)


class _Loop:
    """One of them; ``value`` follows a finer one inside, which alone does not lose small steps."""

    def __init__(self, scale: _Scale, value: float) -> None:
        self.scale = scale
        self._position = scale.forth(value)
        self._running = True
        self._once = False
        self._arrived = False
        self.value = value

    def hold(self, value: float) -> None:
        """Stay at ``value``."""
        self._running = False
        self._position = self.scale.forth(value)
        self.value = value

    def start(self, *, once: bool) -> None:
        """Follow the goal, or go there ``once``."""
        self._running = True
        self._once = once
        self._arrived = False

    def advance(self, frames: int, part: float, goal: float) -> None:
        """Go ``part`` of what is left, as often as there were ``frames``."""
        target = self.scale.forth(goal)
        for _ in range(frames):
            left = target - self._position
            if not self._running or (self._arrived and abs(left) < self.scale.wake):
                return
            self._arrived = abs(left) < self.scale.tolerance
            self._position += left if self._arrived else part * left
            self._running = not (self._once and self._arrived)
            self.value = controls.nearest(self.scale.value, self.scale.back(self._position))


def _within(name: str, value: float) -> float:
    capability = controls.CAPABILITIES[name]
    assert isinstance(capability, MediaSettingsRange)
    return min(max(value, capability.min), capability.max)


def _number(value: SettingValue) -> float:
    assert isinstance(value, (int, float))
    return float(value)
