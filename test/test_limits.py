# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A promise is kept by who only lacks the CPU, and by nobody who waits for something else."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
from fixtures import limits
from fixtures.limits import NO_EXCUSE, PATIENCE, UNTOLD, Stopwatch, kernel_tells

needs_the_kernels_word = pytest.mark.skipif(not kernel_tells(), reason='the kernel does not tell delays')

BEGINS = 'import time\nprint("begins", flush=True)\ninput()\n'
BUSY = f'{BEGINS}end = time.thread_time() + 0.5\nwhile time.thread_time() < end: pass'
"""Needs half a second of a CPU, and ends."""
RUNNERS = 4


@contextlib.contextmanager
def on_one_cpu(programs: Sequence[str]) -> Iterator[list[subprocess.Popen[str]]]:
    """Run programs that begin at a line, all on the same CPU."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(everywhere)})
    try:
        processes = [subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True) for program in programs]
    finally:
        os.sched_setaffinity(0, everywhere)
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == 'begins\n'
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def begin(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write('\n')
        process.stdin.flush()


@needs_the_kernels_word
def test_who_shares_a_cpu_keeps_a_promise_also_when_it_has_ended() -> None:
    with on_one_cpu([BUSY] * RUNNERS) as processes, Stopwatch(*(process.pid for process in processes)) as watch:
        begin(*processes)
        assert [process.wait(PATIENCE) for process in processes] == [0] * RUNNERS
    # The last one to end has waited for all others.
    assert watch.seconds >= 0.5 * RUNNERS
    assert watch.delay is not None and watch.delay >= 0.5 * (RUNNERS - 1)
    watch.check(1.0, 'half a second of work')


@needs_the_kernels_word
def test_who_waits_for_something_else_breaks_a_promise_on_a_busy_cpu_too() -> None:
    busy = BUSY.replace('0.5', '60.0')
    with on_one_cpu([f'{BEGINS}time.sleep(5.0)', busy, busy]) as (waiting, *others):
        begin(*others)
        with Stopwatch(waiting.pid) as watch:
            begin(waiting)
            assert waiting.wait(PATIENCE) == 0
    assert not watch.keeps(1.0), watch
    with pytest.raises(AssertionError, match=r'the sleeper: \d+\.\d\d s, delay by the machine .* promised are 1 s'):
        watch.check(1.0, 'the sleeper')


@needs_the_kernels_word
def test_the_machine_is_no_excuse_for_everything() -> None:
    watch = Stopwatch()
    watch.seconds, watch.delay = 1.01 * NO_EXCUSE, 1000.0
    assert not watch.keeps(1.0)
    assert watch.keeps(2.0)


def test_where_the_kernel_does_not_tell_a_promise_is_stretched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, 'kernel_tells', lambda: False)
    with Stopwatch() as watch:
        pass
    assert watch.limit(2.0) == 2.0 * UNTOLD
    assert 'unknown' in str(watch)
