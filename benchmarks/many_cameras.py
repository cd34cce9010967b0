# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Many cameras on one machine, each with a subscriber: how discovery, cost and loss grow with their number.

Each camera is a node in a process of its own, on ready frames, and so is each subscriber. Once all share a ROS domain,
in which everybody has to find everybody, once each pair has a domain of its own, and once all nodes share a process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bar_chart import Panel, bar_charts
from processes import PATIENCE, MeasuredProcess, conditions, percentile, running
from stream_measurement import Watch

from imagecapture_ros.cli.private_domain import private_domain, private_environment

WIDTH, HEIGHT, RATE = 320, 240, 15
TOGETHER, APART, ONE_PROCESS = ARRANGEMENTS = ('one domain', 'a domain each', 'one process')
COLUMNS = ('discovery s', 'delivered %', 'worst camera %', 'latency p99 ms', 'node CPU %', 'subscriber CPU %',
           'node RSS MiB')


def measure(number: int, seconds: float, arrangement: str) -> dict[str, Any]:
    """Run ``number`` cameras and as many subscribers; CPU in percent of one core and memory are means of all.

    Of cameras that share a process, each is said to have its part of it.

    Discovery is the time from the start of a subscriber to its first image, where all cameras are there already: the
    longest of all, as they all start at once.
    """
    with contextlib.ExitStack() as stack:
        domains = [stack.enter_context(private_domain())
                   for _ in range(number if arrangement == APART else 1)]
        environments = [private_environment(domains[camera % len(domains)]) for camera in range(number)]
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='cameras-')))
        names = [f'camera{camera}' for camera in range(number)]
        processes = [names] if arrangement == ONE_PROCESS else [[name] for name in names]
        nodes = [stack.enter_context(running(
            'ready_camera.py', '--width', WIDTH, '--height', HEIGHT, '--rate', RATE, '--stream', 'bgr8',
            '--names', *held, '--log', folder / f'node{held[0]}', environment=environment))
            for held, environment in zip(processes, environments, strict=False)]
        for held, node in zip(processes, nodes, strict=True):
            _wait_until_open(node, len(held))
        subscribers = [stack.enter_context(running(
            'stream_subscriber.py', '--topic', f'/camera{camera}/image_raw', '--log', folder / f'subscriber{camera}',
            environment=environment)) for camera, environment in enumerate(environments)]
        first_image = [float(subscriber.line().split()[1]) for subscriber in subscribers]
        watch = Watch.over((*nodes, *subscribers), seconds)
        for process in (*subscribers, *nodes):
            process.stop()
        made = round(RATE * watch.seconds)
        arrived = [watch.arrived(folder / f'subscriber{camera}') for camera in range(number)]
    delivered = [min(100.0, 100.0 * len(one) / made) for one in arrived]
    return {
        'cameras': number, 'arrangement': arrangement, 'discovery s': max(first_image),
        'delivered %': statistics.mean(delivered), 'worst camera %': min(delivered),
        'latency p99 ms': percentile([(at - stamp) / 1e6 for one in arrived for stamp, at in one] or [0.0], 0.99),
        'node CPU %': 100 * sum(watch.cpu[:len(nodes)]) / number / watch.seconds,
        'subscriber CPU %': 100 * statistics.mean(watch.cpu[len(nodes):]) / watch.seconds,
        'node RSS MiB': sum(watch.memory[:len(nodes)]) / number,
    }


def _wait_until_open(node: MeasuredProcess, cameras: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while node.errors.count('opened') < cameras:
        if node.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f'a camera did not start:\n{node.errors}')
        time.sleep(0.1)


def table(rows: Sequence[dict[str, Any]], about: dict[str, Any]) -> str:
    """Return the numbers as Markdown."""
    header = ('cameras', 'arrangement', *COLUMNS)
    lines = ['# Many cameras', '', ', '.join(f'{name}: {value}' for name, value in about.items()), '',
             f'{WIDTH}x{HEIGHT} bgr8 at {RATE} Hz, one subscriber each; CPU of each process in percent of a core.', '',
             f'| {" | ".join(header)} |', '|---' * len(header) + '|']
    lines += [f'| {row["cameras"]} | {row["arrangement"]} | {" | ".join(f"{row[column]:.3g}" for column in COLUMNS)} |'
              for row in rows]
    return '\n'.join([*lines, ''])


def plot(rows: Sequence[dict[str, Any]]) -> str:
    """Return the numbers as a picture (SVG)."""
    numbers = sorted({row['cameras'] for row in rows})
    by_case = {(row['cameras'], row['arrangement']): row for row in rows}

    def value(number: int, arrangement: str, column: str) -> float | None:
        row = by_case.get((number, arrangement))
        return None if row is None else float(row[column])

    return bar_charts([
        Panel(title, ARRANGEMENTS, [
            (f'cameras: {number}', [value(number, arrangement, column) for arrangement in ARRANGEMENTS])
            for number in numbers])
        for title, column in (('From start to first image, slowest subscriber, s', 'discovery s'),
                              ('Delivered, % of the frames', 'delivered %'),
                              ('CPU of a node, % of a core', 'node CPU %'),
                              ('CPU of a subscriber, % of a core', 'subscriber CPU %'))])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it as JSON, Markdown and SVG."""
    parser = argparse.ArgumentParser(description='Many cameras and their subscribers on one machine.')
    parser.add_argument('--cameras', type=int, nargs='+', default=[1, 2, 4, 8], help='how many, in turn (1 2 4 8)')
    parser.add_argument('--seconds', type=float, default=8.0, help='length of each measurement (8)')
    parser.add_argument('--output', type=Path, default=Path('output/bench'), help='folder for the files (output/bench)')
    options = parser.parse_args(arguments)
    about = {**conditions(), 'seconds': options.seconds}
    rows = []
    for number in options.cameras:
        for arrangement in ARRANGEMENTS if number > 1 else (TOGETHER,):
            print(f'cameras: {number}, {arrangement}', file=sys.stderr, flush=True)
            rows.append(measure(number, options.seconds, arrangement))
    text = table(rows, about)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / 'many_cameras.json').write_text(json.dumps({'conditions': about, 'rows': rows}, indent=1) + '\n')
    (options.output / 'many_cameras.md').write_text(text)
    (options.output / 'many_cameras.svg').write_text(plot(rows))
    return 0


if __name__ == '__main__':
    sys.exit(main())
