# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The imagecapture command, as a user types it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.command import COMMAND, imagecapture
from fixtures.limits import LONG_PATIENCE, PATIENCE
from PIL import Image

from imagecapture_ros import __version__
from imagecapture_ros.cli.main import command_line, main
from imagecapture_ros.cli.parser import example_lines
from imagecapture_ros.cli.private_domain import private_environment
from imagecapture_ros.distribution import title

VERBS = tuple(command_line()[1].choices)


def test_the_version_is_that_of_the_package() -> None:
    assert imagecapture('--version').stdout.strip() == f'imagecapture_ros {__version__}, built for {title()}'


def test_devices_are_listed_for_people_and_programs() -> None:
    assert 'sim' in imagecapture('devices').stdout
    devices = json.loads(imagecapture('devices', '--json').stdout)
    assert devices[-1]['device_id'] == 'sim'  # after the Linux cameras of this machine


def test_a_wrong_command_line_exits_with_2() -> None:
    result = imagecapture('shoot')
    assert result.returncode == 2
    assert 'demo' in result.stderr


@pytest.mark.parametrize(('words', 'message'), [
    (('shot',), "invalid choice: 'shot'"), (('shot',), 'did you mean photo?'), (('stattus',), 'did you mean status?'),
    (('--camera', '/a', 'status'), "'--camera' stands before the verb; write the verb first: imagecapture VERB"),
    (('settings', '--cammera', '/a'), "'--cammera' is not understood; did you mean --camera?"),
    (('settings', 'zoom'), "'zoom' is not understood"),
    (('apply',), 'nothing is asked for; write zoom=2'), (('apply', 'zooom=2'), 'did you mean zoom?'),
    (('apply', 'zoom=2', '--json', '{}'), 'not both'), (('apply', '--json', '{zoom}'), 'write for instance --json'),
    (('apply', '--json', '{"zoom": "far"}'), "zoom: 'far' is not a number"),
    (('frame', '-o', 'frame.gif'), 'frame.gif is neither .png nor .jpg nor .tiff; write for instance frame.png'),
    (('run', 'sim', '-p', 'zooom=2'), "'zooom' is no parameter of the node; did you mean zoom?"),
    (('run', 'sim', '-p', 'zoom'), "'zoom' has no value; write zoom=VALUE"),
    (('run', '--params-file', '/no/such/file'), '/no/such/file is no file'),
    (('run', '--log-level', 'wran'), 'did you mean warn?'),
    (('run', '-p', '=2'), "'=2' names no parameter; write NAME=VALUE, for instance zoom=2"),
    (('watch', '--count', '0'), "'0' is not a number of times; give at least 1"),
    (('watch', '--interval', 'x'), "'x' is not a number of seconds from 0 to 1000000"),
    (('settings', '--timeout', 'nan'), "'nan' is not a number of seconds"),
    (('settings', '--camera', 'a b'), "'a b' is no name of a node; write for instance /camera or /robot/camera"),
    (('settings', '--camera', ''), "'' is no name of a node"),
    (('settings', '--camera', 'a__b'), "'a__b' is no name of a node"),
    (('settings', '--camera', f'/{"a" * 300}'), 'is no name of a node'),
    (('photo',), 'required: -o/--output; for instance: imagecapture photo -o door.jpg'),
    (('photo', '-o'), 'expected one argument; for instance: imagecapture photo -o door.jpg'),
    (('photo', '-o', 'a.jpg', '--burst', 'x'), "'x' is not a number of photos; give at least 1"),
    (('photo', '-o', 'a.jpg', '--width', 'wide'), "'wide' is not a number of pixels; write for instance 1920"),
    (('photo', '-o', 'a.jpg', '--flash', 'on'), "invalid choice: 'on'"),
    (('calibrate',), 'required: --board; for instance: imagecapture calibrate --board 8x6'),
    (('calibrate', '--board', '8'), 'count the corners inside it, 3 to 50 each way, and write for instance 8x6'),
    (('demo', '--outptu', 'x'), 'did you mean --output?'), (('status', 'extra'), "'extra' is not understood"),
])
def test_what_is_wrong_and_what_to_type_instead(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        code: object = main(words)
    except SystemExit as leaving:  # argparse's way
        code = leaving.code
    assert code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize('name', VERBS)
def test_every_verb_has_help_with_examples_that_the_parser_takes(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path('rtsp.yaml').touch()
    parser, verbs = command_line()
    examples = example_lines(verbs.choices[name])
    assert examples
    for example in examples:
        words = shlex.split(re.split(' [|<>] ', example)[0])
        assert words[:2] == ['imagecapture', name]
        _, unknown = parser.parse_known_args(words[1:])
        assert unknown == []


@pytest.mark.parametrize('name', [name for name in VERBS if name != 'run'])  # whose output is the node's log
def test_every_verb_that_prints_prints_json(name: str) -> None:
    assert '--json' in command_line()[1].choices[name].format_usage()


@pytest.mark.parametrize('name', VERBS)
def test_every_verb_is_on_the_page_of_the_command(name: str) -> None:
    page = Path(__file__).resolve().parents[2] / 'docs' / 'command_line.md'
    assert f'`imagecapture {name}' in page.read_text(encoding='utf-8')


@pytest.mark.parametrize(('line', 'words'), [
    ('imagecapture sta', ['status']), ('imagecapture photo --fl', ['--flash']),
    ('imagecapture photo --flash ', ['auto', 'off', 'flash']),
    ('imagecapture apply exposure_c', ['exposure_compensation=']),
    ('imagecapture apply exposure_mode=s', ['single-shot']), ('imagecapture run s', ['sim']),
    ('imagecapture doctor --b', ['--best-effort']),
    ('imagecapture run -p photo_f', ['photo_format=']), ('imagecapture run -p torch=t', ['true']),
])
def test_a_shell_can_complete_verbs_options_properties_and_values(line: str, words: list[str]) -> None:
    reading, writing = os.pipe()
    environment = {**os.environ, '_ARGCOMPLETE': '1', 'COMP_LINE': line, 'COMP_POINT': str(len(line)), 'COMP_TYPE': '9',
                   '_ARGCOMPLETE_IFS': '\n', '_ARGCOMPLETE_SUPPRESS_SPACE': '1',
                   '_ARGCOMPLETE_COMP_WORDBREAKS': ' \t\n"\'><=;|&(:'}
    # As bash calls it: what is found goes to descriptor 8.
    command = ['bash', '-c', f'exec "$@" 8>&{writing} 9>/dev/null', '-', *COMMAND]
    subprocess.run(command, env=environment, pass_fds=(writing,), timeout=LONG_PATIENCE, check=False,
                   stdout=subprocess.DEVNULL)
    os.close(writing)
    with open(reading, encoding='utf-8') as found:
        assert found.read().split('\n') == words


def test_help_costs_neither_ros_nor_opencv_nor_rich() -> None:
    program = ('import sys; from imagecapture_ros.cli.main import main\n'
               'try: main(["--help"])\n'
               'except SystemExit: print({"rclpy", "cv2", "rich", "argcomplete", "numpy"} & sys.modules.keys())')
    result = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, timeout=LONG_PATIENCE,
                            check=True)
    assert result.stdout.splitlines()[-1] == 'set()'


def test_the_demonstration_ends_with_a_picture(tmp_path: Path) -> None:
    result = imagecapture('demo', '--output', str(tmp_path / 'output'))
    assert result.returncode == 0, result.stderr
    picture = Image.open(tmp_path / 'output' / 'photo.jpg')
    assert picture.format == 'JPEG'
    assert picture.width >= 1280
    assert 'stopped the node cleanly' in result.stdout
    assert str(tmp_path / 'output' / 'photo.jpg') in result.stdout


def test_the_bare_command_names_an_example() -> None:
    result = imagecapture()
    assert result.returncode == 2
    assert 'for instance: imagecapture demo' in result.stderr
    assert 'Traceback' not in result.stderr


def test_a_word_that_is_no_utf_8_ends_in_one_line(domain: int, tmp_path: Path) -> None:
    asked = subprocess.run([*COMMAND, 'frame', '--timeout', '1', '-o', os.fsencode(tmp_path) + b'/\xe9\xff.png'],
                           env=private_environment(domain), capture_output=True, text=True, timeout=PATIENCE,
                           check=False)
    assert asked.returncode == 1
    assert 'is not there; is the node running' in asked.stderr
    assert 'Traceback' not in asked.stderr
