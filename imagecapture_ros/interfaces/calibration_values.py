# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration may hold, and the values in a calibration file, each with the line where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sensor_msgs.msg import CameraInfo

from imagecapture_ros.interfaces.intrinsics import picture_size, window
from imagecapture_ros.texts import excerpt

LARGEST_SIDE = 100_000
"""Pixels; more is no picture but a mistake."""

LARGEST_NUMBER = 1e9
MAX_COEFFICIENTS = 14
"""Distortion coefficients of OpenCV's largest model."""

DISTORTION_MODELS = ('', 'plumb_bob', 'rational_polynomial', 'equidistant', 'thin_prism', 'fisheye')

_MODELS_BY_COEFFICIENTS = {0: 'plumb_bob', 4: 'plumb_bob', 5: 'plumb_bob', 8: 'rational_polynomial'}


class CalibrationError(ValueError):
    """A calibration cannot be read or written; the message says which, why and what to do."""


def check_calibration(info: CameraInfo) -> None:
    """Refuse a calibration that would spoil every picture's.

    :raises CalibrationError: its size or a number in it cannot be.
    """
    if not (1 <= info.width <= LARGEST_SIDE and 1 <= info.height <= LARGEST_SIDE):
        raise CalibrationError(f'the calibration is for {info.width}x{info.height} pixels; both sides must be 1 to '
                               f'{LARGEST_SIDE}')
    for name, values in (('d', info.d), ('k', info.k), ('r', info.r), ('p', info.p)):
        numbers = [float(value) for value in values]
        if not all(abs(number) <= LARGEST_NUMBER for number in numbers):  # also refuses NaN
            wrong = next(number for number in numbers if not abs(number) <= LARGEST_NUMBER)
            raise CalibrationError(f'the calibration has a number in {name} that cannot be: {wrong:g}; calibrate again')
    if info.distortion_model not in DISTORTION_MODELS:
        raise CalibrationError(f'the distortion model {excerpt(info.distortion_model)} is not known; use one of '
                               f'{", ".join(filter(None, DISTORTION_MODELS))}')
    if len(info.d) > MAX_COEFFICIENTS:
        raise CalibrationError(f'the calibration has {len(info.d)} distortion coefficients; {MAX_COEFFICIENTS} at most')
    x, y, width, height = window(info)
    if not (width and height and x + width <= info.width and y + height <= info.height):
        raise CalibrationError(f'roi is {width}x{height} pixels at ({x}, {y}), which does not lie in the '
                               f'{info.width}x{info.height} pixels of the calibration; all four of its numbers are 0 '
                               f'for the whole picture')
    if not all(picture_size(info)):
        raise CalibrationError(f'binning_x and binning_y are {info.binning_x} and {info.binning_y}, which leaves '
                               f'nothing of {width}x{height} pixels')


def model_of(coefficients: Sequence[float]) -> str:
    """Return the distortion model that so many coefficients are usually of.

    :raises CalibrationError: it cannot be told.
    """
    try:
        return _MODELS_BY_COEFFICIENTS[len(coefficients)]
    except KeyError:
        raise CalibrationError(f'it has no distortion_model, and {len(coefficients)} coefficients do not tell it; add '
                               f'one of {", ".join(filter(None, DISTORTION_MODELS))}') from None


class Section:
    """A section of a calibration file; what is wrong in it is told with the name and the line."""

    def __init__(self, content: Mapping[Any, Any], lines: Mapping[tuple[str, ...], int],
                 names: tuple[str, ...] = ()) -> None:
        self._content = content
        self._lines = lines
        self._names = names

    def __contains__(self, name: str) -> bool:
        return name in self._content

    @property
    def names(self) -> list[str]:
        """What it holds."""
        return [str(name) for name in self._content]

    def error(self, name: str, wrong: str) -> CalibrationError:
        """Return the error that says what is ``wrong``, and the line of ``name`` or, where it is missing, of all."""
        line = self._lines.get((*self._names, name)) or self._lines.get(self._names)
        return CalibrationError(f'{wrong} (line {line})' if line else wrong)

    def value(self, name: str) -> Any:
        """Return what stands there.

        :raises CalibrationError: nothing does.
        """
        if name not in self._content:
            raise self.error(name, f'{".".join(self._names) or "it"} has no {name}')
        return self._content[name]

    def text(self, name: str) -> str:
        """Return a text.

        :raises CalibrationError: it is missing, or none.
        """
        value = self.value(name)
        if not isinstance(value, str):
            raise self._unlike(name, 'text')
        return value

    def whole(self, name: str, least: int, otherwise: int | None = None) -> int:
        """Return a whole number from ``least`` to :data:`LARGEST_SIDE`; ``otherwise``, if given, where it is missing.

        :raises CalibrationError: it is missing, or none.
        """
        if otherwise is not None and name not in self._content:
            return otherwise
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._unlike(name, 'number')
        return self._whole(name, value, least)

    def flag(self, name: str) -> bool:
        """Return a boolean, false where it is missing.

        :raises CalibrationError: it is none.
        """
        value = self._content.get(name, False)
        if value not in (False, True):  # 0 and 1 as well
            raise self.error(name, f'{name} is {excerpt(value)}; it must be true or false')
        return bool(value)

    def section(self, name: str) -> Section:
        """Return a section within this one.

        :raises CalibrationError: it is missing, or none.
        """
        value = self.value(name)
        if not isinstance(value, dict):
            raise self._unlike(name, 'section')
        return Section(value, self._lines, (*self._names, name))

    def numbers(self, name: str, length: int | None = None) -> list[float]:
        """Return a list of numbers, of any length up to :data:`MAX_COEFFICIENTS` or of just one.

        :raises CalibrationError: it is missing, of another length, or holds something else.
        """
        if not isinstance(self.value(name), list):
            raise self._unlike(name, 'list')
        return self._numbers(name, self._content[name], length)

    def sides(self, name: str, length: int) -> list[int]:
        """Return a list of so many whole numbers of pixels.

        :raises CalibrationError: it is missing, or none.
        """
        return [self._whole(name, value, 1) for value in self.numbers(name, length)]

    def matrix(self, name: str, rows: int | None = None, columns: int | None = None) -> list[float]:
        """Return the numbers of a matrix: a section with ``rows``, ``cols`` and ``data``, or just lists of them.

        :raises CalibrationError: it is missing, of another size, or holds something else.
        """
        length = rows * columns if rows and columns else None
        if isinstance(self.value(name), list):
            values = self._content[name]
            if values and all(isinstance(row, list) and len(row) == len(values[0]) for row in values):
                values = [value for row in values for value in row]
            return self._numbers(name, values, length)
        section = self.section(name)
        if not isinstance(section.value('data'), list):
            raise section._unlike('data', 'list')
        values = self._numbers(name, section.value('data'), length)
        if 'rows' in section and 'cols' in section:
            stated = section.whole('rows', 0), section.whole('cols', 0)
            if stated[0] * stated[1] != len(values):
                raise self.error(name, f'{name} is said to have {stated[0]} rows and {stated[1]} columns, and has '
                                       f'{len(values)} values')
        return values

    def _unlike(self, name: str, noun: str) -> CalibrationError:
        whose = f' of {".".join(self._names)}' if self._names else ''
        return self.error(name, f'{name}{whose} is {excerpt(self._content[name])} and no {noun}')

    def _whole(self, name: str, value: float, least: int) -> int:
        if not least <= value <= LARGEST_SIDE or value != int(value):
            raise self.error(name, f'{name} is {excerpt(value)}; it must be {least} to {LARGEST_SIDE}')
        return int(value)

    def _numbers(self, name: str, values: list[object], length: int | None) -> list[float]:
        if len(values) > MAX_COEFFICIENTS or len(values) != (len(values) if length is None else length):
            allowed = f'at most {MAX_COEFFICIENTS}' if length is None else str(length)
            raise self.error(name, f'{name} has {len(values)} values instead of {allowed}')
        return [self._number(name, value) for value in values]

    def _number(self, name: str, value: object) -> float:
        # As camera_calibration writes them, PyYAML reads numbers as 1e-05 as text.
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise self.error(name, f'{name} holds {excerpt(value)} among its numbers')
        try:
            # OpenCV's .Nan and .Inf, as well.
            number = float(re.sub(r'\.(nan|inf)$', r'\1', value.lower()) if isinstance(value, str) else value)
        except (ValueError, OverflowError) as error:
            raise self.error(name, f'{name} holds {excerpt(value)}, something else than numbers') from error
        if not abs(number) <= LARGEST_NUMBER:  # also refuses NaN
            raise self.error(name, f'{name} holds a number that cannot be: {number:g}')
        return number
