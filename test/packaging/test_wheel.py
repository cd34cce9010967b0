# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The wheel works in an environment other than the one that built it."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from distributions import VARIABLE, Distribution
from fixtures.isolated import REPOSITORY, run

# One worker builds, once, for all of them; the timeout covers a build without a compiler cache.
pytestmark = [pytest.mark.build, pytest.mark.xdist_group('build'), pytest.mark.timeout(1500)]

CONSUMER = Path(__file__).parent / 'consumer'

PUBLISH_AND_SUBSCRIBE = """
import time
import rclpy
from imagecapture_ros.msg import ConstrainDouble, MediaTrackConstraintSet

rclpy.init()
node = rclpy.create_node('wheel_test')
received = []
node.create_subscription(MediaTrackConstraintSet, 'constraints', received.append, 10)
publisher = node.create_publisher(MediaTrackConstraintSet, 'constraints', 10)
deadline = time.monotonic() + 60
while not received and time.monotonic() < deadline:
    publisher.publish(MediaTrackConstraintSet(zoom=ConstrainDouble(exact=[2.0])))
    rclpy.spin_once(node, timeout_sec=0.1)
print(list(received[0].zoom.exact))
"""

WRONG_ELEMENT = """
import rclpy
from imagecapture_ros.msg import PhotoCapabilities

rclpy.init()
publisher = rclpy.create_node('wheel_test').create_publisher(PhotoCapabilities, 'photo_capabilities', 1)
try:
    publisher.publish(PhotoCapabilities(fill_light_mode=[1]))
except Exception as error:
    print('raised', type(error).__name__)
"""


def run_node(prefix: Path, program: str, folder: Path, domain: int) -> str:
    """Run a program with ROS, with its log out of the home folder."""
    return run(
        prefix / 'bin/python', '-c', program, cwd=folder, ROS_DOMAIN_ID=str(domain), ROS_LOG_DIR=str(folder / 'log')
    )


def test_tag(wheel: Path, built_for: Distribution) -> None:
    python = f'cp{sys.version_info.major}{sys.version_info.minor}'
    assert wheel.name.endswith(f'-1{built_for.name}-{python}-{python}-linux_x86_64.whl')


def test_it_needs_the_distribution_that_it_was_built_for(wheel: Path, built_for: Distribution) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
        metadata = archive.read(name).decode().splitlines()
    needed = [line.removeprefix('Requires-Dist: ') for line in metadata if line.startswith('Requires-Dist: ')]
    assert [one for one in needed if 'extra ==' not in one] == built_for.requirements('runtime')


def test_it_tells_what_it_was_built_for(elsewhere: Path, built_for: Distribution, tmp_path: Path) -> None:
    # Whatever the environment says when it runs.
    printed = run(elsewhere / 'bin/imagecapture', '--version', cwd=tmp_path, **{VARIABLE: 'rolling'})
    assert printed.strip().endswith(f', built for {built_for.title}')


def test_no_path_of_the_build_machine(wheel: Path, sources: Path) -> None:
    paths = {str(sources), str(REPOSITORY), sys.prefix, sys.base_prefix, str(Path.home()), str(wheel.parents[1])}
    # System folders, when they are one of these, are in the wheel by right: "#!/usr/bin/env python3".
    needles = [path.encode() for path in paths if path not in ('/', '/usr')]
    needles += [b'/opt/python/', sysconfig.get_path('include').encode()]
    with zipfile.ZipFile(wheel) as archive:
        found = [
            f'{name}: {needle.decode()}'
            for name in archive.namelist()
            for needle in needles
            if needle in archive.read(name)
        ]
    assert not found


@pytest.mark.skipif(not shutil.which('readelf'), reason='needs readelf (apt-get install binutils)')
def test_no_library_search_path(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    libraries = list(tmp_path.rglob('*.so'))
    assert libraries
    for library in libraries:
        dynamic_section = run('readelf', '--dynamic', library, cwd=tmp_path)
        assert 'RPATH' not in dynamic_section and 'RUNPATH' not in dynamic_section, library


def test_files_lie_where_ros_looks_for_them(elsewhere: Path, sources: Path) -> None:
    share = elsewhere / 'share'
    assert (share / 'ament_index/resource_index/packages/imagecapture_ros').is_file()
    assert (share / 'imagecapture_ros/package.xml').is_file()
    assert (share / 'imagecapture_ros/msg/MediaTrackSettings.msg').is_file()
    for folder in ('config', 'launch'):
        for source in filter(Path.is_file, (sources / folder).rglob('*')):
            assert (share / 'imagecapture_ros' / source.relative_to(sources)).read_bytes() == source.read_bytes()
    for script in ('bin/imagecapture', 'bin/imagecapture_node', 'lib/imagecapture_ros/imagecapture_node'):
        assert os.access(elsewhere / script, os.X_OK)


def test_every_module_is_in_it(wheel: Path, sources: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    packed = {name for name in names if name.startswith('imagecapture_ros/') and name.endswith('.py')}
    written = {str(path.relative_to(sources)) for path in (sources / 'imagecapture_ros').rglob('*.py')}
    generated = {name for name in packed if name.startswith(('imagecapture_ros/msg/', 'imagecapture_ros/srv/'))}
    generated.add('imagecapture_ros/_built_for.py')
    assert packed == written | generated
    assert 'imagecapture_ros/srv/_take_photo.py' in generated


def test_version(elsewhere: Path, tmp_path: Path) -> None:
    printed = run(
        elsewhere / 'bin/python', '-c', 'import imagecapture_ros; print(imagecapture_ros.__version__)', cwd=tmp_path
    )
    assert f'<version>{printed.strip()}</version>' in (REPOSITORY / 'package.xml').read_text(encoding='utf-8')


def test_publish_and_subscribe(elsewhere: Path, tmp_path: Path, domain: int) -> None:
    assert run_node(elsewhere, PUBLISH_AND_SUBSCRIBE, tmp_path, domain).strip() == '[2.0]'


def test_wrong_element_type_raises(elsewhere: Path, tmp_path: Path, domain: int) -> None:
    # Messages compiled without optimization end the process with an assertion here.
    assert run_node(elsewhere, WRONG_ELEMENT, tmp_path, domain).startswith('raised')


def test_consumer_in_cpp(elsewhere: Path, built_for: Distribution, tmp_path: Path) -> None:
    # The last test: what building in C++ needs is not what the wheel asks for.
    python = elsewhere / 'bin/python'
    run(python, '-m', 'pip', 'install', '--quiet', *built_for.requirements('build'), cwd=tmp_path)
    cmake = [sys.executable, '-m', 'cmake']
    run(
        *cmake, '-S', CONSUMER, '-B', tmp_path / 'build',
        f'-DCMAKE_PROJECT_consumer_INCLUDE={REPOSITORY / "cmake/ros_wheels.cmake"}',
        f'-DPython3_EXECUTABLE={python}',
        cwd=tmp_path, AMENT_PREFIX_PATH=str(elsewhere), CMAKE_PREFIX_PATH=str(elsewhere),
    )
    run(*cmake, '--build', tmp_path / 'build', cwd=tmp_path)
    bundled = (elsewhere / 'lib').glob('python*/site-packages/ros_*.libs')
    printed = run(
        tmp_path / 'build/consumer',
        cwd=tmp_path,
        LD_LIBRARY_PATH=os.pathsep.join(map(str, [elsewhere / 'lib', *bundled])),
    )
    assert 'zoom: exact 2' in printed
