# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every vector of the conformance files, by itself and through the command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import LONG_PATIENCE

from imagecapture_ros.mediacapture.conformance.operations import perform
from imagecapture_ros.mediacapture.conformance.vectors import judge, load_vectors

FILE = Path(__file__).with_name('constraints.json')
VECTORS = load_vectors(str(FILE))

NOT_AS_EXPECTED = {
    # A TypeError is kinder than what WebIDL makes of JSON that nobody means.
    'pan: true inside a dictionary is just a number',
    'null member is the number 0',
    'points of interest: a single point object is an empty dictionary',
    # That no frame can come is known at once.
    'grabFrame on a muted track',
}
"""The vectors that meet an allowed outcome and not the expected one, on purpose."""


@pytest.mark.parametrize('vector', VECTORS, ids=lambda vector: vector['name'])
def test_vector(vector: dict[str, Any]) -> None:
    verdict = judge(vector, perform(vector))
    assert verdict.passed, f'{verdict.why}; got {verdict.actual}'
    assert verdict.expected == (vector['name'] not in NOT_AS_EXPECTED)


def test_there_are_as_many_vectors_as_were_written_and_no_two_of_one_name() -> None:
    assert len(VECTORS) == len({vector['name'] for vector in VECTORS}) == 214


def test_the_command_passes_them_all() -> None:
    done = subprocess.run(
        [sys.executable, '-m', 'imagecapture_ros.mediacapture.conformance', str(FILE)],
        capture_output=True, text=True, timeout=LONG_PATIENCE, check=False)
    lines = done.stdout.splitlines()
    assert lines[-1] == '214 passed, 0 failed'
    assert lines[-2] == '210 met the expected outcome, 4 another allowed one'
    assert {name for name in NOT_AS_EXPECTED if any(line.startswith(f'allowed: {name}: ') for line in lines)} == (
        NOT_AS_EXPECTED)
    assert (done.returncode, done.stderr) == (0, '')
