# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node for a long time: streams, photos, settings, faults and restarts in turn; what it holds must not grow.

The first tenth, a minute at most, is for what is made once. After that the process may have no more descriptors and
threads than then, and its resident memory may grow by the given number of MiB only.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from imagecapture_ros.cli.private_domain import private_domain, private_environment, private_node

START_TIMEOUT = 120.0
LONGEST_WARM_UP = 60.0
COMPARED = 0.1
"""Part of the samples that makes the beginning, and the end: a photo in the making needs memory, most moments not."""


@dataclass(frozen=True)
class Sample:
    """What the process held at one moment."""

    seconds: float
    descriptors: int
    threads: int
    memory: float
    """Resident, in MiB."""


def sample(pid: int, began: float) -> Sample:
    """Return what a process holds now."""
    folder = Path('/proc') / str(pid)
    pages = int((folder / 'statm').read_text().split()[1])
    return Sample(time.monotonic() - began, len(os.listdir(folder / 'fd')), len(os.listdir(folder / 'task')),
                  pages * os.sysconf('SC_PAGE_SIZE') / 2**20)


class Day:
    """What happens to the node, one thing after the other."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.answers: Counter[str] = Counter()
        self.frames = 0
        self.disorder = 0
        self._last_stamp = 0

        from sensor_msgs.msg import Image

        client.node.create_subscription(Image, '/camera/image_raw', self._take, 4)

    def _take(self, image: Any) -> None:
        stamp = image.header.stamp.sec * 1_000_000_000 + image.header.stamp.nanosec
        self.frames += 1
        self.disorder += stamp <= self._last_stamp
        self._last_stamp = stamp

    def events(self) -> list[Callable[[], None]]:
        """Return what happens in one round."""
        return [
            lambda: self.ask('take_photo'), lambda: self.ask('apply_constraints'), lambda: self.put('zoom', 2.0),
            lambda: self.ask('grab_frame'), lambda: self.ask('get_capabilities'), lambda: self.put('zoom', 1.0),
            lambda: self.put('sim.faults', 'unplug+0.4s'), lambda: self.ask('take_photo'),
            lambda: self.put('sim.faults', 'drop:3+1s'), lambda: self.ask('set_nothing'),
            lambda: self.change(4), lambda: self.change(3), lambda: self.ask('enumerate_devices'),
            lambda: self.put('sim.faults', 'freeze+2.5s'), lambda: self.ask('apply_constraints'),
            lambda: self.change(4), lambda: self.change(2), lambda: self.change(1), lambda: self.change(3),
        ]

    def ask(self, name: str) -> None:
        """Ask a service; whatever it answers is counted."""
        from imagecapture_ros import msg, srv

        if name == 'set_nothing':
            self.put('no_such_parameter', 1)
            return
        kind = getattr(srv, ''.join(word.capitalize() for word in name.split('_')))
        request = kind.Request()
        if name == 'take_photo':
            request.photo_settings = msg.PhotoSettings(image_width=[1280.0], image_height=[960.0])
        answer = self._client.call(kind, name, request, timeout=30.0)
        self.answers[f'{name} {answer.error_name or "ok"}'] += 1

    def put(self, name: str, value: Any) -> None:
        """Set a parameter; whatever it answers is counted."""
        from rcl_interfaces.srv import SetParameters
        from rclpy.parameter import Parameter

        request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
        result = self._client.call(SetParameters, 'set_parameters', request, timeout=30.0).results[0]
        self.answers[f'set {name} {"ok" if result.successful else "refused"}'] += 1

    def change(self, transition: int) -> None:
        """Go through a transition of ``lifecycle_msgs/Transition``."""
        from lifecycle_msgs.msg import Transition
        from lifecycle_msgs.srv import ChangeState

        request = ChangeState.Request(transition=Transition(id=transition))
        changed = self._client.call(ChangeState, 'change_state', request, timeout=30.0).success
        self.answers[f'transition {transition} {"ok" if changed else "refused"}'] += 1


def measure(minutes: float, pause: float) -> dict[str, Any]:
    """Run a node and all events over and over; return the samples and counts."""
    with private_domain() as domain:
        os.environ.update(private_environment(domain))
        from imagecapture_ros import srv
        from imagecapture_ros.client import CameraClient

        with private_node(os.environ) as node, CameraClient() as client:
            while not client.call(srv.GrabFrame, 'grab_frame', timeout=START_TIMEOUT).success:
                time.sleep(0.1)
            day = Day(client)
            began = time.monotonic()
            warm_up = min(LONGEST_WARM_UP, 6.0 * minutes)
            samples: list[Sample] = []
            for event in itertools.cycle(day.events()):
                event()
                until = time.monotonic() + pause
                while time.monotonic() < until:
                    client.spin_once(0.05)
                if node.poll() is not None:
                    break
                if time.monotonic() - began > warm_up:
                    samples.append(sample(node.pid, began))
                if time.monotonic() - began > 60.0 * minutes:
                    break
            died = node.poll() is not None
        return {
            'minutes': minutes, 'died': died, 'exit code': node.returncode, 'frames': day.frames,
            'out of order': day.disorder, 'answers': dict(sorted(day.answers.items())),
            'samples': [asdict(one) for one in samples],
        }


def growth(samples: Sequence[dict[str, float]], key: str) -> tuple[float, float]:
    """Return what a process held at first and in the end, each the median of many samples."""
    count = math.ceil(COMPARED * len(samples))
    return (statistics.median(one[key] for one in samples[:count]),
            statistics.median(one[key] for one in samples[-count:]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print what was held at first and in the end, and return 1 if it grew too much."""
    parser = argparse.ArgumentParser(description='A node for a long time; what it holds must not grow.')
    parser.add_argument('--minutes', type=float, default=30.0, help='how long (30)')
    parser.add_argument('--pause', type=float, default=0.5, help='seconds between two events (0.5)')
    parser.add_argument('--memory', type=float, default=30.0, help='MiB by which resident memory may grow (30)')
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers here')
    options = parser.parse_args(arguments)
    numbers = measure(options.minutes, options.pause)
    samples = numbers['samples']
    limits = {'descriptors': 2.0, 'threads': 2.0, 'memory': options.memory}
    failures = ['the node died'] if numbers['died'] else []
    failures += [f'exit code {numbers["exit code"]}'] if numbers['exit code'] else []
    failures += ['frames came out of order'] if numbers['out of order'] else []
    for key, limit in limits.items():
        first, last = growth(samples, key) if samples else (0.0, 0.0)
        most = max((one[key] for one in samples), default=0.0)
        print(f'{key:>12}: {first:8.1f} at first, {last:8.1f} in the end, {most:8.1f} at most')
        if last - first > limit:
            failures.append(f'{key} grew by {last - first:.1f}, more than {limit:g}')
    print(f'{numbers["frames"]} frames, {len(samples)} samples, {sum(numbers["answers"].values())} answers')
    for answer, count in numbers['answers'].items():
        print(f'{count:>8}  {answer}')
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=1) + '\n', encoding='utf-8')
    for failure in failures:
        print(f'error: {failure}', file=sys.stderr)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
