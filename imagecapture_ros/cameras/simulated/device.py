"""The device string of a simulated camera: ``sim``, or ``sim:?key=value&key=value``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from imagecapture_ros.mediacapture.errors import NotFoundError
from imagecapture_ros.mediacapture.source import DeviceInfo

FACING_MODES = ('user', 'environment', 'left', 'right')
"""Media Capture and Streams, VideoFacingModeEnum."""

_OPTIONS = ('seed', 'facing')
_EXAMPLE = 'write for instance sim, or sim:?seed=3&facing=environment'


@dataclass(frozen=True)
class SimulatedDevice:
    """Which simulated camera: equal devices make equal pictures."""

    seed: int = 0
    """At least 0; decides the speckles on the wall and the paths of the moving targets."""
    facing: str = ''
    """One of ``FACING_MODES``, or empty for unknown."""

    def __str__(self) -> str:
        options = {'seed': str(self.seed) if self.seed else '', 'facing': self.facing}
        query = '&'.join(f'{key}={value}' for key, value in options.items() if value)
        return f'sim:?{query}' if query else 'sim'

    @property
    def info(self) -> DeviceInfo:
        """Who the device is; its identifier is a device string that opens it again."""
        label = f'Simulated camera, seed {self.seed}' if self.seed else 'Simulated camera'
        return DeviceInfo(device_id=str(self), label=label, group_id=str(self), facing_mode=self.facing)


def parse_device(text: str) -> SimulatedDevice:
    """Return the device that ``text`` names.

    :raises NotFoundError: there is no such device; the message names the part that is wrong and what is allowed.
    """
    scheme, colon, query = text.partition(':')
    if scheme != 'sim' or (colon and not query.startswith('?')):
        raise NotFoundError(f'{text!r} is no simulated camera; {_EXAMPLE}')
    try:
        pairs = parse_qsl(query[1:], keep_blank_values=True, strict_parsing=True) if query[1:] else []
    except ValueError:
        raise NotFoundError(f'{text!r}: options are key=value, joined by &; {_EXAMPLE}') from None
    options: dict[str, str] = {}
    for key, value in pairs:
        if key not in _OPTIONS:
            raise NotFoundError(f'{text!r}: unknown option {key!r}; allowed are {", ".join(_OPTIONS)}')
        if key in options:
            raise NotFoundError(f'{text!r}: option {key!r} is given twice; give it once')
        options[key] = value
    return SimulatedDevice(seed=_read_seed(text, options), facing=_read_facing(text, options))


def _read_seed(text: str, options: Mapping[str, str]) -> int:
    value = options.get('seed', '0')
    if not (value.isascii() and value.isdigit()):
        raise NotFoundError(f'{text!r}: seed is {value!r}; allowed are whole numbers from 0, as in seed=3')
    return int(value)


def _read_facing(text: str, options: Mapping[str, str]) -> str:
    value = options.get('facing', '')
    if 'facing' in options and value not in FACING_MODES:
        raise NotFoundError(f'{text!r}: facing is {value!r}; allowed are {", ".join(FACING_MODES)}')
    return value
