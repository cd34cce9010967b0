# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, as docs/architecture.md states them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'imagecapture_ros'
OURS = PACKAGE.name
ROS = {'rclpy', 'sensor_msgs', 'std_msgs', 'rcl_interfaces', 'builtin_interfaces', 'diagnostic_msgs', 'lifecycle_msgs',
       'cv_bridge', f'{OURS}.msg', f'{OURS}.srv', f'{OURS}.node', f'{OURS}.cli', f'{OURS}.client'}
FORBIDDEN = {
    'mediacapture': ROS | {'cv2', f'{OURS}.cameras', f'{OURS}.imaging'},
    'cameras': ROS,
    'imaging': (ROS - {'cv_bridge', 'sensor_msgs'}) | {f'{OURS}.cameras'},
    'engine': ROS | {f'{OURS}.navigator'},
    'interfaces': {'rclpy', *(f'{OURS}.{name}' for name in ('cameras', 'imaging', 'engine', 'navigator', 'node'))},
    'navigator': ROS,
    'node': {f'{OURS}.cli', f'{OURS}.client', f'{OURS}.navigator'},
}
COPYRIGHT = ('# Copyright 2026 The imagecapture_ros authors', '# SPDX-License-Identifier: Apache-2.0')


def modules(storey: str = '') -> list[Path]:
    return sorted(path for path in (PACKAGE / storey).rglob('*.py') if not {'msg', 'srv'} & set(path.parts))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            yield node.module or ''
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


@pytest.mark.parametrize('storey', FORBIDDEN)
def test_arrows_point_downwards(storey: str) -> None:
    paths = modules(storey)
    assert paths
    upwards = [
        f'{path.relative_to(PACKAGE)} imports {name}' for path in paths for name in imported(path)
        if any(name == forbidden or name.startswith(f'{forbidden}.') for forbidden in FORBIDDEN[storey])
    ]
    assert upwards == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {'.'.join(path.relative_to(PACKAGE.parent).with_suffix('').parts): path for path in modules()}
    needs = {name: {other for other in imported(path) if other in names} for name, path in names.items()}
    while free := {name for name, others in needs.items() if not others}:
        needs = {name: others - free for name, others in needs.items() if name not in free}
    assert needs == {}, 'imports, also those for types only, that lead back to where they began'


def test_every_source_file_says_whose_it_is_and_how_it_may_be_used() -> None:
    root = PACKAGE.parent
    folders = ('imagecapture_ros', 'examples', 'launch', 'test', 'benchmarks', 'scripts', 'cmake', 'docs')
    sources = [path for folder in folders
               for pattern in ('*.py', '*.sh', '*.cmake') for path in (root / folder).rglob(pattern)
               if not {'msg', 'srv'} & set(path.parts)]
    assert len(sources) > 200
    without = [str(path.relative_to(root)) for path in sources
               if not set(COPYRIGHT) <= set(path.read_text(encoding='utf-8').splitlines()[:4])]
    assert without == []
