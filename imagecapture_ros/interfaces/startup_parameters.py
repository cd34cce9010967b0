# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters that are read when the node is configured: converted kindly, refused clearly, then fixed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Union

from imagecapture_ros.texts import excerpt

Value = Union[bool, int, float, str]

LONGEST = 4096
"""Characters of a text: those of a path. Some of them are in every message."""

_FILE_NAME = re.compile(r'([\w \-][\w .\-]{0,63})?')


class StartupParameterError(ValueError):
    """A start-up parameter has a value that cannot be used; the message says what to write instead."""


@dataclass(frozen=True)
class StartupParameter:
    """One parameter with its default, which also tells its type."""

    name: str
    default: Value
    description: str
    allowed: tuple[Value, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    at_start_only: bool = False
    """Whether it decides what other programs may do or reach through the node, and is no business of theirs."""
    file_name: bool = False
    """Whether it becomes part of the name of a file."""
    number_range: bool = False
    """Whether it is empty or two numbers, as :func:`value_range` reads them."""

    @property
    def allowed_text(self) -> str:
        """What may be given, for people."""
        if self.allowed:
            return ', '.join(str(value) or "''" for value in self.allowed)
        if self.minimum is not None:
            return f'{self.minimum} to {self.maximum}'
        return ''

    def converted(self, value: object) -> Value:
        """Return ``value`` as this parameter's type.

        :raises StartupParameterError: it cannot be understood or is not allowed.
        """
        if value is False and 'off' in self.allowed:
            return 'off'  # YAML reads a bare off as a boolean; here no other reading is possible
        if value is None:
            raise StartupParameterError(f'parameter {self.name} has no value and cannot be deleted; give it one')
        if self.allowed and not isinstance(value, (type(self.default), float)):
            raise StartupParameterError(f'parameter {self.name}: {excerpt(value)} is not allowed; use '
                                        f'{self.allowed_text}')
        result = _CONVERTERS[type(self.default)](self.name, value)
        if self.file_name and not _FILE_NAME.fullmatch(str(result)):
            raise StartupParameterError(f'parameter {self.name}: {excerpt(value)} is not a plain name; use 64 letters, '
                                        f'digits, spaces, - _ and dots at most, and no dot as the first')
        if self.number_range:
            value_range(self.name, str(result))
        outside = self.minimum is not None and self.maximum is not None and not (
            self.minimum <= float(result) <= self.maximum)
        if (self.allowed and result not in self.allowed) or outside:
            raise StartupParameterError(f'parameter {self.name}: {excerpt(value)} is not allowed; use '
                                        f'{self.allowed_text}')
        return result


def value_range(name: str, text: str) -> tuple[float, float] | None:
    """Return the two numbers of ``MIN,MAX``, or ``None`` for an empty text.

    :raises StartupParameterError: it is neither; ``name`` is the parameter's.
    """
    if not text:
        return None
    try:
        low, high = (float(part) for part in text.split(','))
    except ValueError:
        low = high = 0.0
    if not -math.inf < low < high < math.inf:
        raise StartupParameterError(f'parameter {name}: {excerpt(text)} is no range; write MIN,MAX, for instance '
                                    f'27000,31000')
    return low, high


def _as_string(name: str, value: object) -> str:
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise StartupParameterError(f'parameter {name}: the text has {len(value)} characters; {LONGEST} at most')
        return value
    if isinstance(value, bool):
        words = "'off', 'no', 'false'" if not value else "'on', 'yes', 'true'"
        raise StartupParameterError(f'parameter {name}: YAML read a boolean where text is needed; write it in quotes '
                                    f'({words}); on the command line: -p {name}:="\'text\'"')
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, float):
        raise StartupParameterError(f'parameter {name}: {excerpt(value)} is a list and not text; give one text in '
                                    f'quotes')
    raise StartupParameterError(f'parameter {name}: {excerpt(value)} is not text; write it in quotes, for instance '
                                f'{name}: \'{value}\', on the command line -p {name}:="\'{value}\'"')


def _as_integer(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise StartupParameterError(f'parameter {name}: {excerpt(value)} is not a whole number')


def _as_number(name: str, value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise StartupParameterError(f'parameter {name}: {excerpt(value)} is not a number')


def _as_boolean(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise StartupParameterError(f'parameter {name}: {excerpt(value)} is not a boolean; use true or false')


_CONVERTERS: dict[type, Callable[[str, object], Value]] = {
    str: _as_string, int: _as_integer, float: _as_number, bool: _as_boolean,
}

ENCODINGS = ('', 'bgr8', 'rgb8', 'mono8')

_TABLE = (
    StartupParameter('autostart', True, 'configure and activate the node by itself'),
    StartupParameter('device', '', 'a Linux camera (id, serial number, bus info, /dev/video0 or a link to it), sim, '
                                   'a file, an image folder, a URL (http, rtsp), or gst:PIPELINE; empty: the best '
                                   'Linux camera'),
    StartupParameter('pixel_format', '', 'the only one that a Linux camera is to use (YUYV, MJPG, ...); empty: the '
                                         'best for each mode'),
    StartupParameter('camera_name', '', 'name in the calibration and its default path; empty: the node\'s name',
                     file_name=True),
    StartupParameter('frame_id', '', 'optical frame of the images; empty: NAME_optical_frame'),
    StartupParameter('camera_info_url', '', 'calibration file (file://, package:// or an absolute path); empty: '
                                            '${ROS_HOME}/camera_info/${NAME}.yaml', at_start_only=True),
    StartupParameter('encoding', '', 'encoding of image_raw; empty: as the camera delivers', allowed=ENCODINGS),
    StartupParameter('photo_format', 'auto', 'how photos are encoded; auto: JPEG, of 16 bits PNG, of 32 bits TIFF',
                     allowed=('auto', 'jpeg', 'png', 'tiff')),
    StartupParameter('compressed_format', 'auto', 'how the compressed stream is encoded; auto as with photos',
                     allowed=('auto', 'jpeg')),
    StartupParameter('jpeg_range', '', 'MIN,MAX: values of more than 8 bits that are black and white in a JPEG; empty: '
                                       'nearly all that are in each picture', number_range=True),
    StartupParameter('photo_quality', 95, 'JPEG quality of photos and the compressed stream', minimum=1, maximum=100),
    StartupParameter('photo_directory', '', 'folder in which save_as may write; empty: save_as is refused',
                     at_start_only=True),
    StartupParameter('allow_ptz', True, 'whether pan, tilt and zoom may be constrained', at_start_only=True),
    StartupParameter('strict_startup', False, 'fail when a property given at start cannot be met'),
    StartupParameter('loop', True, 'start videos and image folders again at their end; false: the track ends there'),
    StartupParameter('source_rate', 30.0, 'Hz of pictures that have no times: folders of images, pages of TIFF files, '
                                          'raw .h264 and .mjpeg', minimum=0.001, maximum=500.0),
    StartupParameter('max_pixels', 100_000_000, 'pixels of one image that a file or a network camera may send; larger '
                                                'ones are refused before memory is taken for them',
                     minimum=1, maximum=1_000_000_000, at_start_only=True),
    StartupParameter('open_timeout', 5, 'seconds in which a network camera or pipeline has answered', minimum=1,
                     maximum=600),
    StartupParameter('read_timeout', 5, 'seconds without a frame after which a network camera or pipeline is lost and '
                                        'connected anew; more than a slow camera takes from one frame to the next',
                     minimum=1, maximum=3600),
    StartupParameter('poll_period', 1.0, 'seconds after which a network camera that has one picture at its address, '
                                         'and no stream, is asked for it again', minimum=0.02, maximum=86400.0),
    StartupParameter('rotation', 0, 'degrees clockwise by which the picture is turned', allowed=(0, 90, 180, 270)),
    StartupParameter('mirror', False, 'swap left and right'),
    StartupParameter('dds_profile', 'auto', 'auto: bring shared-memory settings for large images; off: do not',
                     allowed=('auto', 'off')),
    StartupParameter('memory_limit', 0, 'MiB of data that the process may have, 800 or more; 0: no limit. What wants '
                                        'more fails', minimum=0, maximum=1 << 20, at_start_only=True),
)

DEVICE = 'device'

STARTUP_PARAMETERS: Mapping[str, StartupParameter] = {row.name: row for row in _TABLE}
