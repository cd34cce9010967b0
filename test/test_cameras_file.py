# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The YAML file that names several cameras, and the parameter files that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from imagecapture_ros.cameras_file import CamerasFileError, read_cameras
from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.share import share_directory

CONFIG = share_directory() / 'config'


def written(folder: Path, content: str) -> Path:
    path = folder / 'cameras.yaml'
    path.write_text(content)
    return path


def test_cameras_are_read_with_what_they_state(tmp_path: Path) -> None:
    (tmp_path / 'own.yaml').touch()
    left, right, third = read_cameras(written(tmp_path, """
cameras:
  left: {device: 12345, namespace: /robot, parameters: {zoom: 2.0}}
  right: {params_file: own.yaml}
  third: {device: sim, params_file: webcam.yaml}
"""))
    assert (left.name, left.namespace, left.params_files) == ('left', '/robot', ())
    assert left.parameters == {'zoom': 2.0, 'device': '12345'}
    assert (right.namespace, right.params_files, right.parameters) == (None, (tmp_path / 'own.yaml',), {})
    assert third.params_files == (CONFIG / 'webcam.yaml',)


@pytest.mark.parametrize(('content', 'message'), [
    ('{', 'cannot be read as YAML'), ('', 'names no cameras'), ('cameras: []', 'names no cameras'),
    ('front: {device: sim}', 'names no cameras; write for instance'),
    ('cameras: {front: sim}', "camera front: 'sim' is no section"),
    ('cameras: {front: {devise: sim}}', "'devise' is not known; did you mean device"),
    ('cameras: {front: {}}', 'camera front has no device'),
    ('cameras: {front: {device: sim, parameters: [1]}}', r'parameters: \[1\] is no section'),
    ('cameras: {front: {device: sim, params_file: none.yaml}}', 'none.yaml is neither'),
    ('cameras: {front: {device: sim, params_file: /no/front.yaml}}', 'camera front: params_file: /no/front.yaml is no'),
    ('cameras: {a: {device: /dev/video0}, b: {device: /dev/video0}}', 'a and b both have the device /dev/video0'),
    ('cameras: {a: {device: simple.mp4}, b: {device: simple.mp4}}', 'a and b both have the device simple.mp4'),
])
def test_what_cannot_be_used_is_told(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(CamerasFileError, match=message):
        read_cameras(written(tmp_path, content))


@pytest.mark.parametrize('device', ['sim', 'sim:?seed=1', ''])
def test_each_node_has_a_simulated_camera_of_its_own(tmp_path: Path, device: str) -> None:
    section = f"{{device: '{device}', params_file: webcam.yaml}}"
    assert len(read_cameras(written(tmp_path, f'cameras: {{a: {section}, b: {section}}}'))) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CamerasFileError, match=r'none\.yaml cannot be read'):
        read_cameras(tmp_path / 'none.yaml')


def test_the_example_is_two_simulated_cameras() -> None:
    assert [(camera.name, camera.parameters['device']) for camera in read_cameras(CONFIG / 'cameras.yaml')] == [
        ('left', 'sim:?seed=1'), ('right', 'sim:?seed=2')]


def parameters_of(path: Path, *, with_comments: bool) -> dict[str, Any]:
    """Return what a parameter file states, with the lines that are commented out if asked."""
    text = path.read_text()
    if with_comments:
        text = '\n'.join(line.replace('# ', '', 1) if line.startswith('    # ') and ': ' in line.partition('# ')[2]
                         and ' ' not in line.partition('# ')[2].partition(':')[0] else line
                         for line in text.splitlines())
    parameters: dict[str, Any] = yaml.safe_load(text)['/**']['ros__parameters'] or {}
    return parameters


@pytest.mark.parametrize('path', sorted(set(CONFIG.glob('*.yaml')) - {CONFIG / 'cameras.yaml'}),
                         ids=lambda path: path.stem)
@pytest.mark.parametrize('with_comments', [False, True])
def test_parameter_files_state_parameters_that_there_are(path: Path, with_comments: bool) -> None:
    parameters = parameters_of(path, with_comments=with_comments)
    assert parameters
    for name, value in parameters.items():
        if name in STARTUP_PARAMETERS:
            STARTUP_PARAMETERS[name].converted(value)
        else:
            assert name in VOCABULARY or name == 'sim.faults'
