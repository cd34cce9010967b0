# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The examples and the page for Python programs: all code there runs, on the simulated camera."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import cv2
import numpy as np
import pytest
from fixtures.isolated import REPOSITORY
from fixtures.limits import LONG_PATIENCE, PATIENCE
from PIL import Image

from imagecapture_ros import navigator
from imagecapture_ros.navigator import media_devices

EXAMPLES = REPOSITORY / 'examples'
PAGE = (REPOSITORY / 'docs' / 'navigator.md').read_text(encoding='utf-8')
SNIPPETS = re.findall(r'^```python\n(.*?)^```', PAGE, flags=re.DOTALL | re.MULTILINE)
LONGEST = 45
RUNS = {
    'standard_page.py': ((), ['photo.jpg']),
    'time_lapse.py': (('sim', '0.1', '2'), ['time_lapse_0000.jpg', 'time_lapse_0001.jpg']),
    'exposure_bracketing.py': ((), [f'bracket_{stops:+d}.jpg' for stops in (-1, -2, 0, 1, 2)]),
    'follow_marker.py': (('sim', '11'), []),
    'motion_trigger.py': (('sim', '1'), ['motion_0000.jpg']),
    'record_video.py': (('sim', '1'), ['video.mp4']),
}
"""By name: arguments, and the files that there are afterwards."""


def test_every_example_is_tried() -> None:
    assert {path.name for path in EXAMPLES.glob('*.py')} == {*RUNS, 'web_preview.py'}


def test_every_example_is_on_the_page_and_short() -> None:
    for path in EXAMPLES.glob('*.py'):
        assert f'| `{path.name}` |' in PAGE and len(path.read_text().splitlines()) < LONGEST


def command(file: Path, *arguments: str) -> list[str]:
    """Return the command that runs a file as it lies there, with our modules."""
    script = f'import runpy, sys; sys.path.insert(0, {str(REPOSITORY)!r}); sys.argv[0] = {file.name!r}; ' \
             f'runpy.run_path({str(file)!r}, run_name="__main__")'
    return [sys.executable, '-W', 'error::UserWarning', '-c', script, *arguments]


def output_of(file: Path, *arguments: str, folder: Path) -> str:
    result = subprocess.run(command(file, *arguments), cwd=folder, capture_output=True, text=True,
                            timeout=LONG_PATIENCE, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize('name', RUNS)
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    arguments, files = RUNS[name]
    assert output_of(EXAMPLES / name, *arguments, folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_a_recorded_video_has_the_frames_of_its_seconds(tmp_path: Path) -> None:
    output_of(EXAMPLES / 'record_video.py', 'sim', '2', 'a.mp4', folder=tmp_path)
    video = cv2.VideoCapture(str(tmp_path / 'a.mp4'))
    assert video.get(cv2.CAP_PROP_FPS) == 15
    pictures = []
    while (read := video.read())[0]:
        pictures.append(read[1])
    assert len(pictures) == 30 and pictures[0].shape == (480, 640, 3) and pictures[0].std() > 10


def test_the_page_with_the_preview_shows_the_stream_and_takes_photos(tmp_path: Path) -> None:
    with subprocess.Popen(command(EXAMPLES / 'web_preview.py', 'sim', '0'), cwd=tmp_path, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert b'<img src=/stream>' in urlopen(address, timeout=PATIENCE).read()
            with urlopen(f'{address}photo', timeout=PATIENCE) as answer, Image.open(answer) as photo:
                assert (photo.format, photo.size) == ('JPEG', (4000, 3000))
            with urlopen(f'{address}stream', timeout=PATIENCE) as answer:
                parts = answer.read(1_000_000).split(b'--next\r\nContent-Type: image/jpeg\r\n\r\n')
                process.send_signal(signal.SIGINT)  # while the stream is shown
                process.wait(timeout=PATIENCE)
            assert parts[0] == b'' and len(parts) > 3
            for part in parts[1:-1]:
                assert cv2.imdecode(np.frombuffer(part, np.uint8), cv2.IMREAD_COLOR).shape == (480, 640, 3)
        finally:
            process.kill()
            _, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, errors) == (0, '')


@pytest.mark.parametrize('snippet', SNIPPETS, ids=[f'snippet {number}' for number in range(len(SNIPPETS))])
def test_a_snippet_of_the_page_runs(snippet: str, tmp_path: Path) -> None:
    folder = tmp_path / 'empty'
    folder.mkdir()
    file = tmp_path / 'snippet.py'
    file.write_text(snippet)
    assert output_of(file, folder=folder)


@pytest.mark.parametrize('table', ['If you know the browser', 'If you know OpenCV'])
def test_what_the_tables_of_the_page_say_runs(table: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    section = PAGE.partition(f'## {table}\n')[2].partition('\n## ')[0]
    cells = [row.split(' | ')[1].strip('` ') for row in section.splitlines() if row.startswith('| ')]
    calls = [cell for cell in cells if cell != 'here']
    assert len(calls) > 7
    names: dict[str, Any] = {**vars(navigator), 'f': print, 'id': 'sim'}
    with media_devices.get_user_media(device='sim') as names['stream']:
        names['track'] = names['stream'].get_tracks()[0]
        for call in calls:
            # This machine may have no camera: the simulated one stands for it.
            call = call.replace("'/dev/video0'", "'sim'").replace("{'zoom': True}})", "{'zoom': True}}, device='sim')")
            exec(compile(call, 'docs/navigator.md', 'exec'), names)
