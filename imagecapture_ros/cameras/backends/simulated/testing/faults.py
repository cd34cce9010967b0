# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Faults on purpose: by a schedule in the device string, or by a call at run time from any thread.

A fault is written ``KIND[:ARGUMENT][@START][+DURATION]``, several of them joined by commas: ``unplug@3s+2s`` takes the
device away three seconds after it was first opened, for two seconds. Without a start it begins at once, without a
duration it stays until it is ended.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imagecapture_ros.mediacapture.vocabulary import VOCABULARY

_SECOND = 1_000_000_000


class FaultError(ValueError):
    """A text that describes no fault; the message says what is wrong with it and what is allowed."""


@dataclass(frozen=True)
class FaultKind:
    """One row of the table of faults."""

    name: str
    meaning: str
    argument: str = ''
    """What the argument is, or nothing.

    ``seconds``; ``every`` and ``frames``, whole numbers of frames; ``control``, a property.
    """
    default: str = ''
    """The argument where none is given."""


_TABLE = (
    FaultKind('unplug', 'the device is gone: reading and everything else fails, opening finds nothing'),
    FaultKind('freeze', 'no frame comes, the device answers otherwise'),
    FaultKind('slow', 'every frame can be read that much later', 'seconds', '0.1'),
    FaultKind('drop', 'one of so many frames is made and lost', 'every', '2'),
    FaultKind('corrupt', 'one of so many frames has a damaged band, or damaged bytes if it is JPEG', 'every', '1'),
    FaultKind('truncate', 'one of so many JPEG frames lacks its second half', 'every', '1'),
    FaultKind('stall', 'settings take that long to apply', 'seconds', '1'),
    FaultKind('latency', 'what is applied shows so many frames later, and reads back at once', 'frames', '2'),
    FaultKind('clamp', 'a control, or every one, goes no further than half way from its default', 'control', ''),
    FaultKind('refuse', 'a control, or every one, refuses to change', 'control', ''),
    FaultKind('photo', 'photos fail'),
    FaultKind('shutter', 'photos take that much longer', 'seconds', '1'),
    FaultKind('change', 'opened again, the device has other capabilities: no zoom above 2, no torch, no 1080p'),
)

FAULTS: dict[str, FaultKind] = {row.name: row for row in _TABLE}
"""All kinds of faults by name."""

_SYNTAX = re.compile(
    r'(?P<kind>[a-z]+)(:(?P<argument>[a-z0-9_.]+))?(@(?P<start>[0-9.]+)s?)?(\+(?P<duration>[0-9.]+)s?)?')
_NUMBER = re.compile(r'[0-9]{1,6}(\.[0-9]{1,9})?')
_WHOLE_NUMBER = re.compile(r'[1-9][0-9]{0,5}')
_FRAMES = re.compile(r'[1-9][0-9]{0,2}')

MAX_FAULTS = 100
"""Faults that are on or to come; those that were added first give way to others."""

LONGEST = 86_400.0
"""Seconds; whatever takes longer in a test is a mistake."""

_EXAMPLE = 'write KIND[:ARGUMENT][@START][+DURATION] with times in seconds, for instance unplug@3s+2s'


@dataclass(frozen=True)
class Fault:
    """One fault, on a clock that starts when the device is first opened."""

    kind: str
    argument: str = ''
    start: float | None = None
    """Seconds; ``None`` is at once."""
    duration: float = math.inf
    """Seconds."""

    @property
    def seconds(self) -> float:
        """The argument of a fault that takes time."""
        return float(self.argument or FAULTS[self.kind].default)

    @property
    def every(self) -> int:
        """Of how many frames one is affected."""
        return int(self.argument or FAULTS[self.kind].default)

    @property
    def frames(self) -> int:
        """The argument of a fault that takes a number of frames."""
        return int(self.argument or FAULTS[self.kind].default)

    def affects(self, control: str) -> bool:
        """Return whether it concerns a control: that of its argument, or every one without an argument."""
        return self.argument in ('', control)

    def __str__(self) -> str:
        argument = f':{self.argument}' if self.argument else ''
        start = '' if self.start is None else f'@{self.start:g}s'
        duration = '' if math.isinf(self.duration) else f'+{self.duration:g}s'
        return f'{self.kind}{argument}{start}{duration}'


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Return the faults that ``text`` describes, joined by commas; empty is none.

    :raises FaultError: it cannot be understood; the message names the part.
    """
    if text.count(',') >= MAX_FAULTS:
        raise FaultError(f'{text.count(",") + 1} faults; at most {MAX_FAULTS} are allowed')
    return tuple(_parsed(part.strip()) for part in text.split(',')) if text.strip() else ()


def _parsed(text: str) -> Fault:
    match = _SYNTAX.fullmatch(text)
    if match is None:
        raise FaultError(f'fault {text!r} is not understood; {_EXAMPLE}')
    kind = FAULTS.get(match['kind'])
    if kind is None:
        raise FaultError(f'fault {text!r}: there is no kind {match["kind"]!r}; allowed are {", ".join(FAULTS)}')
    _check_argument(text, kind, match['argument'])
    start = None if match['start'] is None else _seconds(text, match['start'])
    duration = math.inf if match['duration'] is None else _seconds(text, match['duration'])
    return Fault(kind.name, match['argument'] or '', start, duration)


def _check_argument(text: str, kind: FaultKind, argument: str | None) -> None:
    if argument is None:
        return
    if not kind.argument:
        raise FaultError(f'fault {text!r}: {kind.name} takes no argument; leave :{argument} out')
    if kind.argument == 'seconds':
        _seconds(text, argument)
    elif kind.argument == 'every' and _WHOLE_NUMBER.fullmatch(argument) is None:
        raise FaultError(
            f'fault {text!r}: {argument!r} is no whole number from 1 to 999999; write for instance {kind.name}:3')
    elif kind.argument == 'frames' and _FRAMES.fullmatch(argument) is None:
        raise FaultError(f'fault {text!r}: {argument!r} is no number of frames from 1 to 999; write for instance '
                         f'{kind.name}:{kind.default}')
    elif kind.argument == 'control' and argument not in VOCABULARY:
        raise FaultError(f'fault {text!r}: there is no control {argument!r}; allowed are {", ".join(VOCABULARY)}')


def _seconds(text: str, number: str) -> float:
    if _NUMBER.fullmatch(number) is None or float(number) > LONGEST:
        raise FaultError(f'fault {text!r}: {number!r} is no number of seconds up to {LONGEST:g}; {_EXAMPLE}')
    return float(number)


@dataclass(frozen=True)
class _Scheduled:
    fault: Fault
    start: float
    """Nanoseconds of CLOCK_MONOTONIC."""

    @property
    def end(self) -> float:
        return self.start + self.fault.duration * _SECOND


class FaultInjector:
    """The faults of one device; may be used from any thread, at any time."""

    def __init__(self, schedule: Sequence[Fault] = (), now: Callable[[], int] = time.monotonic_ns) -> None:
        """Take the faults of a device string; ``now`` gives nanoseconds of CLOCK_MONOTONIC."""
        self._lock = threading.Lock()
        self._now = now
        self._schedule = list(schedule)
        self._scheduled: list[_Scheduled] = []

    def inject(self, text: str) -> None:
        """Add the faults that ``text`` describes; a start counts from now.

        :raises FaultError: it cannot be understood; nothing is added then.
        """
        faults = parse_faults(text)
        with self._lock:
            self._add(faults, self._now())

    def end(self, kind: str = '') -> None:
        """End all faults of a kind, or of every kind, those to come as well.

        :raises FaultError: there is no such kind.
        """
        if kind and kind not in FAULTS:
            raise FaultError(f'there is no fault {kind!r}; allowed are {", ".join(FAULTS)}')
        with self._lock:
            self._schedule = [fault for fault in self._schedule if kind and fault.kind != kind]
            self._scheduled = [one for one in self._scheduled if kind and one.fault.kind != kind]

    def begin(self) -> None:
        """Start the clock of the device string's faults, unless it runs already."""
        with self._lock:
            self._add(self._schedule, self._now())
            self._schedule = []

    def active(self, kind: str) -> tuple[Fault, ...]:
        """Return the faults of a kind that are on now, in the order in which they were added."""
        now = self._now()
        with self._lock:
            if any(one.end <= now for one in self._scheduled):
                self._scheduled = [one for one in self._scheduled if one.end > now]
            return tuple(one.fault for one in self._scheduled if one.fault.kind == kind and one.start <= now)

    def _add(self, faults: Sequence[Fault], now: int) -> None:
        self._scheduled += [_Scheduled(fault, now + (fault.start or 0.0) * _SECOND) for fault in faults]
        del self._scheduled[:-MAX_FAULTS]
