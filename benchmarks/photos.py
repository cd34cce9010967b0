# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Photos of a node in its own process: from the call to the answer, beside the stream, next to encoding a frame.

The node runs on the simulated camera. The floor is ``cv2.imencode`` of a picture of the same size, measured in this
process before each series.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from imagecapture_ros.cli.private_domain import private_domain, private_environment, private_node

START_TIMEOUT = 60.0
ENCODINGS = 10
"""How often the floor is measured."""


def floor(width: int, height: int) -> float:
    """Return the median time in seconds to encode a picture of this size as JPEG."""
    rows = np.linspace(0, 255, height, dtype=np.uint8)[:, None, None]
    picture = np.broadcast_to(rows, (height, width, 3)).copy()
    picture += np.random.default_rng(0).integers(0, 8, picture.shape, np.uint8)
    times = []
    for _ in range(ENCODINGS):
        began = time.perf_counter()
        cv2.imencode('.jpg', picture, (cv2.IMWRITE_JPEG_QUALITY, 95))
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def series(client: Any, frames: list[int], width: int, height: int, photos: int) -> dict[str, Any]:
    """Take ``photos`` one after the other; ``frames`` collects the stamps of the stream in nanoseconds."""
    encoding = floor(width, height)
    latencies, gaps = [], []
    client.take_photo(width=width, height=height)
    frames.clear()
    began = time.monotonic()
    for _ in range(photos):
        asked = time.monotonic()
        answer = client.take_photo(width=width, height=height)
        latencies.append(time.monotonic() - asked)
        gaps.append(answer.stream_gap)
    seconds = time.monotonic() - began
    periods = np.diff(sorted(frames)) * 1e-9
    period = float(np.median(periods)) if len(periods) else 0.0
    lost = int(np.sum(np.rint(periods / period) - 1)) if period else 0
    ordered = sorted(latencies)
    return {
        'size': f'{width}x{height}', 'photos': photos, 'median s': statistics.median(latencies),
        '95 % s': ordered[min(photos - 1, round(0.95 * photos))], 'a second': photos / seconds,
        'ratio': statistics.median(latencies) / encoding, 'frames': len(frames), 'lost': lost,
        'longest gap s': max(gaps),
    }


def measure(photos: int) -> list[dict[str, Any]]:
    """Start a node, measure it and stop it."""
    with private_domain() as domain:
        os.environ.update(private_environment(domain))
        from sensor_msgs.msg import CameraInfo

        from imagecapture_ros.client import CameraClient

        with private_node(os.environ), CameraClient() as client:
            frames: list[int] = []
            # The calibration comes with every frame and weighs nothing, so that only the camera can lose one.
            client.node.create_subscription(CameraInfo, '/camera/camera_info', lambda info: frames.append(
                info.header.stamp.sec * 1_000_000_000 + info.header.stamp.nanosec), 100)
            deadline = time.monotonic() + START_TIMEOUT
            while not frames:
                if time.monotonic() > deadline:
                    raise SystemExit(f'the camera did not begin to stream within {START_TIMEOUT:g} s')
                client.spin_once(0.1)
            return [series(client, frames, width, height, photos) for width, height in ((640, 480), (4000, 3000))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and, if asked, write it as JSON."""
    parser = argparse.ArgumentParser(description='Latency and rate of photos beside the stream.')
    parser.add_argument('--photos', type=int, default=20, help='photos in each series (20)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers here')
    options = parser.parse_args(arguments)
    rows = measure(options.photos)
    columns = ('size', 'photos', 'median s', '95 % s', 'a second', 'ratio', 'frames', 'lost')
    print(' '.join(f'{column:>10}' for column in columns))
    for row in rows:
        print(' '.join(f'{row[column]:>10}' if not isinstance(row[column], float) else f'{row[column]:10.3f}'
                       for column in columns))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + '\n', encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
