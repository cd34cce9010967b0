# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the wheel needs: its floors, its licences, and what the page says of them."""

from __future__ import annotations

import runpy
import subprocess
import sys
from typing import Any

import pytest
from distributions import DEFAULT, RUNTIME
from fixtures.isolated import REPOSITORY
from fixtures.limits import LONG_PATIENCE

SCRIPT = REPOSITORY / 'scripts' / 'audit.py'
PAGE = REPOSITORY / 'docs' / 'security.md'
AUDIT: dict[str, Any] = runpy.run_path(str(SCRIPT))


def test_the_page_has_the_table() -> None:
    assert AUDIT['page_table'](DEFAULT) in PAGE.read_text(encoding='utf-8'), f'put there what {SCRIPT} --page prints'


def test_every_requirement_has_a_floor_and_a_reason_for_it() -> None:
    assert all('>=' in text for text in RUNTIME)
    assert [text.partition('>=')[0] for text in RUNTIME] == sorted(AUDIT['FLOORS'])


@pytest.mark.parametrize(('licence', 'gpl'), [
    ('GPL-3.0-or-later', True), ('GNU General Public License (GPL)', True), ('AGPL-3.0', True), ('GPLv2', True),
    ('Public Domain, BSD License, GNU General Public License v3 (GPLv3)', True), ('LGPL-2.1', False), ('MIT', False),
    ('GNU Lesser General Public License v3 (LGPLv3)', False), ('GNU Library General Public License', False),
])
def test_the_gpl_is_told_from_others(licence: str, gpl: bool) -> None:
    assert AUDIT['is_gpl'](licence) is gpl


@pytest.mark.parametrize(('kind', 'package', 'fault'), [
    ('runtime', ('a', '1.0', 'GPL-3.0', ()), 'a 1.0 is needed at run time and is under GPL-3.0'),
    ('build', ('a', '1.0', 'GPL-3.0', ()), None), ('runtime', ('a', '1.0', 'MIT', ('>=1.0',)), None),
    ('runtime', ('pillow', '9.4', 'MIT', ('>=10.3',)), 'pillow 9.4 is not >=10.3'),
    ('build', ('a', '1.0', '', ()), 'a 1.0 states no licence'), ('runtime', ('a', '', '', ('>=1',)), None),
])
def test_faults_are_found(kind: str, package: tuple[Any, ...], fault: str | None) -> None:
    assert list(AUDIT['faults'](kind, [AUDIT['Needed'](*package)])) == ([] if fault is None else [fault])


def test_what_is_installed_here_has_none() -> None:
    pytest.importorskip('ament_package', reason='the requirements are not installed as wheels')
    done = subprocess.run([sys.executable, str(SCRIPT)], cwd=REPOSITORY, capture_output=True, text=True,
                          timeout=LONG_PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ('numpy', 'opencv-python-headless', 'pillow', 'ros-rclpy', 'docutils'):
        assert f'  {name} ' in done.stdout
    assert 'states public domain, BSD and the GPL' in done.stdout
