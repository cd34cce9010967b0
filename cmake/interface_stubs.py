# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writes type stubs of ROS 2 interfaces: the Python code that rosidl generates has no types and no explicit exports.

    python3 interface_stubs.py FOLDER IDL_TUPLE...

writes FOLDER/msg/__init__.pyi and FOLDER/srv/__init__.pyi, as far as there are interfaces of that kind. An IDL tuple is
what rosidl calls so: a base path, a colon, and the path of the .idl file from there. Everything is defined where users
import it from; the private modules below (`_take_photo.py`) need no stubs.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rosidl_parser.definition import (
    BOOLEAN_TYPE,
    CHARACTER_TYPES,
    EMPTY_STRUCTURE_REQUIRED_MEMBER_NAME,
    FLOATING_POINT_TYPES,
    INTEGER_TYPES,
    OCTET_TYPE,
    AbstractGenericString,
    AbstractNestedType,
    AbstractType,
    Annotatable,
    Array,
    BasicType,
    IdlLocator,
    Member,
    Message,
    NamespacedType,
    Service,
)
from rosidl_parser.parser import parse_idl_file

PYTHON_TYPES = {
    BOOLEAN_TYPE: 'bool',
    OCTET_TYPE: 'bytes',
    **dict.fromkeys(CHARACTER_TYPES, 'str'),
    **dict.fromkeys(INTEGER_TYPES, 'int'),
    **dict.fromkeys(FLOATING_POINT_TYPES, 'float'),
}
NUMPY_TYPES = {'float': 'float32', 'double': 'float64'}
"""Of the others numpy has the names of IDL."""

# Names with an underscore: the name of a field never begins with one.
PREAMBLE = '''\
# Written by cmake/interface_stubs.py from the .idl files.
from array import array as _array
from collections.abc import Iterable as _Iterable, Sequence as _Sequence
from typing import ClassVar as _ClassVar, Generic as _Generic, TypeAlias as _TypeAlias, TypeVar as _TypeVar

import numpy as _numpy
from numpy.typing import NDArray as _NDArray
from rosidl_parser.definition import AbstractType as _AbstractType
'''.splitlines()
# A descriptor, not a property: mypy before 1.16 takes the type of a property's getter for that of its setter.
CONVERTED = '''
_Read = _TypeVar('_Read')
_Write = _TypeVar('_Write')

class _Converted(_Generic[_Read, _Write]):
    """A field of numbers: what is assigned is copied into an array."""

    def __get__(self, instance: object, owner: type | None = None) -> _Read: ...
    def __set__(self, instance: object, value: _Write) -> None: ...
'''.splitlines()


def value_type(type_: AbstractType, namespaces: Iterable[str]) -> str:
    """Return the Python type of a field that is no array, as it is written in the stub of these namespaces."""
    if isinstance(type_, NamespacedType):
        return type_.name if type_.namespaces == namespaces else '.'.join(type_.namespaced_name())
    if isinstance(type_, BasicType):
        return PYTHON_TYPES[type_.typename]
    if isinstance(type_, AbstractGenericString):
        return 'str'
    raise NotImplementedError(f'no Python type is known for {type(type_).__name__}')


def field_types(type_: AbstractType, namespaces: Iterable[str]) -> tuple[str, str, str]:
    """Return what a field is when it is read, what may be assigned to it, and what its keyword argument takes."""
    if not isinstance(type_, AbstractNestedType):
        plain = value_type(type_, namespaces)
        return plain, plain, plain
    element = value_type(type_.value_type, namespaces)
    if element not in ('int', 'float'):
        # rosidl keeps what it is given. It would take a tuple, too, but then the field is one when it is read.
        return f'list[{element}]', f'list[{element}]', f'list[{element}]'
    if isinstance(type_, Array):
        assert isinstance(type_.value_type, BasicType)
        array = f'_NDArray[_numpy.{NUMPY_TYPES.get(type_.value_type.typename, type_.value_type.typename)}]'
        return array, f'{array} | _Sequence[{element}]', f'{array} | _Sequence[{element}]'
    return f'_array[{element}]', f'_Sequence[{element}]', f'_Iterable[{element}]'


def docstring(annotated: Annotatable, indent: str) -> list[str]:
    """Return the comment of a definition as a docstring, which editors show: it has the units."""
    text = f'\n{indent}'.join(annotated.get_comment_lines()).replace('\\', r'\\').replace('"', r'\"')
    return [f'{indent}"""{text}"""'] if text else []


def fields(message: Message) -> list[Member]:
    """Return the members of a message without the one that IDL demands of an empty one."""
    return [member for member in message.structure.members if member.name != EMPTY_STRUCTURE_REQUIRED_MEMBER_NAME]


def message_stub(message: Message) -> Iterator[str]:
    """Yield the lines of the class of a message."""
    name, namespaces = message.structure.namespaced_type.name, message.structure.namespaced_type.namespaces
    yield from ('', f'class {name}:', *docstring(message.structure, '    '))
    for constant in message.constants:
        yield f'    {constant.name}: _ClassVar[{value_type(constant.type, namespaces)}]'
    keywords = []
    for member in fields(message):
        read, assigned, keyword = field_types(member.type, namespaces)
        yield f'    {member.name}: {read if read == assigned else f"_Converted[{read}, {assigned}]"}'
        yield from docstring(member, '    ')
        if member.has_annotation('default'):
            yield f'    {member.name.upper()}__DEFAULT: _ClassVar[{read}]'
        keywords.append(f'        {member.name}: {keyword} = ...,')
    yield '    SLOT_TYPES: _ClassVar[tuple[_AbstractType, ...]]'
    yield from ('    def __init__(', '        self,', '        *,', *keywords, '        check_fields: bool = ...,')
    yield from ('    ) -> None: ...', '    @classmethod')
    yield '    def get_fields_and_field_types(cls) -> dict[str, str]: ...'


def service_stub(service: Service) -> Iterator[str]:
    """Yield the lines of the class of a service, and before it those of its messages."""
    messages = {
        'Request': service.request_message,
        'Response': service.response_message,
        'Event': service.event_message,
    }
    for message in messages.values():
        yield from message_stub(message)
    yield from ('', f'class {service.namespaced_type.name}:')
    for name, message in messages.items():
        yield f'    {name}: _TypeAlias = {message.structure.namespaced_type.name}'


def foreign_modules(messages: Iterable[Message]) -> set[str]:
    """Return the modules that the types of fields come from, if it is not the one of the messages themselves."""
    modules = set()
    for message in messages:
        for member in message.structure.members:
            type_ = member.type.value_type if isinstance(member.type, AbstractNestedType) else member.type
            if isinstance(type_, NamespacedType) and type_.namespaces != message.structure.namespaced_type.namespaces:
                modules.add('.'.join(type_.namespaces))
    return modules


def module_stub(interfaces: Sequence[Message | Service]) -> str:
    """Return the stub of the module of these interfaces, all messages or all services."""
    messages: list[Message] = []
    body: list[str] = []
    for interface in interfaces:
        if isinstance(interface, Service):
            messages += [interface.request_message, interface.response_message, interface.event_message]
            body += service_stub(interface)
        else:
            messages.append(interface)
            body += message_stub(interface)
    imports = [f'import {module}' for module in sorted(foreign_modules(messages))]
    return '\n'.join([*PREAMBLE, *imports, *CONVERTED, *body, ''])


def read(idl_tuple: str) -> list[Message | Service]:
    """Return the interfaces of an .idl file: the messages, or the service."""
    base, _, path = idl_tuple.rpartition(':')
    content = parse_idl_file(IdlLocator(Path(base), Path(path))).content
    return [element for element in content.elements if isinstance(element, (Message, Service))]


def main(folder: Path, idl_tuples: Iterable[str]) -> None:
    """Write the stubs of the interfaces in these .idl files."""
    kinds: dict[str, list[Message | Service]] = defaultdict(list)
    for idl_tuple in sorted(idl_tuples):
        kinds[Path(idl_tuple).parent.name.rpartition(':')[2]] += read(idl_tuple)
    for kind, interfaces in kinds.items():
        path = folder / kind / '__init__.pyi'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(module_stub(interfaces), encoding='utf-8')


if __name__ == '__main__':
    main(Path(sys.argv[1]), sys.argv[2:])
