# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations in files: where they lie, as camera_info_manager says it, and their reading and writing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from sensor_msgs.msg import CameraInfo

from imagecapture_ros.interfaces.calibration_formats import ROS, FoundCalibration, read_calibration
from imagecapture_ros.interfaces.calibration_values import CalibrationError, check_calibration
from imagecapture_ros.plain_yaml import LARGEST_TEXT, YamlError
from imagecapture_ros.regular_files import read_text
from imagecapture_ros.share import complete_ament_prefix_path
from imagecapture_ros.texts import excerpt
from imagecapture_ros.whole_files import replace_file

__all__ = [
    'CalibrationError', 'FoundCalibration', 'calibration_path', 'check_calibration', 'find_calibration',
    'save_calibration',
]

_VARIABLE = re.compile(r'\$\{([^}]*)\}')


def calibration_path(url: str, camera_name: str) -> Path:
    """Return the file that ``url`` names: ``file://``, ``package://`` or an absolute path, which may begin with ``~``.

    Empty is camera_info_manager's default. ``${NAME}`` stands for ``camera_name`` and ``${ROS_HOME}`` for the folder of
    that variable, or ``~/.ros``.

    :raises CalibrationError: the URL is of another kind, or names a package that is not installed.
    """
    if not url:
        url = 'file://${ROS_HOME}/camera_info/${NAME}.yaml'
    scheme, separator, place = url.partition('://')
    if not separator:
        scheme, place = 'file', os.path.expanduser(url) if url.startswith('~/') else url
    else:
        place = unquote(place).removeprefix('localhost')
    place = _resolved(url, place, camera_name)
    if scheme.lower() == 'file' and place.startswith('/') and '\0' not in place:
        return Path(place)
    if scheme.lower() == 'package' and '\0' not in place:
        return _in_package(url, *place.partition('/')[::2])
    raise CalibrationError(f'camera_info_url {excerpt(url)} is not understood; use file:///absolute/path.yaml, '
                           f'package://PACKAGE/path.yaml or /absolute/path.yaml')


def find_calibration(path: Path, camera_name: str = '') -> FoundCalibration:
    """Return what the calibration file ``path`` says; of several cameras in it, that which is called ``camera_name``.

    :raises CalibrationError: it is not a calibration file.
    """
    try:
        return read_calibration(read_text(path, LARGEST_TEXT), camera_name)
    except (CalibrationError, YamlError, OSError) as error:
        raise CalibrationError(f'{path} is not a calibration as camera_calibration writes it: {error}; correct or '
                               f'remove it') from error


def save_calibration(path: Path, camera_name: str, info: CameraInfo) -> None:
    """Write ``info`` to ``path`` so that a reader sees the old file or the new one, never a part.

    :raises CalibrationError: the file cannot be written, or holds what another program wrote in its own form.
    """
    _refuse_foreign(path, camera_name)
    content = {
        'image_width': info.width, 'image_height': info.height, 'camera_name': camera_name,
        'camera_matrix': _entry(info.k, 3, 3), 'distortion_model': info.distortion_model,
        'distortion_coefficients': _entry(info.d, 1, len(info.d)),
        'rectification_matrix': _entry(info.r, 3, 3), 'projection_matrix': _entry(info.p, 3, 4),
        **_window(info),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, yaml.safe_dump(content, sort_keys=False).encode())
    except OSError as error:
        raise CalibrationError(f'the calibration could not be written to {path}: {error.strerror}') from error


def _resolved(url: str, place: str, camera_name: str) -> str:
    def value(variable: re.Match[str]) -> str:
        if variable[1] == 'NAME':
            return camera_name
        if variable[1] == 'ROS_HOME':
            return os.path.abspath(os.environ.get('ROS_HOME') or os.path.expanduser('~/.ros'))
        raise CalibrationError(f'camera_info_url {excerpt(url)}: {excerpt(variable[0])} is not known; use ${{NAME}} or '
                               f'${{ROS_HOME}}')

    return _VARIABLE.sub(value, place)


def _in_package(url: str, package: str, path: str) -> Path:
    from ament_index_python.packages import get_package_share_directory

    complete_ament_prefix_path()
    try:
        return Path(get_package_share_directory(package)) / path.lstrip('/')
    except (LookupError, ValueError) as error:
        raise CalibrationError(f'camera_info_url {excerpt(url)}: the package {excerpt(package)} is not '
                               f'installed') from error


def _refuse_foreign(path: Path, camera_name: str) -> None:
    """Leave alone what holds more than a calibration, or what its own program would not read any more."""
    advice = 'it is not replaced; let camera_info_url name a file for this camera, for instance camera.yaml'
    if path.suffix == '.ini':
        raise CalibrationError(f'{path} would be read as .ini by other programs, and calibrations are written as YAML: '
                               f'{advice}')
    try:
        form = find_calibration(path, camera_name).form
    except CalibrationError:  # it is not there, or nothing of worth
        return
    if form != ROS:
        raise CalibrationError(f'{path} was written by {form}: {advice}')


def _window(info: CameraInfo) -> dict[str, Any]:
    """Return the entries for binning and region of interest, where there is either."""
    roi = info.roi
    sides = {name: int(getattr(roi, name)) for name in ('x_offset', 'y_offset', 'height', 'width')}
    if not (info.binning_x or info.binning_y or any(sides.values()) or roi.do_rectify):
        return {}
    return {'binning_x': int(info.binning_x), 'binning_y': int(info.binning_y),
            'roi': {**sides, 'do_rectify': bool(roi.do_rectify)}}


def _entry(values: Any, rows: int, columns: int) -> dict[str, Any]:
    return {'rows': rows, 'cols': columns, 'data': [float(value) for value in values]}
