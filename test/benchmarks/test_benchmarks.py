# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmarks run and say what they measured; how fast this machine is does not matter here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from fixtures.limits import LONG_PATIENCE, PATIENCE

BENCHMARKS = Path(__file__).resolve().parents[2] / 'benchmarks'


def run(name: str, folder: Path, *arguments: str) -> tuple[Any, str]:
    """Return the numbers that a benchmark wrote, and what it printed."""
    numbers = folder / 'numbers.json'
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *arguments, '--json', str(numbers)],
        capture_output=True, text=True, timeout=LONG_PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(numbers.read_text()), done.stdout


def test_select_settings(tmp_path: Path) -> None:
    rows, printed = run('select_settings.py', tmp_path, '--repetitions', '2')
    (rich,) = (row for row in rows if row['request'] == 'rich')
    assert (rich['modes'], rich['properties'], rich['advanced sets']) == (60, 20, 4)
    assert {row['advanced sets'] for row in rows if row['request'] == 'advanced sets'} == {0, 4, 16, 64}
    assert all(row['ms'] > 0 and row['ratio'] > 0 for row in rows)
    assert len(printed.splitlines()) == len(rows) + 1


def test_simulated_camera(tmp_path: Path) -> None:
    numbers, printed = run('simulated_camera.py', tmp_path, '--frames', '1', '--seconds', '0.3')
    assert numbers
    for feature in ('default', 'sharpness', 'jpeg'):
        assert feature in printed


def test_photos(tmp_path: Path) -> None:
    rows, _ = run('photos.py', tmp_path, '--photos', '2')
    assert [row['size'] for row in rows] == ['640x480', '4000x3000']
    assert all(row['median s'] > 0 and row['ratio'] > 0 and row['frames'] > 0 for row in rows)


def test_streaming(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / 'streaming.py'), '--only', '640x480@30 bgr8 reliable', '--seconds', '2',
         '--output', str(tmp_path)], capture_output=True, text=True, timeout=LONG_PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    numbers = json.loads((tmp_path / 'streaming.json').read_text())
    assert [row['case']['subscribers'] for row in numbers['rows']] == [1, 4]
    for row in numbers['rows']:
        assert row['floor ms'] > 0
        for node in (row['ours'], row['handwritten']):
            # The edges of the measurement cut between frames only nearly.
            assert 0 < node['delivered'] <= node['handed over'] + 1 <= node['made'] + 3
            assert 0 < node['latency p50 ms'] <= node['latency p99 ms']
            assert node['node RSS MiB'] > 0 and node['subscriber RSS MiB'] > 0
        assert f'| {row["name"]} |' in done.stdout
    assert (tmp_path / 'streaming.md').read_text() in done.stdout
    assert '640x480@30 bgr8 reliable, 4 subscribers' in (tmp_path / 'streaming.svg').read_text()


def test_streaming_names_its_cases() -> None:
    done = subprocess.run([sys.executable, str(BENCHMARKS / 'streaming.py'), '--only', 'nothing'],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "--only 'nothing' names no case" in done.stderr


def test_many_cameras(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / 'many_cameras.py'), '--cameras', '1', '2', '--seconds', '1',
         '--output', str(tmp_path)], capture_output=True, text=True, timeout=LONG_PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / 'many_cameras.json').read_text())['rows']
    assert [(row['cameras'], row['arrangement']) for row in rows] == [
        (1, 'one domain'), (2, 'one domain'), (2, 'a domain each'), (2, 'one process')]
    assert all(row['discovery s'] > 0 and 0 < row['worst camera %'] <= row['delivered %'] <= 100 for row in rows)
    assert (tmp_path / 'many_cameras.md').read_text() in done.stdout
    assert 'a domain each' in (tmp_path / 'many_cameras.svg').read_text()


def test_load(tmp_path: Path) -> None:
    numbers, printed = run('load.py', tmp_path, '--clients', '9', '--writers', '2', '--seconds', '3')
    load = numbers['load']
    assert load['sent'] == load['answered'] > 0
    assert load['lost'] == 0 and load['in order'] and load['stream %'] > 0
    assert load['errors'] == {}
    assert [(row['service'], row['beside']) for row in numbers['photo']] == [
        (service, beside) for beside in ('nothing else', 'a photo of 2 s')
        for service in ('get_settings', 'get_parameters')]
    assert all(row['calls'] > 0 for row in numbers['photo'])
    assert f'sent {load["sent"]}' in printed


def test_soak(tmp_path: Path) -> None:
    # So short a time says nothing of memory: the first photo is among what is compared.
    numbers, printed = run('soak.py', tmp_path, '--minutes', '0.4', '--pause', '0.2', '--memory', '1000')
    assert not numbers['died'] and numbers['exit code'] == 0 and numbers['out of order'] == 0
    assert numbers['frames'] > 0 and len(numbers['samples']) > 10
    for what in ('take_photo ok', 'apply_constraints ok', 'set sim.faults ok', 'set no_such_parameter refused',
                 'transition 1 ok', 'transition 2 ok', 'transition 3 ok', 'transition 4 ok'):
        assert numbers['answers'].get(what, 0) > 0, numbers['answers']
    assert 'descriptors:' in printed and 'threads:' in printed and 'memory:' in printed
