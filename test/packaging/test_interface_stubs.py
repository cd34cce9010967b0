# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stubs of the interfaces say what the classes that rosidl generates are."""

from __future__ import annotations

import ast
import importlib
import re
import runpy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ament_index_python.packages import get_package_share_path
from fixtures.isolated import REPOSITORY

from imagecapture_ros.share import complete_ament_prefix_path

GENERATOR = REPOSITORY / 'cmake' / 'interface_stubs.py'
KINDS = ('msg', 'srv')
OTHER_PACKAGES = ('sensor_msgs', 'std_msgs')
"""They have what our own interfaces do not: constants, and arrays of a fixed size."""

NAMES = {'NDArray': 'ndarray'}
"""The names of classes whose types have another one."""


def classes(stub: str) -> dict[str, ast.ClassDef]:
    """Return the public classes of a stub by name."""
    return {node.name: node for node in ast.parse(stub).body
            if isinstance(node, ast.ClassDef) and not node.name.startswith('_')}


def attributes(stub: ast.ClassDef) -> dict[str, str]:
    """Return the types of the attributes of a class by name, as they are written."""
    return {node.target.id: ast.unparse(node.annotation) for node in stub.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}


def public_constants(message: Any) -> dict[str, str]:
    """Return the types of the constants of a message by name: rosidl makes them properties of its metaclass."""
    return {name: type(getattr(message, name)).__name__
            for name, value in vars(type(message)).items() if isinstance(value, property)}


def class_read(type_: str) -> str:
    """Return the name of the class of what is read from a field with this type in a stub."""
    found = re.fullmatch(r'(?:_Converted\[)?_?(?:[\w.]*\.)?(\w+)(?:\[.*)?', type_)
    assert found, type_
    return NAMES.get(found[1], found[1])


def compare_message(stub: ast.ClassDef, message: Any) -> None:
    """Fail where the stub of a message is not what its class is: constants, fields with their types, and keywords."""
    fields = attributes(stub)
    constants = {name: fields.pop(name) for name, type_ in [*fields.items()] if type_.startswith('_ClassVar[')}
    assert constants.pop('SLOT_TYPES') and hasattr(message, 'SLOT_TYPES')
    assert constants == {name: f'_ClassVar[{type_}]' for name, type_ in public_constants(message).items()}
    assert list(fields) == list(message.get_fields_and_field_types())
    (constructor,) = (node for node in stub.body if isinstance(node, ast.FunctionDef) and node.name == '__init__')
    assert [argument.arg for argument in constructor.args.kwonlyargs] == [*fields, 'check_fields']
    assert {name: class_read(type_) for name, type_ in fields.items()} == {
        name: type(getattr(message(), name)).__name__ for name in fields}


def compare_module(stub: str, module: ModuleType) -> None:
    """Fail where a stub has other classes than its module, or other members in them."""
    stubs = classes(stub)
    real = {name: value for name, value in vars(module).items() if isinstance(value, type)}
    assert stubs and set(stubs) == set(real)
    for name, value in real.items():
        if hasattr(value, 'get_fields_and_field_types'):
            compare_message(stubs[name], value)
        else:
            assert {part: f'{name}_{part}' for part in ('Request', 'Response', 'Event')} == {
                node.target.id: ast.unparse(node.value) for node in stubs[name].body
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None}


@pytest.mark.parametrize('kind', KINDS)
def test_the_installed_stubs_are_what_the_classes_are(kind: str) -> None:
    module = importlib.import_module(f'imagecapture_ros.{kind}')
    assert module.__file__ is not None
    folder = Path(module.__file__).parent
    assert (folder.parent / 'py.typed').is_file()
    compare_module((folder / '__init__.pyi').read_text(encoding='utf-8'), module)


@pytest.mark.parametrize('package', OTHER_PACKAGES)
def test_stubs_of_other_packages_are_what_their_classes_are(package: str, tmp_path: Path) -> None:
    pytest.importorskip('rosidl_parser', reason='the build requirements are not installed; make test installs them')
    complete_ament_prefix_path()
    share = get_package_share_path(package)
    write = runpy.run_path(str(GENERATOR))['main']
    write(tmp_path, [f'{share}:{path.relative_to(share)}' for kind in KINDS for path in (share / kind).glob('*.idl')])
    kinds = [kind for kind in KINDS if (share / kind).is_dir()]
    assert [kind for kind in KINDS if (tmp_path / kind).exists()] == kinds
    for kind in kinds:
        stub = (tmp_path / kind / '__init__.pyi').read_text(encoding='utf-8')
        compare_module(stub, importlib.import_module(f'{package}.{kind}'))
