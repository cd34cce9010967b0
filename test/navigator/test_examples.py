# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The examples run, on the simulated camera, and are short."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.isolated import REPOSITORY

EXAMPLES = REPOSITORY / 'examples'
LONGEST = 40
RUNS = {
    'standard_page.py': ((), ['photo.jpg']),
    'time_lapse.py': (('sim', '0.1', '2'), ['time_lapse_0000.jpg', 'time_lapse_0001.jpg']),
    'exposure_bracketing.py': ((), [f'bracket_{stops:+d}.jpg' for stops in (-1, -2, 0, 1, 2)]),
    'follow_marker.py': (('sim', '11'), []),
    'motion_trigger.py': (('sim', '1'), ['motion_0000.jpg']),
}
"""By name: arguments, and the files that there are afterwards."""


def test_every_example_is_tried() -> None:
    assert {path.name for path in EXAMPLES.glob('*.py')} == set(RUNS)


@pytest.mark.parametrize('name', RUNS)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    arguments, files = RUNS[name]
    assert len((EXAMPLES / name).read_text().splitlines()) < LONGEST
    script = f'import runpy, sys; sys.path.insert(0, {str(REPOSITORY)!r}); sys.argv[0] = {name!r}; ' \
             f'runpy.run_path({str(EXAMPLES / name)!r}, run_name="__main__")'
    result = subprocess.run([sys.executable, '-c', script, *arguments], cwd=tmp_path, capture_output=True, text=True,
                            timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
    assert result.stdout
