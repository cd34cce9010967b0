# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams to subscribers in other processes: what arrives, how late, and what it costs.

The node runs on a camera that hands over ready frames, in turn with a node written by hand on the same frames, and next
to the floor: a copy of the frame, and its JPEG where one is made. For streams without a pace of their own the floor is
frames copied through shared memory as fast as it goes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bar_chart import Panel, bar_charts
from copied_frames import copied_a_second
from processes import conditions
from stream_measurement import Case, floor, measure

OURS, PEER = 'ready_camera.py', 'handwritten_node.py'
STREAMS = ((640, 480, 30.0), (1920, 1080, 30.0), (1920, 1080, 60.0), (3840, 2160, 15.0))

CASES = (
    *(Case(*size, stream, reliable) for size in STREAMS for stream in ('bgr8', 'jpeg') for reliable in (True, False)),
    *(Case(*size, 'mjpeg') for size in STREAMS),
    Case(640, 480, 120.0, 'bgr8'),
    *(Case(640, 480, 30.0, stream, reliable, subscribers=4) for stream in ('bgr8', 'jpeg')
      for reliable in (True, False)),
    *(Case(*size, 0.0, 'bgr8', reliable) for size in ((640, 480), (1920, 1080)) for reliable in (True, False)),
)

_PACED = ('delivered %', 'latency p50 ms', 'latency p99 ms', 'node CPU ms', 'subscriber CPU ms', 'node RSS MiB',
          'subscriber RSS MiB')
_FLAT_OUT = ('handed over a second', 'delivered a second', 'node CPU ms')
_FLAT_OUT_RATIOS = ('delivered: ours to handwritten', 'two copies to handed over', 'two copies to delivered')


def compare(case: Case, seconds: float, *, ours_first: bool) -> dict[str, Any]:
    """Measure both nodes one after the other, and the floor."""
    results = {program: measure(program, case, seconds)
               for program in ((OURS, PEER) if ours_first else (PEER, OURS))}
    for result in results.values():
        result['delivered %'] = min(100.0, 100.0 * result['delivered'] / max(1, result['made']))
    lowest = 1000 * floor(case)
    ours, peer = results[OURS], results[PEER]
    row = {
        'name': case.name, 'case': asdict(case), 'ours': ours, 'handwritten': peer, 'floor ms': lowest,
        'node CPU: ours to handwritten': ours['node CPU ms'] / max(1e-3, peer['node CPU ms']),
        'node CPU: ours to floor': ours['node CPU ms'] / lowest,
    }
    if not case.rate:
        copies = copied_a_second(case.width * case.height * 3, seconds)
        row |= {
            'two copies a second': copies,
            'delivered: ours to handwritten': ours['delivered a second'] / max(1e-3, peer['delivered a second']),
            'two copies to handed over': copies / max(1e-3, ours['handed over a second']),
            'two copies to delivered': copies / max(1e-3, ours['delivered a second']),
        }
    return row


def table(rows: Sequence[dict[str, Any]], about: dict[str, Any]) -> str:
    """Return the numbers as Markdown; where there are two, the first is ours and the second that of the peer."""
    lines = ['# Streaming', '', ', '.join(f'{name}: {value}' for name, value in about.items()), '',
             'In each pair the first number is the node, the second the node written by hand. Times are CPU or latency '
             'in ms a frame.', '']
    for paced, columns in ((True, _PACED), (False, _FLAT_OUT)):
        chosen = [row for row in rows if bool(row['case']['rate']) is paced]
        if not chosen:
            continue
        ratios = (('node CPU: ours to handwritten', 'node CPU: ours to floor') if paced
                  else _FLAT_OUT_RATIOS)
        floor_column = 'floor ms' if paced else 'two copies a second'
        header = ['stream', *columns, floor_column, *ratios]
        lines += [f'| {" | ".join(header)} |', '|---' * len(header) + '|']
        for row in chosen:
            pairs = [f'{_number(row["ours"][column])} / {_number(row["handwritten"][column])}' for column in columns]
            cells = [row['name'], *pairs, f'{row[floor_column]:.3g}', *(f'{row[ratio]:.2f}' for ratio in ratios)]
            lines.append(f'| {" | ".join(cells)} |')
        lines.append('')
    return '\n'.join(lines)


def _number(value: float | None) -> str:
    return '-' if value is None else f'{value:.3g}'


def plot(rows: Sequence[dict[str, Any]]) -> str:
    """Return the numbers as a picture (SVG)."""
    both = ('this node', 'written by hand')
    paced = [row for row in rows if row['case']['rate']]
    flat_out = [row for row in rows if not row['case']['rate']]
    panels = [
        Panel(title, both, [(row['name'], [row[who][column] for who in ('ours', 'handwritten')]) for row in paced])
        for title, column in (('Delivered, % of the frames that the camera made', 'delivered %'),
                              ('Latency from exposure to callback, median, ms', 'latency p50 ms'))]
    panels.append(Panel('CPU time of the node, ms a frame', (*both, 'floor'), [
        (row['name'], [row['ours']['node CPU ms'], row['handwritten']['node CPU ms'], row['floor ms']])
        for row in paced]))
    panels.append(Panel('Delivered flat out, frames a second', (*both, 'two copies'), [
        (row['name'], [row['ours']['delivered a second'], row['handwritten']['delivered a second'],
                       row['two copies a second']]) for row in flat_out]))
    return bar_charts([panel for panel in panels if panel.rows])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it as JSON, Markdown and SVG."""
    parser = argparse.ArgumentParser(description='Streams to subscribers, a node written by hand, and the floor.')
    parser.add_argument('--seconds', type=float, default=5.0, help='length of each measurement (5)')
    parser.add_argument('--only', default='', metavar='TEXT', help='cases whose name contains this: "1080@30 bgr8"')
    parser.add_argument('--list', action='store_true', help='print the names of the cases')
    parser.add_argument('--output', type=Path, default=Path('output/bench'), help='folder for the files (output/bench)')
    options = parser.parse_args(arguments)
    cases = [case for case in CASES if options.only in case.name]
    if not cases:
        parser.error(f'--only {options.only!r} names no case; --list shows their names')
    if options.list:
        print('\n'.join(case.name for case in cases))
        return 0
    about = {**conditions(), 'seconds': options.seconds}
    rows = []
    for number, case in enumerate(cases):
        print(f'[{number + 1}/{len(cases)}] {case.name}', file=sys.stderr, flush=True)
        rows.append(compare(case, options.seconds, ours_first=number % 2 == 0))
    text = table(rows, about)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / 'streaming.json').write_text(json.dumps({'conditions': about, 'rows': rows}, indent=1) + '\n')
    (options.output / 'streaming.md').write_text(text)
    (options.output / 'streaming.svg').write_text(plot(rows))
    return 0


if __name__ == '__main__':
    sys.exit(main())
