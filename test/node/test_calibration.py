# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Calibration files and how intrinsics follow the picture."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fixtures.limited import run_limited
from sensor_msgs.msg import CameraInfo, RegionOfInterest

from imagecapture_ros.interfaces.calibration_files import (
    CalibrationError,
    calibration_path,
    check_calibration,
    find_calibration,
    save_calibration,
)
from imagecapture_ros.node.calibration import Calibration

INFO = CameraInfo(
    width=640, height=480, distortion_model='plumb_bob', d=[0.1, 0.2, 0.0, 0.0, 0.0],
    k=[600.0, 0.0, 322.0, 0.0, 610.0, 238.0, 0.0, 0.0, 1.0], r=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
    p=[600.0, 0.0, 322.0, -30.0, 0.0, 610.0, 238.0, 0.0, 0.0, 0.0, 1.0, 0.0])


def test_a_saved_calibration_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / 'deep' / 'camera.yaml'
    save_calibration(path, 'camera', INFO)
    assert find_calibration(path).info == INFO
    assert [entry.name for entry in path.parent.iterdir()] == ['camera.yaml']


def test_a_file_in_the_form_of_camera_calibration_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / 'head.yaml'
    path.write_text('''image_width: 640
image_height: 480
camera_name: head
camera_matrix:
  rows: 3
  cols: 3
  data: [600.0, 0., 322.0, 0., 610.0, 238.0, 0., 0., 1.]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [0.1, 0.2, 0, 0.0, 0.0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [1., 0., 0., 0., 1., 0., 0., 0., 1.]
projection_matrix:
  rows: 3
  cols: 4
  data: [600.0, 0., 322.0, -30.0, 0., 610.0, 238.0, 0., 0., 0., 1., 0.]
''')
    assert find_calibration(path).info == INFO


def test_a_url_may_name_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'share' / 'ament_index' / 'resource_index' / 'packages').mkdir(parents=True)
    (tmp_path / 'share' / 'ament_index' / 'resource_index' / 'packages' / 'robot_head').touch()
    (tmp_path / 'share' / 'robot_head').mkdir()
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    path = calibration_path('package://robot_head/calibration/left.yaml', 'camera')
    assert path == tmp_path / 'share' / 'robot_head' / 'calibration' / 'left.yaml'


@pytest.mark.parametrize('content', ['', 'just text', 'image_width: 3', '{', 'image_width: [1]\n', '\x00'])
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / 'broken.yaml'
    path.write_text(content)
    with pytest.raises(CalibrationError, match=r'broken\.yaml'):
        find_calibration(path)


def test_a_matrix_of_the_wrong_length_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'camera.yaml'
    save_calibration(path, 'camera', INFO)
    path.write_text(path.read_text().replace('  - 322.0\n', '', 1))
    with pytest.raises(CalibrationError, match='camera_matrix has 8 values instead of 9'):
        find_calibration(path)


def test_saving_where_nothing_can_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    with pytest.raises(CalibrationError, match='could not be written'):
        save_calibration(tmp_path / 'file' / 'camera.yaml', 'camera', INFO)


def test_urls_name_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calibration_path('file:///a%20b/c.yaml', 'camera') == Path('/a b/c.yaml')
    monkeypatch.setenv('ROS_HOME', str(tmp_path))
    assert calibration_path('', 'camera') == tmp_path / 'camera_info' / 'camera.yaml'
    with pytest.raises(CalibrationError, match='http://x'):
        calibration_path('http://x/c.yaml', 'camera')
    with pytest.raises(CalibrationError, match='no_such_package'):
        calibration_path('package://no_such_package/c.yaml', 'camera')


@pytest.mark.parametrize(('url', 'path'), [
    ('file://${ROS_HOME}/camera_info/${NAME}.yaml', 'ros/camera_info/front.yaml'),
    ('file:///${ROS_HOME}/a.yaml', 'ros/a.yaml'), ('${ROS_HOME}/${NAME}/${NAME}.yaml', 'ros/front/front.yaml'),
    ('~/x.yaml', 'home/x.yaml'), ('FILE://${ROS_HOME}/a%20b.yaml', 'ros/a b.yaml'),
    ('file://localhost${ROS_HOME}/$NAME.yaml', 'ros/$NAME.yaml'),
])
def test_urls_have_the_variables_of_camera_info_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, path: str,
) -> None:
    monkeypatch.setenv('ROS_HOME', str(tmp_path / 'ros'))
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    assert Path(os.path.normpath(str(calibration_path(url, 'front')).replace('//', '/'))) == tmp_path / path
    monkeypatch.delenv('ROS_HOME')
    assert calibration_path('file://${ROS_HOME}/a.yaml', 'front') == tmp_path / 'home' / '.ros' / 'a.yaml'


def test_a_path_alone_is_a_url_and_names_its_file_as_it_is(tmp_path: Path) -> None:
    assert calibration_path('/a/b%20c.yaml', 'camera') == Path('/a/b%20c.yaml')


@pytest.mark.parametrize(('url', 'advice'), [
    ('file://${HOME}/a.yaml', r"'\$\{HOME\}' is not known; use \$\{NAME\} or \$\{ROS_HOME\}"),
    ('camera.yaml', 'file:///absolute/path.yaml'), ('file://camera.yaml', 'file:///absolute/path.yaml'),
    ('~nobody/camera.yaml', 'or /absolute/path.yaml'),
    ('package://${NAME}_none/a.yaml', "'front_none' is not installed"),
])
def test_urls_that_name_no_file_say_what_would(url: str, advice: str) -> None:
    with pytest.raises(CalibrationError, match=advice):
        calibration_path(url, 'front')


def test_an_uncalibrated_camera_says_so_with_zeros() -> None:
    info = Calibration().fitted(320, 240)
    assert (info.width, info.height, list(info.k)) == (320, 240, [0.0] * 9)


def test_intrinsics_scale_with_the_picture() -> None:
    info = Calibration(INFO).fitted(320, 240)
    # Pixel centres are at whole numbers: the centre of the left column is half a pixel from the edge at any scale.
    assert list(info.k) == pytest.approx([300.0, 0, 160.75, 0, 305.0, 118.75, 0, 0, 1])
    assert info.p[3] == pytest.approx(-15.0)
    assert Calibration(INFO).fitted(640, 480) == INFO


def test_a_crop_moves_the_principal_point() -> None:
    info = Calibration(INFO).fitted(640, 360)  # 60 rows less above and below
    assert list(info.k) == pytest.approx([600.0, 0, 322.0, 0, 610.0, 178.0, 0, 0, 1])


def test_digital_zoom_magnifies_around_the_centre() -> None:
    info = Calibration(INFO).fitted(640, 480, zoom=2.0)
    assert list(info.k) == pytest.approx([1200.0, 0, 324.5, 0, 1220.0, 236.5, 0, 0, 1])


BINNED = CameraInfo(
    width=640, height=480, distortion_model='plumb_bob', d=INFO.d, k=INFO.k, r=INFO.r, p=INFO.p, binning_x=2,
    binning_y=4, roi=RegionOfInterest(x_offset=100, y_offset=40, width=400, height=320, do_rectify=True))
"""Of pictures of 200x80."""


def test_binning_and_region_are_saved_and_loaded_again(tmp_path: Path) -> None:
    save_calibration(tmp_path / 'camera.yaml', 'camera', BINNED)
    assert find_calibration(tmp_path / 'camera.yaml').info == BINNED
    text = (tmp_path / 'camera.yaml').read_text()
    assert 'binning_x: 2\nbinning_y: 4\nroi:\n  x_offset: 100\n  y_offset: 40\n' in text
    (tmp_path / 'camera.yaml').write_text(text.replace('  do_rectify: true\n', '').replace('binning_x: 2\n', ''))
    info = find_calibration(tmp_path / 'camera.yaml').info
    assert (info.binning_x, info.binning_y, info.roi.width, info.roi.do_rectify) == (0, 4, 400, False)


def test_a_picture_of_just_that_region_is_told_with_it() -> None:
    assert Calibration(BINNED).fitted(200, 80) == BINNED


@pytest.mark.parametrize(('size', 'zoom', 'k'), [
    # Column u of the sensor is (u - 100 + 0.5) / 2 - 0.5 in the picture, row v is (v - 40 + 0.5) / 4 - 0.5.
    ((200, 80), 2.0, (600.0, 305.0, 122.0, 58.75)),
    ((100, 40), 1.0, (150.0, 76.25, 55.125, 24.3125)),
    ((100, 80), 1.0, (300.0, 152.5, 60.75, 49.125)),  # 50 columns less at either side
    ((200, 40), 1.0, (300.0, 152.5, 110.75, 29.125)),
    ((800, 320), 1.0, (1200.0, 610.0, 444.5, 198.0)),  # larger, as a photo
])
def test_other_pictures_of_that_region_have_it_in_their_intrinsics(
    size: tuple[int, int], zoom: float, k: tuple[float, ...],
) -> None:
    info = Calibration(BINNED).fitted(*size, zoom)
    assert ((info.width, info.height), info.binning_x, info.binning_y, info.roi) == (size, 0, 0, RegionOfInterest())
    assert (info.k[0], info.k[4], info.k[2], info.k[5]) == pytest.approx(k)
    assert (info.p[0], info.p[5], info.p[2], info.p[6]) == pytest.approx(k)
    assert info.p[3] == pytest.approx(-30.0 * k[0] / 600.0)


def test_a_picture_of_the_whole_sensor_has_no_region() -> None:
    assert Calibration(BINNED).fitted(640, 480) == INFO
    assert '200x80, and the camera delivers 640x480' in Calibration(BINNED).doubt(640, 480)
    assert Calibration(BINNED).doubt(200, 80) == Calibration(INFO).doubt(640, 480) == Calibration().doubt(1, 1) == ''


@pytest.mark.parametrize(('width', 'height', 'scale'), [(4000, 3000, 6.25), (1280, 720, 2.0), (480, 640, 4 / 3)])
def test_intrinsics_follow_pictures_larger_than_the_calibrated_one(width: int, height: int, scale: float) -> None:
    info = Calibration(INFO).fitted(width, height)
    assert (info.width, info.height) == (width, height)
    assert (info.k[0], info.k[4]) == pytest.approx((600.0 * scale, 610.0 * scale))
    # The principal point keeps its distance from the centre of the picture.
    assert info.k[2] - (width - 1) / 2 == pytest.approx(scale * (322.0 - 319.5))
    assert info.k[5] - (height - 1) / 2 == pytest.approx(scale * (238.0 - 239.5))


@pytest.mark.parametrize(('member', 'value'), [
    ('width', 0), ('height', 4294967295), ('k', [float('nan')] * 9), ('k', [1e308] * 9), ('d', [0.0] * 1000),
    ('distortion_model', 'plumb\x1b'),
])
def test_a_calibration_that_cannot_be_is_refused(member: str, value: object) -> None:
    info = CameraInfo(width=640, height=480)
    setattr(info, member, value)
    with pytest.raises(CalibrationError):
        check_calibration(info)


BOMB = 'a0: &a0 [x, x]\n' + ''.join(
    f'a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n' for level in range(1, 40))


@pytest.mark.parametrize(('kind', 'message'), [
    ('pipe', 'is a pipe and no file'), ('device', 'is a device and no file'), ('folder', 'is a folder and no file'),
    ('link', 'No such file'), ('bomb', 'the alias *a0 is not taken'), ('nested', 'within each other'),
    ('large', 'larger than 1 MiB'), ('growing', 'in UTF-8'),
])
def test_what_cannot_be_a_calibration_is_refused_with_little_memory(tmp_path: Path, kind: str, message: str) -> None:
    path = tmp_path / 'camera.yaml'
    if kind == 'pipe':
        os.mkfifo(path)
    elif kind == 'folder':
        path.mkdir()
    elif kind == 'large':
        path.touch()
        os.truncate(path, 1 << 40)
    elif kind in ('device', 'link', 'growing'):
        path.symlink_to({'device': '/dev/zero', 'link': tmp_path / 'none', 'growing': '/proc/self/pagemap'}[kind])
    else:
        path.write_text({'bomb': BOMB, 'nested': '- ' * 5000}[kind])
    printed = run_limited("""
from pathlib import Path
from imagecapture_ros.interfaces.calibration_files import CalibrationError, find_calibration
try:
    find_calibration(Path(sys.argv[1]))
except CalibrationError as error:
    print(error)
""", path, mebibytes=64)
    assert 'camera.yaml is not a calibration' in printed
    if kind != 'growing':  # which pages there are is the machine's to say
        assert message in printed
    assert len(printed) < 1000


@pytest.mark.parametrize(('before', 'after', 'message'), [
    ('image_width: 640', 'image_width: [640]', r'image_width is \[640\]'),
    ('image_width: 640', 'width: 640', 'has no image_width'),
    ('image_width: 640', 'image_width: .inf', 'image_width is inf; it must be'),
    ('data: [600', 'data: [[600]', 'holds .* among'), ('data: [600', 'data: [wide', 'something else than numbers'),
    ('data: [600', 'data: [.nan', 'cannot be: nan'),
    ('camera_matrix: {data', 'camera_matrix: {rows', 'camera_matrix has no data'),
    ('data: [600', 'data: 600, more: [600', 'data of camera_matrix is 600 and no list'),
    ('plumb_bob', '[plumb_bob]', r"distortion_model is \['plumb_bob'\]"), ('plumb_bob', 'none', "'none' is not known"),
])
def test_a_member_that_is_wrong_is_named_in_short(tmp_path: Path, before: str, after: str, message: str) -> None:
    matrix = '{data: [600, 0, 320, 0, 600, 240, 0, 0, 1]}'
    text = (f'image_width: 640\nimage_height: 480\ncamera_matrix: {matrix}\ndistortion_model: plumb_bob\n'
            f'distortion_coefficients: {{data: [0, 0, 1e-05, 0, 0]}}\nrectification_matrix: {matrix}\n'
            'projection_matrix: {data: [600, 0, 320, 0, 0, 600, 240, 0, 0, 0, 1, 0]}\n')
    path = tmp_path / 'camera.yaml'
    path.write_text(text)
    assert find_calibration(path).info.d[2] == 1e-05
    path.write_text(text.replace(before, after, 1))
    with pytest.raises(CalibrationError, match=message):
        find_calibration(path)
