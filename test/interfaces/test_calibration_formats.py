# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations as camera_calibration, OpenCV, kalibr and ROS 1 write them, and what is said of those that cannot be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo

from imagecapture_ros.interfaces.calibration_files import (
    CalibrationError,
    find_calibration,
    save_calibration,
)

K = [600.5, 0.0, 322.25, 0.0, 610.0, 238.0, 0.0, 0.0, 1.0]
D = [0.1, -0.2, 0.001, -0.002, 0.05]
IDENTITY = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
P_OF_K = [600.5, 0.0, 322.25, 0.0, 0.0, 610.0, 238.0, 0.0, 0.0, 0.0, 1.0, 0.0]
SHORT = f"""image_width: 640
image_height: 480
camera_matrix: {{rows: 3, cols: 3, data: {K}}}
distortion_coefficients: {{rows: 1, cols: 5, data: {D}}}
"""
KALIBR = """cam0:
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [-0.28, 0.07, 0.00019, 1.7e-05]
  distortion_model: radtan
  intrinsics: [458.654, 457.296, 367.215, 248.375]
  resolution: [752, 480]
  rostopic: /cam0/image_raw
"""
SECOND = KALIBR.replace('cam0', 'cam1').replace('458.654', '460.0')
VIDERE = """# Prosilica camera intrinsics

[image]

width
640

height
480

[prosilica]

camera matrix
600.50000 0.00000 322.25000
0.00000 610.00000 238.00000
0.00000 0.00000 1.00000

distortion
0.10000 -0.20000 0.00100 -0.00200 0.05000

rectification
1.00000 0.00000 0.00000
0.00000 1.00000 0.00000
0.00000 0.00000 1.00000

projection
600.50000 0.00000 322.25000 0.00000
0.00000 610.00000 238.00000 0.00000
0.00000 0.00000 1.00000 0.00000
"""


def written(folder: Path, text: str, name: str = 'camera.yaml') -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_what_a_short_file_leaves_out_follows_from_what_it_says(tmp_path: Path) -> None:
    found = find_calibration(written(tmp_path, SHORT))
    assert found.info == CameraInfo(
        width=640, height=480, distortion_model='plumb_bob', d=D, k=K, r=IDENTITY, p=P_OF_K)
    assert found.camera_name == ''


@pytest.mark.parametrize(('count', 'model'), [(4, 'plumb_bob'), (5, 'plumb_bob'), (8, 'rational_polynomial')])
def test_the_number_of_coefficients_tells_the_model(tmp_path: Path, count: int, model: str) -> None:
    coefficients = [0.125 * number for number in range(count)]
    info = find_calibration(written(tmp_path, SHORT.replace('cols: 5', f'cols: {count}').replace(
        str(D), str(coefficients)))).info
    assert (info.distortion_model, list(info.d)) == (model, coefficients)


def test_a_matrix_may_be_a_list_of_its_rows(tmp_path: Path) -> None:
    rows = [K[0:3], K[3:6], K[6:9]]
    info = find_calibration(written(tmp_path, f'image_width: 640\nimage_height: 480\ncamera_matrix: {rows}\n'
                                              f'distortion_coefficients: [{D}]\n')).info
    assert (list(info.k), list(info.d)) == (K, D)


@pytest.mark.parametrize('header', ['%YAML:1.0', '%YAML 1.2'])
@pytest.mark.parametrize('names', [
    ('image_width', 'image_height', 'camera_matrix', 'distortion_coefficients'),
    ('image_Width', 'image_Height', 'Camera_Matrix', 'Distortion_Coefficients'),
    ('width', 'height', 'K', 'dist_coeffs'),
])
def test_what_opencv_writes_is_read(tmp_path: Path, names: tuple[str, ...], header: str) -> None:
    path = tmp_path / 'camera.yaml'
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write('calibration_time', 'Sat Nov 28 18:00:00 2026')
    storage.write(names[0], 640)
    storage.write(names[1], 480)
    storage.write(names[2], np.array(K).reshape(3, 3))
    storage.write(names[3], np.array(D).reshape(5, 1))
    storage.write('avg_reprojection_error', 0.25)
    storage.release()
    before, *rest = path.read_text().splitlines()
    assert before in ('%YAML:1.0', '%YAML 1.2')  # before version 5 of OpenCV, and since
    path.write_text('\n'.join((header, *rest)))
    found = find_calibration(path)
    assert (found.info.width, found.info.height, found.info.distortion_model) == (640, 480, 'plumb_bob')
    assert list(found.info.k) == pytest.approx(K)
    assert list(found.info.d) == pytest.approx(D)
    assert list(found.info.p) == pytest.approx(P_OF_K)
    assert found.form == 'OpenCV (FileStorage)'


@pytest.mark.parametrize(('model', 'told', 'd'), [
    ('radtan', 'plumb_bob', [-0.28, 0.07, 0.00019, 1.7e-05, 0.0]),
    ('equidistant', 'equidistant', [-0.28, 0.07, 0.00019, 1.7e-05]),
    ('none', 'plumb_bob', [0.0] * 5),
])
def test_what_kalibr_writes_is_read(tmp_path: Path, model: str, told: str, d: list[float]) -> None:
    info = find_calibration(written(tmp_path, KALIBR.replace('radtan', model))).info
    assert (info.width, info.height, info.distortion_model, list(info.d)) == (752, 480, told, d)
    assert list(info.k) == [458.654, 0.0, 367.215, 0.0, 457.296, 248.375, 0.0, 0.0, 1.0]
    assert list(info.r) == IDENTITY
    assert (info.p[0], info.p[2], info.p[5], info.p[6], info.p[10]) == (458.654, 367.215, 457.296, 248.375, 1.0)


def test_of_several_cameras_of_kalibr_that_with_the_name_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, KALIBR + SECOND)
    assert find_calibration(path, 'cam1').info.k[0] == 460.0
    with pytest.raises(CalibrationError, match=r'by kalibr, and it has 2 cameras, cam0, cam1; copy the section'):
        find_calibration(path, 'camera')


def test_ini_files_of_ros_1_are_read(tmp_path: Path) -> None:
    found = find_calibration(written(tmp_path, VIDERE, 'camera.ini'))
    assert found.info == CameraInfo(
        width=640, height=480, distortion_model='plumb_bob', d=D, k=K, r=IDENTITY, p=P_OF_K)
    assert found.camera_name == 'prosilica'


@pytest.mark.parametrize(('name', 'text'), [
    ('camera.yaml', KALIBR), ('camera.ini', VIDERE), ('other.yaml', '%YAML:1.0\n---\n' + SHORT)])
def test_a_calibration_never_takes_the_place_of_what_others_wrote(tmp_path: Path, name: str, text: str) -> None:
    path = written(tmp_path, text, name)
    with pytest.raises(CalibrationError, match='it is not replaced; let camera_info_url name a file for this camera'):
        save_calibration(path, 'camera', CameraInfo(width=640, height=480))
    assert path.read_text() == text


WRONG = {
    'no width': (SHORT.replace('image_width: 640\n', ''), r'it has no image_width'),
    'no matrix': (SHORT.replace('camera_matrix', 'matrix'), r'it has no camera_matrix'),
    'no coefficients': (SHORT.replace('distortion_coefficients', 'distortion'), r'it has no distortion_coefficients'),
    'no data': (SHORT.replace(f'data: {D}', 'dt: d'), r'distortion_coefficients has no data \(line 4\)'),
    'a boolean size': (SHORT.replace('640', 'true'), r'image_width is True and no number \(line 1\)'),
    'a size in quotes': (SHORT.replace('480', '"480"'), r"image_height is '480' and no number \(line 2\)"),
    'an empty size': (SHORT.replace('480', ''), r'image_height is None and no number \(line 2\)'),
    'a size of half a pixel': (SHORT.replace('480', '480.5'), r'image_height is 480.5; it must be .* \(line 2\)'),
    'a size that is no number': (SHORT.replace('480', '.nan'), r'image_height is nan; it must be .* \(line 2\)'),
    'a boolean among numbers': (SHORT.replace('600.5', 'yes'), r'camera_matrix holds True among .* \(line 3\)'),
    'nan': (SHORT.replace('600.5', '.nan'), r'camera_matrix holds a number that cannot be: nan \(line 3\)'),
    'infinity': (SHORT.replace('-0.2', '-.inf'), r'distortion_coefficients holds a number .* -inf \(line 4\)'),
    'eight entries': (SHORT.replace('600.5, ', ''), r'camera_matrix has 8 values instead of 9 \(line 3\)'),
    'no entry': (SHORT.replace(str(K), '[]'), r'camera_matrix has 0 values instead of 9 \(line 3\)'),
    'rows and columns': (SHORT.replace('cols: 3', 'cols: 4'), r'is said to have 3 rows and 4 columns, and has 9 values '
                                                              r'\(line 3\)'),
    'six coefficients': (SHORT.replace('cols: 5', 'cols: 6').replace('0.1,', '0.1, 0.1,'),
                         r'6 coefficients do not tell it; add one of plumb_bob'),
    'binning': (SHORT + 'binning_x: -1\n', r'binning_x is -1; it must be 0 to 100000 \(line 5\)'),
    'more binning than pixels': (SHORT + 'binning_y: 481\n', r'binning_x and binning_y are 0 and 481'),
    'a region outside': (SHORT + 'roi: {x_offset: 600, y_offset: 0, width: 100, height: 100}\n',
                         r'roi is 100x100 pixels at \(600, 0\), which does not lie in the 640x480'),
    'a region without width': (SHORT + 'roi: {x_offset: 0, y_offset: 0, height: 100}\n', r'roi is 0x100 pixels at'),
    'a region that is a list': (SHORT + 'roi: [0, 0, 1, 1]\n', r'roi is \[0, 0, 1, 1\] and no section \(line 5\)'),
    'a tab': ('image_width: 640\nroi:\n\tx_offset: 1\n', r"in line 3, column 1, which is '\\tx_offset: 1'; YAML is "
                                                         r"indented with spaces and not with tabs"),
    'no YAML': ('image_width: 640\nimage_height 480\n', r"in line \d, column \d"),
    'another language': ('<?xml version="1.0"?>\n<opencv_storage>\n', r'it is XML and no YAML'),
    'stereo of OpenCV': ('%YAML:1.0\n---\nM1: !!opencv-matrix\n   rows: 3\n   cols: 3\n   dt: d\n   data: [1.]\n',
                         r"written by OpenCV \(FileStorage\), and it has no camera_matrix, but \['M1'\]"),
    'OpenCV without a size': ('%YAML:1.0\n---\n' + SHORT.replace('image_width: 640\n', ''),
                              r'written by OpenCV \(FileStorage\), and it has no image_width: add the size'),
    'lines of OpenCV': ('%YAML:1.0\n---\n' + SHORT.replace('600.5', '.Nan'), r'camera_matrix holds .* nan \(line 5\)'),
    'a lens of kalibr': (KALIBR.replace('pinhole', 'omni'), r"written by kalibr, and camera_model is 'omni', for which "
                                                            r"ROS has no calibration; .* \(line 3\)"),
    'a distortion of kalibr': (KALIBR.replace('radtan', 'fov'), r"distortion_model is 'fov', for which .* \(line 5\)"),
    'kalibr without a size': (KALIBR.replace('resolution', 'size'), r'cam0 has no resolution \(line 1\)'),
    'kalibr with a negative size': (KALIBR.replace('752', '-752'), r'resolution is -752.*; it must be .* \(line 7\)'),
    'an .ini without numbers': (VIDERE.replace('640', ''), r'by ROS 1 \(.ini\), and width has 0 values .* \(line 5\)'),
}


@pytest.mark.parametrize('case', WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(CalibrationError, match=message) as caught:
        find_calibration(written(tmp_path, text))
    told = str(caught.value)
    assert told.startswith(str(tmp_path / 'camera.yaml'))
    assert 'Error(' not in told and ' object at ' not in told


@pytest.mark.parametrize('name', ['13021178', '00123', '1.0', 'on', '2026-11-28', ''])
def test_a_name_that_yaml_takes_for_something_else_is_no_fault(tmp_path: Path, name: str) -> None:
    found = find_calibration(written(tmp_path, SHORT + f'camera_name: {name}\n'), 'front')
    assert found.camera_name == ''
