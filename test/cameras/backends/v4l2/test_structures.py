# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Structures and requests are those of the kernel's own header."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from imagecapture_ros.cameras.backends.v4l2 import ioctl, structures

NAMES = {
    'v4l2_capability': structures.Capability, 'v4l2_fmtdesc': structures.FormatDescription,
    'v4l2_frmsizeenum': structures.FrameSizes, 'v4l2_frmivalenum': structures.FrameIntervals,
    'v4l2_pix_format': structures.PixFormat, 'v4l2_format': structures.Format,
    'v4l2_captureparm': structures.CaptureParameters, 'v4l2_streamparm': structures.StreamParameters,
    'v4l2_requestbuffers': structures.RequestBuffers, 'v4l2_buffer': structures.Buffer,
    'v4l2_query_ext_ctrl': structures.QueryExtendedControl, 'v4l2_querymenu': structures.QueryMenu,
    'v4l2_ext_control': structures.ExtendedControl, 'v4l2_ext_controls': structures.ExtendedControls,
    'v4l2_event_subscription': structures.EventSubscription, 'v4l2_event_ctrl': structures.ControlEvent,
    'v4l2_event': structures.Event, 'v4l2_fract': structures.Fraction, 'v4l2_frmsize_stepwise': structures.SizeSteps,
    'v4l2_frmival_stepwise': structures.IntervalSteps,
}
INSIDE = {  # unions without a name in one of the two languages
    ('v4l2_frmsizeenum', 'sizes'): 'discrete', ('v4l2_frmivalenum', 'intervals'): 'discrete',
    ('v4l2_querymenu', 'item'): 'name', ('v4l2_ext_control', 'content'): 'value',
}
YOUNG = {'CTRL_TYPE_RECT'}
"""What the headers of many machines do not have yet."""
PREFIXES = {'CAP_', 'BUF_', 'CTRL_', 'EVENT_', 'CID_', 'EXPOSURE_', 'MEMORY_'}


def header_says(folder: Path, lines: list[str]) -> dict[str, int]:
    source = folder / 'ask.c'
    source.write_text('#include <linux/videodev2.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n'
                      + '\n'.join(lines) + '\nreturn 0; }\n')
    compiler = os.environ.get('CC', 'cc').split()
    subprocess.run([*compiler, '-o', str(folder / 'ask'), str(source)], check=True)
    answer = subprocess.run([str(folder / 'ask')], check=True, capture_output=True, text=True).stdout
    return {name: int(value) for name, value in (line.split() for line in answer.splitlines())}


@pytest.mark.skipif(shutil.which(os.environ.get('CC', 'cc').split()[0]) is None,
                    reason='needs a C compiler: apt-get install gcc')
def test_all_are_as_the_header_has_them(tmp_path: Path) -> None:
    lines, expected = [], {}

    def ask(name: str, expression: str, ours: int) -> None:
        lines.append(f'printf("{name} %lld\\n", (long long)({expression}));')
        expected[name] = ours

    for name, structure in NAMES.items():
        ask(name, f'sizeof(struct {name})', ctypes.sizeof(structure))
        for field, *_ in structure._fields_:
            theirs = INSIDE.get((name, field), field)
            ask(f'{name}.{field}', f'offsetof(struct {name}, {theirs})', getattr(structure, field).offset)
    for name, value in vars(ioctl).items():
        if name.isupper() and isinstance(value, int) and not name.startswith('_') and name not in YOUNG:
            if any(name.startswith(prefix) for prefix in PREFIXES):
                ask(name, f'V4L2_{name}', value)
            elif not name.startswith(('SIZE_', 'INTERVAL_')):
                ask(name, f'VIDIOC_{name}', value)
    assert len(expected) > 150
    assert header_says(tmp_path, lines) == expected
