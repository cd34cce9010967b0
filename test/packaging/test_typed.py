# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Programs that use the installed package pass `mypy --strict`, and those that misspell a name do not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.isolated import INHERITED, REPOSITORY
from fixtures.limits import LONG_PATIENCE

pytest.importorskip('mypy')
pytestmark = [pytest.mark.build, pytest.mark.xdist_group('build'), pytest.mark.timeout(1500)]

PROGRAMS = Path(__file__).parent / 'typed'
EXAMPLES = sorted((REPOSITORY / 'examples').glob('*.py'))
WRONG = '  # wrong'


def errors(elsewhere: Path, folder: Path, *programs: Path) -> list[tuple[str, int, str]]:
    """Return what mypy says of copies of the programs outside the repository: name, line and message."""
    for path in (*programs, PROGRAMS / 'mypy.ini'):
        shutil.copy(path, folder)
    result = subprocess.run(
        [sys.executable, '-m', 'mypy', '--python-executable', elsewhere / 'bin/python', '--config-file', 'mypy.ini',
         '--hide-error-context', '--no-error-summary', *(path.name for path in programs)],
        cwd=folder, env={name: value for name, value in os.environ.items() if name not in INHERITED},
        capture_output=True, text=True, timeout=LONG_PATIENCE, check=False,
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    lines = [line.split(':', 3) for line in result.stdout.splitlines() if ': error: ' in line]
    assert bool(lines) == bool(result.returncode), result.stdout + result.stderr
    return [(name, int(number), message) for name, number, _, message in lines]


def test_programs_of_users_have_no_errors(elsewhere: Path, tmp_path: Path) -> None:
    assert EXAMPLES
    assert errors(elsewhere, tmp_path, *EXAMPLES, PROGRAMS / 'messages.py', PROGRAMS / 'clients.py') == []


def test_what_is_misspelt_is_an_error(elsewhere: Path, tmp_path: Path) -> None:
    program = PROGRAMS / 'misspelt.py'
    lines = enumerate(program.read_text(encoding='utf-8').splitlines(), start=1)
    wrong = {number for number, line in lines if line.endswith(WRONG)}
    found = errors(elsewhere, tmp_path, program)
    assert {number for _, number, _ in found} == wrong, found
