# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the launch tests of this folder, each in a process and a ROS domain of its own.

They are what ``launch_test`` runs, and need launch_testing and launch_ros: a ROS 2 installation. The package that PyPI
has under the name launch is another one.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.isolated import REPOSITORY
from fixtures.limits import LONG_PATIENCE

from imagecapture_ros.cli.private_domain import private_environment
from imagecapture_ros.share import complete_ament_prefix_path, share_directory

pytest.importorskip('launch_testing', reason='launch_testing is not installed; it comes with ROS 2')
pytest.importorskip('launch_ros', reason='launch_ros is not installed; it comes with ROS 2')
pytestmark = pytest.mark.timeout(600)

LAUNCH_FILES = sorted((share_directory() / 'launch').glob('*.launch.py'))
TESTS = sorted(Path(__file__).parent.glob('launch_*.py'))


@pytest.mark.parametrize('path', TESTS, ids=lambda path: path.stem)
def test_launch(path: Path, domain: int, tmp_path: Path) -> None:
    complete_ament_prefix_path()
    environment = private_environment(domain)
    environment |= {
        'PYTHONPATH': f'{REPOSITORY / "test"}:{environment.get("PYTHONPATH", "")}', 'ROS_HOME': str(tmp_path / 'ros'),
        'LAUNCH_TEST_FOLDER': str(tmp_path),
    }
    result = subprocess.run(
        [sys.executable, '-m', 'launch_testing.launch_test', str(path)], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=LONG_PATIENCE, check=False)
    assert result.returncode == 0, result.stdout
    assert 'Ran 0 tests' not in result.stdout


@pytest.mark.parametrize('path', LAUNCH_FILES, ids=lambda path: path.name)
def test_every_argument_is_described(path: Path) -> None:
    description = runpy.run_path(str(path))['generate_launch_description']()
    arguments = description.get_launch_arguments()
    assert arguments
    for argument in arguments:
        assert argument.description != 'no description given', argument.name
        assert argument.default_value is not None, f'{argument.name} would have to be given'
