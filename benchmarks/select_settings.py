# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long SelectSettings takes: the request of an exacting user, and the curves over advanced sets and native modes.

Times are medians in milliseconds on the running machine; ``ratio`` is the time divided by that of the floor, which is
reading the same request with Python's JSON parser, measured in turn with it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from imagecapture_ros.mediacapture.capabilities import (
    Capability,
    MediaSettingsRange,
    NativeMode,
    SettingValue,
    aspect_ratio,
)
from imagecapture_ros.mediacapture.conformance.scripted_source import ScriptedState
from imagecapture_ros.mediacapture.constraints import Constraints
from imagecapture_ros.mediacapture.solver.select_settings import select_settings
from imagecapture_ros.mediacapture.w3c_json import constraints_from_json

SIZES = ((640, 480), (160, 120), (320, 180), (320, 240), (424, 240), (640, 360), (800, 600), (960, 540), (1280, 720),
         (1280, 960), (1920, 1080), (3840, 2160))
RATES = (30.0, 60.0, 25.0, 15.0, 5.0)
MODES = [NativeMode(width, height, rate) for rate in RATES for width, height in SIZES]

Range = MediaSettingsRange
CONTROLS: dict[str, tuple[Capability, SettingValue]] = {
    'white_balance_mode': (('manual', 'continuous'), 'continuous'),
    'exposure_mode': (('manual', 'single-shot', 'continuous'), 'continuous'),
    'focus_mode': (('manual', 'continuous'), 'continuous'),
    'points_of_interest': ((), ()),
    'exposure_compensation': (Range(-3.0, 3.0, 1 / 3), 0.0),
    'exposure_time': (Range(1.0, 10000.0, 1.0), 156.0),
    'color_temperature': (Range(2000.0, 9000.0, 10.0), 4600.0),
    'iso': (Range(100.0, 3200.0, 100.0), 400.0),
    'brightness': (Range(0.0, 255.0, 1.0), 128.0),
    'contrast': (Range(0.0, 255.0, 1.0), 128.0),
    'saturation': (Range(0.0, 255.0, 1.0), 128.0),
    'sharpness': (Range(0.0, 255.0, 1.0), 128.0),
    'focus_distance': (Range(0.1, 10.0, 0.01), 1.0),
    'pan': (Range(-36000.0, 36000.0, 3600.0), 0.0),
    'tilt': (Range(-36000.0, 36000.0, 3600.0), 0.0),
    'zoom': (Range(1.0, 8.0, 0.1), 1.0),
    'torch': ((False, True), False),
}

BASIC: dict[str, Any] = {
    'whiteBalanceMode': 'manual', 'exposureMode': 'manual', 'focusMode': {'exact': 'continuous'},
    'exposureTime': {'min': 10, 'max': 500, 'ideal': 333}, 'colorTemperature': 5003, 'iso': {'max': 1600, 'ideal': 850},
    'brightness': 100, 'contrast': {'min': 50, 'ideal': 120}, 'saturation': 99.4, 'sharpness': {'max': 200},
    'pan': 3000, 'tilt': {'min': -7200, 'max': 7200}, 'zoom': {'min': 1.5}, 'torch': False,
    'pointsOfInterest': [{'x': 0.5, 'y': 0.4}],
    'width': {'min': 640, 'ideal': 1300}, 'height': {'min': 400, 'ideal': 800},
    'aspectRatio': {'min': 1.2, 'max': 2, 'ideal': 1.7777777778}, 'frameRate': {'min': 7.5, 'ideal': 24},
    'resizeMode': 'crop-and-scale',
}
"""Twenty constrained properties; neither the wished size nor the wished rate is a native one."""

ADVANCED: list[dict[str, Any]] = [
    {'width': 1000, 'aspectRatio': {'min': 1.5, 'max': 1.8}},
    {'brightness': 10, 'contrast': {'min': 60}},
    {'frameRate': {'min': 10, 'max': 13}, 'zoom': 3},
    {'iso': 9999},
]
"""Three that can be met and one that cannot."""


def camera(modes: Sequence[NativeMode]) -> ScriptedState:
    """Return a webcam with all controls and these native modes."""
    width, height = max(mode.width for mode in modes), max(mode.height for mode in modes)
    first = modes[0]
    stream: dict[str, tuple[Capability, SettingValue]] = {
        'width': (Range(1, width, 1), first.width), 'height': (Range(1, height, 1), first.height),
        'aspect_ratio': (Range(1 / height, width), aspect_ratio(first.width, first.height)),
        'frame_rate': (Range(0.0, max(mode.frame_rate for mode in modes)), first.frame_rate),
        'resize_mode': (('none', 'crop-and-scale'), 'none'),
    }
    rows = {**CONTROLS, **stream}
    settings = {name: value for name, (_, value) in rows.items()}
    return ScriptedState({name: one for name, (one, _) in rows.items()}, settings, settings, tuple(modes))


def medians(functions: Sequence[Callable[[], object]], repetitions: int) -> list[float]:
    """Return the median time of each function in milliseconds; they run in turn, so that noise meets all alike."""
    times: list[list[float]] = [[] for _ in functions]
    for _ in range(repetitions):
        for function, taken in zip(functions, times, strict=True):
            begin = time.perf_counter()
            function()
            taken.append(time.perf_counter() - begin)
    return [1e3 * statistics.median(taken) for taken in times]


def measured(name: str, modes: Sequence[NativeMode], request: dict[str, Any], repetitions: int) -> dict[str, Any]:
    """Measure one request on a camera with ``modes``."""
    device, constraints = camera(modes), constraints_from_json(request)
    text = json.dumps(request)

    def select() -> object:
        return _select(device, constraints)

    floor, selected = medians([lambda: json.loads(text), select], repetitions)
    return {'request': name, 'modes': len(modes), 'properties': len(constraints.basic),
            'advanced sets': len(constraints.advanced), 'ms': selected, 'ratio': selected / floor}


def _select(device: ScriptedState, constraints: Constraints) -> object:
    return select_settings(device, [constraints.basic], constraints.advanced)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table and, if asked, write it as JSON."""
    parser = argparse.ArgumentParser(description='How long SelectSettings takes.')
    parser.add_argument('--repetitions', type=int, default=300)
    parser.add_argument('--json', type=Path, metavar='FILE', help='also write the numbers here')
    options = parser.parse_args(arguments)
    rich = {**BASIC, 'advanced': ADVANCED}
    cases = [('no constraints', MODES, {}), ('one parameter', MODES, {'zoom': {'exact': 2}}), ('rich', MODES, rich)]
    cases += [('advanced sets', MODES, {**BASIC, 'advanced': (16 * ADVANCED)[:count]}) for count in (0, 4, 16, 64)]
    grown = [NativeMode(mode.width, mode.height, mode.frame_rate + step) for step in range(4) for mode in MODES]
    cases += [('native modes', grown[:count], rich) for count in (12, 60, 120, 240)]
    rows = [measured(name, modes, request, options.repetitions) for name, modes, request in cases]
    print(f'{"request":16} {"modes":>5} {"properties":>10} {"advanced sets":>13} {"ms":>8} {"ratio":>7}')
    for row in rows:
        print(f'{row["request"]:16} {row["modes"]:5} {row["properties"]:10} {row["advanced sets"]:13} '
              f'{row["ms"]:8.3f} {row["ratio"]:7.1f}')
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + '\n', encoding='utf-8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
