# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Parameters that are needed before rclpy reads them: the transport is chosen when the node is made."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from imagecapture_ros.interfaces.startup_parameters import STARTUP_PARAMETERS, StartupParameterError
from imagecapture_ros.node.middleware.transport import TransportWish
from imagecapture_ros.plain_yaml import NotPlainError, YamlError, load_yaml, load_yaml_file
from imagecapture_ros.texts import LONGEST_VALUE, in_short

SMALLEST_MEMORY_LIMIT = 800
"""MiB with which a node on a small camera can be started; the threads' stacks alone are two hundred."""

MOST_SECTIONS = 8
"""Sections of a parameter file that a message names."""


def parameters_in(arguments: Sequence[str], node_name: str) -> dict[str, object]:
    """Return the parameters that the command line gives a node, directly or in parameter files, as YAML reads them.

    ``node_name`` is the node's name where the command line does not give another. What is no YAML is left out: rclpy
    says so itself, next.

    :raises StartupParameterError: a parameter file is no file, or one or a value is not plain. rcl, which reads it
        next, would wait for a pipe for ever, and take hours for lists within lists.
    """
    found: dict[str, object] = {}
    full_name = _full_name(arguments, node_name)
    for option, value in pairwise(arguments):
        if option in ('-p', '--param'):
            name, _, text = value.partition(':=')
            found.update(_flat({name.rpartition(':')[2]: _from_yaml(name, text)}))
        elif option == '--params-file':
            for pattern, parameters in _sections(_parameter_file(Path(value))):
                if _fits(pattern, full_name):
                    found.update(_flat(parameters))
    return found


def files_for_others(arguments: Sequence[str], node_name: str) -> list[str]:
    """Return, for people, which parameter files have parameters for nodes of other names only.

    Arguments and errors as :func:`parameters_in`.
    """
    full_name = _full_name(arguments, node_name)
    told = []
    for option, value in pairwise(arguments):
        if option == '--params-file':
            sections = [pattern for pattern, _ in _sections(_parameter_file(Path(value)))]
            if sections and not any(_fits(pattern, full_name) for pattern in sections):
                named = ', '.join(in_short(section, LONGEST_VALUE) for section in sections[:MOST_SECTIONS])
                told.append(f'nothing in the parameter file {value} is for this node: it has sections for {named} '
                            f'only, and this node is {full_name}; call one of them {full_name}, or /** for every node')
    return told


def transport_wish(parameters: Mapping[str, object]) -> TransportWish:
    """Return what the parameters say of the transport.

    :raises StartupParameterError: the value of ``dds_profile`` is not allowed.
    """
    row, wish = STARTUP_PARAMETERS['dds_profile'], TransportWish()
    return TransportWish(
        profile=str(row.converted(parameters.get(row.name, row.default))),
        width=_count(parameters.get('width'), wish.width), height=_count(parameters.get('height'), wish.height))


def memory_limit(parameters: Mapping[str, object]) -> int:
    """Return the MiB of data that the process may have, 0 for as much as it wants.

    :raises StartupParameterError: the value of ``memory_limit`` is not allowed.
    """
    row = STARTUP_PARAMETERS['memory_limit']
    limit = int(row.converted(parameters.get(row.name, row.default)))
    if 0 < limit < SMALLEST_MEMORY_LIMIT:
        # Libraries would end the process here and there, and could not say why.
        raise StartupParameterError(f'parameter {row.name}: {limit} MiB are too few for a node; give '
                                    f'{SMALLEST_MEMORY_LIMIT} or more, or 0 for no limit')
    return limit


def _full_name(arguments: Sequence[str], node_name: str) -> str:
    """Return the name that the node will have, with its namespace."""
    remapped = {'__node': node_name, '__ns': ''}
    for option, value in pairwise(arguments):
        if option in ('-r', '--remap'):
            name, _, text = value.rpartition(':=')
            remapped[name.rpartition(':')[2]] = text
    return f'{remapped["__ns"].rstrip("/")}/{remapped.get("__name", remapped["__node"])}'


def _fits(pattern: str, full_name: str) -> bool:
    """Return whether rcl takes a section for a node: ``*`` stands for one part of its name, ``**`` for any number."""
    parts = (r'(/\w+)*' if part == '**' else r'/\w+' if part == '*' else f'/{re.escape(part)}'
             for part in pattern.strip('/').split('/'))
    return re.fullmatch(''.join(parts), full_name) is not None


def _count(value: object, otherwise: int) -> int:
    """Return a positive number as given, whole; others are refused later, by whom they are for."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value < math.inf:
        return otherwise
    return int(value)


def _from_yaml(name: str, text: str) -> object:
    try:
        return load_yaml(text)
    except NotPlainError as error:
        raise StartupParameterError(
            f'parameter {in_short(name, LONGEST_VALUE)}: its value cannot be used: {error}') from error
    except YamlError:
        return None


def _parameter_file(path: Path) -> object:
    try:
        return load_yaml_file(path)
    except NotPlainError as error:
        raise StartupParameterError(f'the parameter file {path} cannot be used: {error}') from error
    except (YamlError, OSError):  # rclpy says what is wrong
        return None


def _flat(parameters: Mapping[object, object], prefix: str = '') -> Iterator[tuple[str, object]]:
    """Yield names and values; in a file, the parts of a name can be nested."""
    for key, value in parameters.items():
        if isinstance(value, dict):
            yield from _flat(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value


def _sections(content: object, name: str = '') -> Iterator[tuple[str, dict[object, object]]]:
    """Yield the pattern of node names and the parameters of each section of a parameter file."""
    for key, value in content.items() if isinstance(content, dict) else ():
        if key == 'ros__parameters' and isinstance(value, dict):
            yield name, value
        else:
            yield from _sections(value, f'{name}/{str(key).strip("/")}')
