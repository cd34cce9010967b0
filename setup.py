# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Builds a wheel by running the CMake project against the ROS 2 wheels: `pip install .` needs no ROS installation.

pyproject.toml holds everything that is not a computation, and build_backend/ which wheels they are: those of the
distribution that ROS_DISTRO names. In a ROS 2 workspace colcon runs CMake itself and this file is not used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py
from setuptools.errors import ExecError

sys.path.insert(0, str(Path(__file__).resolve().parent / 'build_backend'))
import distributions

SOURCE = Path(__file__).resolve().parent
PACKAGE = 'imagecapture_ros'
PYTHON_INSTALL_DIR = 'site-packages'

# What CMake installs and a wheel must not carry: setup scripts of a workspace, which name the folder they were
# configured for (a virtual environment has `activate`), and the metadata that the wheel brings in its own form.
NOT_IN_WHEEL = (
    f'share/{PACKAGE}/local_setup.*',
    f'share/{PACKAGE}/package.dsv',
    f'share/{PACKAGE}/environment',
    'share/ament_index/resource_index/parent_prefix_path',
    f'{PYTHON_INSTALL_DIR}/*.egg-info',
)


def check_compiler() -> None:
    """Name the missing system package in one line instead of CMake's page."""
    compilers = os.environ.get('CC', 'cc'), os.environ.get('CXX', 'c++')  # each may carry options
    if not all(shutil.which(compiler.split()[0]) for compiler in compilers):
        raise ExecError(
            'A C++ compiler is needed to build the ROS 2 interfaces, and none was found: apt-get install g++ make'
        )
    if not (Path(sysconfig.get_path('include')) / 'Python.h').is_file():
        raise ExecError(
            f"The C headers of {sys.executable} are needed to build the ROS 2 interfaces, and they are not there: "
            f'apt-get install python{sys.version_info.major}.{sys.version_info.minor}-dev'
        )


def ros_prefix() -> Path:
    """Return the prefix the ROS 2 build wheels lie in: this environment, or the one pip made for the build alone."""
    try:
        import ament_package
    except ImportError as error:
        raise ExecError(
            'The build requirements are not installed: run pip without --no-build-isolation, or install what '
            '`python scripts/requirements.py build` lists.'
        ) from error
    check_requirements()
    return Path(ament_package.__file__).resolve().parents[4]


def check_requirements() -> None:
    """Refuse wheels of another distribution, which pip would not notice with --no-build-isolation."""
    for requirement in ROS.ros_build:
        name, _, version = requirement.partition('~=')
        series = version.split('.')[:2]
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = 'not there'
        if found.split('.')[:2] != series:
            raise ExecError(
                f'The build is for {ROS.title}, which needs {requirement}, and what is installed is {found}: set '
                f'{distributions.VARIABLE} to the distribution of this environment, run pip without '
                '--no-build-isolation, or install what `python scripts/requirements.py build` lists.'
            )


def build_folder(prefix: Path) -> AbstractContextManager[str | Path]:
    """Keep the build of this environment, so that unchanged interfaces are not built again.

    The environment that pip makes for one build has another name next time: nothing of that build could be used again.
    """
    if not prefix.samefile(sys.prefix):
        return tempfile.TemporaryDirectory()
    identity = sha256(f'{SOURCE}:{prefix}'.encode()).hexdigest()[:8]
    return nullcontext(SOURCE / 'build' / f'{sys.implementation.cache_tag}-{identity}')


def run_cmake(build: Path, staging: Path, prefix: Path) -> None:
    """Configure, build and install the CMake project into the staging folder."""
    import cmake
    import ninja

    program = str(Path(cmake.CMAKE_BIN_DIR) / 'cmake')
    environment = {
        # Compiler output is the same wherever the build lies.
        'CCACHE_BASEDIR': str(build),
        **os.environ,
        # A sourced ROS installation must not be mixed with the wheels.
        'AMENT_PREFIX_PATH': str(prefix),
        'CMAKE_PREFIX_PATH': str(prefix),
        distributions.VARIABLE: ROS.name,
    }
    options = {
        'BUILD_TESTING': 'OFF',
        f'CMAKE_PROJECT_{PACKAGE}_INCLUDE': SOURCE / 'cmake' / 'ros_wheels.cmake',
        'CMAKE_MAKE_PROGRAM': Path(ninja.BIN_DIR) / 'ninja',
        'Python3_EXECUTABLE': sys.executable,
        'PYTHON_INSTALL_DIR': PYTHON_INSTALL_DIR,
    }
    if ccache := shutil.which('ccache'):
        options |= {'CMAKE_C_COMPILER_LAUNCHER': ccache, 'CMAKE_CXX_COMPILER_LAUNCHER': ccache}
    definitions = [f'-D{name}={value}' for name, value in options.items()]
    for command in (
        [program, '-S', str(SOURCE), '-B', str(build), '-G', 'Ninja', *definitions],
        [program, '--build', str(build)],
        [program, '--install', str(build), '--prefix', str(staging), '--strip'],
    ):
        result = subprocess.run(command, env=environment, check=False)
        if result.returncode:
            raise ExecError(f'CMake failed with code {result.returncode}; the reason stands above: {" ".join(command)}')


class BuildWithCMake(build_py):
    """Collects what CMake installs: the Python package for site-packages, the rest as files of the prefix."""

    def run(self) -> None:
        """Build, and leave the package in `build_lib` and the rest in the distribution's data files."""
        check_compiler()
        prefix = ros_prefix()
        staging = Path(f'{self.build_lib}-prefix').resolve()
        # Nothing of a former build may stay in the wheel: a module may have been removed since.
        package = Path(self.build_lib).resolve() / PACKAGE
        for folder in (staging, package):
            shutil.rmtree(folder, ignore_errors=True)
        with build_folder(prefix) as build:
            run_cmake(Path(build), staging, prefix)
        for pattern in NOT_IN_WHEEL:
            for path in staging.glob(pattern):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        ignored = shutil.ignore_patterns('__pycache__', '*.c')
        shutil.copytree(staging / PYTHON_INSTALL_DIR / PACKAGE, package, ignore=ignored)
        shutil.rmtree(staging / PYTHON_INSTALL_DIR)
        self.distribution.data_files = [
            (str(folder.relative_to(staging)), [str(path) for path in folder.iterdir() if path.is_file()])
            for folder in sorted(staging.rglob('*'))
            if folder.is_dir()
        ]


class BinaryDistribution(Distribution):
    """A distribution with compiled files that setuptools does not know of: the wheel's tag must say so."""

    def has_ext_modules(self) -> bool:
        """Return true."""
        return True


try:
    ROS = distributions.chosen()
except distributions.Unsupported as error:
    sys.exit(str(error))

setup(
    version=ElementTree.parse(SOURCE / 'package.xml').findtext('version'),
    install_requires=ROS.requirements('runtime'),
    distclass=BinaryDistribution,
    cmdclass={'build_py': BuildWithCMake},
    options={
        # Builds for two distributions leave each other alone, and so do their wheels. A build tag begins with a digit.
        'build': {'build_base': f'build/{ROS.name}'},
        'bdist_wheel': {'build_number': f'1{ROS.name}'},
    },
)
