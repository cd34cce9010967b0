# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""As far as it can be shown without them: the package works with the rclpy of Humble and of Rolling."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


@pytest.mark.parametrize('version', ['humble', 'rolling'])
def test_all_modules_find_what_they_use_and_coroutines_are_resumed(version: str) -> None:
    path = os.pathsep.join([str(TESTS.parent), str(TESTS), *sys.path])
    done = subprocess.run([sys.executable, '-m', 'fixtures.other_distributions', version], capture_output=True,
                          text=True, env={**os.environ, 'PYTHONPATH': path}, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) > 150
