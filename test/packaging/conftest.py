# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One wheel, built from the source distribution, and one environment elsewhere that it is installed in."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from distributions import DEFAULT, DISTRIBUTIONS, VARIABLE, Distribution
from fixtures.isolated import REPOSITORY, run

from imagecapture_ros.distribution import distribution


@pytest.fixture(scope='session')
def built_for() -> Distribution:
    """The distribution of the environment that runs the tests."""
    return DISTRIBUTIONS[distribution() or DEFAULT.name]


@pytest.fixture(scope='session')
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution: whatever it lacks, the wheel cannot be built from."""
    folder = tmp_path_factory.mktemp('sources')
    # With metadata of its own: that of a former build in the checkout would add the files of then.
    metadata = tmp_path_factory.mktemp('metadata')
    run(
        sys.executable, 'setup.py', '--quiet', 'egg_info', '--egg-base', metadata, 'sdist', '--dist-dir', folder,
        cwd=REPOSITORY,
    )
    (archive,) = folder.glob('*.tar.gz')
    shutil.unpack_archive(archive, folder)
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


@pytest.fixture(scope='session')
def wheel(sources: Path, built_for: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel; built without isolation, because pip's isolated environment takes longer than the tests."""
    pytest.importorskip('ament_package', reason='the build requirements are not installed; make test installs them')
    folder = tmp_path_factory.mktemp('wheel')
    pip_wheel = (sys.executable, '-m', 'pip', 'wheel', '--no-build-isolation', '--no-deps')
    run(*pip_wheel, '--wheel-dir', folder, '.', cwd=sources, **{VARIABLE: built_for.name})
    (path,) = folder.glob('*.whl')
    return path


@pytest.fixture(scope='session')
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of an environment in which pip installed the wheel and what it says it needs, and nothing else."""
    prefix = tmp_path_factory.mktemp('elsewhere') / 'environment'
    run(sys.executable, '-m', 'venv', prefix, cwd=prefix.parent)
    run(prefix / 'bin' / 'python', '-m', 'pip', 'install', '--quiet', wheel, cwd=prefix.parent)
    return prefix
