# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The verbs that ask a camera, against a node in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fixtures.command import COMMAND, imagecapture
from fixtures.limits import LONG_PATIENCE, PATIENCE
from fixtures.node_process import answered, client_of, running_node, until
from PIL import Image

from imagecapture_ros.cameras.backends.simulated.controls import CAPABILITIES
from imagecapture_ros.cli import apply
from imagecapture_ros.cli.main import main
from imagecapture_ros.client import CameraClient

SLOW = ('--timeout', str(PATIENCE))


@pytest.fixture(scope='module')
def module_client(module_domain: int) -> Iterator[CameraClient]:
    with running_node(module_domain, device='sim'), client_of(module_domain) as client:
        until(lambda: answered(client).success)
        yield client


@pytest.fixture
def domain(module_client: CameraClient, module_domain: int) -> int:
    """A domain in which /camera is a simulated camera of which nothing is asked."""
    module_client.apply(timeout=PATIENCE)
    return module_domain


Say = Callable[..., str]


@pytest.fixture
def say(domain: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Return what runs the command, which must succeed, and returns what it printed.

    In this process: starting one for each command would take most of the time.
    """
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))

    def run(*words: str | Path) -> str:
        code = main([*map(str, words), *SLOW])
        printed = capsys.readouterr()
        assert (code, printed.err) == (0, '')
        return printed.out

    return run


def test_settings(say: Say) -> None:
    lines = say('settings').splitlines()
    assert lines[0].split() == ['property', 'value', 'unit']
    assert 'exposure_compensation  0             EV' in lines
    assert json.loads(say('settings', '--json'))['resizeMode'] == 'none'


def test_capabilities(say: Say) -> None:
    lines = [line.split() for line in say('capabilities').splitlines()]
    assert ['zoom', '1', 'to', '4', 'in', 'steps', 'of', '0.1', '1', 'ratio'] in lines
    assert ['image_width', '640', 'to', '4000', 'pixels'] in lines
    assert {line[0] for line in lines if line} >= CAPABILITIES.keys() - {'points_of_interest'}
    told = json.loads(say('capabilities', '--json'))
    assert told['capabilities']['zoom'] == {'max': 4.0, 'min': 1.0, 'step': 0.1}
    assert told['photoCapabilities']['fillLightMode'] == ['auto', 'off', 'flash']


def test_apply_tells_what_is_met(say: Say, module_client: CameraClient) -> None:
    words = ('zoom==2', 'exposure_mode=manual', 'exposure_time=50', 'saturation=1000', 'background_blur=true',
             'width=320..640')
    lines = [line.split() for line in say('apply', *words).splitlines()]
    assert lines[0] == ['property', 'asked', 'is', 'unit', 'met', 'possible']
    assert ['zoom', 'exact', '2', '2', 'ratio', 'yes'] in lines
    assert ['exposure_time', 'ideal', '50', '50', '100', 'us', 'yes'] in lines
    [saturation] = (line for line in lines if line[0] == 'saturation')
    assert saturation[-8:] == ['no', '0', 'to', '255', 'in', 'steps', 'of', '1']
    assert ['background_blur', 'ideal', 'true', 'the', 'camera', 'does', 'not', 'have', 'it', 'no'] in lines
    assert ['width', 'min', '320,', 'max', '640', '640', 'pixels', 'yes'] in lines
    assert module_client.settings()['exposure_time'] == 50.0
    asked = say('constraints')
    assert ['width', 'min', '320,', 'max', '640', 'pixels'] in [line.split() for line in asked.splitlines()]
    module_client.apply(timeout=PATIENCE)
    assert say('constraints') == 'nothing is asked of this camera\n'


def test_apply_takes_json_and_answers_with_json(domain: int, say: Say, module_client: CameraClient) -> None:
    text = '{"zoom": {"exact": 2}, "saturation": 1000, "advanced": [{"iso": 1}, {"torch": true}]}'
    told = json.loads(say('apply', '--json', text))
    assert (told['settings']['zoom'], told['settings']['torch']) == (2.0, True)
    assert (told['unmet'], told['skippedAdvanced']) == (['saturation'], [0])
    asked = say('constraints', '--json')
    assert json.loads(asked)['advanced'] == [{'iso': {'exact': 1.0}}, {'torch': {'exact': True}}]
    lines = say('constraints').splitlines()
    assert lines[-1].split() == ['torch', 'exact', 'true', 'advanced', '1']
    # What was asked for can be asked for again, from standard input.
    module_client.apply(timeout=PATIENCE)
    result = subprocess.run([*COMMAND, 'apply', '--json', '-', *SLOW], input=asked, capture_output=True, text=True,
                            timeout=LONG_PATIENCE, check=True, env={**os.environ, 'ROS_DOMAIN_ID': str(domain)})
    assert json.loads(result.stdout)['settings']['torch'] is True
    # "--json" before a word only asks for JSON.
    assert json.loads(say('apply', '--json', 'zoom=3'))['settings']['zoom'] == 3.0


def test_reset_tells_what_changed(say: Say, module_client: CameraClient) -> None:
    module_client.apply(zoom=2, torch=True, timeout=PATIENCE)
    lines = [line.split() for line in say('reset').splitlines()]
    assert lines == [['property', 'was', 'is', 'unit'], ['zoom', '2', '1', 'ratio'], ['torch', 'true', 'false']]
    assert say('reset') == 'no constraint is left; the settings are as they were\n'
    assert json.loads(say('reset', '--json'))['settings']['zoom'] == 1.0


def test_a_misspelt_member_of_json_is_ignored_and_said(domain: int) -> None:
    result = imagecapture('apply', '--json', '{"exposur_mode": "manual"}', *SLOW, domain=domain)
    assert result.returncode == 0
    assert "'exposur_mode' is ignored, it is no property; did you mean exposureMode?" in result.stderr


@pytest.mark.parametrize('kind', ['without an end', 'lists in lists', 'a long number'])
def test_json_that_costs_more_than_it_should_is_refused(domain: int, tmp_path: Path, kind: str) -> None:
    texts = {'lists in lists': '[' * 200_000, 'a long number': '{"zoom": ' + '9' * 10_000 + '}'}
    (tmp_path / 'input').write_text(texts.get(kind, ''))
    with open('/dev/zero' if kind == 'without an end' else tmp_path / 'input') as given:
        result = subprocess.run([*COMMAND, 'apply', '--json', '-', *SLOW], stdin=given, capture_output=True, text=True,
                                timeout=LONG_PATIENCE, check=False, env={**os.environ, 'ROS_DOMAIN_ID': str(domain)})
    assert result.returncode == 2, result
    assert 'Traceback' not in result.stderr and '--json' in result.stderr
    assert len(result.stderr) < 1000


@pytest.mark.parametrize('name', ['frame.png', 'frame.jpg'])
def test_a_frame_is_saved(say: Say, tmp_path: Path, name: str) -> None:
    told = json.loads(say('frame', '-o', tmp_path / name, '--json'))
    assert told['path'] == str(tmp_path / name)
    picture = Image.open(tmp_path / name)
    assert (picture.width, picture.height) == (told['width'], told['height']) == (640, 480)
    assert np.asarray(picture).std() > 10  # a picture of something


def test_status(say: Say) -> None:
    status = json.loads(say('status', '--json'))
    assert (status['node'], status['state'], status['device'], status['mode']) == (
        '/camera', 'active', 'sim', '640x480')
    assert (status['track'], status['muted'], status['reason']) == ('live', False, '')
    assert status['rate_wanted'] == 30.0
    assert status['rate_measured'] > 1.0
    assert status['health'] in ('OK', 'WARN')
    assert status['transport']
    assert 'frames captured' in status['diagnostics']
    assert 'rate wanted    30 Hz' in say('status')


ENDINGS = pytest.mark.parametrize(('number', 'prefix'), [
    (signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGINT, ('env', '--ignore-signal=INT'))])
"""Signals that end the command, the last one as for what a script starts in the background: ignored at first."""


def _started(*words: str, domain: int) -> subprocess.Popen[str]:
    """Start a program with text at both of its outputs."""
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, 'ROS_DOMAIN_ID': str(domain)})


@ENDINGS
def test_watch_shows_what_changes(
    number: signal.Signals, prefix: tuple[str, ...], domain: int, module_client: CameraClient,
) -> None:
    with _started(*prefix, *COMMAND, 'watch', '--interval', '0.5', *SLOW, domain=domain) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert 'live' in first
        assert ' zoom=1 ' in first
        module_client.apply(zoom=2, timeout=PATIENCE)
        changed = next(line for line in process.stdout if 'zoom=' in line)
        assert 'zoom=2' in changed
        assert 'width=' not in changed
        process.send_signal(number)
        assert process.communicate(timeout=PATIENCE)[1] == ''
        assert process.returncode == 0


@ENDINGS
def test_a_signal_ends_a_verb_that_waits(number: signal.Signals, prefix: tuple[str, ...], domain: int) -> None:
    words = ('settings', '--camera', '/cam', '--timeout', '300')
    with _started(*prefix, *COMMAND, *words, domain=domain) as process:
        assert process.stderr is not None
        assert 'waiting for /cam' in process.stderr.readline()
        process.send_signal(number)
        assert process.communicate(timeout=PATIENCE) == ('', '')
        assert process.returncode == 130


def test_watch_ends_by_itself_for_scripts(say: Say) -> None:
    lines = say('watch', '--count', '2', '--interval', '1', '--json').splitlines()
    assert len(lines) == 2
    last = json.loads(lines[-1])
    assert (last['there'], last['ready_state'], last['muted']) == (True, 'live', False)
    assert last['settings']['zoom'] == 1.0


def test_devices_of_the_nodes_machine(say: Say) -> None:
    assert json.loads(say('devices', '--camera', 'camera', '--json'))[-1]['device_id'] == 'sim'


@pytest.mark.parametrize(('words', 'code', 'message'), [
    (('apply', 'zoom==9'), 1, 'OverconstrainedError: zoom: exact 9 is not possible on this device; it allows 1 to 4'),
    (('apply', 'zoom=far'), 2, "zoom: 'far' is not a number; /camera allows 1 to 4 in steps of 0.1 (unit: ratio)"),
    (('apply', '--json', '{"zoom": {"exact": "far"}}'), 2, "zoom.exact: 'far' is not a number"),
    (('settings', '--camera', '/camra', '--timeout', '8'), 1,
     'camera nodes that are there: /camera; try --camera /camera'),
    (('settings', '--camera', '/camra', '--timeout', '11'), 1,
     'waiting for /camra; camera nodes that are there: /camera; try --camera /camera'),
])
def test_what_is_wrong_and_what_to_type_instead(
    domain: int, words: tuple[str, ...], code: int, message: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
    monkeypatch.setattr(apply, '_HINT_TIMEOUT', PATIENCE)
    assert main((*words, *(() if '--timeout' in words else SLOW))) == code
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ''
