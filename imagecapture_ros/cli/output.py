# Copyright 2026 The imagecapture_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the verbs print: tables for people, coloured on a terminal, and JSON for programs.

All that is printed goes through here: names, labels and messages come from whoever takes part in the ROS graph, and
what a terminal would obey is shown instead.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from imagecapture_ros.mediacapture.capabilities import Capability, MediaSettingsRange, SettingValue, shown
from imagecapture_ros.mediacapture.vocabulary import VOCABULARY
from imagecapture_ros.texts import visible


class OutputError(Exception):
    """The output cannot be written, for instance because the disk is full."""


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Write to the standard output in this block.

    :raises OutputError: that is not possible.
    :raises BrokenPipeError: nobody reads it any more.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(error.strerror) from error


def say(*lines: object) -> None:
    """Print lines, at once; an empty call prints an empty line."""
    with writing():
        print('\n'.join(visible(str(line)) for line in lines))


def note(*lines: object) -> None:
    """Print lines beside the output, where a program that reads it does not see them; or nowhere, if that is full."""
    with contextlib.suppress(OSError):
        print('\n'.join(visible(str(line)) for line in lines), file=sys.stderr, flush=True)


def complain(message: object, *more: object) -> None:
    """Print an error, and further lines about it."""
    note(f'error: {message}', *more)


def print_json(value: object) -> None:
    """Print ``value`` as JSON, indented only for a terminal."""
    with writing():
        print(json.dumps(value, indent=2 if sys.stdout.isatty() else None))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print ``rows`` under the names of their columns."""
    if sys.stdout.isatty():
        from rich.console import Console

        with writing():
            Console().print(rich_table(columns, rows))
        return
    lines = [[visible(cell) for cell in line] for line in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        say('  '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def rich_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Any:
    """Return a table for a terminal."""
    # Only now: most uses of the command are not on a terminal, or print no table.
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, header_style='bold', pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(Text(visible(column)), style='cyan' if number == 0 else None)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))  # as text: brackets are no markup here
    return table


def shown_value(value: SettingValue) -> str:
    """Return a setting as it would be typed."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, tuple):
        return ','.join(f'{shown(axis)}' for point in value for axis in point)
    return value if isinstance(value, str) else shown(value)


def shown_capability(capability: Capability | None) -> str:
    """Return what a property may be set to, without its unit."""
    if capability is None:
        return ''
    if isinstance(capability, MediaSettingsRange):
        return str(capability)
    return ', '.join(shown_value(value) for value in capability)


def unit_of(name: str) -> str:
    """Return the unit of a property, empty if it has none."""
    return VOCABULARY[name].unit


def settings_rows(settings: Mapping[str, SettingValue]) -> list[tuple[str, str, str]]:
    """Return property, value and unit of each setting."""
    return [(name, shown_value(value), unit_of(name)) for name, value in settings.items()]
