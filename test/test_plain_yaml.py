# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""YAML that costs more than it is long: refused, in short time and with little memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.limited import run_limited

from imagecapture_ros import plain_yaml
from imagecapture_ros.cameras_file import CamerasFileError, read_cameras
from imagecapture_ros.plain_yaml import NotPlainError, YamlError, load_yaml, load_yaml_file

BOMB = 'a0: &a0 [x, x]\n' + ''.join(
    f'a{level}: &a{level} [*a{level - 1}, *a{level - 1}]\n' for level in range(1, 40))
"""Less than a kilobyte for 2 to the power of 40 elements."""

MERGES = 'a0: &a0 {k: 1}\n' + ''.join(
    f'a{level}: &a{level} {{<<: [*a{level - 1}, *a{level - 1}]}}\n' for level in range(1, 40))

REFUSED = {
    'aliases': (BOMB, r'the alias \*a0 is not taken, write out what it stands for \(line 2\)'),
    'merged aliases': (MERGES, r'the alias \*a0 is not .*\(line 2\)'),
    'an alias of itself': ('a: &a [*a]', r'the alias \*a is not'),
    'lists in lists': ('[' * 40, 'more than 30 lists and sections'),
    'lists in lists, very deep': ('[' * 100_000, 'more than 30 lists and sections|depth'),
    'sections in sections': ('{a: ' * 100_000, 'more than 30 lists and sections'),
    'lists of a line each': (''.join(f'{" " * level}-\n' for level in range(200)), 'more than 30'),
    'values': ('[' + '1,' * 30_000 + ']', 'more than 10000 values'),
    'keys': (''.join(f'? {number * (2 ** 61 - 1)}\n' for number in range(30_000)), 'more than 10000 values'),
    'a number to the base 60': ('a: 1' + ':1' * 100_000, 'a number has 200001 characters'),
    'a number to the base 60 by its tag': ('a: !!int "1' + ':1' * 100_000 + '"', 'a number has'),
    'a long number': ('a: ' + '9' * 100_000, 'a number has'),
    'a long text': ('#' * ((1 << 20) + 1), 'longer than 1048576 characters'),
}


@pytest.mark.parametrize('name', REFUSED)
def test_is_refused(name: str) -> None:
    text, message = REFUSED[name]
    with pytest.raises(NotPlainError, match=message) as caught:
        load_yaml(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize('text', [
    '{', '\ud800', '!!python/object:os.system {}', '!!timestamp x', '!!int ""', '\0', 'a: b: c', '"\\ud800', '!!bool x',
    '[]: 1', '%YAML 9.9\n---\na',
])
def test_what_is_no_yaml_is_an_error_with_a_message(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        load_yaml(text)
    assert str(caught.value).strip()
    assert not isinstance(caught.value, NotPlainError)


def test_what_people_write_is_read(tmp_path: Path) -> None:
    text = ('/**:\n  ros__parameters:\n    a: &unused 1\n    b: [1.5, .inf, yes, ~]\n    urdf: |\n'
            f'      9{"x" * 20_000}\n')
    content = load_yaml(text)
    assert isinstance(content, dict)
    parameters = content['/**']['ros__parameters']
    assert (parameters['a'], parameters['b'][2:], len(parameters['urdf'])) == (1, [True, None], 20_002)
    (tmp_path / 'file.yaml').write_text(text)
    assert load_yaml_file(tmp_path / 'file.yaml') == content


@pytest.mark.parametrize('loader', ['SafeLoader', 'CSafeLoader'])
def test_both_loaders_of_pyyaml_will_do(loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(plain_yaml.yaml, loader):
        pytest.skip(f'this PyYAML has no {loader}')
    monkeypatch.setattr(plain_yaml, '_LOADER', getattr(plain_yaml.yaml, loader))
    assert load_yaml('a: {b: [1, "2", 3.5]}') == {'a': {'b': [1, '2', 3.5]}}
    for name in ('aliases', 'lists in lists', 'lists in lists, very deep', 'a number to the base 60'):
        with pytest.raises(NotPlainError, match=REFUSED[name][1]):
            load_yaml(REFUSED[name][0])



@pytest.mark.parametrize('where', ['{bomb}', 'cameras: {{front: {{parameters: 1}}}}\n{bomb}'])
def test_a_bomb_in_a_cameras_file_costs_next_to_nothing(tmp_path: Path, where: str) -> None:
    (tmp_path / 'cameras.yaml').write_text(where.format(bomb=BOMB))
    printed = run_limited("""
from imagecapture_ros.cameras_file import CamerasFileError, read_cameras
try:
    read_cameras(sys.argv[1])
except CamerasFileError as error:
    print(error)
""", tmp_path / 'cameras.yaml', mebibytes=64)
    assert 'cannot be read as YAML: the alias *a0' in printed


def test_members_of_a_cameras_file_that_are_containers_are_shown_short(tmp_path: Path) -> None:
    for text in ('cameras: {front: [%s]}', 'cameras: {front: {device: [%s]}}', 'cameras: {front: {parameters: [%s]}}',
                 'cameras: {front: {device: sim, namespace: [%s]}}',
                 'cameras: {front: {device: sim, params_file: [%s]}}'):
        (tmp_path / 'cameras.yaml').write_text(text % ('x,' * 10_000))
        with pytest.raises(CamerasFileError) as caught:
            read_cameras(tmp_path / 'cameras.yaml')
        assert len(str(caught.value)) < 500
