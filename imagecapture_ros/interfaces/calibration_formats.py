# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The forms in which calibrations are written: that of camera_calibration, and those of others that say as much.

What is read beside it: FileStorage of OpenCV, a camchain of kalibr, and the .ini files of ROS 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sensor_msgs.msg import CameraInfo, RegionOfInterest

from imagecapture_ros.interfaces.calibration_values import CalibrationError, Section, check_calibration, model_of
from imagecapture_ros.plain_yaml import load_yaml_with_lines
from imagecapture_ros.texts import excerpt

ROS, OPENCV, KALIBR, VIDERE = 'camera_calibration', 'OpenCV (FileStorage)', 'kalibr', 'ROS 1 (.ini)'

IDENTITY = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]

_OPENCV_HEADER = re.compile(r'\s*%YAML([: ])1\.\d')
"""With a colon, as OpenCV writes it until version 4, it is no YAML."""

_OPENCV_TAG = re.compile(r'!!opencv-[\w-]*')
_OPENCV_NAMES = {
    'image_width': ('imagewidth', 'width'), 'image_height': ('imageheight', 'height'),
    'camera_matrix': ('cameramatrix', 'k', 'mtx', 'intrinsicmatrix'),
    'distortion_coefficients': ('distortioncoefficients', 'distcoeffs', 'distcoeff', 'dist', 'd'),
    'fisheye_model': ('fisheyemodel',),
}
"""How examples and programs call them, in lower case and without underscores."""

_KALIBR_MODELS = {'radtan': 'plumb_bob', 'equidistant': 'equidistant', 'none': 'plumb_bob'}
_KALIBR_MEMBERS = {'intrinsics', 'distortion_coeffs'}

_KALIBR_CAMERA = re.compile(r'cam\d+')

_INI = re.compile(r'(?:\s*(?:[#;].*)?\n)*\s*\[image\]\s*\n')
_INI_HEAD = re.compile(r'\[([^]]*)\]$')
_INI_NUMBERS = re.compile(r'[-+.\deE\s]*|.*\b(?:nan|inf)\b.*')
_INI_OTHERS = ('image', 'externals')


@dataclass(frozen=True)
class FoundCalibration:
    """What a calibration file says."""

    info: CameraInfo
    camera_name: str = ''
    """Of the camera that it is for; empty if it does not say."""
    form: str = ROS
    """What wrote it."""


def read_calibration(text: str, camera_name: str = '') -> FoundCalibration:
    """Return the calibration that ``text`` is; of several cameras in it that which is called ``camera_name``.

    :raises CalibrationError: it is none; the message has the name and the line of what is wrong.
    :raises YamlError: it is no YAML where it should be.
    """
    if _INI.match(text):
        return _read_as(VIDERE, _videre, *_ini(text), camera_name)
    if text.lstrip('\ufeff \n').startswith('<'):
        raise CalibrationError('it is XML and no YAML; OpenCV writes YAML where the name of the file ends in .yaml')
    header = _OPENCV_HEADER.match(text)
    opencv = bool((header and header[1] == ':') or _OPENCV_TAG.search(text))
    if opencv:
        # Blanked, so that lines and columns stay.
        text = _OPENCV_TAG.sub(lambda tag: ' ' * len(tag[0]), _OPENCV_HEADER.sub('#', text, count=1))
    content, lines = load_yaml_with_lines(text)
    if not isinstance(content, dict):
        raise CalibrationError(f'it is {excerpt(content)} and no section of names and values')
    if opencv:
        return _read_as(OPENCV, _opencv, content, lines, camera_name)
    if any(_KALIBR_MEMBERS & set(members) for members in (content, *content.values()) if isinstance(members, dict)):
        return _read_as(KALIBR, _kalibr, content, lines, camera_name)
    return _read_as(ROS, _ros, content, lines, camera_name)


def _read_as(form: str, read: Any, content: Mapping[Any, Any], lines: Mapping[tuple[str, ...], int],
             camera_name: str) -> FoundCalibration:
    try:
        info, found_name = read(Section(content, lines), camera_name)
        check_calibration(info)
    except CalibrationError as error:
        if form == ROS:
            raise
        raise CalibrationError(f'it was written by {form}, and {error}') from error
    return FoundCalibration(info, found_name, form)


def _ros(file: Section, _: str) -> tuple[CameraInfo, str]:
    coefficients = file.matrix('distortion_coefficients') if 'image_width' in file else []
    info = _info(
        file.whole('image_width', 1), file.whole('image_height', 1), file.matrix('camera_matrix', 3, 3), coefficients,
        file.text('distortion_model') if 'distortion_model' in file else model_of(coefficients))
    if 'rectification_matrix' in file:
        info.r = file.matrix('rectification_matrix', 3, 3)
    if 'projection_matrix' in file:
        info.p = file.matrix('projection_matrix', 3, 4)
    info.binning_x, info.binning_y = file.whole('binning_x', 0, 0), file.whole('binning_y', 0, 0)
    if 'roi' in file:
        roi = file.section('roi')
        sides = {name: roi.whole(name, 0, 0) for name in ('x_offset', 'y_offset', 'width', 'height')}
        info.roi = RegionOfInterest(**sides, do_rectify=roi.flag('do_rectify'))
    # YAML takes a serial number without quotes for a number, and perhaps for another one than is written.
    name = file.value('camera_name') if 'camera_name' in file else ''
    return info, name if isinstance(name, str) else ''


def _opencv(file: Section, _: str) -> tuple[CameraInfo, str]:
    there = {name.replace('_', '').lower(): name for name in file.names}

    def called(name: str) -> str:
        return next((there[other] for other in _OPENCV_NAMES[name] if other in there), name)

    if called('camera_matrix') not in file:
        raise CalibrationError(f'it has no camera_matrix, but {excerpt(file.names)}; a calibration has image_width, '
                               f'image_height, camera_matrix and distortion_coefficients')
    for name in ('image_width', 'image_height'):
        if called(name) not in file:
            raise CalibrationError(f'it has no {name}: add the size of the pictures that it was made of, image_width '
                                   f'and image_height')
    coefficients = file.matrix(called('distortion_coefficients'))
    fisheye = called('fisheye_model') in file and file.flag(called('fisheye_model'))
    return _info(
        file.whole(called('image_width'), 1), file.whole(called('image_height'), 1),
        file.matrix(called('camera_matrix'), 3, 3), coefficients,
        'equidistant' if fisheye else model_of(coefficients)), ''


def _kalibr(file: Section, camera_name: str) -> tuple[CameraInfo, str]:
    cameras = [name for name in file.names if _KALIBR_CAMERA.fullmatch(name)]
    camera, found_name = file, ''
    if 'intrinsics' not in file:
        if len(cameras) > 1 and camera_name not in cameras:
            raise CalibrationError(f'it has {len(cameras)} cameras, {", ".join(cameras)}; copy the section of this '
                                   f'camera into a file of its own')
        found_name = camera_name if camera_name in cameras else next(iter(cameras), file.names[0])
        camera = file.section(found_name)
    model, distortion = camera.text('camera_model'), camera.text('distortion_model')
    for name, value, known in (
            ('camera_model', model, ('pinhole',)), ('distortion_model', distortion, tuple(_KALIBR_MODELS))):
        if value not in known:
            raise camera.error(name, f'{name} is {excerpt(value)}, for which ROS has no calibration; calibrate with '
                                     f'pinhole-radtan or pinhole-equi')
    width, height = camera.sides('resolution', 2)
    f_x, f_y, c_x, c_y = camera.numbers('intrinsics', 4)
    coefficients = camera.numbers('distortion_coeffs', 4) if distortion != 'none' else [0.0] * 4
    if distortion != 'equidistant':
        coefficients.append(0.0)  # k3, which kalibr does not have
    return _info(width, height, [f_x, 0.0, c_x, 0.0, f_y, c_y, 0.0, 0.0, 1.0], coefficients,
                 _KALIBR_MODELS[distortion]), found_name if len(cameras) > 1 else ''


def _videre(file: Section, camera_name: str) -> tuple[CameraInfo, str]:
    cameras = [name for name in file.names if name not in _INI_OTHERS]
    if len(cameras) != 1 and camera_name not in cameras:
        raise CalibrationError(f'it has {len(cameras) or "no"} cameras {", ".join(cameras)}; leave the section of this '
                               f'camera beside [image]')
    name = camera_name if camera_name in cameras else cameras[0]
    camera, image = file.section(name), file.section('image')
    (width,), (height,) = image.sides('width', 1), image.sides('height', 1)
    coefficients = camera.numbers('distortion')
    info = _info(width, height, camera.numbers('camera matrix', 9), coefficients, model_of(coefficients))
    info.r, info.p = camera.numbers('rectification', 9), camera.numbers('projection', 12)
    return info, name


def _ini(text: str) -> tuple[dict[str, dict[str, list[str]]], dict[tuple[str, ...], int]]:
    """Return the names with their numbers in the sections of an .ini file, and the lines of both."""
    sections: dict[str, dict[str, list[str]]] = {}
    lines: dict[tuple[str, ...], int] = {}
    section: dict[str, list[str]] = {}
    numbers: list[str] = []
    head = ''
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words or words[0] in '#;':
            continue
        if found := _INI_HEAD.match(words):
            head = found[1]
            section = sections.setdefault(head, {})
            lines[head,] = number
        elif _INI_NUMBERS.fullmatch(words):
            numbers += words.split()
        else:
            numbers = section[words] = []
            lines[head, words] = number
    return sections, lines


def _info(width: int, height: int, k: list[float], d: list[float], model: str) -> CameraInfo:
    """Return intrinsics that need no rectification."""
    return CameraInfo(
        width=width, height=height, distortion_model=model, d=d, k=k, r=IDENTITY,
        p=[*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0])
