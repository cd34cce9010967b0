# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The contract again, with the camera that a preloaded library plays: real calls with the kernel's own structures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.limits import LONG_PATIENCE
from fixtures.v4l2.bench import CHOICE, compile_shim, shim_environment

CONTRACT = Path(__file__).with_name('contract')
TOP = Path(__file__).resolve().parents[4]

needs_a_compiler = pytest.mark.skipif(
    shutil.which(os.environ.get('CC', 'cc').split()[0]) is None, reason='needs a C compiler: apt-get install gcc')


@needs_a_compiler
@pytest.mark.parametrize('part', sorted(path.name for path in CONTRACT.glob('test_*.py')))
def test_the_contract_holds(part: str, tmp_path: Path) -> None:
    root, environment = shim_environment(compile_shim(tmp_path))
    try:
        result = subprocess.run(
            [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-p', 'no:xdist', str(CONTRACT / part)],
            cwd=TOP, env={**os.environ, **environment, CHOICE: 'shim', 'PYTEST_ADDOPTS': ''}, capture_output=True,
            text=True, timeout=LONG_PATIENCE)
    finally:
        shutil.rmtree(root)
    assert result.returncode == 0, result.stdout[-20000:] + result.stderr[-2000:]
    assert ' passed' in result.stdout
    assert 'skipped' not in result.stdout
