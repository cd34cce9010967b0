# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations in files, as camera_calibration writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from sensor_msgs.msg import CameraInfo

from imagecapture_ros.plain_yaml import YamlError, load_yaml_file
from imagecapture_ros.share import complete_ament_prefix_path
from imagecapture_ros.texts import excerpt
from imagecapture_ros.whole_files import replace_file

LARGEST_SIDE = 100_000
"""Pixels; more is no picture but a mistake."""

LARGEST_NUMBER = 1e9
MAX_COEFFICIENTS = 14
"""Distortion coefficients of OpenCV's largest model."""

DISTORTION_MODELS = ('', 'plumb_bob', 'rational_polynomial', 'equidistant', 'thin_prism', 'fisheye')


class CalibrationError(ValueError):
    """A calibration cannot be read or written; the message says which, why and what to do."""


def calibration_path(url: str, camera_name: str) -> Path:
    """Return the file that ``url`` names, ``file://`` or ``package://``; empty is camera_info_manager's default.

    :raises CalibrationError: the URL is of another kind, or names a package that is not installed.
    """
    if not url:
        home = os.environ.get('ROS_HOME') or str(Path.home() / '.ros')
        return Path(home) / 'camera_info' / f'{camera_name}.yaml'
    try:
        scheme, host, path, _, _ = urlsplit(url)
    except ValueError:  # for instance brackets that are not closed
        scheme = host = path = ''
    path = unquote(path)
    if '\0' in path:
        scheme = ''
    if scheme == 'file' and host in ('', 'localhost'):
        return Path(path)
    if scheme == 'package':
        from ament_index_python.packages import get_package_share_directory

        complete_ament_prefix_path()
        try:
            return Path(get_package_share_directory(host)) / path.lstrip('/')
        except (LookupError, ValueError) as error:
            raise CalibrationError(f'camera_info_url {url}: the package {host!r} is not installed') from error
    raise CalibrationError(f'camera_info_url {excerpt(url)} is not understood; use file:///absolute/path.yaml or '
                           f'package://PACKAGE/path.yaml')


def load_calibration(path: Path) -> CameraInfo:
    """Return the calibration in ``path``.

    :raises CalibrationError: it is not a calibration file.
    """
    try:
        content = load_yaml_file(path)
        if not isinstance(content, dict):
            raise CalibrationError(f'it is {excerpt(content)} and no section of names and values')
        info = CameraInfo(
            width=_side(content, 'image_width'), height=_side(content, 'image_height'),
            distortion_model=_member(content, 'distortion_model', str, 'text'),
            d=_data(content, 'distortion_coefficients'), k=_data(content, 'camera_matrix', 9),
            r=_data(content, 'rectification_matrix', 9), p=_data(content, 'projection_matrix', 12),
        )
        check_calibration(info)
    except (CalibrationError, YamlError, OSError) as error:
        raise CalibrationError(f'{path} is not a calibration as camera_calibration writes it: {error}; correct or '
                               f'remove it') from error
    return info


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


def save_calibration(path: Path, camera_name: str, info: CameraInfo) -> None:
    """Write ``info`` to ``path`` so that a reader sees the old file or the new one, never a part.

    :raises CalibrationError: the file cannot be written.
    """
    content = {
        'image_width': info.width, 'image_height': info.height, 'camera_name': camera_name,
        'camera_matrix': _entry(info.k, 3, 3), 'distortion_model': info.distortion_model,
        'distortion_coefficients': _entry(info.d, 1, len(info.d)),
        'rectification_matrix': _entry(info.r, 3, 3), 'projection_matrix': _entry(info.p, 3, 4),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, yaml.safe_dump(content, sort_keys=False).encode())
    except OSError as error:
        raise CalibrationError(f'the calibration could not be written to {path}: {error.strerror}') from error


def _member(content: dict[Any, Any], name: str, kind: type | tuple[type, ...], noun: str, section: str = '') -> Any:
    """Return what a section of the file has as ``name``; ``noun`` is what messages call ``kind``."""
    if name not in content:
        raise CalibrationError(f'{section or "it"} has no {name}')
    if not isinstance(content[name], kind):
        whose = f' of {section}' if section else ''
        raise CalibrationError(f'{name}{whose} is {excerpt(content[name])} and no {noun}')
    return content[name]


def _side(content: dict[Any, Any], name: str) -> int:
    side = _member(content, name, (int, float), 'number')
    if not 1 <= side <= LARGEST_SIDE or side != int(side):
        raise CalibrationError(f'{name} is {excerpt(side)}; it must be 1 to {LARGEST_SIDE}')
    return int(side)


def _data(content: dict[Any, Any], name: str, length: int | None = None) -> list[float]:
    values = _member(_member(content, name, dict, 'section'), 'data', list, 'list', section=name)
    if len(values) > MAX_COEFFICIENTS or len(values) != (length or len(values)):
        allowed = f'at most {MAX_COEFFICIENTS}' if length is None else str(length)
        raise CalibrationError(f'{name} has {len(values)} values instead of {allowed}')
    for value in values:
        # As camera_calibration writes them, PyYAML reads numbers as 1e-05 as text.
        if not isinstance(value, (int, float, str)):
            raise CalibrationError(f'{name} holds {excerpt(value)} among its numbers')
    try:
        return [float(value) for value in values]
    except (ValueError, OverflowError) as error:
        raise CalibrationError(f'{name} holds something else than numbers') from error


def _entry(values: Any, rows: int, columns: int) -> dict[str, Any]:
    return {'rows': rows, 'cols': columns, 'data': [float(value) for value in values]}
