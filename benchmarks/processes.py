# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of a benchmark: started, waited for, stopped, and what they cost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

FOLDER = Path(__file__).resolve().parent
PATIENCE = 60.0
"""Seconds to wait for what normally takes a few."""


class MeasuredProcess:
    """A running program and its costs, read from /proc."""

    def __init__(self, command: Sequence[str], process: subprocess.Popen[str], errors: IO[str]) -> None:
        self.process = process
        self._command = ' '.join(command)
        self._errors = errors

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads so far."""
        fields = Path(f'/proc/{self.process.pid}/stat').read_text().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / float(os.sysconf('SC_CLK_TCK'))

    def resident_mebibytes(self) -> float:
        """Return its resident memory, shared memory included."""
        for line in Path(f'/proc/{self.process.pid}/status').read_text().splitlines():
            if line.startswith('VmRSS:'):
                return int(line.split()[1]) / 1024
        return 0.0

    def line(self) -> str:
        """Return the next line that it prints.

        :raises RuntimeError: it ended instead.
        """
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        if not text:
            raise RuntimeError(f'{self._command} ended without an answer:\n{self.errors}')
        return text.strip()

    @property
    def errors(self) -> str:
        """What it has written to its standard error so far."""
        self._errors.seek(0)
        return self._errors.read()

    def stop(self) -> None:
        """Interrupt it and wait for its end.

        :raises RuntimeError: it did not end well.
        """
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if code:
            raise RuntimeError(f'{self._command} ended with code {code}:\n{self.errors}')


@contextlib.contextmanager
def running(*command: object, environment: Mapping[str, str]) -> Iterator[MeasuredProcess]:
    """Run a Python program of this folder, or a module with ``-m``; it is killed if it is still there in the end."""
    first, *others = map(str, command)
    words = [sys.executable, first if first == '-m' else str(FOLDER / first), *others]
    with tempfile.TemporaryFile('w+') as errors:
        process = subprocess.Popen(words, env=dict(environment), text=True, stdout=subprocess.PIPE, stderr=errors)
        try:
            yield MeasuredProcess(words, process, errors)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which ``part`` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def conditions() -> dict[str, object]:
    """Return what the numbers depend on: the machine, and how busy it was."""
    model = next((line.split(':', 1)[1].strip() for line in Path('/proc/cpuinfo').read_text().splitlines()
                  if line.startswith('model name')), 'unknown')
    return {'processor': model, 'cores': os.cpu_count(), 'load before': os.getloadavg()[0],
            'python': sys.version.split()[0], 'when': time.strftime('%Y-%m-%d %H:%M')}
