# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What tests share is started anew after a failure: a failure stays with one test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fixtures.limits import PATIENCE

CONFTEST = """
import pytest
from fixtures.kept import remember_failure
def pytest_runtest_makereport(item, call):
    remember_failure(item, call)
"""

TESTS = """
import contextlib, itertools
import pytest
from fixtures.kept import kept
numbers = itertools.count(1)

@contextlib.contextmanager
def start():
    number = next(numbers)
    assert number > 1, 'a slow start'
    yield [number]
    assert number > 3, 'what is spoiled need not end cleanly'

@pytest.fixture(scope='module')
def things():
    with kept(start, lambda thing: 'dead' not in thing) as things:
        yield things

@pytest.fixture
def thing(things, request):
    assert things.lend(request.node) is things.lend(request.node)
    return things.lend(request.node)

@pytest.fixture
def checked(thing):
    yield thing
    assert 'wrong' not in thing

def test_slow_start(thing): pass
def test_passes(thing): assert thing == [2]
def test_skips(thing): pytest.skip()
def test_fails(thing): assert thing == [2] and False
def test_fails_afterwards(checked): checked.append('wrong')
def test_after_both(thing): assert thing == [4]
def test_same(thing): assert thing == [4]; thing.append('dead')
def test_dead_is_not_lent(thing): assert thing == [5]
"""


def test_a_failure_stays_with_its_test(tmp_path: Path) -> None:
    (tmp_path / 'conftest.py').write_text(CONFTEST)
    (tmp_path / 'test_things.py').write_text(TESTS)
    # The folder's own configuration, not ours.
    (tmp_path / 'pytest.ini').write_text(f'[pytest]\npythonpath = {Path(__file__).parent}\n')
    command = [sys.executable, '-m', 'pytest', '-q', '-rA', '-p', 'no:launch_testing', '-p', 'no:launch_ros']
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    said = {line.partition(' - ')[0].replace('test_things.py::test_', '') for line in done.stdout.splitlines()
            if line.startswith(('PASSED', 'FAILED', 'ERROR'))}
    assert said == {
        'ERROR slow_start', 'PASSED passes', 'FAILED fails', 'PASSED fails_afterwards', 'ERROR fails_afterwards',
        'PASSED after_both', 'PASSED same', 'PASSED dead_is_not_lent'}, done.stdout
    assert '1 failed, 5 passed, 1 skipped, 2 errors' in done.stdout
