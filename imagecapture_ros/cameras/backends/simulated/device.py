# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The device string of a simulated camera: ``sim``, or ``sim:?key=value&key=value``."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, quote

from imagecapture_ros.cameras.backends.simulated.controls import NATIVE_MODES
from imagecapture_ros.cameras.backends.simulated.scene.scenes import CHART
from imagecapture_ros.cameras.backends.simulated.sensor.encoding import STREAM_ENCODINGS
from imagecapture_ros.cameras.backends.simulated.testing.faults import FaultError, parse_faults
from imagecapture_ros.mediacapture.capabilities import NativeMode
from imagecapture_ros.mediacapture.errors import NotFoundError
from imagecapture_ros.mediacapture.frames import JPEG
from imagecapture_ros.mediacapture.source import DeviceInfo
from imagecapture_ros.mediacapture.vocabulary import FACING_MODES

_EXAMPLE = 'write for instance sim, or sim:?scene=portrait&seed=3'


@dataclass(frozen=True)
class SimulatedDevice:
    """Which simulated camera: equal devices make equal pictures."""

    scene: str = CHART
    """``chart``, ``portrait``, or the path of an image or a video."""
    seed: int = 0
    """At least 0; decides the noise, the speckles on the chart's wall and the paths of its moving targets."""
    mode: NativeMode | None = None
    """The native mode it has when it is opened; ``None`` is its own default."""
    encoding: str = 'bgr8'
    """One of ``STREAM_ENCODINGS``."""
    light: float = 1.0
    """The light that is always there, 0 to 4; 1 is that of a bright room."""
    noise: bool = True
    """Whether the sensor has noise."""
    facing: str = ''
    """One of ``FACING_MODES``, or empty for unknown."""
    faults: str = ''
    """As :func:`parse_faults` takes them."""

    def __str__(self) -> str:
        options = [
            f'{field.name}={quote(_written(getattr(self, field.name)), safe="/:@+,.")}'
            for field in fields(self) if getattr(self, field.name) != field.default
        ]
        return f'sim:?{"&".join(options)}' if options else 'sim'

    @property
    def info(self) -> DeviceInfo:
        """Who the device is; its identifier is a device string that opens it again."""
        label = 'Simulated camera' if self.scene == CHART else f'Simulated camera, {self.scene}'
        if self.seed:
            label += f', seed {self.seed}'
        return DeviceInfo(device_id=str(self), label=label, group_id=str(self), facing_mode=self.facing)


def parse_device(text: str) -> SimulatedDevice:
    """Return the device that ``text`` names.

    :raises NotFoundError: there is no such device; the message names the part that is wrong and what is allowed.
    """
    scheme, colon, query = text.partition(':')
    if scheme != 'sim' or (colon and not query.startswith('?')):
        raise NotFoundError(f'{text!r} is no simulated camera; {_EXAMPLE}')
    # A plus is the sign of a fault's duration, not a space.
    query = query[1:].replace('+', '%2B')
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise NotFoundError(f'{text!r}: options are key=value, joined by &; {_EXAMPLE}') from None
    options: dict[str, Any] = {}
    for key, value in pairs:
        if key not in _READERS:
            raise NotFoundError(f'{text!r}: unknown option {key!r}; allowed are {", ".join(_READERS)}')
        if key in options:
            raise NotFoundError(f'{text!r}: option {key!r} is given twice; give it once')
        try:
            options[key] = _READERS[key](value)
        except ValueError as error:
            raise NotFoundError(f'{text!r}: {key} is {value!r}; {error}') from None
    device = SimulatedDevice(**options)
    if device.encoding != JPEG and any(fault.kind == 'truncate' for fault in parse_faults(device.faults)):
        raise NotFoundError(f'{text!r}: only JPEG frames can be truncated; add encoding={JPEG}')
    return device


def _written(value: object) -> str:
    if isinstance(value, bool):
        return 'on' if value else 'off'
    return repr(value) if isinstance(value, float) else str(value)


def _read_seed(value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise ValueError('allowed are whole numbers from 0, as in seed=3')
    return int(value)


def _read_mode(value: str) -> NativeMode:
    modes = {str(mode): mode for mode in NATIVE_MODES}
    if value not in modes:
        raise ValueError(f'allowed are {", ".join(modes)}')
    return modes[value]


def _read_light(value: str) -> float:
    try:
        light = float(value)
    except ValueError:
        light = math.nan
    if not 0.0 <= light <= 4.0:
        raise ValueError('allowed are numbers from 0 to 4, as in light=0.1')
    return light


def _read_noise(value: str) -> bool:
    return _one_of('on', 'off')(value) == 'on'


def _read_scene(value: str) -> str:
    if not value:
        raise ValueError('allowed are chart, portrait, and the path of an image or a video')
    return value


def _read_faults(value: str) -> str:
    try:
        parse_faults(value)
    except FaultError as error:
        raise ValueError(str(error)) from None
    return value


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f'allowed are {", ".join(allowed)}')
        return value

    return read


_READERS: dict[str, Callable[[str], Any]] = {
    'scene': _read_scene,
    'seed': _read_seed,
    'mode': _read_mode,
    'encoding': _one_of(*STREAM_ENCODINGS),
    'light': _read_light,
    'noise': _read_noise,
    'facing': _one_of(*FACING_MODES),
    'faults': _read_faults,
}
