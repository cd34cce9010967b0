# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The one way in which this package reads YAML: what is plain, and what it costs is bounded by the length of the text.

YAML lets a few hundred bytes stand for gigabytes: an alias repeats what an anchor names, and aliases of aliases
multiply. No file that is for us needs one, and rcl, which reads parameter files as well, refuses them, too. Lists
within lists keep some parsers busy for the square of their depth; rcl's is one of these.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import yaml

from imagecapture_ros.regular_files import UnusableFileError, read_text
from imagecapture_ros.texts import LONGEST_VALUE, excerpt, in_short

LARGEST_TEXT = 1 << 20
"""Characters; a parameter file of a whole robot has a twentieth of it."""

MOST_VALUES = 10_000
"""Values, keys, lists and sections in a text."""

DEEPEST = 30
"""Lists and sections within each other."""

LONGEST_NUMBER = 1000
"""Characters of what may be a number: reading one to the base 60, as YAML has them, takes the square of its length."""

LONGEST_LINE = 80
"""Characters of a line in a message."""

_LOADER = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)  # the former where PyYAML was built with libyaml


class YamlError(ValueError):
    """A text is no YAML; the message says why and where."""


class NotPlainError(YamlError):
    """A text is not plain enough to be read at all, or it is in no file; the message says why and where."""


def load_yaml(text: str) -> object:
    """Return what ``text`` says.

    :raises YamlError: it is no YAML.
    :raises NotPlainError: it may cost more than its length says.
    """
    if len(text) > LARGEST_TEXT:
        raise NotPlainError(f'it is longer than {LARGEST_TEXT} characters')
    try:
        _check(text)
        return yaml.load(text, Loader=_LOADER)
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        problem = error.problem or error.context or 'it is no YAML'
        # libyaml looks ahead, and may come upon too deep a nest before the first event of it.
        raise (NotPlainError if 'depth' in problem else YamlError)(
            f'{in_short(problem, LONGEST_VALUE)}{_where(text, error.problem_mark)}') from error
    except Exception as error:  # PyYAML raises nearly anything for a tag that cannot be
        raise YamlError(f'it is no YAML: {in_short(str(error) or type(error).__name__, LONGEST_VALUE)}') from error


def load_yaml_with_lines(text: str) -> tuple[object, Mapping[tuple[str, ...], int]]:
    """Return what ``text`` says, and the line of each name in its sections, from 1, by the names that lead there.

    Errors as :func:`load_yaml`.
    """
    content = load_yaml(text)
    lines: dict[tuple[str, ...], int] = {}
    _note_lines(yaml.compose(text, Loader=_LOADER), (), lines)
    return content, lines


def load_yaml_file(path: str | os.PathLike[str]) -> object:
    """Return what a YAML file says.

    :raises YamlError: it is no YAML.
    :raises NotPlainError: it is no regular file or too large, or may cost more than its length says.
    :raises OSError: it is not there, or may not be read.
    """
    try:
        text = read_text(path, LARGEST_TEXT)
    except UnusableFileError as error:
        raise NotPlainError(str(error)) from error
    return load_yaml(text)


def _note_lines(node: yaml.Node | None, names: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> None:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            lines[(*names, key.value)] = key.start_mark.line + 1
            _note_lines(value, (*names, key.value), lines)


def _where(text: str, mark: Any) -> str:
    """Return the place of a mistake and what stands there, for people."""
    if mark is None:
        return ''
    lines = text.splitlines()
    found = lines[mark.line] if mark.line < len(lines) else ''
    advice = '; YAML is indented with spaces and not with tabs' if found[mark.column:mark.column + 1] == '\t' else ''
    return (f' in line {mark.line + 1}, column {mark.column + 1}'
            f'{f", which is {excerpt(in_short(found, LONGEST_LINE))}" if found.strip() else ""}{advice}')


def _check(text: str) -> None:
    """Look at the text without making anything of it."""
    depth = values = 0
    for event in yaml.parse(text, Loader=_LOADER):
        wrong = ''
        if isinstance(event, yaml.NodeEvent):
            values += 1
        if isinstance(event, yaml.AliasEvent):
            alias = in_short(str(event.anchor), LONGEST_VALUE)
            wrong = f'the alias *{alias} is not taken, write out what it stands for'
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_NUMBER and (
                event.tag or (event.implicit[0] and event.value[0] in '+-.0123456789')):
            wrong = f'a number has {len(event.value)} characters, {LONGEST_NUMBER} at most are allowed'
        if depth > DEEPEST:
            wrong = f'more than {DEEPEST} lists and sections are within each other'
        if values > MOST_VALUES:
            wrong = f'it has more than {MOST_VALUES} values'
        if wrong:
            mark = event.start_mark
            raise NotPlainError(wrong if mark is None else f'{wrong} (line {mark.line + 1})')
