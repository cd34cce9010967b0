# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One publisher and its subscribers, each in a process of its own, watched for some seconds."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from processes import MeasuredProcess, percentile, running
from ready_frames import JPEG_QUALITY, encoded, picture

from imagecapture_ros.cli.private_domain import private_domain, private_environment

DISCOVERY_TIME = 0.5
"""Seconds between the first message and the measurement."""

TAIL = 0.3
"""Seconds after the measurement in which what is under way may still arrive."""

FLOOR_REPETITIONS = 15


@dataclass(frozen=True)
class Case:
    """A stream and who receives it."""

    width: int
    height: int
    rate: float
    """Hz; 0: as fast as it goes."""
    stream: str
    """bgr8; jpeg: bgr8 frames that the node encodes; mjpeg: JPEG frames that it passes on."""
    reliable: bool = True
    subscribers: int = 1

    @property
    def name(self) -> str:
        """The case in one line."""
        rate = f'@{self.rate:g}' if self.rate else ' flat out'
        several = f', {self.subscribers} subscribers' if self.subscribers > 1 else ''
        return (f'{self.width}x{self.height}{rate} {self.stream} '
                f'{"reliable" if self.reliable else "best effort"}{several}')


def memory_copy(size: int) -> float:
    """Return the median seconds in which ``size`` bytes are copied."""
    sources = [np.full(size, value, np.uint8) for value in (1, 2)]
    target = np.empty(size, np.uint8)
    times = []
    for number in range(FLOOR_REPETITIONS):
        began = time.perf_counter()
        np.copyto(target, sources[number % 2])
        times.append(time.perf_counter() - began)
    return percentile(times, 0.5)


def floor(case: Case) -> float:
    """Return the seconds that a frame costs at least: a copy of what is published, and its JPEG if that is made."""
    pixels = picture(case.width, case.height)
    if case.stream == 'bgr8':
        return memory_copy(pixels.size)
    copy = memory_copy(len(encoded(pixels)))
    if case.stream == 'mjpeg':
        return copy
    times = []
    for _ in range(FLOOR_REPETITIONS):
        began = time.process_time()
        cv2.imencode('.jpg', pixels, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
        times.append(time.process_time() - began)
    return copy + percentile(times, 0.5)


def measure(program: str, case: Case, seconds: float) -> dict[str, Any]:
    """Run the node ``program`` with the subscribers of a case; return what arrived, how late, and what it cost.

    Delivered is what the worst of the subscribers got. Times are in milliseconds, memory in MiB; there is no latency if
    nothing came.
    """
    with contextlib.ExitStack() as stack:
        environment = private_environment(stack.enter_context(private_domain()))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix='streaming-')))
        subscribing = [
            *(('--compressed',) if case.stream != 'bgr8' else ()), *(() if case.reliable else ('--best-effort',)),
            *(() if case.rate else ('--serialized',))]
        node = stack.enter_context(running(
            program, '--width', case.width, '--height', case.height, '--rate', case.rate, '--stream', case.stream,
            '--log', folder / 'node', environment=environment))
        subscribers = [stack.enter_context(running(
            'stream_subscriber.py', *subscribing, '--log', folder / f'subscriber{number}', environment=environment))
            for number in range(case.subscribers)]
        for subscriber in subscribers:
            subscriber.line()
        watch = Watch.over((node, *subscribers), seconds)
        for process in (*subscribers, node):
            process.stop()
        exposed = watch.exposed(folder / 'node')
        arrived = [watch.arrived(folder / f'subscriber{number}') for number in range(case.subscribers)]
    latencies = [(at - stamp) / 1e6 for one in arrived for stamp, at in one]
    delivered = min(len(one) for one in arrived)
    return {
        'made': max(round(case.rate * watch.seconds), exposed), 'handed over': exposed, 'delivered': delivered,
        'delivered a second': delivered / watch.seconds, 'handed over a second': exposed / watch.seconds,
        'latency p50 ms': percentile(latencies, 0.5) if latencies else None,
        'latency p99 ms': percentile(latencies, 0.99) if latencies else None,
        'node CPU ms': 1000 * watch.cpu[0] / max(1, exposed),
        'subscriber CPU ms': 1000 * sum(watch.cpu[1:]) / max(1, sum(len(one) for one in arrived)),
        'node RSS MiB': watch.memory[0], 'subscriber RSS MiB': max(watch.memory[1:]),
    }


@dataclass(frozen=True)
class Watch:
    """A span of time in which processes were watched."""

    wall: tuple[int, int]
    """Its beginning and end in nanoseconds of CLOCK_REALTIME, as in stamps."""
    monotonic: tuple[int, int]
    """The same in CLOCK_MONOTONIC, as in times of exposure."""
    cpu: list[float]
    """Processor time in seconds that each process took."""
    memory: list[float]
    """Resident memory of each in MiB, at the end."""

    @classmethod
    def over(cls, processes: Sequence[MeasuredProcess], seconds: float) -> Watch:
        """Watch processes that are at work already; returns when what was under way in the end may have arrived."""
        time.sleep(DISCOVERY_TIME)
        began, before = (time.time_ns(), time.monotonic_ns()), [process.cpu_seconds() for process in processes]
        time.sleep(seconds)
        ended, after = (time.time_ns(), time.monotonic_ns()), [process.cpu_seconds() for process in processes]
        memory = [process.resident_mebibytes() for process in processes]
        time.sleep(TAIL)
        return cls((began[0], ended[0]), (began[1], ended[1]),
                   [late - early for early, late in zip(before, after, strict=True)], memory)

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.monotonic[1] - self.monotonic[0]) / 1e9

    def exposed(self, log: Path) -> int:
        """Return how many frames a node was handed over meanwhile."""
        return sum(self.monotonic[0] <= at < self.monotonic[1] for at in json.loads(log.read_text()))

    def arrived(self, log: Path) -> list[tuple[int, int]]:
        """Return the stamps of the images of that time which came to a subscriber, and when they did."""
        received = json.loads(log.read_text())
        return [(stamp, at) for stamp, at in zip(received['stamps'], received['at'], strict=True)
                if self.wall[0] <= stamp < self.wall[1]]
