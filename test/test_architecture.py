# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house, as docs/architecture.md states them."""

from __future__ import annotations

import ast
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.one_distribution import (
    ABOUT_DEVICES,
    ABOUT_TEXTS,
    ABOUT_THE_PROCESS,
    TEST,
    WITH_ROS,
    WITHOUT_ROS,
    is_without_ros,
)

PACKAGE = Path(__file__).resolve().parents[1] / 'imagecapture_ros'
OURS = PACKAGE.name
RCLPY = {'rclpy'}
MESSAGES = {'sensor_msgs', 'std_msgs', 'rcl_interfaces', 'builtin_interfaces', 'diagnostic_msgs', 'lifecycle_msgs',
            f'{OURS}.msg', f'{OURS}.srv'}
BRIDGE = {'cv_bridge', 'sensor_msgs'}  # imaging/bridge.py: whichever cv_bridge there is
MAY_IMPORT: dict[str, tuple[set[str], set[str]]] = {
    'mediacapture': (set(), set()),
    'imaging': ({'mediacapture'}, BRIDGE),
    'interfaces': ({'mediacapture'}, MESSAGES),
    'cameras': ({'mediacapture', 'imaging'}, set()),
    'engine': ({'mediacapture', 'imaging', 'cameras'}, set()),
    'navigator': ({'mediacapture', 'imaging', 'cameras', 'engine'}, set()),
    'node': ({'mediacapture', 'imaging', 'interfaces', 'cameras', 'engine'}, RCLPY | MESSAGES),
    'client': ({'mediacapture', 'imaging', 'interfaces'}, RCLPY | MESSAGES),
    'cli': ({'mediacapture', 'imaging', 'interfaces', 'cameras', 'client'}, RCLPY | MESSAGES),
}
"""Which layers and which packages of ROS each layer may import."""
COPYRIGHT = ('# Copyright 2026 The imagecapture_ros authors', '# SPDX-License-Identifier: Apache-2.0')


def modules(layer: str = '') -> list[Path]:
    return sorted(path for path in (PACKAGE / layer).rglob('*.py') if not {'msg', 'srv'} & set(path.parts))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: relative import'
            yield node.module or ''
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


def with_packages(name: str) -> Iterator[str]:
    """Yield a module's name and those of the packages around it."""
    while name:
        yield name
        name = name.rpartition('.')[0]


@pytest.mark.parametrize('layer', MAY_IMPORT)
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    layers, ros = MAY_IMPORT[layer]
    forbidden = {f'{OURS}.{other}' for other in MAY_IMPORT if other not in layers | {layer}}
    forbidden |= (RCLPY | MESSAGES | BRIDGE) - ros
    if layer == 'mediacapture':
        forbidden |= {'cv2', 'PIL'}
    paths = modules(layer)
    assert paths
    upwards = [
        f'{path.relative_to(PACKAGE)} imports {name}' for path in paths for name in imported(path)
        if any(name == other or name.startswith(f'{other}.') for other in forbidden)
    ]
    assert upwards == []


def test_every_folder_of_the_package_is_a_layer_and_is_drawn_as_it_is() -> None:
    folders = {path.parent.name for path in PACKAGE.glob('*/__init__.py')} - {'msg', 'srv'}
    assert folders == set(MAY_IMPORT)
    layers = runpy.run_path(str(PACKAGE.parent / 'scripts' / 'layers.py'))
    uses = {name: 'rclpy' if ros >= RCLPY else 'messages' if ros >= MESSAGES else ''
            for name, (_, ros) in MAY_IMPORT.items()}
    assert {layer.name: layer.uses for layer in layers['LAYERS']} == uses
    rows = {layer.name: layer.row for layer in layers['LAYERS']}
    assert all(rows[above] < rows[below] for above, below in layers['imports']())
    assert layers['PICTURE'].read_text(encoding='utf-8') == layers['picture'](), 'run "make docs"'


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {'.'.join(path.relative_to(PACKAGE.parent).with_suffix('').parts).removesuffix('.__init__'): path
             for path in modules()}
    # A module needs the packages around what it imports, too, but not those around itself.
    needs = {name: {other for imported_name in imported(path) for other in with_packages(imported_name)
                    if other in names and not f'{name}.'.startswith(f'{other}.')} for name, path in names.items()}
    while free := {name for name, others in needs.items() if not others}:
        needs = {name: others - free for name, others in needs.items() if name not in free}
    assert needs == {}, 'imports, also those for types only, that lead back to where they began'


def _imported_by_test(path: Path) -> set[str]:
    """Return what a test module imports, itself and through fixtures."""
    names = set(imported(path))
    for name in sorted(names):
        fixture = TEST.joinpath(*name.split('.')).with_suffix('.py')
        if name.startswith('fixtures.') and fixture.is_file():
            names |= _imported_by_test(fixture)
    return names


def test_what_is_said_to_use_nothing_of_ros_uses_nothing() -> None:
    needed = RCLPY | MESSAGES | BRIDGE | {f'{OURS}.{layer}' for layer, (_, ros) in MAY_IMPORT.items() if ros >= RCLPY}
    found = {
        path.relative_to(TEST).as_posix(): {
            name for name in _imported_by_test(path)
            if any(name == one or name.startswith(f'{one}.') for one in needed)}
        for path in TEST.rglob('test_*.py') if is_without_ros(path)
    }
    assert len(found) > 80
    assert {name: used for name, used in found.items() if used} == {}
    for name in (*WITHOUT_ROS, *WITH_ROS, *ABOUT_DEVICES, *ABOUT_TEXTS, *ABOUT_THE_PROCESS):
        assert (TEST / name).exists(), name


def test_no_class_derives_from_an_alias_of_numpy() -> None:
    # From NumPy 2.5 on, with Python 3.12 or newer, NDArray is no class but an alias, of which none can be derived.
    bases = {ast.unparse(base): path.name for path in modules() for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.ClassDef) for base in node.bases}
    assert 'np.ndarray[Any, np.dtype[Any]]' in bases
    assert not [base for base in bases if base.startswith(('NDArray', 'ArrayLike', 'npt.'))], bases


def test_every_source_file_says_whose_it_is_and_how_it_may_be_used() -> None:
    root = PACKAGE.parent
    folders = ('imagecapture_ros', 'examples', 'launch', 'test', 'benchmarks', 'scripts', 'build_backend', 'cmake',
               'docs')
    sources = [path for folder in folders
               for pattern in ('*.py', '*.sh', '*.cmake') for path in (root / folder).rglob(pattern)
               if not {'msg', 'srv'} & set(path.parts)]
    assert len(sources) > 200
    without = [str(path.relative_to(root)) for path in sources
               if not set(COPYRIGHT) <= set(path.read_text(encoding='utf-8').splitlines()[:4])]
    assert without == []
