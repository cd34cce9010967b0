# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever is written into device strings, files and URLs: it is read, or refused with an error that says why."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from fixtures.limits import LONG_PATIENCE
from fixtures.parsers import PARSERS, Parser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagecapture_ros.redaction import redacted_device

EXAMPLES = 120
FUZZ = Path(__file__).parent / 'fuzz' / 'parsers.py'

PIECES = ('\0', '\n', '..', '/', '//', '~', '@', ':', '%00', '%', '[', ']', '{', '}', '[' * 3000, '&a', '*a',
          '!!int ""', '!!timestamp x', '!!bool x', '!!python/object:os.system {}', '.nan', '.inf', '-1', '1e999',
          '9' * 5000, 'null', 'true', '"', "'", '\ud800', '\u202e', '猫', '\xff', '?', '#', '&', '=', '+', ',')


@st.composite
def changed(draw: Any, seeds: tuple[str, ...]) -> str:
    """Return one of ``seeds`` with some pieces cut out and put in, or any text."""
    if draw(st.integers(0, 9)) == 0:
        return str(draw(st.text(max_size=50)))
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 12) | st.just(len(text)))
        text = text[:at] + draw(st.sampled_from(PIECES) | st.text(max_size=4)) + text[at + cut:]
    return str(text)


@pytest.mark.parametrize('name', PARSERS)
def test_any_text_is_read_or_refused(name: str) -> None:
    parser: Parser = PARSERS[name]

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))
    @given(changed(parser.seeds))
    def parse(text: str) -> None:
        parser(text)

    for seed in parser.seeds:
        parser(seed)
    parse()


FOUND = [
    ('device string', '~nobody/x'), ('device string', 'a' * 5000), ('device string', '/dev/' + 'a' * 5000),
    ('device string', '/dev/\0'), ('device string', '~\0'), ('device string from others', '\0'),
    ('calibration file', '[' * 3000), ('calibration file', '!!timestamp x'), ('calibration file', '!!int ""'),
    ('calibration file', 'image_width: .inf'), ('calibration file', '!!bool x'),
    ('calibration URL', 'file://[x'), ('calibration URL', 'package:///x'), ('calibration URL', 'file:///a%00b'),
    ('cameras file', 'cameras: {a: {device: sim, params_file: ~nobody/x}}'),
    ('cameras file', f'cameras: {{a: {{device: sim, params_file: {"a" * 5000}}}}}'),
    ('cameras file', 'cameras: {a: {device: sim, params_file: "~\\0"}}'),
    ('cameras file', '[' * 3000), ('cameras file', '!!timestamp x'),
    ('device string', 'rtsp://user:\udcff@host/x'), ('device string', 'http://\udcff@host/\udcff'),
    ('device string', 'file://[x'), ('device string', 'file:////[x'),
    ('EXIF of a camera', '\xff\xd8\xff'), ('EXIF of a camera', '\xff\xd8\xff\xe1'),
    ('parameters on the command line', 'width:=' + '[' * 3000), ('parameters on the command line', 'a:=!!int ""'),
]


@pytest.mark.parametrize(('name', 'text'), FOUND, ids=range(len(FOUND)))
def test_what_once_came_through(name: str, text: str) -> None:
    PARSERS[name](text)


SECRET = 'Gehe1mnis'


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.sampled_from(('rtsp', 'http', 'https', 'rtsps', 'RTSP', 'ftp')), st.text(max_size=6), st.text(max_size=6),
       st.text(max_size=8))
def test_a_password_between_any_characters_is_hidden(scheme: str, before: str, after: str, path: str) -> None:
    for device in (f'{scheme}://user:{before}{SECRET}{after}@host/{path}', f'{scheme}://user:{before}{SECRET}{after}@'):
        assert SECRET not in redacted_device(device)


def test_guided_by_coverage(tmp_path: Path) -> None:
    if find_spec('atheris') is None:
        pytest.skip('needs atheris (pip install atheris)')
    done = subprocess.run(
        [sys.executable, str(FUZZ), 'all', '-runs=5000', '-seed=1', '-max_len=4096', f'-artifact_prefix={tmp_path}/',
         '-rss_limit_mb=0'],  # what libFuzzer counts is the memory of its parent, too, and this one may have had much
        capture_output=True, text=True, timeout=LONG_PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert 'Done 5000 runs' in done.stderr, done.stderr[-3000:]
