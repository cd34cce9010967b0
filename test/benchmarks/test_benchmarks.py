"""The benchmarks run and say what they measured; how fast this machine is does not matter here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / 'benchmarks'


def test_select_settings(tmp_path: Path) -> None:
    numbers = tmp_path / 'numbers.json'
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / 'select_settings.py'), '--repetitions', '2', '--json', str(numbers)],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(numbers.read_text())
    (rich,) = (row for row in rows if row['request'] == 'rich')
    assert (rich['modes'], rich['properties'], rich['advanced sets']) == (60, 20, 4)
    assert {row['advanced sets'] for row in rows if row['request'] == 'advanced sets'} == {0, 4, 16, 64}
    assert all(row['ms'] > 0 and row['ratio'] > 0 for row in rows)
    assert len(done.stdout.splitlines()) == len(rows) + 1
